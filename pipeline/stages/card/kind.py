"""What rules say of a claim's kind: cue words (``lexicon/card_kinds.yaml``), else how its sentence ends."""

from __future__ import annotations

import re

from pipeline import morph
from pipeline.kinds import KindRules

_OPEN = re.compile(
    r"(?:のか|だろうか|(?:答え|結論)(?:が|は)(?:まだ)?(?:出て|見つかって)い?ない|まだわから(?:ない|ず)|正直わからない)$|(?<!ではない)か$|(?:なぜ|どう(?!し)|どこ|どれ|誰|何が|何を|いつ(?!も))[^、。]*ではないか$"
)
_HARM = re.compile(
    r"てしま(?:う|った)$|でしまう$|なくな(?:る|った)$|(?:失|奪|壊|崩|損|埋も|遠の|嫌が|冷め|止ま|続か|悪くな|下が)[^、。]{0,6}$|だけ(?:である|だ)$|逆効果|ては(?:いけ|だめ)|べきではない|ないほうが(?:い|良)い|危(?:ない|うい|険)"
)
_TEST = re.compile(
    r"かどうか|で(?:決ま|見分け|判断|測)|を(?:見分け|見極め)|目安|物差し|基準|線引き|(?:場合|とき|なら|たら)[^、。]{0,12}(?:ていい|てよい|てもいい|でいい)|迷ったら"
)
_SIGN = re.compile(r"兆し|兆候|サイン|しるし|目印|証(?:拠|である|だ)|表れ|前触れ|近い(?:証|し|$)")
_ADVICE = re.compile(
    r"(?:ほう|方)が(?:い|良|よ)い|(?:と|たら|ば)(?:い|良|よ)い$|(?:よう|こと)に(?:する|している)$|ようにし|なければ(?:なら|いけ)ない$|べきである$|必要がある$"
)
_STATES = frozenset(
    [
        "有る",
        "居る",
        "成る",
        "出来る",
        "思う",
        "分かる",
        "見える",
        "聞こえる",
        "違う",
        "変わる",
        "増える",
        "減る",
        "続く",
        "始まる",
        "終わる",
        "決まる",
        "要る",
        "困る",
        "上がる",
        "下がる",
        "伝わる",
        "生まれる",
        "残る",
        "言える",
        "過ぎる",
        "掛かる",
        "起きる",
        "効く",
        "進む",
        "動く",
        "走れる",
        "深まる",
        "高まる",
        "繋がる",
    ]
)


def kind_of(title: str, kinds: KindRules) -> str:
    """The kind of a claim.

    Args:
        title: the claim, plain written Japanese.
        kinds: cue words of each kind.
    """
    if _SIGN.search(title) and not title.endswith("ない"):
        return "signal"
    if _OPEN.search(title):
        return "question"
    cued = kinds.kind_of(title)
    if cued == "definition":
        return cued
    if re.search(r"(?:た|だった)$", title) and not title.endswith(("かった", "のだった")):
        return "example"
    for kind, shape in (("criterion", _TEST), ("caution", _HARM), ("method", _ADVICE)):
        if shape.search(title):
            return kind
    if cued != "principle":
        return cued
    return "method" if _tells_to_do(title) else "principle"


def _tells_to_do(title: str) -> bool:
    """Whether the last word is something one does: 送る, 決めておく; not what is or becomes."""
    words = [w for w in morph.tokens(title) if w.surface.strip()]
    while (
        len(words) > 1
        and words[-1].pos[1] == "非自立可能"
        and words[-1].norm in {"置く", "行く", "為る", "居る"}
    ):
        if words[-1].norm == "為る" and words[-2].pos[0] == "名詞":
            return True
        words.pop()
        while words and words[-1].surface in {"て", "で"}:
            words.pop()
    last = words[-1] if words else None
    return (
        last is not None
        and last.pos[0] == "動詞"
        and last.norm not in _STATES
        and not last.pos[5].startswith("仮定")
    )
