"""Voices of recordings: told apart once, kept on this machine, given names.

Layout under ``_state/voices/``, readable by its owner alone and in no export::

    <episode>.json   turns and voice prints of one recording, and which of them people named
    _known.json      the prints of named voices, by which those of other recordings are known

What people said stands in ``speakers.yaml`` of the data folder (``bansou speakers name`` writes it)
and in sidecars; it holds names and times, no prints.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.run.interrupt import run_interruptibly
from pipeline.run.plan import Job, key_of
from pipeline.store import Store, file_stem, read_json, write_json
from pipeline.stretches import CUTS_VERSION, cut_stretches, read_stretches

if TYPE_CHECKING:
    from pipeline.audio import Audio
    from pipeline.run.tools import Tools
    from pipeline.stages.speakers import Known, Named, Sounds, Turn, Voice
    from pipeline.voices import VoiceModels

log = logging.getLogger("bansou")

_DIGITS = 5


@dataclass(frozen=True, slots=True)
class Told:
    """The voices of one recording: turns, voices, and whose they are.

    Attributes:
        named: voice → name, as people gave it.
        matched: voice → name, as told by a print.
    """

    key: str
    turns: list[Turn]
    voices: list[Voice]
    named: dict[str, str] = field(default_factory=dict)
    matched: dict[str, str] = field(default_factory=dict)


def tell_apart(
    job: Job, store: Store, tools: Tools, *, count: int | None, tell: Callable[[float, float], None]
) -> Told:
    """The voices of an episode's audio: as kept, else listened to.

    Args:
        count: how many people speak, where that is known.
        tell: hears the second of audio reached, and how many there are.

    Raises:
        SourceError: the audio cannot be read.
        ModelError: the extra ``speakers`` is not installed.
    """
    kept = _kept(job, store, count)
    if kept is not None:
        return kept
    turns, voices = _listen(Path(job.primary.path), tools, count, tell)
    told = Told(_key(job, count), turns, voices)
    save_told(store, job.episode_id, told)
    return told


def is_told_apart(job: Job, store: Store, count: int | None) -> bool:
    """Whether :func:`tell_apart` has no need of the audio."""
    return _kept(job, store, count) is not None


def _kept(job: Job, store: Store, count: int | None) -> Told | None:
    kept = load_told(store, job.episode_id)
    return kept if kept is not None and kept.key == _key(job, count) else None


def _key(job: Job, count: int | None) -> str:
    from pipeline.stages.speakers import STAGE_VERSION

    return key_of({"file": job.primary.sha256, "count": count, "version": STAGE_VERSION,
                   "cuts": CUTS_VERSION})  # fmt: skip


def _listen(
    path: Path, tools: Tools, count: int | None, tell: Callable[[float, float], None]
) -> tuple[list[Turn], list[Voice]]:
    from pipeline.stages.speakers import find_voices

    models = tools.voices
    stretches, whole = cut_stretches(path)
    tell(0.0, stretches.duration_s)
    if whole is not None:
        heard = [_hear(whole, models, 0.0)]
    else:
        heard = []
        with closing(read_stretches(path, stretches, range(stretches.count))) as pieces:
            for index, piece in pieces:
                heard.append(_hear(piece, models, stretches.start_s(index)))
                tell(stretches.start_s(index + 1), stretches.duration_s)
    return find_voices(heard, count=count)


def _hear(audio: Audio, models: VoiceModels, begins_s: float) -> Sounds:
    from pipeline.stages.speakers import hear
    from pipeline.voices import FRAME_S, WINDOW_S

    return run_interruptibly(
        lambda _check: hear(audio, models, begins_s=begins_s, frame_s=FRAME_S, window_s=WINDOW_S)
    )


def keep_named(store: Store, episode_id: str, told: Told, named: Iterable[Named]) -> None:
    """Keep whose voices a recording's are, for :func:`update_known` and :func:`delete_prints`."""
    known = [n for n in named if n.speaker]
    by_people = {n.voice: n.speaker or "" for n in known if n.known_by == "named"}
    by_voice = {n.voice: n.speaker or "" for n in known if n.known_by == "voice"}
    if (by_people, by_voice) != (told.named, told.matched):
        save_told(store, episode_id, replace(told, named=by_people, matched=by_voice))


def update_known(store: Store) -> bool:
    """Take the prints of voices that people named into what is known; whether that changed it.

    Files that changed since the last time are read, whichever run wrote them.
    """
    content = read_json(_known_path(store)) or {}
    seen = content.get("seen", {})
    now = {name: _facts(_folder(store) / name) for name in _told_files(store)}
    changed = [name for name, facts in now.items() if seen.get(name) != facts]
    if not changed and seen.keys() == now.keys():
        return False
    before = known_rows(store)
    rows = [r for r in before if r["file"] in now and r["file"] not in changed]
    for name in changed:
        rows += _named_rows(store, name)
    rows.sort(key=lambda row: (row["speaker"], row["episode_id"], row["voice"]))
    _write_private(_known_path(store), {"voices": rows, "seen": now})
    return rows != before


