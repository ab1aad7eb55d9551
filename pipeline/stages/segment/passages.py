"""Passages: neighbouring utterances on one point.

The best grouping is found by dynamic programming over all boundaries (Utiyama and Isahara 2001, "A
statistical model for domain-independent text segmentation", ACL): a passage pays for an unusual
length, a boundary is cheap where the words change or a discourse marker opens the next utterance.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from itertools import pairwise

from pipeline import morph, vectors
from pipeline.morph import Token

TARGET_CHARS = 130
MAX_CHARS = 420
MAX_UTTERANCES = 8
# Tried on passages of other authors behind each other (Pk 0.47 → 0.34)
_LENGTH_WEIGHT = 0.6
_BASE = -1.6
_MEAN_COST = 0.2
_WORD_WEIGHT = 0.6
_VECTOR_WEIGHT = 5.0
_MARKER = 0.5

_CHANGES_TOPIC = re.compile(
    r"(?:ところで|話は変わ|(?:ちょっと)?話(?:が)?変わる|さて、|続いて|次の(?:質問|お便り|議題|テーマ))"
)
_OPENS_TOPIC = re.compile(
    r"(?:で、|でですね|じゃあ|では|それでは|さて|ところで|次に|続いて|そうなると|そうなった時|一方で|ただ一方"
    r"|あとは|あと、|もう一つ|もうひとつ|まず|最後に|ちなみに|話は変わ|ちょっと(?:聞|話)|なんで|つまり)"
)
_GOES_BACK = re.compile(
    r"(?:それ|その|そこ|そう|なので|だから|でも|しかし|けど|例えば|たとえば|はい|ええ|うん)"
)
_CONTENT = frozenset({"名詞", "動詞", "形容詞", "形状詞"})
_EMPTY_WORDS = frozenset(
    ["する", "ある", "いる", "なる", "為る", "有る", "居る", "成る", "思う", "言う", "こと", "事", "もの", "物",
     "ところ", "所", "それ", "其れ", "これ", "此れ", "感じ", "時", "人", "中", "方", "話", "形"]
)  # fmt: skip


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
    words = [morph.tokens(text) for text in texts]
    bags = [_content_words(found) for found in words]
    shared, alike = _shared_words(bags), _likeness(words, bags)
    costs = [0.0]
    for at in range(1, len(texts)):
        cost = _BASE + _WORD_WEIGHT * shared[at] + _VECTOR_WEIGHT * alike[at]
        if _CHANGES_TOPIC.match(texts[at]):
            cost -= 4 * _MARKER
        elif _OPENS_TOPIC.match(texts[at]):
            cost -= _MARKER
        elif _GOES_BACK.match(texts[at]):
            cost += _MARKER / 2
        if asks[at] and not asks[at - 1]:
            cost -= _MARKER / 2
        if asks[at - 1]:
            cost += _MARKER  # a question and its answer belong together
        costs.append(cost)
    # Talk that stays with one matter is alike throughout: what counts there is where it is least alike.
    usual = sum(costs[1:]) / max(1, len(costs) - 1)
    excess = max(0.0, usual - _MEAN_COST)
    return [0.0, *(cost - excess for cost in costs[1:])]


def _content_words(words: Sequence[Token]) -> dict[str, int]:
    """How often each word that carries a topic occurs."""
    found: dict[str, int] = {}
    for token in words:
        norm = token.norm
        if token.pos[0] in _CONTENT and norm not in _EMPTY_WORDS:
            found[norm] = found.get(norm, 0) + 1
    return found


def _shared_words(bags: Sequence[dict[str, int]]) -> list[float]:
    """Before each utterance the cosine of the words of the two before it and the two from it on."""
    bags = [{}, *bags, {}, {}, {}]
    # A product of two windows is the sum of the products of their utterances.
    products = [
        [_product(bag, other) for other in bags[at : at + 4]] for at, bag in enumerate(bags[:-3])
    ]
    squares = [a[0] + 2 * a[1] + b[0] for a, b in pairwise([*products, [0]])]
    found = []
    for at in range(len(bags) - 4):
        dot = products[at - 1][2] + products[at - 1][3] + products[at][1] + products[at][2]
        found.append(dot / math.sqrt(squares[at - 1] * squares[at + 1]) if dot and at else 0.0)
    return found


def _product(a: dict[str, int], b: dict[str, int]) -> int:
    return sum(count * b[word] for word, count in a.items() if word in b)


def _likeness(words: Sequence[Sequence[Token]], bags: Sequence[dict[str, int]]) -> list[float]:
    """The same cosine of the sums of word vectors, 0 where a side has no word of the table."""
    import numpy as np

    sizes = np.sqrt([sum(bag.values()) for bag in bags], dtype=np.float64)
    means = vectors.means(words) * sizes[:, None]
    padded = np.pad(means, ((1, 1), (0, 0)))
    pairs = padded[:-1] + padded[1:]
    before, after = pairs[:-2], pairs[2:]
    lengths = np.sqrt((before**2).sum(axis=1) * (after**2).sum(axis=1))
    found = (before * after).sum(axis=1) / np.where(lengths, lengths, 1)
    return [0.0, *found.tolist()]
