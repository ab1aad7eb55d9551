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
# Passages looked at together: enough to be quick, few enough for some 20 MB.
_TOGETHER = 128


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
        return self.tag_all([text], [morph.tokens(text) if words is None else words])[0]

    def tag_all(
        self, texts: Sequence[str], words: Sequence[Sequence[morph.Token]] | None = None
    ) -> list[list[TagHit]]:
        """The tags of many passages, each for itself: what :meth:`tag` says of each, at twice the speed.

        Args:
            texts: passages, repaired.
            words: the words of each, where they are known already.

        Raises:
            ModelError: the dictionary or the learned weights do not load.
        """
        hits: list[list[TagHit]] = [[] for _ in texts]
        said = [number for number, text in enumerate(texts) if text.strip()]
        for at in range(0, len(said), _TOGETHER):
            some = said[at : at + _TOGETHER]
            looked = self._look(
                [texts[number] for number in some],
                None if words is None else [words[number] for number in some],
            )
            chances = learned.probabilities([one.given for one in looked]).tolist()
            for number, *both in zip(some, looked, chances, strict=True):
                hits[number] = self._hits(*both)
        return hits

    def _hits(self, seen: _Looked, chances: Sequence[float]) -> list[TagHit]:
        text, found = seen.concepts.text, seen.found
        hits = []
        for tag, chance in zip(schema.TAGS, chances, strict=True):
            score = 1.0 - (1.0 - chance) * (1.0 - _TRUST * _proof(found.get(tag, ())))
            if score >= self._taxonomy.threshold:
                start, end, rule = _evidence(tag, found.get(tag, ()), seen.concepts, seen.sounds)
                hits.append(TagHit(tag, start, end, round(score, 4), text[start:end], rule))
        return sorted(hits, key=lambda hit: (hit.start, hit.tag))

    def scores_of_all(self, texts: Sequence[str]) -> list[dict[str, float]]:
        """The tags of many texts, each with its score: :meth:`tag_all` without the places."""
        return [{hit.tag: hit.score for hit in hits} for hits in self.tag_all(texts)]

    def features(self, text: str) -> Features:
        """What the learned part sees of a passage (for training)."""
        return self._look([text])[0].given

    def proofs(self, text: str) -> NDArray[Any]:
        """The rules' own verdict on each tag (for training)."""
        import numpy as np

        found = self._look([text])[0].found
        return np.array([_proof(found.get(tag, ())) for tag in schema.TAGS])

    def _look(
        self, texts: Sequence[str], words: Sequence[Sequence[morph.Token]] | None = None
    ) -> list[_Looked]:
        words = [morph.tokens(text) for text in texts] if words is None else words
        concepts = [
            Concepts(text, own, self._taxonomy) for text, own in zip(texts, words, strict=True)
        ]
        passages = [meaning.Passage(c.text, c.words, c.sentences()) for c in concepts]
        sounds = meaning.scores(passages, model=self._meaning)
        looked = []
        for one, (sound, by_sentence) in zip(concepts, sounds, strict=True):
            found: dict[str, list[Found]] = {}
            for rule in one.holding(self._rules):
                found.setdefault(rule.rule.tag, []).append(rule)
            given = features(one, found, sound, len(one.text))
            looked.append(_Looked(one, found, given, by_sentence))
        return looked


@dataclass(frozen=True, slots=True)
class _Looked:
    """Concepts, tag → rules that hold, what the learned part sees, and each sentence's sound."""

    concepts: Concepts
    found: Mapping[str, list[Found]]
    given: Features
    sounds: NDArray[Any]


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
        for passage_id, hits in zip(ids, tagger.tag_all(texts), strict=True)
        for hit in hits
    ]  # fmt: skip
    return schema.to_table("tags", rows)
