"""What reviewers read and write: Japanese words for the tables' ASCII ones, and the way back."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence

from pipeline.errors import BansouError

KINDS: Mapping[str, str] = {
    "definition": "定義", "principle": "原則", "method": "方法", "caution": "注意", "signal": "兆候",
    "criterion": "判断基準", "example": "例", "question": "問い",
}  # fmt: skip
REQUESTS: Mapping[str, str] = {
    "opinion": "意見", "answer": "答え", "action": "行動", "none": "なし",
}  # fmt: skip
STATUSES: Mapping[str, str] = {
    "unreviewed": "未確認", "accepted": "採用", "edited": "修正済み", "rejected": "却下",
    "merged": "統合済み", "conflict": "食い違い",
}  # fmt: skip
DECISIONS: Mapping[str, str] = {"accept": "採用", "edit": "修正", "reject": "却下", "merge": "統合"}
FIELDS: Mapping[str, str] = {
    "title": "タイトル", "body": "本文", "kind": "種類", "tags": "タグ", "quote": "引用",
}  # fmt: skip
_SPOKEN_DECISIONS = {"承認": "accept", "ok": "accept", "編集": "edit", "不採用": "reject", "ng": "reject"}  # fmt: skip
# A cell that empties a list must say so: an empty cell means "as it is".
NOTHING = ("なし", "タグなし", "none")
_SEPARATORS = re.compile(r"[、,，;；|｜\n]+")


class ReviewError(BansouError):
    """A review file, or the reviews kept, cannot be used."""


def plain(text: str) -> str:
    """A word as people type it, without differences of width, case and outer space."""
    return unicodedata.normalize("NFKC", text).strip().casefold()


def find_decision(text: str) -> str | None:
    """The decision a word means; None where it means none."""
    return _find(text, DECISIONS) or _SPOKEN_DECISIONS.get(plain(text))


def find_kind(text: str) -> str | None:
    """The kind of card a word means; None where it means none."""
    return _find(text, KINDS)


def find_tags(text: str, names: Mapping[str, str]) -> tuple[list[str], list[str]]:
    """The tags that a cell lists by name or id, in the taxonomy's order, and the words that are none.

    Args:
        text: words with 、 , ; | or a new line between; なし for no tag at all.
        names: tag → name.
    """
    words = [word for word in _SEPARATORS.split(text) if word.strip()]
    if len(words) == 1 and plain(words[0]) in NOTHING:
        return [], []
    found = {word: _find(word, names) for word in words}
    tags = set(found.values())
    return [tag for tag in names if tag in tags], [w.strip() for w, t in found.items() if t is None]


def show_tags(tags: Sequence[str], names: Mapping[str, str]) -> str:
    return "、".join(names.get(tag, tag) for tag in tags)


def _find(text: str, names: Mapping[str, str]) -> str | None:
    wanted = plain(text)
    return next((k for k, name in names.items() if wanted in (plain(k), plain(name))), None)
