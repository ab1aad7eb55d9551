"""Which episodes lie in a folder."""

from __future__ import annotations

import os
import unicodedata
from pathlib import Path

import pytest

from pipeline.errors import SourceError
from pipeline.sources import Source, discover


def messages(problems):
    return " | ".join(p.message for p in problems)


def test_companions_make_one_source(write, tmp_path):
    for name in (
        "01.MP3",
        "01.transcript.json",
        "01.yml",
        "01.chapters.json",
        "02.txt",
        "sub/03.wav",
    ):
        write(name, "" if name.endswith("yml") else "x")
    found = discover([tmp_path])
    assert [s.episode_id for s in found.sources] == ["01", "02", "03"]
    first = found.sources[0]
    assert first.audio == tmp_path / "01.MP3"
    assert first.primary == first.transcript == tmp_path / "01.transcript.json"
    assert first.sidecar == tmp_path / "01.yml"
    assert first.chapters == tmp_path / "01.chapters.json"
    assert not found.problems
    assert not found.ignored


def test_a_named_file_brings_its_companions_and_nothing_else(write, tmp_path):
    for name in ("a.wav", "a.srt", "a.yaml", "b.wav"):
        write(name, "guid: g1" if name.endswith("yaml") else "x")
    found = discover([tmp_path / "a.wav", tmp_path / "a.srt"], named=True)
    assert found.sources == (
        Source("g1", tmp_path / "a.wav", tmp_path / "a.srt", tmp_path / "a.yaml"),
    )


def test_nobodys_files_are_passed_over_and_the_rest_is_told(write, tmp_path):
    for name in (
        ".hidden.mp3", ".git/x.mp3", "README.md", "readme.txt", "a.mp3~", "a.mp3.part", "b.tmp", "Thumbs.db",
        "desktop.ini", ".DS_Store", "cover.JPG", "notes.docx", "plain", "orphan.yaml", "c.mp3",
    ):  # fmt: skip
        write(name, "")
    found = discover([tmp_path])
    assert [s.episode_id for s in found.sources] == ["c"]
    assert [p.path.name for p in found.ignored] == ["notes.docx", "orphan.yaml", "plain"]
    assert ".docx is no format" in messages(found.ignored)
    assert "belongs to no episode" in messages(found.ignored)
    assert not found.problems


def test_named_files_that_cannot_be_an_episode_are_problems(write, tmp_path):
    names = ("notes.docx", "a.yaml", "a.chapters.json", "README.md")
    found = discover([write(name, "") for name in names] + [tmp_path / "gone.mp3"], named=True)
    assert not found.sources
    assert len(found.problems) == 5
    assert "no such file" in messages(found.problems)
    assert not discover([tmp_path / "notes.docx"]).problems


@pytest.mark.parametrize(
    ("names", "where"),
    [
        (("a.mp3", "a.wav"), "two audio files"),
        (("a.srt", "a.transcript.txt"), "two transcripts"),
        (("x/a.mp3", "y/a.txt"), "several folders"),
        (("a.mp3", "a.yaml", "a.yml"), "two sidecars"),
        ((unicodedata.normalize("NFD", "ガ.mp3"), "ガ.wav"), "two audio files"),
    ],
)
def test_one_stem_twice_names_both(write, tmp_path, names, where):
    for name in (*names, "other.txt"):
        write(name, "")
    found = discover([tmp_path])
    assert [s.episode_id for s in found.sources] == ["other"]
    assert len(found.problems) == 1
    message = found.problems[0].message
    assert where in message
    assert "rename one" in message
    assert sum(name in message for name in names) >= 2


def test_nfd_names_pair_with_nfc_names(write, tmp_path):
    write(unicodedata.normalize("NFD", "第1回ガイド.mp3"), "")
    write("第1回ガイド.txt", "")
    found = discover([tmp_path])
    assert [s.episode_id for s in found.sources] == ["第1回ガイド"]
    assert found.sources[0].audio is not None
    assert found.sources[0].transcript is not None


def test_guids(write, tmp_path):
    for name, guid in (("a", "g"), ("b", "g"), ("c", "d"), ("e", "own")):
        write(f"{name}.mp3", "")
        write(f"{name}.yaml", f"guid: {guid}")
    write("d.mp3", "")
    found = discover([tmp_path])
    assert [s.episode_id for s in found.sources] == ["own"]
    assert len(found.problems) == 2
    assert "another guid" in messages(found.problems)


def test_a_broken_sidecar_holds_its_episode_back(write, tmp_path):
    write("a.mp3", "")
    write("a.yaml", "titel: x")
    write("b.mp3", "")
    found = discover([tmp_path])
    assert [s.episode_id for s in found.sources] == ["b"]
    assert found.problems[0].path == tmp_path / "a.yaml"


def test_odd_names_are_problems(tmp_path):
    (tmp_path / "a\x07.mp3").write_bytes(b"")
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/b\xff.mp3")).write_bytes(b"")
    found = discover([tmp_path])
    assert not found.sources
    assert len(found.problems) == 2
    messages(found.problems).encode()


def test_links_and_pipes_do_not_loop_or_wait(write, tmp_path):
    write("in/a.mp3", "")
    (tmp_path / "in" / "again").symlink_to(tmp_path)
    (tmp_path / "gone.mp3").symlink_to(tmp_path / "nowhere")
    (tmp_path / "self.mp3").symlink_to(tmp_path / "self.mp3")
    os.mkfifo(tmp_path / "pipe.mp3")
    found = discover([tmp_path, tmp_path / "in", tmp_path / "in" / "a.mp3"])
    assert [s.episode_id for s in found.sources] == ["a"]
    assert [p.path.name for p in found.problems] == ["gone.mp3", "self.mp3"]
    assert [p.path.name for p in found.ignored] == ["pipe.mp3"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_unreadable_files_are_problems(write, tmp_path):
    write("a.mp3", "").chmod(0)
    (tmp_path / "locked").mkdir(mode=0)
    found = discover([tmp_path])
    assert len(found.problems) == 2


def test_an_empty_source_says_so():
    with pytest.raises(SourceError, match="neither audio nor a transcript"):
        _ = Source("x").primary
