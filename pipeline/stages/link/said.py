"""What a card says and where it stands, read once for all comparisons."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from pipeline import claims, vectors

if TYPE_CHECKING:
    from numpy.typing import NDArray

# The body stands for the title: what only it says counts for less.
_BODY = 0.6
_SMOOTH = 30  # cards
# Words count more than direction; two texts of one trade point the same way by themselves.
_WORDS, _ANY = 0.7, 0.4
_PASSAGE = re.compile(r"(\d+)$")
_LIMIT = re.compile(
    r"場合(?:は|に|には|だけ)|(?:に|ない|る)限り|期限|あらかじめ|前提|条件|線引き|例外|(?:とき|時)(?:だけ|に限)|目安|(?:判断|見極め)(?:の)?基準"
    r"|ないうち|までは|かどうか(?:で|を|が)|次第"
)
_NEEDS = re.compile(
    r"なければ(?![ないだ])|(?<!し)ないと(?![いだ思言])|ためには|(?:欠か|かか)せない|不可欠"
)
_TOLD = re.compile(r"(?:(?<!なっ)た|だった|ました|でした)$")
# How a quote takes up what was said right before it.
_LEADS = {
    "contrast": re.compile(
        r"(?:でも(?!しか)|しかし|一方|逆に|けれど|だけど|ところが|反対に|むしろ)"
    ),
    "condition_for": re.compile(r"(?:ただし?(?![しい一])|もちろん[^。]{0,20}(?:けど|が)、)"),
    "example_of": re.compile(r"(?:例えば|たとえば|実際|以前|前に)"),
    "restates": re.compile(r"(?:つまり|要するに|要は|言い換え|すなわち|結局)"),
}
_FILLER = r"^(?:(?:えー?と?|えっと|まあ|あの|で|はい|うん|そう|なんか)、?)*"


@dataclass(frozen=True, slots=True)
class Said:
    """A card as the comparisons need it.

    ``topic`` weighs its concepts (title and body), ``length`` is the topic's, ``vector`` their direction;
    ``named`` are the title's concepts, ``position`` counts cards, ``passage`` passages of the episode; ``lead`` is the reason that the
    quote's first words give for what stands before it.
    """

    claim: claims.Assertion
    topic: Mapping[str, float]
    forms: Mapping[str, str]
    length: float
    vector: NDArray[Any] | None
    named: frozenset[str]
    kind: str
    tags: frozenset[str]
    episode_id: str
    passage: int
    position: int
    is_limit: bool
    is_told: bool
    needs: bool
    lead: str | None
    opening: str
    ending: str


def read_cards(rows: Sequence[Mapping[str, Any]]) -> list[Said]:
    """Read rows of the table ``cards``, in their order.

    The claims themselves are read apart from all others.
    """
    counts: Counter[str] = Counter()
    found = []
    for row in rows:
        found.append(read_card(row, counts[row["episode_id"]]))
        counts[row["episode_id"]] += 1
    seen_in = Counter(concept for card in found for concept in card.topic)
    rarity = Rarity(seen_in, len(found))
    return [weigh(card, rarity) for card in found]


class Rarity(dict[str, float]):
    """How much a concept counts: less where many cards speak of it.

    Inverse document frequency, smoothed so that a single episode already tells.

    Args:
        seen_in: of how many cards each concept is in the topic.
        cards: how many there are.
    """

    def __init__(self, seen_in: Mapping[str, int], cards: int) -> None:
        super().__init__()
        self._seen_in = seen_in
        self._cards = cards

    def __missing__(self, concept: str) -> float:
        cards = self._cards
        trust = cards / (cards + _SMOOTH)  # of few cards the figures say little
        share = (cards + _SMOOTH) / (self._seen_in[concept] * trust + 1)
        found = self[concept] = min(1.0, math.log(share) / math.log(_SMOOTH + 1))
        return found


def weigh(card: Said, rarity: Rarity) -> Said:
    """A card as :func:`read_card` gives it, with its topic weighed."""
    topic = {c: x * rarity[c] for c, x in card.topic.items()}
    return replace(
        card,
        topic=topic,
        length=math.sqrt(math.fsum(x * x for x in topic.values())),
        vector=_direction(topic, card.forms),
    )


def read_card(row: Mapping[str, Any], position: int) -> Said:
    """Read a row of the table ``cards``; what comes out depends on no other card.

    Args:
        position: of the card in its episode.
    """
    claim = claims.read(row["title"])
    topic: dict[str, float] = {}
    forms: dict[str, str] = {}
    for share, words in ((_BODY, claims.words_of(row["body"])), (1.0, claim.words)):
        for word in words:
            topic[word.concept] = max(topic.get(word.concept, 0.0), share * min(1.0, word.weight))
            if word.row is not None:
                forms.setdefault(word.concept, word.form)
    passage = _PASSAGE.search(row["passage_id"])
    return Said(
        claim=claim,
        topic=topic,
        forms=forms,
        length=0.0,
        vector=None,
        named=frozenset(w.concept for w in claim.words),
        kind=row["kind"],
        tags=frozenset(row["tags"]),
        episode_id=row["episode_id"],
        passage=int(passage[1]) if passage else 0,
        position=position,
        is_limit=row["kind"] == "criterion" or bool(_LIMIT.search(row["title"])),
        needs=bool(_NEEDS.search(row["title"])),
        is_told=row["kind"] == "example"
        or (row["kind"] in {"principle", "method"} and bool(_TOLD.search(row["title"]))),
        lead=_lead(row["quote"]),
        opening=_opening(row["quote"]),
        ending=_ending(row["title"]),
    )


def _lead(quote: str) -> str | None:
    start = re.sub(_FILLER, "", quote[:40])
    return next((reason for reason, words in _LEADS.items() if words.match(start)), None)


_OPENINGS = re.compile(
    r"でも|だから|なので|ですから|ですので|ただ|逆に|例えば|たとえば|つまり|そう(?:する|し|な|い)|それ|そこ|その|じゃあ|実際|というの|なぜ|要する|もちろん|あと|一方|しかも|だって|結局|これ"
)
_ENDINGS = re.compile(
    r"(ない|なかった|のではないか|かもしれない|てしまう|ほうがいい|なければならない|なければいけない|ようにしている|ことにした|になる|となる|である|だ|た|られる|できる|している|る|い)$"
)


def _opening(quote: str) -> str:
    found = _OPENINGS.match(re.sub(_FILLER, "", quote[:40]))
    return found[0] if found else ""


def _ending(title: str) -> str:
    found = _ENDINGS.search(title)
    return found[1] if found else ""


def _direction(topic: Mapping[str, float], forms: Mapping[str, str]) -> NDArray[Any]:
    import numpy as np

    known = [(n, topic[c]) for c, f in sorted(forms.items()) if (n := vectors.row(f)) is not None]
    if not known:
        return np.zeros(vectors.dimensions(), dtype=np.float32)
    weights = np.array([x * x for _, x in known], dtype=np.float32)
    total = weights @ vectors.matrix()[[n for n, _ in known]]
    length = float(np.linalg.norm(total))
    unit: NDArray[Any] = total / length if length else total
    return unit


def closeness(a: Said, b: Said) -> float:
    """How much two cards speak of the same things (0 to 1): shared concepts by weight, and direction."""
    small, large = (a.topic, b.topic) if len(a.topic) <= len(b.topic) else (b.topic, a.topic)
    shared = math.fsum(x * large[c] for c, x in small.items() if c in large)
    cosine = shared / (a.length * b.length) if shared else 0.0
    direction = 0.0 if a.vector is None or b.vector is None else float(a.vector @ b.vector)
    return min(1.0, _WORDS * cosine + (1 - _WORDS) * max(0.0, direction - _ANY) / (1 - _ANY))


def shared_matter(a: Said, b: Said) -> float:
    """The weight of what both name: concepts that are no everyday words of the trade."""
    return math.fsum(
        min(x, b.topic[c]) for c, x in a.topic.items() if x >= claims.TELLING and c in b.topic
    )


def named_by_both(a: Said, b: Said) -> float:
    """The same of their titles alone."""
    return math.fsum(
        min(a.topic[c], b.topic[c]) for c in a.named & b.named if a.topic[c] >= claims.TELLING
    )
