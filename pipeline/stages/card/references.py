"""Words that point elsewhere: which a reader understands, which can be taken out, which cannot stay."""

from __future__ import annotations

import re

from pipeline import morph

QUOTED = re.compile(r"「[^」]*」")
_AT_START = re.compile(
    r"^(?:(?:[ぁ-んー]{2,12}、)?[そこあ]の(?=[一-龠ァ-ヶ])|[そこあ]の|代わり(?:に)?、|そう(?!い|な人|な会)|こう(?!い|なる|な人)|その(?:場合|とき|時|瞬間|後|あと|中|辺|あたり)|(?:それ|これ|あれ)(?!ぞれ|から(?!は)|まで)|(?:そこ|そっち|そちら|ここ)(?!そこ)"
    r"|という|といった|(?:この|その|あの)辺|今の|さっき|先ほど|最後の|冒頭|こそ|もん)"
)
_ANYWHERE = re.compile(
    r"それ(?!ぞれ|なり|から(?!は))|これ(?!から|まで)|(?<!そ)そこ(?!そこ)|(?<!こ)ここ(?!ろ)|あれ(?!ば|ほど)|そう(?:いう|いった|した|なる|なっ|なれ|やっ)|こう(?:いう|いった|した|やっ)|そんな|こんな|あんな"
    r"|[そこあ]の(?:辺|あたり|時|とき|話|場合|人|方|状態|こと|件|例|後|あと|二つ|三つ|2つ|3つ|日|場|月|年|週|三か月|間|ぶん)|そっち|そちら|いまの、|さっき|先ほど|今(?:の|みたいな)話|おっしゃ(?:る(?:とお|通|こと)|った)|そ(?:っち|ちら)側|(?:この|あの|その)人たち|冒頭"
)
# A speaker says その where a writer says nothing: before whom and what the trade always speaks of.
_CLEAR = re.compile(
    r"代走|伴走|自走|型化|お?客|顧客|利用者|ユーザー|担当|サービス|チーム|製品|プロダクト|関係|信頼|CS|カスタマー|コミュニティ|課題|現場|社内|組織|部署|相手|先方|商品|契約"
)
_CLEAR_AFTER_SONO = re.compile(f"[そこあ]の(?:{_CLEAR.pattern})")
_NAMED_INSIDE = re.compile(r"[そこ]の(?:人|方)|そこ|そちら|その(?:後|あと|日|場|月|年|週|間)")
_NAMES = re.compile(r"[一-龠ァ-ヶ][^、。]*、")
# A topic that only points back may go: Japanese leaves out what is clear.
_EMPTY_TOPIC = re.compile(
    r"(?:^|(?<=、))(?:それ|これ|そこ)(?:は|って)、?(?:もう、)?(?=[^、。]{4,})|^その中で、?"
)


def points_elsewhere(text: str) -> bool:
    """Whether a sentence is understood only by who heard what stands before or after it."""
    told = QUOTED.sub("「」", text)
    if _AT_START.match(told):
        return True
    return any(not _is_inside(told, found) for found in _ANYWHERE.finditer(told))


def _is_inside(told: str, pointer: re.Match[str]) -> bool:
    """Whether a place or a person is named in the sentence itself: 窓口が一人の客は、その人が抜けたら終わりである."""
    before = told[: pointer.start()]
    return bool(_NAMED_INSIDE.match(pointer[0]) and _NAMES.search(before))


def without_pointers(text: str) -> str:
    """A sentence without 「その」 before a noun that says by itself what is meant, and without 「それは」."""
    parts = re.split(f"({QUOTED.pattern})", text)
    parts[::2] = [_without_sono(_EMPTY_TOPIC.sub("", part)) for part in parts[::2]]
    return "".join(parts)


def _without_sono(text: str) -> str:
    if not _CLEAR_AFTER_SONO.search(text):
        return text
    words = morph.tokens(text)
    kept = []
    for at, word in enumerate(words):
        after = words[at + 1] if at + 1 < len(words) else None
        is_idle = (
            word.surface in {"その", "この", "あの"}
            and word.pos[0] == "連体詞"
            and after is not None
            and after.pos[0] in {"名詞", "接頭辞"}
            and _CLEAR.match(after.surface)
        )
        if not is_idle:
            kept.append(word.surface)
    return "".join(kept)
