"""Listens to an episode's audio, stretch by stretch, and goes on where a killed run had come to."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.config import Settings
from pipeline.recognition import Recognition
from pipeline.run.heard import Heard
from pipeline.run.interrupt import run_interruptibly
from pipeline.run.plan import Job, key_of, model_of
from pipeline.run.tools import Tools
from pipeline.store import Store
from pipeline.stretches import CUTS_VERSION, Stretches, cut_stretches, moved, read_stretches

if TYPE_CHECKING:
    from pipeline.audio import Audio
    from pipeline.speech import Recogniser

log = logging.getLogger("bansou")

Tell = Callable[[float, float], None]


@dataclass(frozen=True, slots=True)
class Listener:
    """Listens to one episode.

    Args:
        job: the episode; its primary file is audio.
        tell: hears the second of audio reached, and how many there are.
        warn: hears what is wrong with audio that can be heard all the same.
    """

    job: Job
    settings: Settings
    tools: Tools
    tell: Tell
    warn: Callable[[str], None]

    def listen(self) -> tuple[Recognition, float]:
        """Hear all of the audio, what is longer than a stretch by stretches.

        Returns:
            What was heard, and the length of the audio in seconds.

        Raises:
            SourceError: the file cannot be read as audio.
            ModelError: the model does not run.
        """
        path = Path(self.job.primary.path)
        kept = Heard(Store(self.settings.processed), self.job.primary.sha256, key_of(self._parts()))
        stretches, whole = kept.stretches(), None
        if stretches is None:
            stretches, whole = cut_stretches(path)
            if whole is None:
                kept.begin(stretches)
        if stretches.is_cut_short:
            self.warn(
                f"{path}: only {stretches.duration_s:.0f} of {stretches.declared_s:.0f} seconds can "
                "be decoded; the file seems cut short: copy or download it again"
            )
        if whole is None:
            return self._hear_stretches(path, stretches, kept), stretches.duration_s
        self.tell(0.0, stretches.duration_s)
        return self._hear(whole, 0.0, stretches.duration_s), stretches.duration_s

    def _hear_stretches(self, path: Path, stretches: Stretches, kept: Heard) -> Recognition:
        heard = {i: known for i in range(stretches.count) if (known := kept.load(i))}
        missing = [i for i in range(stretches.count) if i not in heard]
        found_s = sum(stretches.start_s(i + 1) - stretches.start_s(i) for i in heard)
        pace = Pace(found_s, stretches.duration_s)
        if heard:
            log.info("%s: %s", self.job.episode_id, f"goes on after {shown(found_s)} heard before")
        self.tell(found_s, stretches.duration_s)
        with closing(read_stretches(path, stretches, missing)) as audio:
            for index, stretch in audio:
                heard[index] = self._hear(stretch, pace.done_s, stretches.duration_s)
                kept.keep(index, heard[index])
                pace.done_s += stretch.duration_s
                log.info("%s: %s", self.job.episode_id, pace)
        segments = (
            moved(segment, stretches.start_s(index))
            for index in range(stretches.count)
            for segment in heard[index].segments
        )
        return replace(heard[0], segments=tuple(segments))

    def _hear(self, audio: Audio, before_s: float, total_s: float) -> Recognition:
        def recognise(check: Callable[[], None]) -> Recognition:
            def tell(done_s: float) -> None:
                check()
                self.tell(before_s + min(done_s, audio.duration_s), total_s)

            return self._recogniser.recognise(
                audio, language=self._language, terms=self._terms, on_progress=tell
            )

        heard = run_interruptibly(recognise)
        self.tell(before_s + audio.duration_s, total_s)
        return heard

    def _parts(self) -> dict[str, Any]:
        """What is heard in a stretch depends on these, beside the file."""
        return {
            "cuts": CUTS_VERSION,
            "language": self._language,
            "terms": list(self._terms),
            "recogniser": self._recogniser.conditions(),
        }

    @property
    def _recogniser(self) -> Recogniser:
        return self.tools.recogniser(model_of(self.job, self.settings))

    @property
    def _language(self) -> str:
        return self.job.language or self.settings.language

    @property
    def _terms(self) -> tuple[str, ...]:
        return self.tools.hotwords if self.settings.hotwords else ()


class Pace:
    """How far listening has come, and how fast it goes.

    Args:
        found_s: seconds of audio heard before this run; they say nothing of its speed.
        total_s: seconds in all.
    """

    def __init__(self, found_s: float, total_s: float) -> None:
        self.done_s = found_s
        self._found_s = found_s
        self._total_s = total_s
        self._began = time.monotonic()

    def __str__(self) -> str:
        spent_s = max(time.monotonic() - self._began, 1e-6)
        rate = (self.done_s - self._found_s) / spent_s
        left = f", {shown((self._total_s - self.done_s) / rate)} left" if rate else ""
        return f"{shown(self.done_s)} of {shown(self._total_s)} heard, {rate:.1f} × real time{left}"


def shown(seconds: float) -> str:
    """Seconds as h:mm:ss."""
    return str(timedelta(seconds=round(seconds)))
