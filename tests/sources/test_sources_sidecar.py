"""Sidecars."""

from __future__ import annotations

import datetime as dt

import pytest

from pipeline.errors import SourceError
from pipeline.sources import Sidecar, read_sidecar

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
    assert made.show_notes == "一行目\n二行目"
    assert made.effective_visibility == "private"


@pytest.mark.parametrize(
    "content", ["", "# nothing\n", "title:\nguests:\nsample:\nroles: ~\ndate:\n"]
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
