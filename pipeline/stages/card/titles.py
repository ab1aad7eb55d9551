"""What a title must have and must not have, read from its words."""

from __future__ import annotations

import re
from collections.abc import Sequence

from pipeline import morph
from pipeline.morph import Token
from pipeline.stages.card.references import QUOTED, points_elsewhere
from pipeline.stages.card.spoken import until_stable

TITLE_CHARS = 45
SHORTEST_CHARS = 9
_VAGUE = frozenset(
    ["事", "こと", "物", "もの", "所", "ところ", "人", "方", "時", "感じ", "風", "話", "形", "為る", "有る", "居る",
     "成る", "思う", "言う", "出来る", "良い", "凄い", "御座る", "其れ", "此れ", "其の", "此の", "中", "上", "辺り", "行く",
     "来る", "無い", "呉れる", "貰う", "為", "其処", "自分", "何", "一つ", "際", "場合", "部分", "奴", "皆", "色々", "確か"]
)  # fmt: skip
_CONTENT = {"名詞", "動詞", "形容詞", "形状詞", "代名詞"}
_SPEECH = re.compile(
    r"って|すいません|すみません|みたい|とか|なんか|めちゃ|すごい|むちゃ|やつ|んで|けど|じゃあ|ですよ|ますよ|だよ|(?:です|ます)[、よね]|ません|ですか|ますか|んだ|でも"
)
# Talk about the programme or the conversation itself. 前回, 今日 or ゲスト alone are words of any meeting.
_PROGRAMME = re.compile(
    r"よろしくお願い|お送りしま|(?:この|当)番組|番組(?:を|の|も|へ)|ラジオ|Radio|リスナー|エピソードでは|引き続き(?:お付き合い|お楽しみ|よろしく)"
    r"|(?:前|次|今)の回|(?:前回|次回|今回|今日|本日|来週)[^。]{0,60}(?:聞いていき|話(?:を|し)|お話|お送り|お届け|取り上げ|深掘り|テーマ|お便り|収録|配信|の回|来て(?:もら|いただ))"
    r"|前回は|次回は|次(?:に|は|回)[^。]{0,14}(?:来て|お越し|いらし|宿題|に続)|前回まで|前回に引き|(?:本日|今日|今回)のゲスト|ゲスト(?:は|に)[^。]{0,40}(?:さん|お迎え|お越し)|の時間で(?:す|あ)|(?:今週|今日|今回)も(?:始|や|お|よろ)|始めていく|こんにちは|こんばんは|おはようござ"
    r"|ありがとうござい|自己紹介(?:を|から|お願い)|本題に|本題と|お聞き|お伺い|話(?:し)?(?:て(?:い)?き|ていけ|し)?たい|(?:聞いて|聞き|伺い|伺え)(?:みたい|たい)(?!わけ|こと|人|の[かで]|と(?:言|聞|き|い))|教えて(?:ほしい|ください|もらえ(?:ま|る?と|れば)|いただけ)"
    r"|意見をもら|思いつく|概要欄|チャンネル登録|お便り(?:は|も|を)?(?:お待ち|募集)|思い出|言(?:って|い)まし|伺い(?:たい|ます)|伺え|話を移|という話(?:だが|ですが)|持ち帰り(?:か|で|だ)|足させて|話に、?(?:戻|近)|(?<!の)話に、?(?:なる|なって)|話(?:でした|だった|を聞)|出てきた話|(?:思|話|お話)[^。]{0,8}聞いている$|話したが"
)
_CLAIMS = re.compile(
    r"大事|大切|重要|必要|肝|鍵|カギ|べき|なければ(?:なら|いけ)|ないと(?:いけ|だめ|ダメ)|(?:ほう|方)がい?良?い|といい|と良い|良くない|よくない|いけない|だめ|ダメ|駄目|理想|望まし|兆候|兆し"
    r"|サイン|前触れ|近道|条件|基準|原則|コツ|ポイント|前提|目的|役割|責任|意味|つなが|繋が|生まれ|始ま|失|壊|崩|育|築|高ま|下が|上が|増え|減|なる$|ならない$|できる$|できない$|危|リスク|逆効果|違う|多い|強い|難し"
    r"|ことだ|ことである|ものだ|ものである|とは"
)
_ASKS = re.compile(
    r"(?:どう(?!し|で)|どこ|どれ|どの|どん|どち|どっち|何(?!か|も|と|回|度|年|か月)|なぜ|なんで|誰|いつ(?!も|か)|いくら|いくつ)(?![^、。]{0,25}(?:か|も)(?![らな]))"
)
_OPENING = re.compile(
    r"^(?:うわー?|(?:そっか|そうか|そうですか|へえ)(?:ー|あ)?、|(?:素朴な疑問|余談|極端な話|個人的な話|細かい話|勝手な想像)(?:なの)?(?:だが|ですが|だけど|で)?、|お(?=、)|あー?そうそう|(?:私|僕|俺|自分)(?:の(?:ほう|方))?(?:は|が|も)?(?:その)?、|(?:私|僕)から(?:も|は|一つ)?[^、]{0,6}、|(?:で|まず|次に|あとは?|もう)、?(?:[一二三四五六123456]つ目|最後)?(?:は|が|に)?、"
    r"|まとめ(?:ます|る)と、|(?:な(?:ん|に)でか?|なぜか?|どう(?:した|する)か)(?:って)?(?:という|いう|言う|いいます|申します)(?:と|たら)、|今は(?:こう変えていて)?、|一つだけ[^、]{0,10}と、|正直(?:に言うと)?、|で(?=[一二三四五六123456]つ目)|[一二三四五六123456]つ目[がは]、?|(?:気になる|難しい|面白い|大きい)のは、?|具体的には、?|逆(?:に|で)、?|例えば、?|たとえば、?|特に、?|どうしても(?=[^、]+[はがも])|あと(?=[一-龠]))"
)
_CALL = re.compile(r"^[なねさ]、\s*")
_ANNOUNCES = re.compile(
    r"(?:[一二三四五六七2-7]つ(?:ほど|ぐらい|くらい)?(?:ある|あった|になる)|時はある|ときはある|状況になる|エピソードになってしまう|(?:人|方|子|会社|お客さん)がいる|(?:もの|話|こと)がある)$"
)
_THEME = re.compile(r"[^てでに]は(?=.)")
_CONDITION = re.compile(
    r"(?:[ただ]ら|[えけげせてねべめれ]ば|なら(?!な)|(?<=[うくぐすつぬぶむるい])と|ないと|(?:とき|時|場合|うち)(?:は|に|には)?|限り|ほど)(?=[、一-龠ァ-ヶ])"
)
_TOPIC = re.compile(r"(?:は|が|も|には|では|とは)(?=.)")
_PERSONAL = re.compile(r"(?:僕|私|俺|うち)(?:は|が|も|の|たち)")


