"""What an utterance shows of trust besides the request in it: strain, ease, work handed over.

Patterns of ``cues.yaml`` over normalised text. They err; what counts is how often they are heard in
a meeting, against how often they would be heard by mistake (:mod:`pipeline.trust.strain`).
"""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.errors import ConfigError
from pipeline.yamlfiles import read_yaml

CUES_FILE = Path(__file__).with_name("cues.yaml")
_GAP = "[^。！？!?]{0,14}?"
_STRAIN = ("broken", "strain", "trouble", "curt")
_EASE = ("ease", "warm")
_NAMES = (
    *_STRAIN, *_EASE, "handover", "declined", "took_over", "own", "relied", "joint", "apology",
    "evasion", "past",
)  # fmt: skip
# A worry that is brought to an adviser, or looked back on, says little against him; who hands work over
# presses, and is not displeased.
_MILD = 0.3


@dataclass(frozen=True, slots=True)
class Heard:
    """What one utterance shows, each as a weight: 0 is nothing, 1 a plain statement.

    ``strain`` and ``ease`` exclude each other: what stands last in the sentence counts.
    """

    strain: float = 0.0
    ease: float = 0.0
    handover: float = 0.0
    own: float = 0.0
    relied: float = 0.0
    is_joint: bool = False
    took_over: float = 0.0
    apology: float = 0.0
    evasion: float = 0.0


@dataclass(frozen=True, slots=True)
class _List:
    weight: float
    pattern: re.Pattern[str]

    def last(self, text: str) -> int:
        """Where its last hit ends; -1 where there is none."""
        ends = [match.end() for match in self.pattern.finditer(text)]
        return max(ends, default=-1)


def hear_customer(text: str, *, asks_opinion: bool = False) -> Heard:
    """What a customer's utterance shows.

    Args:
        text: the utterance, repaired.
        asks_opinion: it, or what the speaker says right after it, asks for a view.

    Raises:
        ConfigError: the cue file is damaged.
    """
    cues, wide = _cues(), normal(text)
    strain, strain_at = _strongest(cues, _STRAIN, wide)
    ease, ease_at = _strongest(cues, _EASE, wide)
    if ease_at > strain_at:
        strain = 0.0
    elif strain_at >= 0:
        ease = 0.0
    handover = _strongest(cues, ("handover", "declined"), wide)[0]
    is_pressed = handover > 0 and strain < cues["broken"].weight
    if asks_opinion or is_pressed or cues["past"].last(wide) >= 0:
        strain *= _MILD
    return Heard(
        strain=strain,
        ease=ease,
        handover=handover,
        own=_strongest(cues, ("own",), wide)[0],
        relied=_strongest(cues, ("relied",), wide)[0],
        is_joint=cues["joint"].last(wide) >= 0,
    )


def hear_csm(text: str) -> Heard:
    """What an utterance of ours shows: work taken over, an apology, evasion.

    Raises:
        ConfigError: the cue file is damaged.
    """
    cues, wide = _cues(), normal(text)
    took_over, apology, evasion = (
        _strongest(cues, (name,), wide)[0] for name in ("took_over", "apology", "evasion")
    )
    if cues["past"].last(wide) >= 0:
        apology *= _MILD
    return Heard(took_over=took_over, apology=apology, evasion=evasion)


def normal(text: str) -> str:
    """A text in NFKC without white space, as the patterns expect it."""
    return "".join(unicodedata.normalize("NFKC", text).split())


def _strongest(cues: Mapping[str, _List], names: Sequence[str], text: str) -> tuple[float, int]:
    """The weight of the strongest list that hits, and where the last hit of any of them ends."""
    found = [(cues[name].weight, at) for name in names if (at := cues[name].last(text)) >= 0]
    return max((w for w, _ in found), default=0.0), max((at for _, at in found), default=-1)


@functools.lru_cache(maxsize=1)
def _cues() -> Mapping[str, _List]:
    raw = read_yaml(CUES_FILE, "cues of trust")
    if not isinstance(raw, dict) or set(raw) != set(_NAMES):
        raise ConfigError(f"{CUES_FILE}: needs exactly the lists {', '.join(_NAMES)}; reinstall it")
    return {str(name): _read(str(name), entry) for name, entry in raw.items()}


def _read(name: str, entry: Any) -> _List:
    try:
        patterns = [str(pattern).replace("…", _GAP) for pattern in entry["any"]]
        return _List(float(entry["weight"]), re.compile("|".join(f"(?:{p})" for p in patterns)))
    except (KeyError, TypeError, ValueError, re.error) as error:
        raise ConfigError(
            f"{CUES_FILE}: the list {name} is damaged ({error}); correct it"
        ) from error
