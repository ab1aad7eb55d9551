"""Who may speak in a transcript that names nobody: suggestions from its words, never facts."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pipeline import morph
from pipeline.stages.speakers.names import POLITE, Named, Names

# How often each rule is right, by talks whose speakers are known: training/speakers/measure_guesses.py
# measures it and says how it is counted.
SCORES: Mapping[str, float] = {
    "self_introduction": 0.95, "addressed": 0.8, "asks": 0.9, "answers": 0.9,
}  # fmt: skip
_EVIDENCE_CHARS = 40
# An utterance so short that holds a name calls somebody.
_CALL_CHARS = 10

# Both kinds of quotation, also one that an utterance begins or ends within.
_QUOTED = re.compile(r"^[^「」『』]*[」』]|[「『][^「」『』]*(?:[」』]|$)")
_INTRODUCES = re.compile(
    r"(?:でー*す|でございます|と申し(?:ます|まして)|と[い言]います|でした)"
    r"(?=$|[。、！!ー]|けど|けれど|が[、。])"
)
_ME = re.compile(r"(?:私|わたし|わたくし|僕|ぼく|俺|わし)(?:[、,][^はが]*)?$")
_COLLEAGUE = re.compile(r"(?:うち|弊社|当社|こちら|あちら|隣|同僚|上司|部下|先輩|後輩|友人)の")
_WHO = re.compile(r"誰|だれ|どなた|どの[人方]")
_CALLED = re.compile(POLITE + r"(?=[、,\s]|[。？?！!…]*$)")
_CALLING = re.compile(
    r"(?:^|[、。！？!?,…\s]|じゃあ?|では|ええ?っ?と|えー|あの|ねえ|まず|次は?|続いて)$"
)
# 「…と思うんですけど、山岸さん。」
_ASKS_BEFORE_NAME = re.compile(r"(?:けど|けれども?|けども|が|か|かね|かな|どう)、$")
_ASKED = re.compile(
    POLITE + r"(?:は|としては?|から(?:見て)?|的に|でしたら|だったら|なら|の(?:ほう|方))"
)
_OF_ANOTHER = re.compile(r"(?:の|という|って)$")
# What one asks somebody there, though nothing else shows that this person is.
_WANTS_A_VIEW = re.compile(
    r"どう(?:です|でしょう|お?思|お?考|お感じ|見)|いかが|ご意見|と思(?:う|って)[^。、]*、"
)
_REPORTED = re.compile(r"(?:って|と|とか)[^、？?]{0,8}$")
# The one who asks goes on: 「ありますよね。」「ないじゃないですか。」
_GOES_ON = re.compile(r"(?:でしょう?|じゃん|(?:じゃ|では)ないですか|よね)(?:、[^。]*)?[。？?]?$")
_SAN = re.compile(POLITE)
_SHOWN = re.compile(
    POLITE + r"(?:に(?:お越し|来て)いただ|に(?:ご出演|ご登場)|、(?:ありがとう|よろしく))"
)
_REPLY = re.compile(
    r"(?:はい|ええ|いえ|いや|うん|そうですね|そうっすね|うーん|んー)[、。ーえねぇっ…]"
)

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Guess:
    """A suggestion of who speaks in some utterances.

    Attributes:
        first_utterance: ``utterance_index`` of the first one.
        last_utterance: of the last one, inclusive.
        speaker: a name; None where only a change of voice shows.
        voice: 話者A asks and 話者B replies: two voices within this question and its reply, no farther.
            None where there is a name.
        score: how often the rule is right, by talks whose speakers are known, 0 to 1.
        evidence: the words that show it.
        rule: ``self_introduction``; ``addressed``: the reply of who was asked by name; ``asks`` and
            ``answers``: a question and the reply of somebody else.
    """

    first_utterance: int
    last_utterance: int
    speaker: str | None
    voice: str | None
    score: float
    evidence: str
    rule: str


def guess_turns(utterances: Sequence[Row], *, people: Sequence[str] = ()) -> list[Guess]:
    """Suggest who speaks, where nobody is named; where anybody is, nothing.

    Args:
        utterances: rows of the table ``utterances`` of one episode, in order.
        people: names of those who may be there (hosts, guests).

    Returns:
        Suggestions in the order of the utterances, at most one each; most utterances have none.

    Raises:
        ModelError: the Japanese dictionary does not load.
    """
    if any(u.get("speaker") for u in utterances):
        return []
    texts = [_QUOTED.sub(lambda m: "＿" * len(m[0]), u["text"]) for u in utterances]
    names = Names(texts, people)
    found: dict[int, list[Guess]] = {}
    for guess in _guesses(utterances, texts, names):
        found.setdefault(guess.first_utterance, []).append(guess)
    agreed = (_agreed(found[at]) for at in sorted(found))
    return [one for one in agreed if one is not None]


def _agreed(guesses: Sequence[Guess]) -> Guess | None:
    """The best of what is said of an utterance; none where two names are."""
    if len({g.speaker for g in guesses} - {None}) > 1:
        return None
    return max(guesses, key=lambda g: (g.speaker is not None, g.score))


def _guesses(utterances: Sequence[Row], texts: Sequence[str], names: Names) -> Iterator[Guess]:
    def guess(
        rule: str, at: int, of: int, words: slice, name: str | None, voice: str | None = None
    ) -> Guess:
        index, evidence = utterances[at]["utterance_index"], utterances[of]["text"][words]
        evidence = evidence.strip("、。… ")[:_EVIDENCE_CHARS]
        return Guess(index, index, name, voice, SCORES[rule], evidence, rule)

    introduced = [
        _introduction(text, before, names)
        for before, text in zip(["", *texts], texts, strict=False)
    ]
    present = {*names.people, *(own[0] for own in introduced if own)}
    present |= {n.person for text in texts for n in names.of(text) if _is_shown(text, n)}
    asks = [_asks(u, text) for u, text in zip(utterances, texts, strict=True)]
    are_voices_known = any(u.get("voice") for u in utterances)
    for at, text in enumerate(texts):
        if own := introduced[at]:
            yield guess("self_introduction", at, at, own[1], own[0])
        reply = at + 1
        if reply == len(texts) or asks[reply] or _GOES_ON.search(texts[reply]):
            continue
        # 「どうでしょう。」「山岸さん。」
        is_name_after = at > 0 and bool(asks[at - 1]) and len(text) <= _CALL_CHARS
        called = _called(text, names, present, asks=bool(asks[at]) or is_name_after)
        politely = {n.person for n in names.of(texts[reply]) if _SAN.match(texts[reply], n.end)}
        is_call = politely and len(texts[reply]) <= _CALL_CHARS
        if called and called[0] not in politely and not is_call:
            yield guess("addressed", reply, at, called[1], called[0])
        opening = _REPLY.match(texts[reply])
        if opening and asks[at] == "question" and not are_voices_known:
            yield guess("asks", at, at, slice(-_EVIDENCE_CHARS, None), None, "話者A")
            yield guess("answers", reply, reply, slice(opening.end()), None, "話者B")


def _asks(utterance: Row, text: str) -> str | None:
    """``question``, or ``other`` where it is none or not sure; None where nothing is asked at the end."""
    label, end = utterance.get("request", "none"), utterance.get("request_end_char")
    if _REPORTED.search(text):
        return None
    if text.endswith(("？", "?")):
        return "question"
    if label == "none" or (end and len(text) - end > 3):
        return None
    return "other" if label == "action" or utterance["request_abstained"] else "question"


def _introduction(text: str, before: str, names: Names) -> tuple[str, slice] | None:
    """Who says that he or she is so and so, and in which words."""
    found = []
    for named in names.of(text):
        says = _INTRODUCES.match(text, named.end)
        sentence = re.split(r"[。！？!?]", text[: named.start])[-1]
        # 「担当は田中です」
        is_claim = any(w.pos[0] == "助詞" and w.surface in "はがも" for w in morph.tokens(sentence))
        is_of_another = _COLLEAGUE.search(sentence) or (is_claim and not _ME.search(sentence))
        if says and not is_of_another and not _WHO.search(sentence + before[-20:]):
            found.append((named.person, slice(max(0, named.start - 8), says.end())))
    return found[0] if len({who for who, _ in found}) == 1 else None


def _called(text: str, names: Names, present: set[str], *, asks: bool) -> tuple[str, slice] | None:
    """Who is spoken to by name, in a question, and in which words."""
    found = []
    for named in names.of(text):
        before, after = text[: named.start], text[named.end :]
        is_called = bool(_CALLED.match(after) and _CALLING.search(before))
        is_asked = bool(_ASKED.match(after) and not _OF_ANOTHER.search(before))
        is_last = is_called and bool(_ASKS_BEFORE_NAME.search(before)) and len(after) <= 4
        is_there = named.person in present or bool(_WANTS_A_VIEW.search(before[-20:] + after))
        if is_there and (is_last or (asks and (is_called or is_asked))):
            found.append((named.person, slice(named.start if len(after) > 4 else 0, None)))
    return found[0] if len({who for who, _ in found}) == 1 else None


def _is_shown(text: str, named: Named) -> bool:
    """Whether somebody is presented or thanked, and so is there."""
    return bool(
        _SHOWN.match(text, named.end)
        or ("ゲスト" in text and _SAN.match(text, named.end) and text.endswith(("です", "です。")))
    )
