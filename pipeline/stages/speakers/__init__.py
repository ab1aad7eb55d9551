"""Stage ``speakers``: who speaks when, told by the voices of a recording or by a transcript's labels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from pipeline import schema
from pipeline.stages.speakers.guessing import Guess, guess_turns
from pipeline.stages.speakers.naming import Given, Known, Named, Span, name_voices
from pipeline.stages.speakers.voices import Turn, Voice, find_voices
from pipeline.stages.speakers.windows import Sounds, hear

if TYPE_CHECKING:
    import pyarrow as pa

STAGE_VERSION = 1


def speakers(episode_id: str, turns: Sequence[Turn], named: Sequence[Named]) -> dict[str, pa.Table]:
    """Tables ``turns`` and ``speakers`` of an episode.

    Args:
        turns: who speaks when; empty where no voices were told apart.
        named: what is known of every voice of the episode.
    """
    names = {n.voice: n.speaker for n in named}
    return {
        "turns": schema.to_table(
            "turns",
            [
                {
                    "episode_id": episode_id, "turn_index": index, "start_s": t.start_s,
                    "end_s": t.end_s, "speaker": names.get(t.voice), "voice": t.voice,
                    "score": t.score,
                }
                for index, t in enumerate(turns)
            ],
        ),
        "speakers": schema.to_table(
            "speakers",
            [
                {
                    "episode_id": episode_id, "voice": n.voice, "speaker": n.speaker,
                    "known_by": n.known_by, "score": n.score, "spoken_s": n.spoken_s,
                }
                for n in named
            ],
        ),
    }  # fmt: skip


__all__ = [
    "STAGE_VERSION",
    "Given",
    "Guess",
    "Known",
    "Named",
    "Sounds",
    "Span",
    "Turn",
    "Voice",
    "find_voices",
    "guess_turns",
    "hear",
    "name_voices",
    "speakers",
]
