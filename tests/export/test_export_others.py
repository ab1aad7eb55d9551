"""Cosense, CSV, JSON lines, chapters, subtitles."""

from __future__ import annotations

import csv
import io
import itertools
import json
import re
from pathlib import Path
from typing import Any

import pysubs2
import pytest
import webvtt
from exporting import TEXTS, hostile_corpus, make_corpus
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.export.chapters import make_chapters_file
from pipeline.export.clean import clean, one_line
from pipeline.export.cosense import make_cosense, plain
from pipeline.export.subtitles import MAX_CUE_CHARS, make_cues, write_cues
from pipeline.export.tabular import HEADINGS, make_csv, make_jsonl
from pipeline.sources.subtitles import read_subtitles

# -- Cosense ---------------------------------------------------------------------------------


def test_cosense_pages_begin_with_their_titles_and_link_to_each_other() -> None:
    pages = json.loads(make_cosense(hostile_corpus()))["pages"]
    titles = [page["title"] for page in pages]
    assert len({title.casefold().replace("_", " ") for title in titles}) == len(titles)
    for page in pages:
        assert page["lines"][0] == page["title"]
        assert page["created"] <= page["updated"] or page["title"]
        for line in page["lines"][1:]:
            links = re.findall(r"\[([^\[\]]+)\]", line)
            assert all(name in titles or name.startswith("https://example.com/") for name in links)
            assert not re.search(r"[`#\n]", re.sub(r"\[https[^\]]*\]", "", line))


def test_cosense_says_a_title_once() -> None:
    lines = json.loads(make_cosense(make_corpus("約束を守る", body="約束を守る。")))["pages"][-1][
        "lines"
    ]
    assert lines[:2] == ["約束を守る", "> 「隣で支えるんですよ。」"]


@given(TEXTS)
def test_cosense_shows_a_text_without_reading_it(text: str) -> None:
    line = plain(text)
    assert not re.search(r"[\[\]`#\n]|^[>$%]|^(?:code|table):|^\s|^[0-9]+\. |://", line)


# -- tables ----------------------------------------------------------------------------------


@settings(max_examples=50)
@given(TEXTS, TEXTS)
def test_no_cell_is_a_formula_and_every_row_has_its_columns(title: str, text: str) -> None:
    corpus = make_corpus(title, text, body=text, quote=text, speaker=text, episode=text)
    data = make_csv(corpus)
    assert data.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))
    assert rows[0] == list(HEADINGS)
    assert len(rows) == 3
    for row in rows[1:]:
        assert len(row) == len(HEADINGS)
        assert not [cell for cell in row if re.match(r"\s*[=+\-@＝＋－＠\t\r\n]", cell)]
        assert (
            row[8].removeprefix("'").endswith(corpus.cards["c000000000000"].quote.removeprefix("'"))
        )


@given(TEXTS)
def test_json_lines_are_a_card_a_line(text: str) -> None:
    data = make_jsonl(make_corpus("守る", "破る", body=text, quote=text, speaker=text)).decode()
    rows = [json.loads(line) for line in data.splitlines()]
    assert [row["title"] for row in rows] == ["守る", "破る"]
    assert rows[0]["body"] == clean(text)
    assert rows[0]["speaker"] == (one_line(text) or "不明")


# -- chapters --------------------------------------------------------------------------------


def test_chapters_are_as_the_podcast_namespace_has_them() -> None:
    made = json.loads(make_chapters_file(make_corpus("守る", "破る", "黙る"), "e1"))
    assert made["version"] == "1.2.0"
    assert made["chapters"] == [
        {"startTime": 0.0, "title": "守る"},
        {"startTime": 30.0, "title": "破る"},
        {"startTime": 60.0, "title": "黙る"},
    ]


# -- subtitles -------------------------------------------------------------------------------


def segment(index: int, text: str, start: float, end: float, **more: Any) -> dict[str, Any]:
    return {
        "segment_index": index, "text": text, "start_s": start, "end_s": end, "speaker": None,
        "dropped_reason": None,
    } | more  # fmt: skip


REPAIR = {"segment_index": 0, "start_char": 2, "end_char": 4, "after": "伴走"}


def test_subtitles_are_repaired_and_keep_their_times() -> None:
    rows = [
        segment(0, "隣で伴奏します", 1.0, 3.5, speaker="田中"),
        segment(1, "ご視聴ありがとう", 4, 5, dropped_reason="phantom_phrase"),
        segment(2, "時刻なし", None, None),  # type: ignore[arg-type]
    ]
    cues = make_cues(rows, [], [REPAIR])
    assert [(c.start_s, c.end_s, c.text, c.speaker) for c in cues] == [
        (1.0, 3.5, "隣で伴走します", "田中")
    ]
    assert write_cues(cues, "srt") == "1\n00:00:01,000 --> 00:00:03,500\n田中：隣で伴走します\n"
    assert (
        write_cues(cues, "vtt")
        == "WEBVTT\n\n00:00:01.000 --> 00:00:03.500\n<v 田中>隣で伴走します\n"
    )


def test_a_long_segment_is_cut_at_a_sentence_at_the_time_of_its_word() -> None:
    text = "最初の月は隣で一緒に進めます。次の月からは少しずつ手を離していって、最後は見守るだけにするのがいいと思っています。"
    cut = text.index("次")
    words = [
        {"segment_index": 0, "text": text[:cut], "start_s": 0.0}, {"segment_index": 0, "text": text[cut:], "start_s": 7.0},
    ]  # fmt: skip
    cues = make_cues([segment(0, text, 0.0, 20.0)], words, [])
    assert cues[0].text == "最初の月は隣で一緒に進めます。"
    assert cues[0].end_s == pytest.approx(7.0)
    assert "".join(cue.text for cue in cues) == text
    assert all(len(cue.text) <= MAX_CUE_CHARS for cue in cues)


SAID = st.lists(TEXTS, min_size=1, max_size=4)


@settings(max_examples=60)
@given(SAID, TEXTS)
def test_subtitles_are_read_back_by_others_whatever_was_said(said: list[str], speaker: str) -> None:
    rows = [segment(n, text, 2.0 * n, 2.0 * n + 2, speaker=speaker) for n, text in enumerate(said)]
    cues = make_cues(rows, [], [])
    assert all(a.start_s < a.end_s for a in cues)
    assert all(a.start_s <= b.start_s for a, b in itertools.pairwise(cues))
    joined = "".join(re.sub(r"\s", "", cue.text) for cue in cues)
    assert joined == "".join(re.sub(r"\s", "", clean(text)) for text in said)
    srt, vtt = write_cues(cues, "srt"), write_cues(cues, "vtt")
    assert srt.count("-->") == vtt.count("-->") == len(cues)
    if cues:
        assert len(webvtt.from_string(vtt).captions) == len(cues)
        assert len(pysubs2.SSAFile.from_string(srt, format_="srt")) == len(cues)
    if any(character.isalnum() for cue in cues for character in cue.text):  # else nothing was said
        assert read_subtitles(vtt.split("\n"), path=Path("a.vtt")).segments


def test_webvtt_shows_what_was_said() -> None:
    cues = make_cues(
        [segment(0, "<script>1 & 2</script> --> {\\an8}", 0, 2, speaker="<b>&")], [], []
    )
    captions = webvtt.from_string(write_cues(cues, "vtt")).captions
    assert (
        captions[0]
        .raw_text.replace("\n", " ")
        .endswith("&lt;script&gt;1 &amp; 2&lt;/script&gt; --&gt; {\\an8}")
    )
    assert "<b>" not in write_cues(cues, "srt")
