"""What one meeting gives to go by: counted requests, weights, signals, and what was heard."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.trust.heard import Heard, hear_csm, hear_customer, normal
from pipeline.trust.mood import moods
from pipeline.trust.read import Meeting, Said
from pipeline.trust.results import SIGNALS
from pipeline.trust.strain import Mood

# A deed together or a small favour is a request for action, but hands over no work.
_JOINT, _PLAIN_DEED = 0.3, 0.7
_TOOK_OVER_MOST, _SHOWN_MOST = 1.0, 1.5
# Shorter than this a sentence is a nod (はい。なるほど。) and shows no mood.
_TELLING_CHARS = 9


@dataclass(frozen=True, slots=True)
class Heeded:
    """A customer's utterance with what it shows; ``deed`` is the weight of work it hands over."""

    said: Said
    heard: Heard
    deed: float


@dataclass(frozen=True, slots=True)
class Signs:
    """One meeting, weighed.

    ``counts`` are the customer's utterances by request; ``opinion``, ``answer`` and ``deeds`` the weights
    behind the verdict (a request counts by its score, work handed over without being asked for counts
    too).
    """

    meeting: Meeting
    heeded: tuple[Heeded, ...]
    counts: Counter[str]
    opinion: float
    answer: float
    deeds: float
    mood: Mood
    signals: dict[str, int]

    @property
    def total(self) -> float:
        return self.opinion + self.answer + self.deeds

    @property
    def requests(self) -> int:
        return sum(self.counts[name] for name in ("opinion", "answer", "action"))


def weigh(meeting: Meeting) -> Signs:
    """Weigh a meeting.

    Raises:
        ConfigError: the cue file is damaged.
    """
    customer = [said for said in meeting.said if said.role == "customer"]
    heeded = tuple(_heed(said, _next(customer, at)) for at, said in enumerate(customer))
    ours = [hear_csm(said.text) for said in meeting.said if said.role == "csm"]
    asked = [h.said for h in heeded]
    taken = min(_TOOK_OVER_MOST, sum(h.took_over for h in ours))
    deeds = sum(h.deed for h in heeded)
    shown = min(_SHOWN_MOST, sum(h.heard.own + h.heard.relied for h in heeded))
    return Signs(
        meeting=meeting,
        heeded=heeded,
        counts=Counter(said.request for said in asked),
        opinion=sum(s.score for s in asked if s.request == "opinion") + shown,
        answer=sum(s.score for s in asked if s.request == "answer"),
        deeds=deeds + (taken if deeds else 0.0),
        mood=_mood(meeting, heeded, ours),
        signals=_signals(meeting, heeded),
    )


def _next(said: Sequence[Said], at: int) -> Said | None:
    """What the same speaker says right after."""
    later = said[at + 1] if at + 1 < len(said) else None
    is_next = later is not None and later.index == said[at].index + 1
    return later if is_next else None


def _heed(said: Said, later: Said | None) -> Heeded:
    asks = said.request == "opinion" or (later is not None and later.request == "opinion")
    heard = hear_customer(said.text, asks_opinion=asks)
    if said.request == "action":
        weight = max(heard.handover, _JOINT if heard.is_joint else _PLAIN_DEED)
        return Heeded(said, heard, weight * said.score)
    # Work is handed over in statements too: それは御社でやっていただくのが早いです。
    return Heeded(said, heard, 0.0 if asks else 0.6 * heard.handover)


def _mood(meeting: Meeting, heeded: Sequence[Heeded], ours: Sequence[Heard]) -> Mood:
    telling = [h.said for h in heeded if len(normal(h.said.text)) >= _TELLING_CHARS]
    others = [said.text for said in telling if said.request != "opinion"]
    erosion = (t.score for t in meeting.tags if t.tag == "trust.erosion")
    return Mood(
        sentences=len(telling),
        strain=sum(h.heard.strain for h in heeded),
        ease=sum(h.heard.ease for h in heeded),
        opinions=sum(h.said.score for h in heeded if h.said.request == "opinion"),
        erosion=max(erosion, default=0.0),
        ours=sum(h.apology + h.evasion for h in ours),
        requests=sum(h.said.score for h in heeded if h.said.request != "none"),
        tones=tuple(moods(others)),
    )


def _signals(meeting: Meeting, heeded: Sequence[Heeded]) -> dict[str, int]:
    """Passages by signal, of those in which the customer speaks; accepted candor where he took it well."""
    spoken = {h.said.index for h in heeded}
    welcomed = [h.said.index for h in heeded if h.heard.relied]
    found = dict.fromkeys(SIGNALS, 0)
    for tagged in meeting.tags:
        inside = range(tagged.first, tagged.last + 1)
        if tagged.tag in found and spoken.intersection(inside):
            found[tagged.tag] += 1
        if tagged.tag == "candor" and any(tagged.first <= at <= tagged.last + 1 for at in welcomed):
            found["candor.accepted"] += 1
    return found
