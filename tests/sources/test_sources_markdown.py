"""Markdown articles."""

from __future__ import annotations

import pytest

from pipeline.errors import SourceError
from pipeline.sources import read_transcript

ARTICLE = """---
title: "伴走の手引き"
tags: [a, b]
---

# 見出し一

段落の一行目は **強調** と `符号` と [リンク](https://example.com) を持つ。
二行目です。\\
三行目は*斜体*。

- 項目一
- 項目二
  続きの行

> 引用の行

| 名 | 値 |
|---|---|
| 甲 | 乙 |

```python
print("x")

y = 1
```

<!-- 隠れた覚え書き -->
<div>囲みの文</div>

これは**「伴走」**です。A &amp; B ![図の説明](a.png)
"""


def test_readable_lines_with_their_numbers(write):
    made = read_transcript(write("a.md", ARTICLE))
    assert made.kind == "article"
    assert made.title == "伴走の手引き"
    source = ARTICLE.split("\n")
    texts = {s.text: s.source_line for s in made.segments}
    assert list(texts) == [
        "見出し一",
        "段落の一行目は 強調 と 符号 と リンク を持つ。",
        "二行目です。",
        "三行目は斜体。",
        "項目一",
        "項目二",
        "続きの行",
        "引用の行",
        "名 値",
        "甲 乙",
        'print("x")',
        "y = 1",
        "囲みの文",
        "これは「伴走」です。A & B 図の説明",
    ]
    for text, mark in [
        ("見出し一", "# 見出し一"),
        ("三行目は斜体。", "三行目は*斜体*。"),
        ("続きの行", "  続きの行"),
        ("甲 乙", "| 甲 | 乙 |"),
        ("y = 1", "y = 1"),
        ("囲みの文", "<div>囲みの文</div>"),
    ]:
        assert source[texts[text]] == mark


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("# 題 **太い**\n\n本文", "題 太い"),
        ("本文だけ", None),
        ("---\ntitle: 甲: 乙\n---\n本文", "甲: 乙"),
        ("+++\ntitle = '甲'\n+++\n本文", "甲"),
        ("---\nただの文\n---\n本文", None),
    ],
)
def test_titles(write, text, title):
    assert read_transcript(write("a.md", text)).title == title


def test_rule_at_the_top_is_no_front_matter(write):
    made = read_transcript(write("a.md", "---\n\nはじまり。\n\n---\n\nつづき"))
    assert [s.text for s in made.segments] == ["はじまり。", "つづき"]


def test_code_span_over_a_line_end_keeps_later_lines_true(write):
    made = read_transcript(write("a.md", "前 `甲\n乙` 後\n次の行\n最後"))
    assert {s.text: s.source_line for s in made.segments}["最後"] == 3


def test_interview_in_markdown_has_speakers(write):
    text = "# 対談\n\n**田中：** 今日は。\n\n**鈴木：** はい。\n続けます。\n\n**田中：** では。\n"
    made = read_transcript(write("a.md", text))
    assert made.kind == "dialogue"
    assert [(s.speaker, s.text) for s in made.segments] == [
        (None, "対談"),
        ("田中", "今日は。"),
        ("鈴木", "はい。"),
        ("鈴木", "続けます。"),
        ("田中", "では。"),
    ]


def test_only_front_matter_is_named(write):
    with pytest.raises(SourceError, match=r"a\.md.*no text"):
        read_transcript(write("a.md", "---\ntitle: a\n---\n"))


@pytest.mark.parametrize("mark", ["[", "![", "*a_", "<", "[a]("])
def test_piles_of_marks_do_not_hang(write, mark):
    # Without a limit the largest of these take ten seconds and more.
    assert read_transcript(write("a.md", f"始\n{mark * 4000}\n" + f"{mark * 30}\n" * 1500)).segments
