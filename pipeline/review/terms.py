"""Words that reviewers put right because recognition had misheard them: candidates for the glossary."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pipeline import morph, sound
from pipeline.glossary import Glossary, Term
from pipeline.review.overlay import Review

_MAX_CHARS = 15
_MAX_WORDS = 4
# Distance in morae for each mora of the right word: what is farther off was reworded, not misheard.
_MISHEARD = 0.35
_MISHEARD_TERM = 0.6


@dataclass(frozen=True, slots=True)
class Correction:
    """A word that reviewers replaced by another.

    Attributes:
        before: as recognised.
        after: as meant.
        term: the glossary's entry for it; None where it has none yet.
        reading: katakana of ``after``.
        card_ids: cards in which it was put right.
        is_known: the glossary has this misspelling already.
    """

    before: str
    after: str
    term: Term | None
    reading: str
    card_ids: tuple[str, ...]
    is_known: bool


def find_corrections(histories: Iterable[Sequence[Review]], glossary: Glossary) -> list[Correction]:
    """Term corrections among the edits that stand, those seen most often first.

    A replaced word counts where the new one is a term of the glossary, or a noun that sounds much like
    the old one; a rewording counts for nothing.

    Args:
        histories: the reviews of each card, in the order made; those of cards put away do not count.
        glossary: built-in and the team's own terms.
    """
    by_word = {word: term for term in glossary.terms for word in (term.term, *term.variants)}
    found: dict[tuple[str, str], list[str]] = {}
    kept = [h for h in histories if h[-1].decision in ("accept", "edit")]
    for review in (review for history in kept for review in history):
        for field in ("title", "body", "quote"):
            old, new = getattr(review.before, field), getattr(review.after, field)
            for pair in _replaced(old, new, by_word):
                cards = found.setdefault(pair, [])
                cards += [] if review.card_id in cards else [review.card_id]
    made = []
    for (before, after), cards in found.items():
        term, reading = by_word.get(after), _reading(after)
        if term is not None:
            reading = term.reading
        if _is_misheard(before, after, reading, term is not None) and before not in by_word:
            is_known = term is not None and before in term.misspellings
            made.append(Correction(before, after, term, reading, tuple(sorted(cards)), is_known))
    return sorted(made, key=lambda c: (-len(c.card_ids), c.term is None, c.before, c.after))


def _replaced(old: str, new: str, terms: Iterable[str]) -> list[tuple[str, str]]:
    if old == new:
        return []
    a, b = [[t.surface for t in morph.tokens(text)] for text in (old, new)]
    matcher = difflib.SequenceMatcher(None, a, b, autojunk=False)
    found = []
    for kind, i, j, k, m in matcher.get_opcodes():
        if kind == "replace" and max(j - i, m - k) <= _MAX_WORDS:
            found.append(_narrowed("".join(a[i:j]), "".join(b[k:m]), terms))
    return [(x, y) for x, y in found if x and y and max(len(x), len(y)) <= _MAX_CHARS]


def _narrowed(before: str, after: str, terms: Iterable[str]) -> tuple[str, str]:
    """The term alone, where the rest of a compound is the same on both sides (伴奏支援 → 伴走支援)."""
    for term in sorted(terms, key=len, reverse=True):
        head, sign, tail = after.partition(term)
        if (
            sign
            and before.startswith(head)
            and before.endswith(tail)
            and len(before) > len(head + tail)
        ):
            return before[len(head) : len(before) - len(tail)], term
    return before, after


def _is_misheard(before: str, after: str, reading: str, is_term: bool) -> bool:
    if not is_term and not _is_noun(after):
        return False
    heard = _reading(before)
    if not reading or not heard:
        return False
    length = max(len(sound.sounds(reading)), 1)
    limit = _MISHEARD_TERM if is_term else _MISHEARD
    return sound.distance(heard, reading) <= limit * length


def _is_noun(text: str) -> bool:
    words: Sequence[morph.Token] = morph.tokens(text)
    return bool(words) and all(t.pos[0] in ("名詞", "接頭辞", "接尾辞", "形状詞") for t in words)


def _reading(text: str) -> str:
    """Katakana, empty where a word has none."""
    reading = "".join(sound.katakana(t.reading or t.surface) for t in morph.tokens(text))
    return reading if sound.is_katakana(reading) else ""
