"""Bytes of a source file: read within limits, and told apart by how they begin."""

from __future__ import annotations

import stat
from pathlib import Path

from pipeline.errors import SourceError

AUDIO_SUFFIXES = frozenset(
    ".wav .mp3 .m4a .aac .ogg .oga .opus .flac .mp4 .m4v .mov .webm .mkv".split()  # noqa: SIM905
)
TRANSCRIPT_SUFFIXES = frozenset((".txt", ".text", ".md", ".markdown", ".srt", ".vtt", ".json"))

# Ten hours with a time for every word stay below a third of it.
_MAX_BYTES = 64 * 1024 * 1024
_HEAD_BYTES = 4096

_MAGIC = (
    (b"OggS", 0, "Ogg audio"),
    (b"fLaC", 0, "FLAC audio"),
    (b"ftyp", 4, "MP4 audio or video"),
    (b"\x1aE\xdf\xa3", 0, "WebM or Matroska audio or video"),
    (b"%PDF-", 0, "a PDF document"),
    (b"PK\x03\x04", 0, "a zip archive or an Office document"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 0, "an old Office document"),
    (b"\x89PNG\r\n\x1a\n", 0, "a PNG image"),
    (b"\xff\xd8\xff", 0, "a JPEG image"),
    (b"GIF8", 0, "a GIF image"),
    (b"\x1f\x8b\x08", 0, "a gzip archive"),
)


def read_bytes(path: Path, *, may_be_empty: bool = False) -> bytes:
    """All bytes of a regular file.

    Raises:
        SourceError: missing, not a regular file, unreadable, larger than 64 MiB, or empty
            (unless it may be).
    """
    size = _regular_size(path)
    if size > _MAX_BYTES:
        raise SourceError(
            f"{path}: {size / 1024**2:.0f} MiB is too large for a transcript "
            f"(at most {_MAX_BYTES // 1024**2} MiB); split it into one file an episode"
        )
    try:
        data = path.read_bytes()
    except OSError as error:
        raise _unreadable(path, error) from error
    if not may_be_empty and not data.strip():
        raise SourceError(f"{path}: the file is empty; export or download it again, or delete it")
    return data


def check_audio(path: Path) -> None:
    """Refuse a file that cannot be audio by how it begins; whether it decodes is not tried.

    Raises:
        SourceError: missing, unreadable, empty, or its bytes are text, a web page or a document.
    """
    if not _regular_size(path):
        raise SourceError(f"{path}: the file is empty; export or download it again, or delete it")
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD_BYTES)
    except OSError as error:
        raise _unreadable(path, error) from error
    what = binary_kind(head)
    if what is None and is_html(head):
        raise SourceError(
            f"{path}: is a web page, not audio; the download failed: open its address in a "
            "browser and save the audio itself"
        )
    if what is None and _looks_like_text(head):
        raise SourceError(
            f"{path}: holds text, not audio; give it the extension .txt, .srt, .vtt or .json if "
            "it is a transcript, or download the audio again"
        )
    if what is not None and not what.endswith(("audio", "video")):
        raise SourceError(f"{path}: is {what}, not audio; export the audio as .wav, .mp3 or .m4a")


def binary_kind(data: bytes) -> str | None:
    """What well-known binary format the bytes are, None where they are none of them."""
    for magic, offset, what in _MAGIC:
        if data.startswith(magic, offset):
            return what
    if data.startswith((b"RIFF", b"RF64")) and data[8:12] == b"WAVE":
        return "WAV audio"
    # "ID3" alone may begin a text about tags; the version byte that follows it is no letter.
    if data.startswith(b"ID3") and len(data) > 3 and data[3] < 0x20:
        return "MP3 audio"
    # MPEG and AAC frames; FF FE and FF FF are left out: the first is a mark of UTF-16.
    if len(data) > 2 and data[0] == 0xFF and data[1] in b"\xfb\xfa\xf3\xf2\xf1\xf9":
        return "MP3 or AAC audio"
    return None


def is_html(data: bytes) -> bool:
    """Do the bytes begin as a web page does?"""
    head = data[:512].removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    return head.startswith((b"<!doctype html", b"<html"))


def _looks_like_text(head: bytes) -> bool:
    if head.startswith((b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf")):
        return True
    controls = sum(byte < 0x20 and byte not in b"\t\n\r\x0c\x1b" for byte in head)
    if controls or not head:
        return False
    try:
        head.decode("utf-8")
    except UnicodeDecodeError as error:
        # A character cut by the end of the head is no proof against text.
        return error.start >= len(head) - 4 and error.start > 0
    return True


def _regular_size(path: Path) -> int:
    try:
        status = path.stat()
    except (OSError, ValueError) as error:
        raise _unreadable(path, error) from error
    # A pipe or a device would wait or never end.
    if not stat.S_ISREG(status.st_mode):
        what = "a folder" if stat.S_ISDIR(status.st_mode) else "not a regular file"
        raise SourceError(f"{path}: is {what}; name a file that holds an episode")
    return status.st_size


def _unreadable(path: Path, error: Exception) -> SourceError:
    if isinstance(error, FileNotFoundError):
        return SourceError(f"{path}: there is no such file; check its name")
    reason = getattr(error, "strerror", None) or error
    return SourceError(f"{path}: cannot be read ({reason}); check its permissions and its disk")
