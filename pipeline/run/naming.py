"""What ``bansou speakers`` does: list voices, name one, delete prints."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from pipeline.config import Settings
from pipeline.errors import BansouError
from pipeline.run.spoken import SPOKEN_NAME, name_times
from pipeline.run.voices import Told, delete_prints, load_told
from pipeline.store import Store

_QUOTES, _QUOTE_CHARS = 3, 40


@dataclass(frozen=True, slots=True)
class VoiceSeen:
    """A voice of an episode as `bansou speakers list` shows it.

    Attributes:
        voice: ``SPEAKER_01``, or the label of a transcript.
        speaker: name; None where unknown.
        known_by, score, spoken_s: as in table ``speakers``.
        said: when it speaks and what, its longest sentences.
    """

    voice: str
    speaker: str | None
    known_by: str
    score: float
    spoken_s: float | None
    said: list[tuple[float | None, str]] = field(default_factory=list)


def list_voices(settings: Settings, episode_id: str) -> list[VoiceSeen]:
    """The voices of an episode, who speaks most first.

    Raises:
        BansouError: there is no such episode.
    """
    store = _store_with(settings, episode_id)
    said = store.read("utterances", episode_id).to_pylist()
    return [
        VoiceSeen(
            row["voice"], row["speaker"], row["known_by"], row["score"], row["spoken_s"],
            _longest([u for u in said if u["voice"] == row["voice"]]),
        )
        for row in store.read("speakers", episode_id).to_pylist()
    ]  # fmt: skip


def _longest(said: Sequence[dict[str, object]]) -> list[tuple[float | None, str]]:
    longest = sorted(said, key=lambda u: -len(str(u["text"])))[:_QUOTES]
    in_order = sorted(longest, key=lambda u: str(u["utterance_id"]))
    return [
        (u["start_s"], str(u["text"])[:_QUOTE_CHARS])  # type: ignore[misc]
        for u in in_order
    ]


def name_voice(settings: Settings, episode_id: str, voice: str, name: str | None) -> None:
    """Write down whose voice it is; the next ingest carries it into the tables.

    Args:
        voice: ``SPEAKER_01`` and so on.
        name: None takes the name away.

    Raises:
        BansouError: there is no such episode or voice, or the name is empty.
    """
    store = _store_with(settings, episode_id)
    told = _told(store, episode_id)
    spans = [(t.start_s, t.end_s) for t in told.turns if t.voice == voice]
    if not spans:
        known = ", ".join(v.label for v in told.voices)
        raise BansouError(f"{episode_id}: there is no voice {voice!r}; there are {known}")
    if name is not None and not name.strip():
        raise BansouError("a name cannot be empty; to take one away use --unknown")
    with store.lock():
        path = settings.data / SPOKEN_NAME
        name_times(path, episode_id, name.strip() if name else None, spans)


def forget_prints(settings: Settings, name: str | None = None) -> int:
    """Delete voice prints from this machine: one person's, or all; returns how many.

    Raises:
        BansouError: nothing is kept of that person.
    """
    store = Store(settings.processed)
    with store.lock():
        count = delete_prints(store, name)
    if not count and name is not None:
        raise BansouError(f"no voice print of {name!r} is kept; `bansou speakers known` lists them")
    return count


def _store_with(settings: Settings, episode_id: str) -> Store:
    store = Store(settings.processed)
    if episode_id not in store.load_records():
        raise BansouError(f"no episode {episode_id!r} in {store.root}; `bansou status` lists them")
    return store


def _told(store: Store, episode_id: str) -> Told:
    told = load_told(store, episode_id)
    if told is None and store.has("turns", episode_id) and store.read("turns", episode_id).num_rows:
        raise BansouError(
            f"{episode_id}: what was kept of its voices is gone or damaged; have them told apart again "
            "by `bansou ingest --from-stage speakers`"
        )
    if told is None:
        raise BansouError(
            f"{episode_id}: its voices were not told apart; run `bansou ingest --speakers` first "
            "(of a transcript, name the labels in its sidecar: speakers: {S1: 名前})"
        )
    return told