def _told_files(store: Store) -> list[str]:
    known = _known_path(store).name
    return sorted(path.name for path in _folder(store).glob("*.json") if path.name != known)


def _facts(path: Path) -> list[int]:
    status = path.stat()
    return [status.st_mtime_ns, status.st_size]


def _named_rows(store: Store, name: str) -> list[dict[str, Any]]:
    content = read_json(_folder(store) / name) or {}
    told = load_told(store, content.get("episode_id", ""))
    if told is None:
        return []
    return [
        {
            "speaker": told.named[voice.label], "episode_id": content["episode_id"], "file": name,
            "voice": voice.label, "spoken_s": voice.spoken_s, "print": _written(voice),
        }
        for voice in told.voices
        if voice.label in told.named and voice.voice_print.any()
    ]  # fmt: skip


def known_voices(rows: Iterable[Mapping[str, Any]], *, but: str | None = None) -> list[Known]:
    """The prints of named voices of all recordings, or of all but one.

    Args:
        rows: as :func:`known_rows` has them.
        but: an episode.
    """
    import numpy as np

    from pipeline.stages.speakers import Known

    return [
        Known(
            row["speaker"], row["episode_id"], np.array(row["print"], np.float32), row["spoken_s"]
        )
        for row in rows
        if row["episode_id"] != but
    ]


def voice_files(store: Store, episode_id: str) -> dict[str, bytes]:
    """What is kept of a recording's voices, by its place under ``processed/``, for a worker elsewhere."""
    path = _path(store, episode_id)
    return {path.relative_to(store.root).as_posix(): path.read_bytes()} if path.is_file() else {}


def delete_prints(store: Store, speaker: str | None = None) -> int:
    """Delete voice prints from this machine: a person's, or all.

    Returns:
        How many prints were deleted.
    """
    count = 0
    for path in sorted(_folder(store).glob("*.json")):
        content = read_json(path)
        if content is None or path == _known_path(store):
            continue
        names = {**content.get("matched", {}), **content.get("named", {})}
        for voice in content.get("voices", []):
            if voice["print"] and (speaker is None or names.get(voice["label"]) == speaker):
                voice["print"] = None
                count += 1
        _write_private(path, content)
    update_known(store)
    return count


def drop_voices(store: Store, episode_ids: Iterable[str]) -> None:
    """Remove what is kept of episodes that are forgotten."""
    for episode_id in episode_ids:
        _path(store, episode_id).unlink(missing_ok=True)
    update_known(store)


def load_told(store: Store, episode_id: str) -> Told | None:
    """What is kept of a recording; None where nothing whole is."""
    import numpy as np

    from pipeline.stages.speakers import Turn, Voice
    from pipeline.voices import PRINT_SIZE

    path = _path(store, episode_id)
    content = read_json(path)
    try:
        if content is not None:
            voices = [
                Voice(
                    v["label"],
                    np.array(v["print"] or [0.0] * PRINT_SIZE, np.float32),
                    v["spoken_s"],
                )
                for v in content["voices"]
            ]
            turns = [Turn(*row) for row in content["turns"]]
            return Told(content["key"], turns, voices, content["named"], content["matched"])
    except (KeyError, TypeError, ValueError):
        pass
    if path.exists():
        log.warning("%s: is damaged; the voices of %s are told apart again", path, episode_id)
    return None


def save_told(store: Store, episode_id: str, told: Told) -> None:
    """Keep what is known of a recording's voices."""
    content = {
        "episode_id": episode_id,
        "key": told.key,
        "turns": [[t.start_s, t.end_s, t.voice, t.score] for t in told.turns],
        "voices": [
            {"label": v.label, "spoken_s": v.spoken_s, "print": _written(v)} for v in told.voices
        ],
        "named": told.named,
        "matched": told.matched,
    }
    _write_private(_path(store, episode_id), content)


def _written(voice: Voice) -> list[float] | None:
    """A print as it is kept; None where it was deleted."""
    if not voice.voice_print.any():
        return None
    return [round(float(number), _DIGITS) for number in voice.voice_print]


def known_rows(store: Store) -> list[dict[str, Any]]:
    """What is kept of named voices: speaker, episode_id, voice, spoken_s, print."""
    path = _known_path(store)
    rows = (read_json(path) or {}).get("voices")
    if isinstance(rows, list):
        return rows
    if not path.exists():
        return []
    log.warning("%s: is damaged; what is kept of the recordings is read instead", path)
    return [row for name in _told_files(store) for row in _named_rows(store, name)]


def _folder(store: Store) -> Path:
    return store.state / "voices"


def _path(store: Store, episode_id: str) -> Path:
    return _folder(store) / f"{file_stem(episode_id)}.json"


def _known_path(store: Store) -> Path:
    return _folder(store) / "_known.json"  # no episode's: file_stem never begins so


def _write_private(path: Path, content: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.parent.chmod(0o700)
    write_json(path, content)
    path.chmod(0o600)
