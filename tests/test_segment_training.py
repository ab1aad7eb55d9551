"""What the sentence models learn from and what they are tested on stay apart."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

TRAINING = Path(__file__).parent.parent / "training"
sys.path.insert(0, str(TRAINING / "segments"))

from data import Bare, Text, bare_texts, read_texts, strip_marks  # noqa: E402

_MARKS = re.compile(r"[。．！？!?、\s]")
_WINDOW = 30


def test_no_passage_of_the_test_is_learnt_from() -> None:
    rows = (TRAINING / "segments" / "test.jsonl").read_text("utf-8").splitlines()
    tested = {
        text[at : at + _WINDOW]
        for row in rows
        if (text := _MARKS.sub("", json.loads(row)["text"]))
        for at in range(len(text) - _WINDOW + 1)
    }
    for learnt in read_texts():
        assert "/test" not in learnt.author
        text = _MARKS.sub("", learnt.text)
        assert not any(text[at : at + _WINDOW] in tested for at in range(0, len(text), 5)), text


def test_each_text_is_learnt_from_once_with_commas_and_once_without() -> None:
    texts = [Text("a", "talk", f"はい、{n}番です。次は{n + 1}番ですか？") for n in range(9)]
    for has_commas in (True, False):
        bares = [b for b in bare_texts(texts) if b.has_commas == has_commas]
        assert sum(len(b.boundaries) for b in bares) == 18
        assert sum(b.text.count("、") for b in bares) == (9 if has_commas else 0)


def test_ends_stand_where_the_marks_stood() -> None:
    bare = strip_marks([Text("a", "talk", "行くって？って聞いた。行かない。")], has_commas=True)
    assert _sentences(bare) == ["行くってって聞いた", "行かない"]


def _sentences(bare: Bare) -> list[str]:
    starts = [0, *bare.boundaries]
    return [bare.text[a:b] for a, b in zip(starts, bare.boundaries, strict=False)]
