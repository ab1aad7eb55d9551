"""Host transcripts, dialogues and plain articles."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import SourceError
from pipeline.sources import split_lines
from pipeline.sources.dialogue import find_speakers
from pipeline.sources.text import read_text
from pipeline.sources.timing import read_stamp


def read(text, path):
    return read_text(split_lines(text), path=path)


HOST = "00:10\nああああああああああ\nいいいいいいいいいいいいいいいいいいいい\n00:40\nううううう\nえええええ"


def test_host_times_are_shared_out_by_characters(tmp_path):
    made = read(HOST, tmp_path / "a.txt")
    assert made.kind == "host_text"
    assert [(s.start_s, s.end_s) for s in made.segments[:2]] == [(10.0, 20.0), (20.0, 40.0)]
    # 30 characters in 30 seconds: the tail goes on at that rate.
    assert [(s.start_s, s.end_s) for s in made.segments[2:]] == [(40.0, 45.0), (45.0, 50.0)]
    assert all(s.time_is_interpolated for s in made.segments)
    assert [s.source_line for s in made.segments] == [1, 2, 4, 5]
    assert made.duration_s == 50.0


def test_a_line_between_two_marks_has_exact_times(tmp_path):
    made = read("0:00\nこんにちは\n1:00:00\nさようなら\n", tmp_path / "a.txt")
    assert made.segments[0].end_s == 3600.0
    assert not made.segments[0].time_is_interpolated
    assert made.segments[1].time_is_interpolated


def test_header_lies_before_the_first_mark_and_an_empty_mark_is_kept(tmp_path):
    made = read("番組の題名\n00:30\n00:50\n話します\n01:00\n", tmp_path / "a.txt")
    assert [(s.text, s.start_s, s.end_s) for s in made.segments] == [
        ("番組の題名", 0.0, 30.0),
        ("話します", 50.0, 60.0),
    ]


def test_one_mark_uses_the_usual_rate(tmp_path):
    made = read("00:01\n" + "あ" * 12, tmp_path / "a.txt")
    assert made.segments[0].end_s == pytest.approx(3.0)


def test_marks_running_backwards_name_both_lines(tmp_path):
    with pytest.raises(SourceError, match=r"a\.txt.*line 3.*0:01:00 after 0:03:00 in line 1"):
        read("03:00\nあ\n01:00\nい", tmp_path / "a.txt")


def test_only_marks_is_named(tmp_path):
    with pytest.raises(SourceError, match="time marks but no text"):
        read("00:01\n\n03:00\n", tmp_path / "a.txt")


def test_stamps_before_each_line_and_ranges(tmp_path):
    made = read(
        "[00:00.000 --> 00:02.500]  はじめます\n[00:04.000 --> 00:06.000]  どうぞ",
        tmp_path / "a.txt",
    )
    assert made.kind == "host_text"
    assert [(s.text, s.start_s, s.end_s) for s in made.segments] == [
        ("はじめます", 0.0, 2.5),
        ("どうぞ", 4.0, 6.0),
    ]
    assert not any(s.time_is_interpolated for s in made.segments)


@pytest.mark.parametrize(
    ("line", "start", "rest"),
    [
        ("03:04", 184.0, ""),
        ("1:02:03", 3723.0, ""),
        ("[00:12] 田中：はい", 12.0, "田中：はい"),
        ("(00:12)はい", 12.0, "はい"),
        ("00:12 田中: はい", 12.0, "田中: はい"),
    ],
)
def test_stamps(line, start, rest):
    stamp = read_stamp(line)
    assert stamp is not None
    assert (stamp.start_s, stamp.rest) == (start, rest)


@pytest.mark.parametrize(
    "line", ["10:30から会議", "1:75:00", "3:7", "午後 10:30", "10:30:", "[00:12"]
)
def test_not_stamps(line):
    assert read_stamp(line) is None


def test_dialogue_keeps_lines_apart_and_speakers_on(tmp_path):
    text = (
        "収録の記録\n\n田中：今日は伴走の話です。\nゆっくり行きましょう。\n\n鈴木: よろしく: ですね\n"
        "田中：\n注意：ここは台本です\n鈴木：はい"
    )
    made = read(text, tmp_path / "a.txt")
    assert made.kind == "dialogue"
    assert made.duration_s is None
    assert [(s.source_line, s.speaker, s.text) for s in made.segments] == [
        (0, None, "収録の記録"),
        (2, "田中", "今日は伴走の話です。"),
        (3, "田中", "ゆっくり行きましょう。"),
        (5, "鈴木", "よろしく: ですね"),
        (7, "田中", "注意：ここは台本です"),
        (8, "鈴木", "はい"),
    ]
    assert all(s.start_s is None and s.end_s is None for s in made.segments)


def test_dialogue_with_times(tmp_path):
    made = read(
        "[00:00] 田中：やあ\n[00:05] 鈴木：どうも\nいい天気\n[00:10] 田中：ええ", tmp_path / "a.txt"
    )
    assert made.kind == "dialogue"
    assert [(s.speaker, s.start_s) for s in made.segments][:2] == [("田中", 0.0), ("鈴木", 5.0)]
    assert made.segments[2].speaker == "鈴木"
    assert made.segments[2].time_is_interpolated
    assert made.segments[2].end_s == 10.0


def test_speakers_under_host_marks(tmp_path):
    made = read("00:00\n聞き手：はい\n話し手：ええ\n03:00\n聞き手：では\n", tmp_path / "a.txt")
    assert made.kind == "dialogue"
    assert [s.speaker for s in made.segments] == ["聞き手", "話し手", "聞き手"]
    assert made.segments[2].start_s == 180.0


def test_name_and_time_above_each_turn(tmp_path):
    made = read(
        "話者1  00:00\nはじめます\n話者2  00:04\nはい\nどうぞ\n話者1  00:08\nでは\n",
        tmp_path / "a.txt",
    )
    assert made.kind == "dialogue"
    assert [(s.speaker, s.start_s, s.text) for s in made.segments][:2] == [
        ("話者1", 0.0, "はじめます"),
        ("話者2", 4.0, "はい"),
    ]
    assert made.segments[2].speaker == "話者2"


@pytest.mark.parametrize(
    "lines",
    [
        ["注意：一つ目", "普通の文", "注意：二つ目", "注意：三つ目"],
        ["例：あ", "例：い", "例：う", "例：え"],
        ["伴走：横を走る", "代走：代わりに走る", "自走：一人で走る", "以上です"],
        ["https://example.com/a", "https://example.com/b", "https://example.com/c"],
        ["10:30 開場", "11:00 開演", "12:00 閉会"],
        ["会は10:30に始まる", "時刻：10:30", "場所：二階", "費用：無料"],
        ["秘訣：聞く", "本文が続く。", "秘訣：待つ", "本文が続く。", "秘訣：笑う", "本文が続く。"],
        ["方法1：聞く", "本文が続く。", "方法2：待つ", "まとめると", "方法1：聞く", "方法2：待つ"],
        ["メリット：早い", "デメリット：高い", "メリット：軽い", "デメリット：弱い"],
        ["田中さんはこう言った：待とう", "私は答えた：はい", "田中さんはこう言った：行こう"],
    ],
)
def test_articles_with_colons_are_no_dialogue(lines, tmp_path):
    assert not find_speakers(lines)
    assert all(s.speaker is None for s in read("\n".join(lines), tmp_path / "a.txt").segments)


@pytest.mark.parametrize(
    "names",
    [("A", "B"), ("田中 太郎", "Speaker 1"), ("〇〇", "鈴木（CSM）"), ("話者1", "SPEAKER_00")],
)
def test_names_of_speakers(names):
    first, second = names
    assert find_speakers([f"{first}：やあ", f"{second}: どうも", f"{first}：では"]) == set(names)


def test_article_is_one_segment_a_line(tmp_path):
    made = read(
        "\ufeff一行目\r\n\r\n　二行目 \r三行目\x0b続き\n10:30\n\u200b\n", tmp_path / "a.txt"
    )
    assert made.kind == "article"
    assert [s.source_line for s in made.segments] == [0, 2, 3, 4]
    assert made.segments[1].text == "二行目"
    assert made.segments[2].text == "三行目\x0b続き"
    assert made.segments[3].text == "10:30"


LINES = st.lists(
    st.one_of(
        st.sampled_from(
            ["00:01", "02:00", "1:00:00", "", "　", "田中：はい", "鈴木: ええ", "注意：x"]
        ),
        st.text(alphabet=st.characters(exclude_characters="\0\r\n", codec="utf-8"), max_size=12),
    ),
    max_size=20,
)


@given(lines=LINES)
def test_every_segment_stands_in_its_line_and_times_run_on(lines, tmp_path_factory):
    try:
        made = read_text(lines, path=tmp_path_factory.getbasetemp() / "a.txt")
    except SourceError:
        return
    for segment in made.segments:
        assert segment.text.strip() == segment.text != ""
        assert segment.text in lines[segment.source_line]
    times = [t for s in made.segments if s.start_s is not None for t in (s.start_s, s.end_s)]
    assert times == sorted(times)