def without_opening(title: str) -> str:
    """A title without what only opens a turn: 私はその、/ 私からも足すと、/ で二つ目が、."""
    return until_stable(title, lambda t: _without_interjection(_OPENING.sub("", t)))


def _without_interjection(title: str) -> str:
    """Without a conjunction or an interjection that speech puts in front without a pause."""
    words = morph.tokens(title)
    is_idle = len(words) > 1 and (
        words[0].pos[0] in {"接続詞", "感動詞"} or words[0].pos[1] == "フィラー"
    )
    return _CALL.sub("", title[words[0].end :].lstrip("、 ")) if is_idle else title


def announces(title: str) -> bool:
    """Whether a sentence only says that something is to come: 「コツは三つある」."""
    return bool(_ANNOUNCES.search(title))


def cues_of(title: str) -> dict[str, float]:
    """What in a title's wording speaks for it and against it: how often, or whether (1 or 0)."""
    return {
        "topic": float(bool(_TOPIC.search(title))),
        "theme": float(bool(_THEME.search(title))),
        "claims": float(bool(_CLAIMS.search(title))),
        "if": float(bool(_CONDITION.search(title))),
        "elsewhere": float(points_elsewhere(title)),
        "speech": float(min(2, len(_SPEECH.findall(QUOTED.sub("", title))))),
        "talk": float(is_about_talk(title)),
        "asks": float(bool(_ASKS.search(title))),
        "personal": float(bool(_PERSONAL.search(title))),
        "told": float(title.endswith(("た", "だった", "かな"))),
    }


def informative_words(words: Sequence[Token]) -> set[str]:
    """The normalised content words that say something."""
    return {w.norm for w in words if w.pos[0] in _CONTENT and w.norm not in _VAGUE}


def begins_inside(text: str) -> bool:
    """Whether a text begins with a particle or an ending: with what belongs to a word before it."""
    words = morph.tokens(text)
    if not words:
        return True
    first = words[0]
    return (
        (first.pos[0] in {"助詞", "助動詞", "接尾辞", "補助記号"} and first.surface not in "「『（")
        or first.pos[1] == "助動詞語幹"
        or first.surface in {"ながら", "など", "ふう"}
    )


def is_about_talk(text: str) -> bool:
    """Whether a sentence is about the conversation or the programme, not about its matter."""
    return bool(_PROGRAMME.search(QUOTED.sub("", text) if "「" in text else text))
