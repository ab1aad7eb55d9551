"""Passages: neighbouring utterances on one point.

The best grouping is found by dynamic programming over all boundaries (Utiyama and Isahara 2001, "A
statistical model for domain-independent text segmentation", ACL): a passage pays for an unusual
length, a boundary is cheap where the words change or a discourse marker opens the next utterance.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence

from pipeline import morph

TARGET_CHARS = 150
MAX_CHARS = 420
MAX_UTTERANCES = 8
_WINDOW = 3
_LENGTH_WEIGHT = 0.4

_OPENS_TOPIC = re.compile(
    r"(?:で、|でですね|じゃあ|では|それでは|さて|ところで|次に|続いて|そうなると|そうなった時|一方で|ただ一方"
    r"|あとは|あと、|もう一つ|もうひとつ|まず|最後に|ちなみに|話は変わ|ちょっと(?:聞|話)|なんで|つまり)"
)
_GOES_BACK = re.compile(
    r"(?:それ|その|そこ|そう|なので|だから|でも|しかし|けど|例えば|たとえば|はい|ええ|うん)"
)
_CONTENT = frozenset({"名詞", "動詞", "形容詞", "形状詞"})
_EMPTY_WORDS = frozenset(
    [
        "する",
        "ある",
        "いる",
        "なる",
        "思う",
        "言う",
        "こと",
        "もの",
        "ところ",
        "それ",
        "これ",
        "感じ",
        "時",
        "人",
        "中",
        "方",
        "話",
        "形",
    ]
)


def group_passages(
    texts: Sequence[str], *, asks: Sequence[bool] | None = None
) -> list[tuple[int, int]]:
    """Group utterances into passages.

    Args:
        texts: the utterances in order.
        asks: which of them ask something; a question opens a passage rather than closing one.

    Returns:
        (first, last) inclusive, covering every utterance once, in order.
    """
    if not texts:
        return []
    costs = _boundary_costs(texts, asks or [False] * len(texts))
    best = [0.0] + [math.inf] * len(texts)
    cut = [0] * (len(texts) + 1)
    for end in range(1, len(texts) + 1):
        chars = 0
        for start in range(end - 1, max(-1, end - 1 - MAX_UTTERANCES), -1):
            chars += len(texts[start]) + 1
            if chars > MAX_CHARS and start < end - 1:
                break
            cost = best[start] + _length_cost(chars) + (costs[start] if start else 0.0)
            if cost < best[end]:
                best[end], cut[end] = cost, start
    found, end = [], len(texts)
    while end > 0:
        found.append((cut[end], end - 1))
        end = cut[end]
    return found[::-1]


def _length_cost(chars: int) -> float:
    return _LENGTH_WEIGHT * math.log(chars / TARGET_CHARS) ** 2


def _boundary_costs(texts: Sequence[str], asks: Sequence[bool]) -> list[float]:
    """What a boundary before each utterance costs."""
    bags = [_content_words(text) for text in texts]
    costs = [0.0]
    for at in range(1, len(texts)):
        before = sum(bags[max(0, at - _WINDOW) : at], Counter())
        after = sum(bags[at : at + _WINDOW], Counter())
        cost = 0.1 + 0.8 * _cosine(before, after)
        if _OPENS_TOPIC.match(texts[at]):
            cost -= 0.5
        elif _GOES_BACK.match(texts[at]):
            cost += 0.25
        if asks[at] and not asks[at - 1]:
            cost -= 0.3
        if asks[at - 1]:
            cost += 0.6  # a question and its answer belong together
        costs.append(cost)
    return costs


def _content_words(text: str) -> Counter[str]:
    return Counter(
        t.norm for t in morph.tokens(text) if t.pos[0] in _CONTENT and t.norm not in _EMPTY_WORDS
    )


def _cosine(a: Counter[str], b: Counter[str]) -> float:
    dot = sum(count * b[word] for word, count in a.items())
    if not dot:
        return 0.0
    return dot / math.sqrt(sum(c * c for c in a.values()) * sum(c * c for c in b.values()))
