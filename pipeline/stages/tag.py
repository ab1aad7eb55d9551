"""Tags passages: concepts of the taxonomy, combined by rules within a sentence or two.

Strong cues decide alone, weak ones together; literal senses (a pianist's 伴奏, baseball, guide
runners) and talk about the programme itself do not count.
"""

from __future__ import annotations

import bisect
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline import morph, requests, schema
from pipeline.taxonomy import Cue, Rule, Taxonomy

if TYPE_CHECKING:
    import pyarrow as pa

STAGE_VERSION = 1
_SENTENCE = re.compile(r"[^。！？!?\n]+[。！？!?]*[」』]?\n?|[。！？!?\n]+")
_QUOTE = re.compile(r"[「『]([^「」『』]{3,80})[」』]")
_REPORTED_ASK = re.compile(r"(?:か|かね|っけ|の|？|\?)、?(?:って|と|みたいな|みたいに|とか)")
_PROGRAMME = "programme"

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class TagHit:
    """A tag with the words that show it: ``text[start:end] == evidence``; ``rule`` is tag/rule id."""

    tag: str
    start: int
    end: int
    score: float
    evidence: str
    rule: str


class Tagger:
    """Finds the tags of passages.

    Args:
        taxonomy: tags, concepts and rules.
    """

    def __init__(self, taxonomy: Taxonomy) -> None:
        self._taxonomy = taxonomy
        self._rules = {
            tag: tuple(rule for rule in taxonomy.rules if rule.tag == tag) for tag in schema.TAGS
        }

    @property
    def taxonomy(self) -> Taxonomy:
        return self._taxonomy

    def tag(self, text: str, words: Sequence[morph.Token] | None = None) -> list[TagHit]:
        """The tags of one passage, one hit a tag, sorted by start, then tag.

        Args:
            text: a passage, repaired.
            words: its words, where they are known already (:func:`pipeline.morph.tokens`).

        Raises:
            ModelError: the dictionary does not load.
        """
        if not text.strip():
            return []
        found = _Concepts(text, morph.tokens(text) if words is None else words, self._taxonomy)
        hits = [hit for tag in schema.TAGS if (hit := self._hit(tag, text, found)) is not None]
        return sorted(hits, key=lambda hit: (hit.start, hit.tag))

    def _hit(self, tag: str, text: str, found: _Concepts) -> TagHit | None:
        doubt = 1.0
        best: tuple[float, int, int, Rule] | None = None
        for rule in self._rules[tag]:
            span = found.evidence(rule)
            if span is None:
                continue
            doubt *= 1.0 - rule.score
            # The highest score, then the earliest and shortest span.
            key = (rule.score, -span[0], -span[1])
            if best is None or key > best[:3]:
                best = (*key, rule)
        score = 1.0 - doubt
        if best is None or score < self._taxonomy.threshold:
            return None
        start, end, rule = -best[1], -best[2], best[3]
        return TagHit(tag, start, end, round(score, 4), text[start:end], f"{tag}/{rule.id}")


class _Concepts:
    """Where the concepts of a taxonomy stand in one passage, sentence by sentence."""

    def __init__(self, text: str, words: Sequence[morph.Token], taxonomy: Taxonomy) -> None:
        self._text = text
        self._starts = [match.start() for match in _SENTENCE.finditer(text)] or [0]
        self._norm = "".join(word.norm for word in words)
        self._norm_words: list[tuple[int, morph.Token]] = []
        at = 0
        for word in words:
            self._norm_words.append((at, word))
            at += len(word.norm)
        self._norm_starts = [start for start, _ in self._norm_words]
        blocked = self._blocked(taxonomy)
        programme = self._sentences(self._spans(taxonomy.cues.get(_PROGRAMME, ())))
        # concept → sentence → spans
        self._found: dict[str, dict[int, list[Span]]] = {}
        for concept, cues in taxonomy.cues.items():
            spans = [s for s in self._spans(cues) if not _holds(text[s[0] : s[1]], blocked)]
            if spans:
                by_sentence = self._by_sentence(spans)
                self._found[concept] = {
                    n: inside for n, inside in by_sentence.items() if n not in programme
                }
        self._find_asks()

    def evidence(self, rule: Rule) -> Span | None:
        """The first place where a rule holds: from its first to its last concept."""
        places = [self._found.get(concept, {}) for concept in rule.all_of]
        if not all(places) or sum(map(len, places[0].values())) < rule.times:
            return None
        for sentence in range(len(self._starts)):
            window = range(sentence, sentence + rule.window)
            if sentence not in places[0] and rule.window == 1:
                continue
            if any(self._in_window(concept, window) for concept in rule.unless):
                continue
            inside = [self._in_window(concept, window) for concept in rule.all_of]
            if all(inside):
                firsts = [spans[0] for spans in inside]
                return min(s for s, _ in firsts), max(e for _, e in firsts)
        return None

    def _in_window(self, concept: str, window: range) -> list[Span]:
        places = self._found.get(concept, {})
        return [span for n in window for span in places.get(n, ())]

    def _blocked(self, taxonomy: Taxonomy) -> tuple[str, ...]:
        """Words that are meant literally in this passage."""
        return tuple(
            word
            for frame in taxonomy.frames
            if not any(word in self._text for word in frame.exempt)
            and self._spans(taxonomy.cues[frame.concept])
            for word in frame.words
        )

    def _spans(self, cues: Iterable[Cue]) -> list[Span]:
        # Few literals stand in a passage: testing them here spares a thousand calls a passage.
        text, norm = self._text, self._norm
        spans = [span for cue in cues if cue.literal in text for span in cue.spans(text)]
        if not spans:
            near = [span for cue in cues if cue.literal in norm for span in cue.spans(norm)]
            spans = [self._surface(*span) for span in near]
        return sorted(set(spans))

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
        pieces = [match.span(1) for match in _QUOTE.finditer(self._text)]
        ends = [*self._starts[1:], len(self._text)]
        for start, end in zip(self._starts, ends, strict=True):
            match = _REPORTED_ASK.search(self._text, start, end)
            if match is not None:
                pieces.append((start, match.end()))
        for start, end in pieces:
            judged = requests.classify(self._text[start:end])
            if judged.label in asked and not judged.abstained:
                asked[judged.label].append((start, end))
        for label, spans in asked.items():
            if spans:
                self._found[f"ask.{label}"] = self._by_sentence(sorted(spans))


def _holds(words: str, blocked: tuple[str, ...]) -> bool:
    return any(word in words for word in blocked)


def tag(passages: pa.Table, *, tagger: Tagger) -> pa.Table:
    """The stage: what each passage is about.

    Args:
        passages: the ``passages`` table (reads passage_id, text).
        tagger: built once for a run.

    Returns:
        The ``tags`` table: spans in code points of the passage's text, scores from 0 to 1.

    Raises:
        ModelError: the dictionary does not load.
    """
    ids = passages["passage_id"].to_pylist()
    texts = passages["text"].to_pylist()
    rows = [
        {
            "passage_id": passage_id, "tag": hit.tag, "start_char": hit.start, "end_char": hit.end,
            "score": hit.score, "evidence": hit.evidence, "rule": hit.rule,
        }
        for passage_id, text in zip(ids, texts, strict=True)
        for hit in tagger.tag(text)
    ]  # fmt: skip
    return schema.to_table("tags", rows)
