"""Who goes on speaking: what belongs to the same thought as an utterance."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

BACKCHANNEL_CHARS = 12
_ASK_TAIL_CHARS = 15
_ASKING_ENDS = ("？", "か。", "か")
# Behind a question it says that the question is told, near the end as well: どう思いますか、に変わる.
_TOLD = re.compile(
    r"[、」]?(?:に|と|って|という|っていう)[^。？]*?(?:変わ|言|聞|訊|尋|思|な[るっ]|来[るたて]|送|書|伝|返|答)"
)
# What says yes to what another voice has just said.
_YES = re.compile(r"(?:そう|はい|うん|ええ(?=[、。])|まさに|おっしゃ|その通り|そのとおり|せや)")


def ends_asking(text: str) -> bool:
    """Whether a text ends as a question does, whatever it asks for."""
    return text.rstrip().endswith(_ASKING_ENDS)


def asks(utterance: dict[str, Any]) -> bool:
    """Whether somebody asks at its end (a question that is quoted is told)."""
    if utterance["request"] == "none":
        return False
    end, text = utterance["request_end_char"], utterance["text"]
    return end is None or (end > len(text) - _ASK_TAIL_CHARS and not _TOLD.match(text, end))


def is_told_by(utterances: Sequence[Mapping[str, Any]], at: int, speaker: str | None) -> bool:
    """Whether a voice says an utterance, or says yes to it: a host's summary that the guest confirms."""
    if utterances[at]["speaker"] == speaker:
        return True
    if at + 1 >= len(utterances):
        return False
    after = utterances[at + 1]
    return after["speaker"] == speaker and bool(_YES.match(after["text"]))


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
