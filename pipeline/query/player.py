"""The sound of a card: a player in the notebook that begins at its second of audio."""

from __future__ import annotations

import base64
import html
from dataclasses import dataclass, field
from pathlib import Path

from pipeline.errors import BansouError
from pipeline.export.labels import UNKNOWN_SPEAKER, clock
from pipeline.query.session import DataFolder, find_settings

# A little before the first word, so that its first syllable is not cut.
_LEAD_S = 0.5
_SHOWN_S = 15.0


@dataclass(frozen=True, slots=True)
class Clip:
    """A piece of an episode; a notebook shows it as a player, or says why it cannot be heard.

    Attributes:
        title: what is said there.
        episode_title: in which episode.
        speaker: who; None where unknown.
        start_s, end_s: where in the episode, in seconds; None where the source has no times.
        source: the file it was read from, and the line (from 1) where that is a text.
        sound: the piece as MP3; None where there is no audio.
    """

    title: str
    episode_title: str
    speaker: str | None
    start_s: float | None
    end_s: float | None
    source: str
    sound: bytes | None = field(default=None, repr=False)

    def _repr_html_(self) -> str:
        facts = [self.episode_title, clock(self.start_s), self.speaker or UNKNOWN_SPEAKER]
        about = html.escape(" · ".join(fact for fact in facts if fact))
        player = (
            '<audio controls preload="metadata" style="width:100%;max-width:32em" '
            f'src="data:audio/mpeg;base64,{base64.b64encode(self.sound).decode()}"></audio>'
            if self.sound
            else f"<em>音声がないので聞けません（元: {html.escape(self.source)}）</em>"
        )
        return (
            f'<figure style="margin:0.5em 0"><figcaption>「{html.escape(self.title)}」<br>'
            f"<small>{about}</small></figcaption>{player}</figure>"
        )


def play(
    of: str,
    at_s: float | None = None,
    *,
    seconds: float | None = None,
    data: DataFolder = None,
) -> Clip:
    """Hear a card's quote, or an episode from a second on.

    Args:
        of: a card's id; or an episode's, together with ``at_s``.
        at_s: from here, in seconds from the start of the episode; a card knows its own.
        seconds: how long; a card's quote where not given, else 15 seconds.
        data: data folder; see ``bs.use``.

    Returns:
        A clip that a notebook shows as a player. Where the episode has no audio it says so, and in
        which file and line the words stand.

    Raises:
        BansouError: there is no such card or episode.
        SourceError: the audio file cannot be read.
    """
    folder = find_settings(data).data
    if at_s is None:
        return _of_card(folder, of, seconds)
    return _of_episode(folder, of, at_s, seconds or _SHOWN_S)


def _of_card(folder: Path, card_id: str, seconds: float | None) -> Clip:
    from pipeline.chain import trace

    chain = trace(folder, card_id)
    place = chain.place
    line = f" {place.first_line} 行目" if place.first_line is not None else ""
    start_s, end_s = place.start_s, place.end_s
    if start_s is not None:
        start_s = max(0.0, start_s - _LEAD_S)
        end_s = start_s + seconds if seconds else (end_s or start_s + _SHOWN_S) + _LEAD_S
    return Clip(
        chain.card["title"], chain.episode["title"], chain.card["speaker"], start_s, end_s,
        f"{place.source.name}{line}", _sound(place.audio, start_s, end_s),
    )  # fmt: skip


def _of_episode(folder: Path, episode_id: str, at_s: float, seconds: float) -> Clip:
    from pipeline.chain.trace import find_audio
    from pipeline.store import Store

    store = Store(folder / "processed")
    if not store.has("episodes", episode_id):
        raise BansouError(f"no episode {episode_id!r} in {store.root}; bs.episodes() lists them")
    episode = store.read("episodes", episode_id).to_pylist()[0]
    source = folder / episode["source_path"]  # an absolute path stays as it is
    heard = [
        row for row in store.read("utterances", episode_id).to_pylist()
        if row["start_s"] is not None and row["start_s"] < at_s + seconds
        and (row["end_s"] or row["start_s"]) > at_s
    ]  # fmt: skip
    speakers = {row["speaker"] for row in heard}
    return Clip(
        "".join(row["text"] for row in heard), episode["title"],
        next(iter(speakers)) if len(speakers) == 1 else None, at_s, at_s + seconds, source.name,
        _sound(find_audio(source), at_s, at_s + seconds),
    )  # fmt: skip


def _sound(audio: Path | None, start_s: float | None, end_s: float | None) -> bytes | None:
    if audio is None or start_s is None or end_s is None:
        return None
    from pipeline.clip import cut_clip

    return cut_clip(audio, start_s, end_s)
