"""``push growi``: the Markdown pages of the cards to a GROWI."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import yaml

from pipeline.config import Settings
from pipeline.export.markdown import write_markdown
from pipeline.export.read import read_corpus
from pipeline.store import Store
from pipeline.wiki.growi import Growi
from pipeline.wiki.http import Pace, Server, check_url
from pipeline.wiki.ledger import Entry
from pipeline.wiki.marks import mark_key, sha1_of
from pipeline.wiki.plan import Wanted
from pipeline.wiki.report import OnPage, Report, tell_nobody
from pipeline.wiki.secrets import find_token
from pipeline.wiki.sync import PushOptions, held_ledger, push_to

DEFAULT_PATH = "/知識カード"


def push_growi(
    settings: Settings,
    url: str,
    *,
    path: str = DEFAULT_PATH,
    options: PushOptions | None = None,
    on_page: OnPage = tell_nobody,
    pace: Pace | None = None,
) -> Report:
    """Bring a GROWI up to date.

    Args:
        settings: data folder, taxonomy and glossary.
        url: of the GROWI.
        path: page under which all pages stand.
        options: how.
        on_page: told of each page: what becomes of it, and its path.
        pace: for tests.

    Raises:
        ConfigError: the address or the token is missing or wrong.
        WikiError: GROWI is out of reach or refuses; what is done is kept.
        BansouError: a table cannot be read.
    """
    options = options or PushOptions()
    store = Store(settings.processed)
    url = check_url(url, insecure=options.insecure)
    corpus = read_corpus(store, settings, samples=options.pages.samples)
    wanted = growi_pages(write_markdown(corpus, "growi"), path)
    login = find_token(url)
    server = Server(secret=login.secret, pace=pace or Pace(options.rate))
    try:
        site = Growi(url, login, server)
        with held_ledger(store, site.api) as ledger:
            return push_to(
                site, store, wanted, ledger, options=options, tell_gone=_notices, on_page=on_page
            )
    finally:
        server.close()


def growi_pages(files: Mapping[str, str], path: str) -> list[Wanted]:
    """Markdown files as pages under a path, known by the ids in their front matter."""
    made = []
    for name, text in files.items():
        page, matter = name.removesuffix(".md"), _front_matter(text)
        card_id, episode_id = matter.get("card_id"), matter.get("episode_id")
        if card_id:
            key, kind = f"card:{card_id}", "card"
        else:
            key, kind = f"page:{page}", "page"
        kept = text.rstrip()
        made.append(
            Wanted(mark_key(key), f"{path.rstrip('/')}/{page}", kept, sha1_of(kept), kind,
                   str(episode_id) if episode_id else None)
        )  # fmt: skip
    return made


def _front_matter(text: str) -> dict[str, Any]:
    if not text.startswith("---\n"):
        return {}
    content = yaml.safe_load(text[4:].partition("\n---\n")[0])
    return content if isinstance(content, dict) else {}


def _notices(gone: Sequence[Entry], ids: Mapping[str, Mapping[str, Any]]) -> list[Wanted]:
    made = []
    for entry in gone:
        row = ids.get(entry.key.partition(":")[2])
        into = f"（{row['merged_into']} にまとめられました）" if row and row["merged_into"] else ""
        text = f"このページの知識カードは、今はありません{into}。以前の内容は履歴にあります。"
        made.append(
            Wanted(entry.key, entry.title, text, sha1_of(text), "page", None, is_notice=True)
        )
    return made
