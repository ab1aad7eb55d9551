"""The dump in a real MediaWiki: imported whole, shown as text, and the second time nothing is new."""

from __future__ import annotations

import json
from html.parser import HTMLParser
from pathlib import Path

import mediawiki
import pytest
from exporting import hostile_corpus
from mediawiki import Wiki

from pipeline.export import PageOptions, make_pages
from pipeline.export.mediawiki import make_dump

pytestmark = [
    pytest.mark.integration,
    pytest.mark.skipif(bool(mediawiki.why_not()), reason=mediawiki.why_not()),
]
_VOID = {"br", "hr", "img"}
_EXTENSIONS = ("Cite", "Poem", "InputBox", "ImageMap")


class Shown(HTMLParser):
    """What a reader sees of a card, by part, and the elements it is made of."""

    def __init__(self) -> None:
        super().__init__()
        self.parts: dict[str, str] = {}
        self.elements: set[str] = set()
        self._open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.add(tag)
        if tag in _VOID:
            self.handle_data(" ")
        else:
            self._open.append(dict(attrs).get("class") or "")

    def handle_endtag(self, tag: str) -> None:
        if tag not in _VOID:
            self._open.pop()

    def handle_data(self, data: str) -> None:
        for name in ("claim", "body", "quote", "speaker"):
            if f"bansou-card-{name}" in self._open:
                self.parts[name] = self.parts.get(name, "") + data


def flat(text: str) -> str:
    return " ".join(text.split())


def imported(wiki: Wiki, data: bytes) -> int:
    wiki.run("importDump.php", stdin=data.decode())
    wiki.run("runJobs.php")
    return wiki.revisions_in_database()


class DatabaseWiki(Wiki):
    def revisions_in_database(self) -> int:
        found = self.run("sql.php", "--json", "--query", "SELECT count(*) AS n FROM revision")
        return int(json.loads(found)[0]["n"])


def test_hostile_text_is_shown_as_text(tmp_path: Path) -> None:
    corpus = hostile_corpus()
    pages = make_pages(corpus, PageOptions())
    data = make_dump(pages)
    with mediawiki.running(tmp_path / "mediawiki") as running:
        wiki = DatabaseWiki(running.folder, running.url)
        with (wiki.folder / "LocalSettings.php").open("a", encoding="utf-8") as settings:
            settings.writelines(f"wfLoadExtension( '{name}' );\n" for name in _EXTENSIONS)
            settings.write(
                "$wgEnableMagicLinks = ['ISBN' => true, 'PMID' => true, 'RFC' => true];\n"
            )
        before = wiki.revisions_in_database()
        assert imported(wiki, data) == before + len(pages)
        assert imported(wiki, data) == before + len(pages)
        for page in pages:
            parsed = wiki.get(
                action="parse", page=page.title,
                prop="text|links|templates|categories|externallinks|images|properties|parsewarnings|wikitext",
            )["parse"]  # fmt: skip
            assert parsed["wikitext"] == page.text
            # The wiki names namespaces in its own language.
            assert parsed["title"].split(":")[-1] == page.title.split(":")[-1]
            missing = [x for x in parsed["links"] + parsed["templates"] if not x["exists"]]
            assert not missing, page.title
            assert not [x for x in parsed["categories"] if x.get("missing")], page.title
            odd = [parsed[name] for name in ("images", "properties", "parsewarnings")]
            assert not any(odd), page.title
            assert all(x.startswith("https://example.com/") for x in parsed["externallinks"])
            if page.card_id is None:
                continue
            shown, card = Shown(), corpus.cards[page.card_id]
            shown.feed(parsed["text"])
            assert shown.elements <= {"div", "p", "blockquote", "a", "br"}, page.title
            assert flat(shown.parts["claim"]) == flat(card.title)
            assert flat(shown.parts["body"]) == flat(card.body)
            assert f"「{flat(card.quote)}" in flat(shown.parts["quote"])
            assert f"話者：{flat(card.speaker)}" in flat(shown.parts["speaker"])
