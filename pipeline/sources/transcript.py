"""One door to every kind of finished transcript."""

from __future__ import annotations

from pathlib import Path

from pipeline.errors import SourceError
from pipeline.sources.encoding import decode_text, split_lines
from pipeline.sources.json_formats import read_json
from pipeline.sources.markdown import read_markdown
from pipeline.sources.rawfile import (
    AUDIO_SUFFIXES,
    TRANSCRIPT_SUFFIXES,
    check_audio,
    is_html,
    read_bytes,
)
from pipeline.sources.rows import Transcript
from pipeline.sources.subtitles import is_subtitles, read_subtitles
from pipeline.sources.text import is_timed_text, read_text

# A whole archive pasted into one line, or binary that passed for text.
_MAX_LINE_CHARS = 1_000_000
_JSON_HEADS = ('{"', "{\n", "{ ", "{\r", "[{", "[\n", "[ {")


def read_transcript(path: Path) -> Transcript:
    """Read a finished transcript; its content counts where its extension says too little.

    Args:
        path: a file with the extension .txt, .md, .srt, .vtt or .json.

    Returns:
        The transcript, its text as written (only outer white space trimmed).

    Raises:
        SourceError: the file is unreadable, empty, damaged, no text, or none of the formats; the
            message names the file, where it breaks, and the remedy.
    """
    suffix = path.suffix.lower()
    if suffix in AUDIO_SUFFIXES:
        check_audio(path)
        raise SourceError(
            f"{path}: is audio, not a transcript; run `bansou ingest` to have it transcribed"
        )
    if suffix not in TRANSCRIPT_SUFFIXES:
        raise SourceError(
            f"{path}: {suffix or 'a file without an extension'} is no transcript format; "
            "save it as .txt, .md, .srt, .vtt or .json"
        )
    data = read_bytes(path)
    if is_html(data):
        raise SourceError(
            f"{path}: is a web page, not a transcript; save the transcript itself, "
            "or the text of the page as .txt"
        )
    text, _ = decode_text(data, path)
    if suffix == ".json":
        return read_json(text, path=path)
    lines = split_lines(text)
    too_long = next((n for n, line in enumerate(lines, 1) if len(line) > _MAX_LINE_CHARS), None)
    if too_long is not None:
        raise SourceError(
            f"{path}: line {too_long} is longer than {_MAX_LINE_CHARS:,} characters; "
            "no transcript has such a line, break it into lines or export it again"
        )
    return _read_lines(text, lines, path)


def _read_lines(text: str, lines: list[str], path: Path) -> Transcript:
    suffix = path.suffix.lower()
    if suffix in (".srt", ".vtt") or is_subtitles(lines):
        return read_subtitles(lines, path=path)
    if suffix in (".md", ".markdown"):
        return (
            read_text(lines, path=path) if is_timed_text(lines) else read_markdown(lines, path=path)
        )
    if text.lstrip().startswith(_JSON_HEADS) and text.rstrip().endswith(("}", "]")):
        return read_json(text, path=path)
    return read_text(lines, path=path)
