"""Who goes on speaking: what belongs to the same thought as an utterance."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

BACKCHANNEL_CHARS = 12
_ASK_TAIL_CHARS = 15
_ASKING_ENDS = ("？", "か。", "か")


def ends_asking(text: str) -> bool:
    """Whether a text ends as a question does, whatever it asks for."""
    return text.rstrip().endswith(_ASKING_ENDS)


def asks(utterance: dict[str, Any]) -> bool:
    """Whether somebody asks at its end (a question quoted in the middle is told)."""
    end = utterance["request_end_char"]
    return utterance["request"] != "none" and (
        end is None or end > len(utterance["text"]) - _ASK_TAIL_CHARS
    )


def beside(utterances: Sequence[dict[str, Any]], at: int, step: int) -> int | None:
    """The next utterance of the same voice in a direction, past one backchannel; None without."""
    for near in (at + step, at + 2 * step):
        if not 0 <= near < len(utterances):
            return None
        other = utterances[near]
        if other["speaker"] == utterances[at]["speaker"] and (
            len(other["text"]) > BACKCHANNEL_CHARS or other["speaker"] is not None
        ):
            return near
        if len(other["text"]) > BACKCHANNEL_CHARS:
            return None
    return None


def spoken_before(utterances: Sequence[dict[str, Any]], at: int) -> str | None:
    """What the same voice said right before and did not ask."""
    near = beside(utterances, at, -1)
    return None if near is None or asks(utterances[near]) else str(utterances[near]["text"])
