"""What the one door says to files that are no transcript."""

from __future__ import annotations

import os

import pytest

from pipeline.errors import SourceError
from pipeline.schema import SOURCE_KINDS
from pipeline.sources import check_audio, read_transcript


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.txt", "", "is empty"),
        ("a.json", " \n ", "is empty"),
        ("a.txt", "\u3000\n\u200b\n", "no text"),
        ("a.txt", "<!DOCTYPE html><html>404</html>", "web page"),
        ("a.txt", b"ID3\x04\x00rest", "MP3 audio, not text"),
        ("a.srt", b"\x00\x00\x00\x20ftypM4A ", "MP4 audio or video, not text"),
        ("a.txt", "あ" * 1_000_001, "longer than 1,000,000 characters"),
        ("a.mp3", b"ID3\x04\x00rest", "is audio, not a transcript"),
        ("a.mp3", "これは文字です", "holds text, not audio"),
        ("a.docx", "x", r"\.docx is no transcript format"),
        ("plain", "x", "without an extension"),
    ],
)
def test_named_errors(write, name, content, message):
    with pytest.raises(SourceError, match=message) as caught:
        read_transcript(write(name, content))
    assert name in str(caught.value)


def test_no_file_no_folder_no_pipe(tmp_path):
    os.mkfifo(tmp_path / "pipe.txt")
    (tmp_path / "folder.txt").mkdir()
    for name, message in (
        ("gone.txt", "no such"),
        ("folder.txt", "folder"),
        ("pipe.txt", "regular"),
    ):
        with pytest.raises(SourceError, match=message):
            read_transcript(tmp_path / name)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "is empty"),
        ("文字だけのファイル", "holds text, not audio"),
        ("あ" * 3000, "holds text, not audio"),
        ("<html><body>error</body></html>", "web page"),
        (b"%PDF-1.7", "is a PDF document, not audio"),
    ],
)
def test_what_is_no_audio(write, content, message):
    with pytest.raises(SourceError, match=rf"a\.mp3.*{message}"):
        check_audio(write("a.mp3", content))


@pytest.mark.parametrize(
    "head",
    [
        b"ID3\x04\x00",
        b"\xff\xfb\x90\x00",
        b"OggS\x00",
        b"fLaC\x00",
        b"\x00\x00\x00 ftypM4A ",
        b"RIFF0000WAVEfmt ",
    ],
)
def test_audio_passes(write, head):
    check_audio(write("a.mp3", head + bytes(range(256))))


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [
        ("a.txt", "00:01\nはい\n", "host_text"),
        ("a.md", "00:01\nはい\n", "host_text"),
        ("a.txt", "# 見出しではない", "article"),
        ("a.md", "# 見出し", "article"),
        ("a.txt", '{"segments": [{"start": 0, "end": 1, "text": "はい"}]}', "whisper_json"),
        ("a.txt", "{拍手}\nありがとう", "article"),
        ("a.txt", "A：あ\nB：い\nA：う", "dialogue"),
    ],
)
def test_kinds(write, name, content, kind):
    made = read_transcript(write(name, content))
    assert made.kind == kind
    assert made.kind in SOURCE_KINDS
