"""The repair stage: words that recognition misspelled become what was said.

Recognition hears the words of the domain right and spells them wrong (伴走 becomes 伴奏, or kanji that
form no word), and then no search finds them. Candidates come from the sound, decisions from what stands
around: whether the spelling is a word at all, grammar, the topic, and the rest of the episode. Where
the signs are weak nothing is changed.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from pipeline.glossary import Glossary
from pipeline.morph import Token, tokens
from pipeline.schema import to_table
from pipeline.stages.repair.candidates import Candidate, Matcher
from pipeline.stages.repair.context import Episode
from pipeline.stages.repair.evidence import judge
from pipeline.stages.repair.judgement import Judgement
from pipeline.stages.repair.lattice import covering
from pipeline.stages.repair.meaning import Meanings
from pipeline.stages.repair.takeback import doubt, rivals_near, settle
from pipeline.stages.repair.together import SURE, contradict, listen, recall, vouch

if TYPE_CHECKING:
    import pyarrow as pa

STAGE_VERSION = 3

WordProbabilities = Sequence[Sequence[tuple[int, int, float]]]

_CONFIRMED = 5.0
_KANJI_ONLY = re.compile(r"[一-龠々]{2,}")


@dataclass(frozen=True, slots=True)
class Repair:
    """``line[start:end] == before`` was meant as ``after``.

    ``reading`` is the katakana by which it was found, ``rule`` the kind of evidence that decided,
    ``score`` how sure (0 to 1), ``evidence`` the words and figures.
    """

    start: int
    end: int
    before: str
    after: str
    reading: str
    term_id: str
    rule: str
    score: float
    evidence: str


class Repairer:
    """Repairs the lines of an episode.

    Args:
        glossary: the words to look for.
    """

    def __init__(self, glossary: Glossary) -> None:
        self._terms = glossary.terms
        self._glossary = glossary
        self._matcher = Matcher(glossary)
        self._meanings = Meanings(glossary)
        right = {spelling for term in self._terms for spelling in (term.term, *term.variants)}
        self._right = _any_of(right)
        self._doubted = {
            term.term: (number, near)
            for number, term in enumerate(self._terms) if (near := rivals_near(term))
        }  # fmt: skip
        self._spellings = {term.term: term for term in self._terms}
        self._confirmed = {wrong: n for n, t in enumerate(self._terms) for wrong in t.misspellings}
        self._wrong = _any_of(set(self._confirmed))

    def repair_lines(
        self, lines: Sequence[str], *, word_probabilities: WordProbabilities | None = None
    ) -> list[list[Repair]]:
        """Find what to repair.

        Args:
            lines: an episode's lines in order; a single line for loose text.
            word_probabilities: for each line the recognised words as (start, end, probability).

        Returns:
            For each line its repairs, sorted and without overlap; spans are code points of the line.
        """
        by_line: dict[int, list[Judgement]] = {}
        for made in self.judge_lines(lines, word_probabilities=word_probabilities):
            by_line.setdefault(made.line, []).append(made)
        return [self._chosen(by_line.get(n, [])) for n in range(len(lines))]

    def judge_lines(
        self, lines: Sequence[str], *, word_probabilities: WordProbabilities | None = None
    ) -> list[Judgement]:
        """All candidates of an episode, those to repair and those not.

        Args:
            lines: an episode's lines in order.
            word_probabilities: as for :meth:`repair_lines`.
        """
        episode = Episode(lines, self._glossary)
        judged: list[Judgement] = []
        for number, line in enumerate(lines):
            for candidate in self._candidates(line):
                term = self._terms[candidate.term]
                if line[candidate.start : candidate.end] in (term.term, *term.variants):
                    continue
                made = judge(number, line, tokens(line), candidate, term, episode, self._meanings)
                if self._confirmed.get(made.surface) == candidate.term:
                    made.add("confirmed by reviewers", _CONFIRMED, rule="misspelling")
                if word_probabilities is not None:
                    listen(made, word_probabilities[number])
                judged.append(made)
        vouch(judged)
        judged += self._again(lines, judged, episode)
        contradict(judged)
        recall(judged)
        return judged + self._doubts(lines, episode)

    def _doubts(self, lines: Sequence[str], episode: Episode) -> list[Judgement]:
        """The terms that stand in the lines, weighed against words of the same sound."""
        doubts: list[Judgement] = []
        standing: dict[str, set[int]] = {}
        for line, text in enumerate(lines):
            for match in self._right.finditer(text):
                if match.group() not in self._doubted:
                    continue
                number, near = self._doubted[match.group()]
                term = self._terms[number]
                standing.setdefault(term.id, set()).add(line)
                made = doubt(line, text, match.span(), term, number, near, episode, self._meanings)
                doubts += [made] if made else []
        settle(doubts, standing)
        return doubts

    def _candidates(self, line: str) -> list[Candidate]:
        starts = self._matcher.starts(self._right.sub(_blank, line))
        found: list[Candidate] = []
        if starts is not None:
            right = [match.span() for match in self._right.finditer(line)]
            found = self._matcher.candidates(tokens(line), starts, right)
        spans = {(c.start, c.end, c.term) for c in found}
        for match in self._wrong.finditer(line):
            number = self._confirmed[match.group()]
            if (*match.span(), number) not in spans:
                whole = Candidate(
                    0, 0, number, self._terms[number].reading, 0.0, 0, 0, aligned=True
                )
                found.append(_placed(whole, match.span(), tokens(line)))
        return found

    def _again(
        self,
        lines: Sequence[str],
        judged: Sequence[Judgement],
        episode: Episode,
    ) -> list[Judgement]:
        """A spelling that is surely no word is looked for wherever it stands.

        The words of a line may hide it from the matcher: in 大走って the tokeniser sees 走って.
        """
        seen = {(j.line, j.candidate.start, j.candidate.end, j.term.id) for j in judged}
        sure = {
            (j.surface, j.candidate.term): j.candidate
            for j in judged
            if j.points >= SURE and "non_word" in j.rules and _KANJI_ONLY.fullmatch(j.surface)
        }
        found = []
        for (surface, number), candidate in sorted(sure.items(), key=lambda item: item[0]):
            alone = re.compile(rf"(?<![一-龠々]){surface}(?![一-龠々])")
            for line, text in enumerate(lines):
                for match in alone.finditer(text):
                    term = self._terms[number]
                    if (line, *match.span(), term.id) not in seen:
                        words = tokens(text)
                        placed = _placed(candidate, match.span(), words)
                        found.append(
                            judge(line, text, words, placed, term, episode, self._meanings)
                        )
        return found

    def _chosen(self, judged: list[Judgement]) -> list[Repair]:
        taken: list[Repair] = []
        for made in sorted(judged, key=lambda j: (-j.points, j.candidate.start - j.candidate.end)):
            if made.points < 0:
                break
            repair = self._made(made)
            if all(repair.end <= other.start or repair.start >= other.end for other in taken):
                taken.append(repair)
        return sorted(taken, key=lambda repair: repair.start)

    def _made(self, made: Judgement) -> Repair:
        start, end, before, term = made.candidate.start, made.candidate.end, made.surface, made.term
        if made.meant:
            return Repair(
                start, end, before, made.meant, made.candidate.reading, term.id, made.rule, made.score,
                made.why,
            )  # fmt: skip
        for cut in range(1, len(term.term)):
            # In バン装支援 only バン装 is wrong, where the glossary has 伴走 as well as 伴走支援.
            tail = term.term[cut:]
            shorter = self._spellings.get(term.term[:cut])
            if shorter and before.endswith(tail) and len(before) > len(tail):
                end, before, term = end - len(tail), before[: -len(tail)], shorter
                break
        return Repair(
            start, end, before, term.term, made.candidate.reading, term.id, made.rule, made.score,
            made.why,
        )  # fmt: skip


def _placed(candidate: Candidate, span: tuple[int, int], words: Sequence[Token]) -> Candidate:
    """The same misspelling at another place."""
    start, end = span
    first, last = covering(words, start, end)
    return replace(candidate, start=start, end=end, first=first, last=last)


def _blank(match: re.Match[str]) -> str:
    return "\0" * len(match.group())


def _any_of(words: set[str]) -> re.Pattern[str]:
    longest_first = sorted(words, key=lambda word: (-len(word), word))
    return re.compile("|".join(map(re.escape, longest_first)) if words else r"(?!)")


def repair(segments: pa.Table, words: pa.Table, *, repairer: Repairer) -> pa.Table:
    """Find the misspelled words of episodes.

    Args:
        segments: table ``segments``; those with a ``dropped_reason`` are left out.
        words: table ``words``; may be empty.
        repairer: holds the glossary.

    Returns:
        Table ``repairs``: spans in code points of each segment's raw text.
    """
    heard: dict[tuple[str, int], list[tuple[int, int, float]]] = {}
    at: dict[tuple[str, int], int] = {}
    for word in words.select(["episode_id", "segment_index", "text", "probability"]).to_pylist():
        place = (word["episode_id"], word["segment_index"])
        start = at.get(place, 0)
        at[place] = start + len(word["text"])
        if word["probability"] is not None:
            heard.setdefault(place, []).append((start, at[place], word["probability"]))
    episodes: dict[str, list[tuple[int, str]]] = {}
    kept = segments.select(["episode_id", "segment_index", "text", "dropped_reason"]).to_pylist()
    for row in kept:
        if row["dropped_reason"] is None:
            episodes.setdefault(row["episode_id"], []).append((row["segment_index"], row["text"]))
    rows: list[dict[str, Any]] = []
    for episode_id, listed in episodes.items():
        probabilities = [heard.get((episode_id, index), []) for index, _ in listed]
        repaired = repairer.repair_lines([t for _, t in listed], word_probabilities=probabilities)
        for (index, _), repairs in zip(listed, repaired, strict=True):
            rows += [_row(episode_id, index, one) for one in repairs]
    return to_table("repairs", rows)


def _row(episode_id: str, segment_index: int, one: Repair) -> dict[str, Any]:
    return {
        "episode_id": episode_id, "segment_index": segment_index, "start_char": one.start,
        "end_char": one.end, "before": one.before, "after": one.after, "reading": one.reading,
        "term_id": one.term_id, "rule": one.rule, "score": one.score, "evidence": one.evidence,
    }  # fmt: skip


__all__ = ["STAGE_VERSION", "Repair", "Repairer", "repair"]
