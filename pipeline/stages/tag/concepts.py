"""Where the concepts of a taxonomy stand in a passage."""

from __future__ import annotations

import bisect
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pipeline import morph, requests
from pipeline.taxonomy import Cue, Rule, Taxonomy

_SENTENCE = re.compile(r"[^。！？!?\n]+[。！？!?]*[」』]?\n?|[。！？!?\n]+")
_QUOTE = re.compile(r"[「『]([^「」『』]{3,80})[」』]")
_REPORTED_ASK = re.compile(r"(?:か|かね|っけ|の|？|\?)、?(?:って|と|みたいな|みたいに|とか)")
_PROGRAMME = "programme"

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Found:
    """A rule that holds: its first place, how many different cues and how many sentences show it."""

    rule: Rule
    span: Span
    cues: tuple[str, ...]
    sentences: frozenset[int]


class Concepts:
    """Where the concepts of a taxonomy stand in one passage, sentence by sentence."""

    def __init__(self, text: str, words: Sequence[morph.Token], taxonomy: Taxonomy) -> None:
        self.text = text
        self.words = words
        self._starts = [match.start() for match in _SENTENCE.finditer(text)] or [0]
        self._norm = "".join(word.norm for word in words)
        self._norm_words: list[tuple[int, morph.Token]] = []
        at = 0
        for word in words:
            self._norm_words.append((at, word))
            at += len(word.norm)
        self._norm_starts = [start for start, _ in self._norm_words]
        self._near = taxonomy.index.candidates(text)
        self._far = taxonomy.index.candidates(self._norm)
        self._shown: dict[str, tuple[str, ...]] = {}
        self.blocked = self._blocked(taxonomy)
        programme = self._sentences(self._spans(_PROGRAMME))
        # concept → sentence → spans
        self._found: dict[str, dict[int, list[Span]]] = {}
        for concept in sorted(self._near.keys() | self._far.keys()):
            found = self._spans(concept)
            spans = [s for s in found if not _holds(text[s[0] : s[1]], self.blocked)]
            if spans:
                by_sentence = self._by_sentence(spans)
                self._found[concept] = {
                    n: inside for n, inside in by_sentence.items() if n not in programme
                }
        self._find_asks()

    def holding(self, rules: Iterable[Rule]) -> list[Found]:
        """Those of the rules that hold, in their order."""
        return [
            found for rule in rules
            if rule.all_of[0] in self._found and (found := self._evidence(rule)) is not None
        ]  # fmt: skip

    def _evidence(self, rule: Rule) -> Found | None:
        """A rule with the first place where it holds, from its first to its last concept."""
        if len(rule.all_of) == 1 and rule.window == rule.times == 1 and not rule.unless:
            # Most rules: no need to look at every sentence.
            inside = self._found[rule.all_of[0]]
            if not inside:
                return None
            span = inside[min(inside)][0]
            return Found(rule, span, self._shown.get(rule.all_of[0], (rule.id,)), frozenset(inside))
        places = [self._found.get(concept, {}) for concept in rule.all_of]
        if not all(places) or sum(map(len, places[0].values())) < rule.times:
            return None
        first: Span | None = None
        sentences = set()
        for sentence in range(len(self._starts)):
            window = range(sentence, sentence + rule.window)
            if sentence not in places[0] and rule.window == 1:
                continue
            if any(self._in_window(concept, window) for concept in rule.unless):
                continue
            near = [self._in_window(concept, window) for concept in rule.all_of]
            if all(near):
                firsts = [spans[0] for spans in near]
                first = first or (min(s for s, _ in firsts), max(e for _, e in firsts))
                sentences.add(sentence)
        if first is None:
            return None
        shown = self._shown.get(rule.all_of[0], ()) if len(rule.all_of) == 1 else (rule.id,)
        return Found(rule, first, shown, frozenset(sentences))

    def sentences(self) -> list[Span]:
        """The sentences of the passage."""
        return list(zip(self._starts, [*self._starts[1:], len(self.text)], strict=True))

    def _in_window(self, concept: str, window: range) -> list[Span]:
        places = self._found.get(concept, {})
        return [span for n in window for span in places.get(n, ())]

    def _blocked(self, taxonomy: Taxonomy) -> tuple[str, ...]:
        """Words that are meant literally in this passage."""
        return tuple(
            word
            for frame in taxonomy.frames
            if not any(word in self.text for word in frame.exempt) and self._spans(frame.concept)
            for word in frame.words
        )

    def _spans(self, concept: str) -> list[Span]:
        spans, shown = self._match(self._near.get(concept, ()), self.text)
        if not spans:
            spans, shown = self._match(self._far.get(concept, ()), self._norm)
            spans = [self._surface(*span) for span in spans]
        self._shown[concept] = shown
        return sorted(set(spans))

    def _match(self, cues: Iterable[Cue], text: str) -> tuple[list[Span], tuple[str, ...]]:
        spans: list[Span] = []
        shown = []
        for cue in cues:
            if found := cue.spans(text):
                spans += found
                shown.append(cue.text)
        return spans, tuple(sorted(shown))

    def _surface(self, start: int, end: int) -> Span:
        """The surface behind a span of the normalised text; half a word counts as the whole."""
        first = bisect.bisect_right(self._norm_starts, start) - 1
        last = bisect.bisect_left(self._norm_starts, end) - 1
        return self._norm_words[first][1].start, self._norm_words[max(first, last)][1].end

    def _sentence_of(self, offset: int) -> int:
        return max(0, bisect.bisect_right(self._starts, offset) - 1)

    def _sentences(self, spans: Iterable[Span]) -> set[int]:
        return {self._sentence_of(start) for start, _ in spans}

    def _by_sentence(self, spans: Iterable[Span]) -> dict[int, list[Span]]:
        found: dict[int, list[Span]] = {}
        for start, end in spans:
            found.setdefault(self._sentence_of(start), []).append((start, end))
        return found

    def _find_asks(self) -> None:
        """Quoted or reported requests for a view or a fact, as concepts of their own."""
        asked: dict[str, list[Span]] = {"opinion": [], "answer": []}
        pieces = [match.span(1) for match in _QUOTE.finditer(self.text)]
        ends = [*self._starts[1:], len(self.text)]
        for start, end in zip(self._starts, ends, strict=True):
            match = _REPORTED_ASK.search(self.text, start, end)
            if match is not None:
                pieces.append((start, match.end()))
        for start, end in pieces:
            judged = requests.classify(self.text[start:end])
            if judged.label in asked and not judged.abstained:
                asked[judged.label].append((start, end))
        for label, spans in asked.items():
            if spans:
                self._found[f"ask.{label}"] = self._by_sentence(sorted(spans))


def _holds(words: str, blocked: tuple[str, ...]) -> bool:
    return any(word in words for word in blocked)
