"""Sidecars."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import SourceError
from pipeline.sources import Sidecar, read_sidecar, read_times, write_times

FULL = """
title: no
date: 2024-04-01 09:00:00+09:00
guests: [山田 花子, 田中]
hosts: 鈴木、佐藤
feed: https://example.com/feed
guid: 0123
sample: yes
relation: 甲社
roles: {田中: customer}
speakers: {S1: 田中}
spoken:
  田中: 0:12-0:40、1:02:05〜1:03:00
speaker_count: 3
show_notes: |
  一行目
  二行目
"""


def test_everything_stays_as_written(write):
    made = read_sidecar(write("a.yaml", FULL))
    assert made.title == "no"
    assert made.guid == "0123"
    assert made.guests == ("山田 花子", "田中")
    assert made.hosts == ("鈴木", "佐藤")
    assert made.feed_url == "https://example.com/feed"
    assert made.sample is True
    assert made.published_at == dt.datetime(2024, 4, 1, tzinfo=dt.UTC)
    assert made.roles == {"田中": "customer"}
    assert made.speakers == {"S1": "田中"}
    assert made.spoken == {"田中": "0:12-0:40、1:02:05〜1:03:00"}
    assert made.speaker_count == 3
    assert made.show_notes == "一行目\n二行目"
    assert made.effective_visibility == "private"


@pytest.mark.parametrize(
    "content",
    [
        "",
        "# nothing\n",
        "title:\nguests:\nsample:\nroles: ~\nspeakers:\nspoken:\nspeaker_count:\ndate:\n",
    ],
)
def test_empty_means_defaults(write, content):
    assert read_sidecar(write("a.yaml", content)) == Sidecar()
    assert Sidecar().effective_visibility == "public"


def test_a_meeting_may_be_public_when_said_so(write):
    made = read_sidecar(write("a.yaml", "relation: 甲社\nvisibility: public\n"))
    assert made.effective_visibility == "public"


@pytest.mark.parametrize(
    ("written", "utc"),
    [
        ("2024-04-01", (2024, 4, 1)),
        ("2024/4/1", (2024, 4, 1)),
        ("2024-04-01T10:00", (2024, 4, 1, 10)),
        ("2024-04-01T10:00:00Z", (2024, 4, 1, 10)),
        ("Mon, 01 Apr 2024 09:00:00 +0900", (2024, 4, 1)),
    ],
)
def test_dates(write, written, utc):
    made = read_sidecar(write("a.yaml", f"date: {written}\n"))
    assert made.published_at == dt.datetime(*utc, tzinfo=dt.UTC)


def test_windows_encoding(write):
    assert (
        read_sidecar(write("a.yaml", "title: 伴走のはなし\r\n".encode("cp932"))).title
        == "伴走のはなし"
    )


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("titel: a", r"'titel' is not known; did you mean title\? known keys: date, .*visibility"),
        ("title: a\n b: [", "no valid YAML in line 2"),
        ("title: a\ntitle: b", "line 2 .*given twice"),
        ("a: &x [1]\nb: [*x, *x]", r"line 1 \(anchors"),
        ("title: *強調*", "put quotes"),
        ("- a\n- b", "not a list"),
        ("sample: maybe", "sample: .*boolean"),
        ("visibility: secret", "visibility: .*'public' or 'private'"),
        ("date: 来週", "date: a date is written 2024-01-31"),
        ("date: 2024-02-31", "date: "),
        ("date: 0001-01-01T00:00:00+14:00", "date: "),
        ("roles: [a]", "roles: "),
        ("spoken: {田中: 一分から}", "spoken: times are written 0:12-0:40"),
        ("spoken: {田中: 0:40-0:12}", "spoken: .*end before they begin"),
        ("speaker_count: 0", "speaker_count: "),
        ("speaker_count: 三人", "speaker_count: "),
        ("speakers: 田中", "speakers: "),
        ("title: !!python/object:os.system x", "no valid YAML in line 1"),
        ("feed: a\nfeed_url: b", "keep one"),
        ("[" * 50_000, "deeply nested"),
        ("guests:\n" + "- a\n" * 20_000, "too many"),
        ("title: " + "a" * 1_100_000, "larger than 1 MB"),
        (b"title: \x00", "NUL"),
        (b"title: a\x01", "no valid YAML"),
    ],
)
def test_errors_are_named(write, content, message):
    with pytest.raises(SourceError, match=rf"a\.yaml.*{message}"):
        read_sidecar(write("a.yaml", content))


@pytest.mark.parametrize(
    ("written", "spans"),
    [
        ("0:12-0:40", [(12, 40)]),
        ("0:12-0:40, 1:02:05-1:03:00", [(12, 40), (3725, 3780)]),
        ("0:12〜0:40、75:05 ～ 76:00.5", [(12, 40), (4505, 4560.5)]),
        ("0:12から0:40", [(12, 40)]),
    ],
)
def test_times_as_people_write_them(written, spans):
    assert read_times(written) == spans


@pytest.mark.parametrize(
    "written", ["", "12-40", "0:12", "0:12-", "0:40-0:40", "0:12-0:40,", "0:1-0:40"]
)
def test_times_written_otherwise_are_refused(written):
    with pytest.raises(ValueError, match="times"):
        read_times(written)


TENTHS = st.integers(0, 10 * 3600 * 20)


@given(st.lists(st.tuples(TENTHS, st.integers(1, 36_000)), min_size=1, max_size=8))
def test_times_written_are_read_as_the_same(tenths):
    spans = [(start / 10, (start + length) / 10) for start, length in tenths]
    assert read_times(write_times(spans)) == [
        (pytest.approx(a, abs=1e-6), pytest.approx(b, abs=1e-6)) for a, b in spans
    ]
