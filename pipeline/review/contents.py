"""The new texts in a reviewer's answer: what may stand in them, and what a card says with them."""

from __future__ import annotations

import difflib
from collections.abc import Mapping

from pipeline.review import labels
from pipeline.review.answers import Answer, line_feeds
from pipeline.review.overlay import Content

MAX_TITLE_CHARS = 45
# A quote is what was said: only misheard words may be put right.
_MAX_WORD_CHARS = 15
_LEAST_KEPT = 0.5
_DOUBTFUL = {chr(n) for n in (*range(32), 127, *range(0xD800, 0xE000))} - {"\n", "\t"}


class WrongAnswerError(Exception):
    """What is wrong with an answer, in words for the reviewer."""


def new_content(answer: Answer, shown: Content, tags: Mapping[str, str]) -> Content:
    """What a card says with an answer's new texts in it.

    Args:
        answer: of a reviewer.
        shown: what the card says now.
        tags: tag → name.

    Raises:
        WrongAnswerError: a text, kind or tag cannot be taken.
    """
    new = {name: text for name, text in answer.changes.items() if text}
    for name, text in [*new.items(), ("comment", answer.comment)]:
        if odd := _DOUBTFUL.intersection(text):
            raise WrongAnswerError(f"its {name} holds the character U+{ord(min(odd)):04X}")
    title, quote = new.get("title", shown.title), new.get("quote", shown.quote)
    if "\n" in title and "title" in new:
        raise WrongAnswerError("the new title has more than one line")
    if len(title) > MAX_TITLE_CHARS and "title" in new:
        raise WrongAnswerError(
            f"the new title has {len(title)} characters; {MAX_TITLE_CHARS} is the most"
        )
    kind = labels.find_kind(new["kind"]) if "kind" in new else shown.kind
    if kind is None:
        raise WrongAnswerError(
            f"the kind {new['kind']!r} is none of {'、'.join(labels.KINDS.values())}"
        )
    chosen = shown.tags
    if "tags" in new:
        found, unknown = labels.find_tags(new["tags"], tags)
        if unknown:
            raise WrongAnswerError(
                f"the tag {unknown[0]!r} is not in the taxonomy; use its names, 、 between them"
            )
        chosen = chosen if set(found) == set(chosen) else tuple(found)
    if quote != shown.quote:
        _check_quote(shown.quote, quote)
    return Content(title, new.get("body", shown.body), kind, chosen, quote)


def check_shown(answer: Answer, content: Content) -> None:
    """Refuse an answer whose texts for reading were written over: that has no effect.

    Raises:
        WrongAnswerError: naming the column.
    """
    for name, came in answer.shown.items():
        shown = line_feeds(getattr(content, name))
        if not _is_as_shown(came, shown, answer.encoding):
            raise WrongAnswerError(
                f"the column {labels.FIELDS[name]} is for reading and was changed, which has no effect; "
                "put the old text back and write the new one into the column for it, further right"
            )


def _check_quote(old: str, new: str) -> None:
    matcher = difflib.SequenceMatcher(None, old, new, autojunk=False)
    changed = [op for op in matcher.get_opcodes() if op[0] != "equal"]
    longest = max(max(b - a, d - c) for _, a, b, c, d in changed)
    kept = sum(block.size for block in matcher.get_matching_blocks())
    if longest > _MAX_WORD_CHARS or kept < _LEAST_KEPT * max(len(old), len(new)):
        raise WrongAnswerError(
            "the quote is what was said: only misheard words can be put right in it; "
            "rewrite the title or the body instead"
        )


def _is_as_shown(came: str, shown: str, encoding: str) -> bool:
    """Whether a text came back as it was shown, apart from what an old encoding has no sign for."""
    if encoding.startswith("utf"):
        return came.strip() == shown.strip()

    def letters(text: str) -> str:
        kept = text.encode(encoding, "ignore").decode(encoding, "ignore")
        return "".join(c for c in kept if c.isalnum())

    return letters(came) == letters(shown)
