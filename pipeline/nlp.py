"""The language stages as a spaCy pipeline, for notebooks and for whoever builds on spaCy.

    import pipeline.nlp
    nlp = pipeline.nlp.load()
    doc = nlp("率直に、どう思われますか。")
    doc._.request.label, doc.spans["request"], doc.spans["tags"]

``bansou`` itself calls the same functions without making Docs, which is faster.
"""

from __future__ import annotations

import functools
from pathlib import Path
from typing import TYPE_CHECKING, Any

from spacy import util
from spacy.language import Language
from spacy.tokens import Doc, Span
from spacy.util import registry

from pipeline import morph
from pipeline.errors import ModelError
from pipeline.requests import classify

if TYPE_CHECKING:
    from collections.abc import Callable

    from pipeline.stages.tag import Tagger

PIPELINE_DIR = Path(__file__).parent / "lexicon" / "ja_bansou"


def make_tokenizer() -> Callable[[Language], Callable[[str], Doc]]:
    """Words as all stages see them: Sudachi core, mode C, offsets of the text as given."""

    def build(nlp: Language) -> Callable[[str], Doc]:
        return lambda text: morph.doc(text, vocab=nlp.vocab)

    return build


registry.tokenizers.register("bansou.SudachiTokenizer.v1", func=make_tokenizer)


@Language.factory("bansou_requests", assigns=["doc.cats", "doc.spans", "doc._.request"])
def make_requests(nlp: Language, name: str) -> Callable[[Doc], Doc]:
    """Sets ``doc._.request`` (a RequestJudgement), its score in ``doc.cats`` and its span."""
    if not Doc.has_extension("request"):
        Doc.set_extension("request", default=None)
    return _requests


def _requests(doc: Doc) -> Doc:
    judged = classify(doc.text)
    doc._.request = judged
    doc.cats[judged.label] = judged.score
    doc.spans["request"] = _spans(doc, judged.start, judged.end, judged.label)
    return doc


@Language.factory("bansou_tags", assigns=["doc.cats", "doc.spans"])
class TagComponent:
    """Sets ``doc.spans["tags"]`` (labels are tags) and each tag's score in ``doc.cats``."""

    def __init__(self, nlp: Language, name: str) -> None:
        self.name = name

    @functools.cached_property
    def _tagger(self) -> Tagger:
        from pipeline.stages.tag import Tagger
        from pipeline.taxonomy import load_taxonomy

        return Tagger(load_taxonomy())

    def __call__(self, doc: Doc) -> Doc:
        found: list[Span] = []
        for hit in self._tagger.tag(doc.text):
            doc.cats[hit.tag] = hit.score
            found += _spans(doc, hit.start, hit.end, hit.tag)
        doc.spans["tags"] = found
        return doc


def _spans(doc: Doc, start: int | None, end: int | None, label: str) -> list[Span]:
    if start is None or end is None:
        return []
    span = doc.char_span(start, end, label=label, alignment_mode="expand")
    return [] if span is None else [span]


def load(path: Path = PIPELINE_DIR) -> Language:
    """The pipeline ``ja_bansou``: tokenizer, requests, tags.

    Args:
        path: a folder with the pipeline's ``config.cfg``.

    Raises:
        ModelError: the folder is missing or damaged.
    """
    try:
        config: Any = util.load_config(path / "config.cfg")
        return util.load_model_from_config(config, auto_fill=True)
    except (OSError, ValueError, KeyError) as error:
        raise ModelError(
            f"the spaCy pipeline {path} does not load ({error}); reinstall bansou"
        ) from error
