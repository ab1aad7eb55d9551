"""What a passage says about being asked: for an opinion, for an answer, for help beyond the task.

Such passages tell it in pieces (a question acted out, what it shows, whom it is put to), so their claim is
put together from words that stand in the passage and in no other order of ideas than the codebook's: asking
for an opinion shows trust, asking for an answer is mere information. A word that is not there is not used.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

_WHO = re.compile(
    r"お客(?:さん|様|さま)|顧客|先方|相手|クライアント|ユーザー|取引先|担当者|利用者|施主|保護者|生徒|患者"
)
_OPINION = re.compile(r"意見|考え(?=を|が|も|聞)|見解|見立て")
_ANSWER = re.compile(r"答え|正解|回答")
_ASKS = re.compile(r"求め|聞[かいきこ]|尋ね|訊[かいきこ]|相談|頼[っらりる]|質問")
_VERB = {"求め": "求める", "尋ね": "尋ねる", "相談": "相談する", "質問": "質問する"}
_SIGN = re.compile(r"兆候|サイン|兆し|証拠|証(?!明)|しるし|目安|バロメーター")
_TRUST = re.compile(r"信頼関係|信頼|信用")
_GROWS = re.compile(r"芽生え|生まれ|築け|深ま|でき(?:て|始|た)|始め")
_GUESS = re.compile(r"(?:かな|かもしれ|だろう|でしょう|のではないか|んじゃない)")
_NOT = re.compile(r"(?:じゃ|では|でも)な(?:く|い)")
_RELY = re.compile(r"頼[っらりる]")


def asking_title(text: str, tags: Mapping[str, float]) -> str | None:
    """A title of what being asked shows, of words that stand in the text; None where they do not.

    Args:
        text: the quoted sentences.
        tags: tag → score of the passage.
    """
    if "signal.opinion" not in tags:
        return None
    who = _WHO.search(text)
    opinion = re.search("意見", text) or _OPINION.search(text)
    asks = (opinion and _ASKS.search(text, opinion.end())) or _ASKS.search(text)
    sign, trust = _SIGN.search(text), _TRUST.search(text)
    relies = _RELY.search(text)
    if opinion is None or asks is None or not (trust or relies):
        return None
    answer = _ANSWER.search(text)
    is_contrast = answer is not None and _NOT.search(text)
    asked = f"「{answer[0]}」ではなく「{opinion[0]}」" if is_contrast and answer else opinion[0]
    subject = f"{who[0]}が" if who else ""
    verb = _VERB.get(asks[0], "頼る" if asks[0][0] == "頼" else "聞く")
    shows = _shows(text, sign, trust)
    if shows is None:
        return None
    title = f"{subject}{asked}を{verb}のは、{shows}"
    return title + ("ではないか" if _GUESS.search(text) else "である")


def _shows(text: str, sign: re.Match[str] | None, trust: re.Match[str] | None) -> str | None:
    if sign and trust:
        grows = _GROWS.search(text)
        grown = {
            "芽生え": "が芽生えてきた",
            "生まれ": "が生まれた",
            "築け": "が築けた",
            "深ま": "が深まった",
        }.get(grows[0] if grows else "", "の")
        return f"{trust[0]}{grown}{sign[0]}"
    if trust:
        return f"{trust[0]}の表れ" if "表れ" in text or "現れ" in text else None
    return None
