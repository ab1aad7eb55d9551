"""Whatever the bytes, the readers give a sound transcript or a named error."""

from __future__ import annotations

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.errors import SourceError
from pipeline.sources import read_sidecar, read_transcript

PIECES = (
    "00:01|1:02:03|[00:12]|(00:12)|00:00:01,000 --> 00:00:02,000|00:01.000 --> 00:02.000 align:start|WEBVTT|NOTE x"
    "|STYLE|<v 田中>|</v>|<i>|{\\an8}|&amp;|田中：|鈴木: |注意：|https://a.b|\n|\n\n|\r\n|\r| |\u3000|1|10|# |- |> |```|---"
    "|title: x|**|_|[a](b)|<br>|<!--|-->|あいう|伴走です。|「|」|\x0b|\x1c|\u2028|\x1b$B|話者1  00:12|【田中】|<rt>|#12"
    "|&a|*a|{|}|[|]"
)
FRAGMENTS = st.sampled_from(PIECES.split("|"))
TEXTS = st.lists(st.one_of(FRAGMENTS, FRAGMENTS, st.text(max_size=6)), max_size=30).map("".join)
CODECS = st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "cp932", "euc_jp", "iso2022_jp"])
NAMES = st.sampled_from(["a.txt", "a.md", "a.srt", "a.vtt", "a.json"])
ANY = st.one_of(st.floats(), st.integers(), st.none(), st.booleans(), st.text(max_size=4))
KEYS = (
    "start",
    "end",
    "text",
    "startTime",
    "endTime",
    "body",
    "speaker",
    "avg_logprob",
    "words",
    "word",
)
OBJECTS = st.dictionaries(st.sampled_from(KEYS), st.one_of(ANY, st.floats(0, 99)), max_size=6)
SEGMENTS = st.lists(OBJECTS | ANY, max_size=3)
JSON = st.one_of(ANY, SEGMENTS, SEGMENTS.map(lambda items: {"segments": items}))

once = settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def check(path):
    try:
        made = read_transcript(path)
    except SourceError:
        return
    assert made.segments
    starts = [s.start_s for s in made.segments if s.start_s is not None]
    assert starts == sorted(starts)
    for segment in made.segments:
        assert segment.text == segment.text.strip() != ""
        assert segment.start_s is None or 0 <= segment.start_s <= segment.end_s


@once
@given(name=NAMES, text=TEXTS, codec=CODECS)
def test_any_text(write, name, text, codec):
    check(write(name, text.encode(codec, "replace")))


@once
@given(name=NAMES, data=st.binary(max_size=120))
def test_any_bytes(write, name, data):
    check(write(name, data))


@once
@given(data=JSON)
def test_any_json(write, data):
    check(write("a.json", json.dumps(data)))


@once
@given(text=TEXTS, key=st.sampled_from(["title", "date", "guests", "roles", "sample", "guid"]))
def test_any_sidecar(write, text, key):
    for content in (text, f"{key}: {text}"):
        try:
            made = read_sidecar(write("a.yaml", content.encode("utf-8", "replace")))
        except SourceError:
            continue
        assert made.published_at is None or made.published_at.tzinfo is not None


def test_the_reader_never_asks_for_what_is_not_there(tmp_path):
    with pytest.raises(SourceError):
        read_sidecar(tmp_path / "gone.yaml")
