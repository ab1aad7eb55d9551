"""What the stages need and is costly to load: models, glossary, taxonomy. Loaded when first used."""

from __future__ import annotations

import os
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

from pipeline.config import Settings

if TYPE_CHECKING:
    from pipeline.glossary import Glossary
    from pipeline.kinds import KindRules
    from pipeline.speech import Recogniser
    from pipeline.stages.repair import Repairer
    from pipeline.stages.tag import Tagger
    from pipeline.taxonomy import Taxonomy
    from pipeline.voices import VoiceModels


class Tools:
    """The tools of one process.

    Args:
        settings: names the models and the team's own files.
        workers: how many processes share the machine's cores.
        threads: cores for recognition, where somebody else has shared them out; 0 for all.
    """

    def __init__(self, settings: Settings, *, workers: int = 1, threads: int = 0) -> None:
        self._settings = settings
        share = max(1, (os.cpu_count() or 1) // workers) if workers > 1 else 0
        self._threads = threads or share

    @lru_cache(maxsize=2)  # noqa: B019  a process has one Tools, and it lives as long
    def recogniser(self, model: str) -> Recogniser:
        from pipeline.speech import Recogniser

        return Recogniser(self._settings, model=model, threads=self._threads)

    @cached_property
    def voices(self) -> VoiceModels:
        from pipeline.voices import VoiceModels

        return VoiceModels(threads=self._threads)

    @cached_property
    def glossary(self) -> Glossary:
        from pipeline.glossary import load_glossary

        return load_glossary(*self._settings.glossary_files)

    @cached_property
    def hotwords(self) -> tuple[str, ...]:
        """The glossary's words to hint recognition with, the most important first."""
        return tuple(term.term for term in self.glossary.terms if term.hotword)

    @cached_property
    def repairer(self) -> Repairer:
        from pipeline.stages.repair import Repairer

        return Repairer(self.glossary)

    @cached_property
    def taxonomy(self) -> Taxonomy:
        from pipeline.taxonomy import load_taxonomy

        return load_taxonomy(self._settings.taxonomy)

    @cached_property
    def kinds(self) -> KindRules:
        from pipeline.kinds import load_kinds

        return load_kinds()

    @cached_property
    def tagger(self) -> Tagger:
        from pipeline.stages.tag import Tagger

        return Tagger(self.taxonomy)
