"""Runs stage ``speakers`` over one episode."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from pipeline.config import Settings
from pipeline.run.held import held
from pipeline.run.plan import Fingerprints, Job, speaker_count_of, tells_apart
from pipeline.run.tools import Tools
from pipeline.run.voices import is_told_apart, keep_named, known_voices, tell_apart
from pipeline.sources import Sidecar, read_times
from pipeline.store import Store

if TYPE_CHECKING:
    import pyarrow as pa


def find_speakers(
    job: Job,
    settings: Settings,
    tools: Tools,
    sidecar: Sidecar,
    prints: Fingerprints,
    *,
    tell: Callable[[float, float], None],
) -> dict[str, pa.Table]:
    """Tables ``turns`` and ``speakers`` of an episode.

    Of audio, where speakers are asked for: voices told apart and named. Else no turns, and the
    names that the sidecar gives to the labels of a transcript.

    Raises:
        SourceError: the audio cannot be read.
        ModelError: the extra ``speakers`` is not installed.
    """
    from pipeline.stages.speakers import Given, Named, name_voices, speakers

    if not tells_apart(job, settings):
        named = [
            Named(
                label, name.strip() or None, "transcript" if name.strip() else "unknown", 1.0, None
            )
            for label, name in sidecar.speakers.items()
            if not job.is_audio
        ]
        return speakers(job.episode_id, [], named)
    store = Store(settings.processed)
    count = _count(job, settings, sidecar)
    with held(job.primary, store):
        told = tell_apart(job, store, tools, count=count, tell=tell)
    said = {**sidecar.spoken, **prints.spoken.get(job.episode_id, {})}
    given = Given(sidecar.speakers, {name: read_times(times) for name, times in said.items()})
    known = known_voices(prints.known_voices, but=job.episode_id)
    named = name_voices(told.voices, told.turns, given, known)
    keep_named(store, job.episode_id, told, named)
    return speakers(job.episode_id, told.turns, named)


def listens_for_voices(job: Job, settings: Settings, sidecar: Sidecar, store: Store) -> bool:
    """Whether :func:`find_speakers` would read the audio, and not only what is kept of its voices."""
    count = _count(job, settings, sidecar)
    return tells_apart(job, settings) and not is_told_apart(job, store, count)


def _count(job: Job, settings: Settings, sidecar: Sidecar) -> int | None:
    return sidecar.speaker_count or speaker_count_of(job, settings)
