"""An episode's kept segments as repaired lines, and the places where a line may be cut."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from pipeline import morph
from pipeline.edits import Edit, EditedText
from pipeline.morph import Token

# A pause this long after a finished form ends a sentence even where the form may also go on.
PAUSE_S = 0.5

_TERMINAL = re.compile(r"[。．！？!?]+[」』）)】\"”]*")
# A question inside a sentence: 「伴走って何？っていう話」
_QUOTED = re.compile(r"って|と(?:いう|いった|思|言|聞|か)|みたいな")
_CLOSERS = '」』）)】"” \t\u3000'
# What follows a finished form and shows that it was not the end of the sentence.
_GOES_ON = frozenset(
    [
        "けど",
        "けれど",
        "けれども",
        "が",
        "から",
        "し",
        "ので",
        "のに",
        "と",
        "って",
        "とか",
        "たら",
        "なら",
        "ば",
        "みたい",
        "よう",
        "という",
        "っていう",
        "とも",
        "ながら",
        "ね",
        "よ",
        "な",
        "か",
        "わ",
        "ぞ",
        "ぜ",
        "さ",
        "の",
        "ん",
        "じゃ",
        "ねえ",
        "かな",
        "かね",
    ]
)
_FINAL_PARTICLES = frozenset(
    ["ね", "よ", "か", "な", "わ", "ぞ", "ぜ", "ねえ", "さ", "かな", "かね", "っけ", "の"]
)
_OPENERS = (
    "接続詞",
    "感動詞",
    "代名詞",
    "連体詞",
    "副詞",
    "名詞",
    "接頭辞",
    "形容詞",
    "動詞",
    "形状詞",
)


@dataclass(slots=True)
class Line:
    """One kept segment: its repaired text, speaker and times."""

    segment_index: int
    edited: EditedText
    speaker: str | None
    start_s: float | None
    end_s: float | None
    # (start of the word in raw text, start_s, end_s), where recognition gave words
    words: list[tuple[int, float, float]] = field(default_factory=list)

    @property
    def text(self) -> str:
        return self.edited.text

    def time_at(self, char: int, *, is_end: bool = False) -> float | None:
        """The second at which a raw offset is spoken: from the words, else by share of the text."""
        if self.start_s is None or self.end_s is None:
            return None
        if self.words:
            starts = [w[0] for w in self.words]
            number = max(0, bisect_right(starts, char - 1 if is_end else char) - 1)
            return self.words[number][2 if is_end else 1]
        share = char / max(1, len(self.edited.raw))
        return round(self.start_s + (self.end_s - self.start_s) * share, 3)

    def pause_after(self, char: int) -> float:
        """Seconds of silence after a raw offset, 0 where there are no word times."""
        starts = [w[0] for w in self.words]
        number = bisect_right(starts, char - 1) - 1
        if not 0 <= number < len(self.words) - 1 or starts[number + 1] < char:
            return 0.0
        return self.words[number + 1][1] - self.words[number][2]


def read_lines(
    segments: Sequence[dict[str, Any]],
    words: Sequence[dict[str, Any]],
    repairs: Sequence[dict[str, Any]],
) -> list[Line]:
    """Rows of the tables ``segments``, ``words`` and ``repairs`` as lines; dropped ones left out."""
    edits: dict[int, list[Edit]] = defaultdict(list)
    for r in repairs:
        edits[r["segment_index"]].append(Edit(r["start_char"], r["end_char"], r["after"]))
    timed: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for w in words:
        timed[w["segment_index"]].append(w)
    return [
        Line(
            s["segment_index"], EditedText(s["text"], edits[s["segment_index"]]), s["speaker"],
            s["start_s"], s["end_s"], _word_starts(s["text"], timed[s["segment_index"]]),
        )
        for s in segments
        if s["dropped_reason"] is None
    ]  # fmt: skip


def _word_starts(text: str, words: Sequence[dict[str, Any]]) -> list[tuple[int, float, float]]:
    if not words or "".join(w["text"] for w in words) != text:
        return []
    if any(w["start_s"] is None or w["end_s"] is None for w in words):
        return []
    starts, offset = [], 0
    for w in words:
        starts.append((offset, w["start_s"], w["end_s"]))
        offset += len(w["text"])
    return starts


def cuts_within(line: Line) -> list[int]:
    """Offsets of the repaired text at which a sentence ends inside the line (not at its end)."""
    cuts = {
        match.end()
        for match in _TERMINAL.finditer(line.text)
        if not _QUOTED.match(line.text, match.end())
    }
    words = morph.tokens(line.text)
    for before, after in pairwise(words):
        gap = next((w for w in words if w.start >= after.start and w.surface.strip()), after)
        if gap.start in cuts or before.surface.strip() == "":
            continue
        pause = line.pause_after(line.edited.to_raw(before.start, before.end)[1])
        is_spaced = after.surface.strip() == ""
        if _ends(words, before, is_strong=not (is_spaced or pause >= PAUSE_S)) and _opens(gap):
            cuts.add(before.end)
    spans = [line.edited.to_edited(e.start, e.end) for e in line.edited.edits]
    return sorted(
        cut for cut in cuts if 0 < cut < len(line.text) and not any(a < cut < b for a, b in spans)
    )


def is_finished(text: str) -> bool:
    """Whether a text ends as a sentence: by punctuation, or by a finished form."""
    bare = text.rstrip(_CLOSERS)
    if not bare:
        return False
    if bare[-1] in "。．！？!?":
        return True
    words = morph.tokens(bare[-40:])
    return _ends(words, words[-1], is_strong=True)


def goes_on(text: str) -> bool:
    """Whether a text begins with what continues a sentence (「けど」, 「っていう」, 「と」 …)."""
    words = morph.tokens(text.lstrip()[:20])
    return bool(words) and not _opens(words[0])


def _ends(words: Sequence[Token], last: Token, *, is_strong: bool) -> bool:
    """Whether a word closes a sentence.

    Strong forms are the polite ones (です, ます, ました) with or without final particles: spoken
    Japanese seldom puts them before a noun. Plain forms need a pause.
    """
    at = words.index(last)
    while at > 0 and words[at].pos[1] == "終助詞" and words[at].surface in _FINAL_PARTICLES:
        at -= 1
    word = words[at]
    if word.pos[0] not in {"助動詞", "動詞", "形容詞"}:
        return False
    if not word.pos[5].startswith(("終止形", "意志推量形", "命令形")):
        return False
    if is_strong:
        return word.lemma in {"です", "ます"} or (
            word.lemma in {"た", "ぬ"} and _is_polite(words, at)
        )
    return True


def _is_polite(words: Sequence[Token], at: int) -> bool:
    return at > 0 and words[at - 1].lemma in {"です", "ます"}


def _opens(word: Token) -> bool:
    if word.surface in _GOES_ON:
        return False
    return word.pos[0] in _OPENERS
