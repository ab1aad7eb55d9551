"""SubRip and WebVTT."""

from __future__ import annotations

import pytest

from pipeline.errors import SourceError
from pipeline.sources import read_transcript

SRT = """1
00:00:01,000 --> 00:00:04,500
これは<i>大事</i>な{笑}話です
二行目 <笑> a < b

2
00:01:05,000 --> 00:01:06,000
{\\an8}売上は
2024

3
00:01:07.000 --> 00:01:08.000

4
01:00:00,000 --> 01:00:02,000
最後は
10
"""


def test_srt_keeps_words_and_lines(write):
    made = read_transcript(write("a.srt", SRT.replace("\n", "\r\n")))
    assert made.kind == "subtitles"
    assert [(s.start_s, s.end_s, s.source_line, s.text) for s in made.segments] == [
        (1.0, 4.5, 2, "これは大事な{笑}話です二行目 <笑> a < b"),
        (65.0, 66.0, 7, "売上は2024"),
        (3600.0, 3602.0, 15, "最後は10"),
    ]
    assert made.duration_s == 3602.0
    assert not any(s.time_is_interpolated for s in made.segments)


def test_words_of_latin_letters_stay_apart_over_a_line_end(write):
    made = read_transcript(
        write("a.srt", "1\n00:00:01,000 --> 00:00:02,000\nCS Harmony\nRadio です\n続き")
    )
    assert made.segments[0].text == "CS Harmony Radio です続き"


VTT = """WEBVTT - 題名
Kind: captions

NOTE これは --> 覚え書き
続き

STYLE
::cue { color: red }

intro
00:01.000 --> 00:04.000 align:start position:0%
<v 田中 &amp; 助手>やあ、<c.big>元気</c>&nbsp;?</v>
NOTE ではなく言葉

00:00:05.000 --> 00:00:06.000
<v.loud 鈴木>はい
<00:00:05.500>どうも</v>
<v 田中>ええ

00:00:07.000 --> 00:00:08.000
<ruby>伴走<rt>ばんそう</rt></ruby>です &lt;笑&gt;
"""


def test_vtt_voices_entities_and_blocks(write):
    made = read_transcript(write("a.vtt", VTT))
    assert [(s.start_s, s.speaker, s.text, s.source_line) for s in made.segments] == [
        (1.0, "田中 & 助手", "やあ、元気\xa0?", 11),
        (1.0, None, "NOTE ではなく言葉", 12),
        (5.0, "鈴木", "はいどうも", 15),
        (5.0, "田中", "ええ", 17),
        (7.0, None, "伴走です <笑>", 20),
    ]


def test_labels_become_speakers(write):
    cues = [("山田 花子", "はじめます"), ("Bob", "はい"), ("山田 花子", "では")]
    body = "\n\n".join(
        f"{n}\n00:00:0{n}.000 --> 00:00:0{n}.900\n{name}: {said}"
        for n, (name, said) in enumerate(cues, 1)
    )
    made = read_transcript(write("a.vtt", f"WEBVTT\n\n{body}\n"))
    assert [(s.speaker, s.text) for s in made.segments] == cues
    assert made.segments[2].start_s == 3.0


def test_out_of_order_cues_are_sorted(write):
    text = "1\n00:00:09,000 --> 00:00:10,000\n後\n\n2\n00:00:01,000 --> 00:00:02,000\n前\n"
    made = read_transcript(write("a.srt", text))
    assert [(s.text, s.source_line) for s in made.segments] == [("前", 6), ("後", 2)]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.txt", "1\n00:00:01,000 --> 00:00:02,000\nはい\n"),
        ("a.txt", "WEBVTT\n\n00:01.000 --> 00:02.000\nはい\n"),
        ("a.vtt", "1\n00:00:01,000 --> 00:00:02,000\nはい\n"),
        ("a.srt", "WEBVTT\n\n00:01.000 --> 00:02.000\nはい\n"),
        ("a.srt", "00:01 --> 00:02\nはい\n"),
    ],
)
def test_content_counts_more_than_the_extension(write, name, text):
    made = read_transcript(write(name, text))
    assert [(s.start_s, s.text) for s in made.segments] == [(1.0, "はい")]


@pytest.mark.parametrize(
    ("time", "message"),
    [
        ("00:00:05,000 --> 00:00:02,000", "line 2 ends before it starts"),
        ("00:00:05,000 --> 00:0x", "line 2 is no readable time"),
        ("-00:00:05,000 --> 00:00:06,000", "line 2 is no readable time"),
        ("00:00:75,000 --> 00:01:16,000", "line 2 gives a time with 60 or more"),
        ("999999:00:00,000 --> 999999:00:01,000", "over 100 hours"),
        ("00:00:01,000 -> 00:00:02,000", "no subtitle"),
    ],
)
def test_broken_times_name_the_line(write, time, message):
    with pytest.raises(SourceError, match=rf"a\.srt.*{message}"):
        read_transcript(write("a.srt", f"1\n{time}\nはい\n"))


def test_times_without_text_are_named(write):
    with pytest.raises(SourceError, match="times but no text"):
        read_transcript(write("a.srt", "1\n00:00:01,000 --> 00:00:02,000\n\n"))
