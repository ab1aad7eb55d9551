"""Words that point elsewhere: which a reader understands, which can be taken out, which cannot stay."""

from __future__ import annotations

import re

QUOTED = re.compile(r"「[^」]*」")
_AT_START = re.compile(
    r"^(?:そう(?!い|な人|な会)|こう(?!い|なる|な人)|その(?:場合|とき|時|瞬間|後|あと|中|辺|あたり)|(?:それ|これ|あれ)(?!ぞれ|から(?!は)|まで)|(?:そこ|そっち|そちら|ここ)(?!そこ)"
    r"|という|といった|(?:この|その|あの)辺|今の|さっき|先ほど|最後の|冒頭|こそ|もん)"
)
_ANYWHERE = re.compile(
    r"それ(?!ぞれ|なり|から(?!は))|これ(?!から|まで)|(?<!そ)そこ(?!そこ)|(?<!こ)ここ(?!ろ)|あれ(?!ば|ほど)|そう(?:いう|いった|した|なる|なっ|なれ|やっ)|こう(?:いう|いった|した|やっ)|そんな|こんな|あんな"
    r"|[そこあ]の(?:辺|あたり|時|とき|話|場合|人|方|状態|こと|件|例|後|あと|二つ|三つ|2つ|3つ)|そっち|こっち|さっき|先ほど|今(?:の|みたいな)話|おっしゃ|冒頭"
)
# A speaker says その where a writer says nothing: そのお客さんを支える.
_POINTER = re.compile(
    r"(?:その|この|あの)(?=[一-龠ァ-ヶA-Za-zお])(?!辺|時|話|場合|人|方|状態|件|例|後|二|三|度|間|先|上|中|ため|為)"
)


# A topic that only points back may go: Japanese leaves out what is clear.
_EMPTY_TOPIC = re.compile(
    r"(?:^|(?<=、))(?:それ|これ|そこ)(?:は|って)、?(?=[^、。]{6,})|^その中で、?"
)


def points_elsewhere(text: str) -> bool:
    """Whether a sentence is understood only by who heard what stands before or after it."""
    told = QUOTED.sub("「」", text)
    return bool(_AT_START.match(told) or _ANYWHERE.search(told))


def without_pointers(text: str) -> str:
    """A sentence without 「その」 before a noun that says by itself what is meant, and without 「それは」."""
    parts = re.split(f"({QUOTED.pattern})", text)
    parts[::2] = [_POINTER.sub("", _EMPTY_TOPIC.sub("", part)) for part in parts[::2]]
    return "".join(parts)
