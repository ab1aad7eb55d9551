"""What stands on the page of a card that is gone: a notice, so that links to it still tell something."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from pipeline.export.pages import Page, stored_text
from pipeline.export.wikitext import escape, link
from pipeline.wiki.ledger import Entry
from pipeline.wiki.marks import sha1_of
from pipeline.wiki.plan import Wanted

_LEFT_ALONE = ("template", "style")


def notices(
    gone: Iterable[Entry], ledger: Mapping[str, Mapping[str, Any]], pages: Iterable[Page]
) -> list[Wanted]:
    """The notices for pages that were pushed once and are not among those wanted.

    The same ledger gives the same notice, so that it is written once.

    Args:
        gone: their entries.
        ledger: rows of the table ``card_ledger`` by card.
        pages: those wanted.
    """
    titles = {page.key: page for page in pages if page.kind == "card"}
    made = []
    for entry in gone:
        kind = entry.key.partition(":")[0]
        if kind in _LEFT_ALONE:
            continue
        text = stored_text(_text(entry.key, kind, ledger, titles))
        made.append(Wanted(entry.key, entry.title, text, sha1_of(text), kind, None, is_notice=True))
    return made


def _text(
    key: str, kind: str, ledger: Mapping[str, Mapping[str, Any]], pages: Mapping[str, Page]
) -> str:
    if kind != "card":
        return "''このページの内容は、今の知識カードにはありません。以前の内容は履歴にあります。''"
    card_id = key.partition(":")[2]
    row = ledger.get(card_id)
    target = pages.get(f"card:{row['merged_into']}") if row and row["merged_into"] else None
    if target is not None:
        what = f"同じ主張のカード {link(target.title)} にまとめられました"
    elif row and row["status"] == "rejected":
        what = "確認の結果、取り下げられました"
    else:
        what = "今の書き起こしには見つかりません"
    return f"''この知識カードは、{what}。''\n\n番号：{escape(card_id)}"
