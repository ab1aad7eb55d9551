"""Where the concepts of a taxonomy stand in a passage."""

from __future__ import annotations

import bisect
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from operator import itemgetter

from pipeline import morph, requests
from pipeline.taxonomy import BUILT_IN_CONCEPTS, Cue, Rule, Taxonomy

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
        norms = [word.norm for word in words]
        self._norm = "".join(norms)
        self._norm_starts = list(accumulate(map(len, norms), initial=0))[: len(norms)]
        self._near = taxonomy.index.candidates(text)
        self._far = taxonomy.index.candidates(self._norm)
        self._shown: dict[str, tuple[str, ...]] = {}
        self.blocked = self._blocked(taxonomy)
        self._programme = self._sentences(self._spans(_PROGRAMME))
        # concept → sentence → spans; looked up where a rule asks
        self._found: dict[str, dict[int, list[Span]]] = {}

    def holding(self, rules: Mapping[str, Sequence[tuple[int, Rule]]]) -> list[Found]:
        """The rules that hold, by number.

        Args:
            rules: first concept → numbered rules.
        """
        present = (self._near.keys() | self._far.keys() | BUILT_IN_CONCEPTS) & rules.keys()
        held = [
            (number, found)
            for concept in present
            if concept in BUILT_IN_CONCEPTS or self._places(concept)
            for number, rule in rules[concept]
            if (found := self._evidence(rule)) is not None
        ]
        return [found for _, found in sorted(held, key=itemgetter(0))]

    def _evidence(self, rule: Rule) -> Found | None:
        """A rule with the first place where it holds, from its first to its last concept."""
        if len(rule.all_of) == 1 and rule.window == rule.times == 1 and not rule.unless:
            # Most rules: no need to look at every sentence.
            inside = self._places(rule.all_of[0])
            if not inside:
                return None
            span = inside[min(inside)][0]
            return Found(rule, span, self._shown.get(rule.all_of[0], (rule.id,)), frozenset(inside))
        # Built-in concepts, dear to find, are looked for where all others stand.
        for concept in sorted(rule.all_of, key=BUILT_IN_CONCEPTS.__contains__):
            if not self._places(concept):
                return None
        places = self._places(rule.all_of[0])
        if sum(map(len, places.values())) < rule.times:
            return None
        first: Span | None = None
        sentences = set()
        for sentence in range(len(self._starts)):
            window = range(sentence, sentence + rule.window)
            if sentence not in places and rule.window == 1:
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
        places = self._places(concept)
        return [span for n in window for span in places.get(n, ())]

    def _places(self, concept: str) -> dict[int, list[Span]]:
        """Sentence → spans of a concept, but for what is meant literally or is about the programme."""
        found = self._found.get(concept)
        if found is None:
            if concept in BUILT_IN_CONCEPTS:
                self._find_asks()
                return self._found[concept]
            found = self._found[concept] = {}
            for start, end in self._spans(concept):
                sentence = self._sentence_of(start)
                if sentence not in self._programme and not self._is_literal(start, end):
                    found.setdefault(sentence, []).append((start, end))
        return found

    def _blocked(self, taxonomy: Taxonomy) -> tuple[str, ...]:
        """Words that are meant literally in this passage."""
        return tuple(
            word
            for frame in taxonomy.frames
            if not any(word in self.text for word in frame.exempt) and self._spans(frame.concept)
            for word in frame.words
        )

    def _spans(self, concept: str) -> list[Span]:
        spans: list[Span] = []
        if concept in self._near:
            spans = self._match(concept, self._near[concept], self.text)
        if not spans and concept in self._far:
            spans = self._match(concept, self._far[concept], self._norm)
            spans = [self._surface(*span) for span in spans]
        return sorted(set(spans)) if len(spans) > 1 else spans

    def _match(self, concept: str, cues: Sequence[Cue], text: str) -> list[Span]:
        spans: list[Span] = []
        shown = []
        for cue in cues:
            if found := cue.spans(text):
                spans += found
                shown.append(cue.text)
        if spans:
            self._shown[concept] = tuple(sorted(shown))
        return spans

    def _surface(self, start: int, end: int) -> Span:
        """The surface behind a span of the normalised text; half a word counts as the whole."""
        first = bisect.bisect_right(self._norm_starts, start) - 1
        last = bisect.bisect_left(self._norm_starts, end) - 1
        return self.words[first].start, self.words[max(first, last)].end

    def _is_literal(self, start: int, end: int) -> bool:
        words = self.text[start:end]
        return any(word in words for word in self.blocked)

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
        judgements = requests.classify_all([self.text[start:end] for start, end in pieces])
        for (start, end), judged in zip(pieces, judgements, strict=True):
            if judged.label in asked and not judged.abstained:
                asked[judged.label].append((start, end))
        for label, spans in asked.items():
            self._found[f"ask.{label}"] = self._by_sentence(sorted(spans))
