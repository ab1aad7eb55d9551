"""Tags passages: concepts of the taxonomy, combined by rules within a sentence or two, and a learned part.

Strong rules decide alone, weak ones together with the words around them; literal senses (a pianist's
伴奏, baseball, guide runners) and talk about the programme itself do not count.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pipeline import morph, schema
from pipeline.linear import LinearModel
from pipeline.stages.tag import learned, meaning
from pipeline.stages.tag.concepts import Concepts, Found
from pipeline.stages.tag.features import Features, features
from pipeline.taxonomy import Rule, Taxonomy

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

STAGE_VERSION = 4
# How far the rules' own verdict is believed where the learned part sees nothing. Real passages need
# it more than composed ones: believing the larger of the two alone lost a quarter of their tags.
_TRUST = 0.7


@dataclass(frozen=True, slots=True)
class TagHit:
    """A tag with the words that show it: ``text[start:end] == evidence``.

    ``rule`` is tag/rule id, or tag/words where no rule but the words of a sentence show it.
    """

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
        meaning_model: another than the shipped one (for training).
    """

    def __init__(self, taxonomy: Taxonomy, *, meaning_model: LinearModel | None = None) -> None:
        self._meaning = meaning_model
        self._taxonomy = taxonomy
        # first concept → its rules with their number
        self._rules: dict[str, list[tuple[int, Rule]]] = {}
        for number, rule in enumerate(taxonomy.rules):
            self._rules.setdefault(rule.all_of[0], []).append((number, rule))

    @property
    def taxonomy(self) -> Taxonomy:
        return self._taxonomy

    def tag(self, text: str, words: Sequence[morph.Token] | None = None) -> list[TagHit]:
        """The tags of one passage, one hit a tag, sorted by start, then tag.

        Args:
            text: a passage, repaired.
            words: its words, where they are known already (:func:`pipeline.morph.tokens`).

        Raises:
            ModelError: the dictionary or the learned weights do not load.
        """
        if not text.strip():
            return []
        concepts, found, given, sounds = self._look(text, words)
        hits = []
        for tag, chance in zip(schema.TAGS, learned.probabilities(given), strict=True):
            score = 1.0 - (1.0 - float(chance)) * (1.0 - _TRUST * _proof(found.get(tag, ())))
            if score >= self._taxonomy.threshold:
                start, end, rule = _evidence(tag, found.get(tag, ()), concepts, sounds)
                hits.append(TagHit(tag, start, end, round(score, 4), text[start:end], rule))
        return sorted(hits, key=lambda hit: (hit.start, hit.tag))

    def features(self, text: str) -> Features:
        """What the learned part sees of a passage (for training)."""
        return self._look(text, None)[2]

    def proofs(self, text: str) -> NDArray[Any]:
        """The rules' own verdict on each tag (for training)."""
        import numpy as np

        found = self._look(text, None)[1]
        return np.array([_proof(found.get(tag, ())) for tag in schema.TAGS])

    def _look(
        self, text: str, words: Sequence[morph.Token] | None
    ) -> tuple[Concepts, Mapping[str, list[Found]], Features, NDArray[Any]]:
        """Concepts, tag → rules that hold, what the learned part sees, and each sentence's sound."""
        words = morph.tokens(text) if words is None else words
        concepts = Concepts(text, words, self._taxonomy)
        found: dict[str, list[Found]] = {}
        for one in concepts.holding(self._rules):
            found.setdefault(one.rule.tag, []).append(one)
        sounds, by_sentence = meaning.scores(text, words, concepts.sentences(), model=self._meaning)
        return concepts, found, features(concepts, found, sounds, len(text)), by_sentence


def _proof(found: Sequence[Found]) -> float:
    """The rules' own verdict: independent evidence adds up."""
    return 1.0 - math.prod(1.0 - f.rule.score for f in found if not f.rule.weak)


def _evidence(
    tag: str, found: Sequence[Found], concepts: Concepts, sounds: NDArray[Any]
) -> tuple[int, int, str]:
    """The place of the best rule (the earliest of several), else the sentence that says most."""
    if found:
        best = max(found, key=lambda f: (not f.rule.weak, f.rule.score, -f.span[0], -f.span[1]))
        return *best.span, f"{tag}/{best.rule.id}"
    start, end = concepts.sentences()[int(sounds[:, schema.TAGS.index(tag)].argmax())]
    return start, end, f"{tag}/words"


def tag(passages: pa.Table, *, tagger: Tagger) -> pa.Table:
    """The stage: what each passage is about.

    Args:
        passages: the ``passages`` table (reads passage_id, text).
        tagger: built once for a run.

    Returns:
        The ``tags`` table: spans in code points of the passage's text, scores from 0 to 1.

    Raises:
        ModelError: the dictionary or the learned weights do not load.
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
