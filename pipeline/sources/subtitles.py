"""SubRip and WebVTT.

pysubs2 and webvtt-py know where a cue begins and what is a counter, an identifier or a comment; but
they rewrite what stands inside (tags, braces, a last line of digits) and forget its line. So they
are given the file with every line of text replaced by its number, and the text is taken from the
file itself.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from pipeline.errors import SourceError
from pipeline.sources.rows import MAX_TIME_S, SegmentRow, Transcript, last_end
from pipeline.sources.text import has_text, name_speakers

_TIME = r"(?:([0-9]{1,9}):)?([0-9]{1,2}):([0-9]{1,2})(?:[.,]([0-9]{1,3}))?"
_TIMING = re.compile(rf"\s*{_TIME}\s*-->\s*{_TIME}(?:\s+[A-Za-z0-9]+:\S+)*\s*")
_ALMOST_TIMING = re.compile(r"\s*[-+]?[0-9]+[:.,][^>]*-->")
_TOKEN = re.compile(r"#([0-9]+)")
_VTT_BLOCKS = ("NOTE", "STYLE", "REGION")

_VOICE = re.compile(r"<(/?)v(?:\.[^\s<>]*)?(?:[ \t]+([^<>]*))?>")
_READING = re.compile(r"<rt(?:\.[^<>]*)?>[^<>]*(?:</rt>|$)")
# Only what is markup for certain goes: <笑> and {拍手} are somebody's words.
_TAG = re.compile(
    r"</?(?:i|b|u|s|c|v|ruby|rt|lang|font|span)(?:[.\s][^<>]*)?/?>|<[0-9:.]+>|\{\\[^{}]*\}",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class _Cue:
    start_s: float
    end_s: float
    line: int


def is_vtt(lines: Sequence[str]) -> bool:
    """Does the file begin as WebVTT does?"""
    first = next((line for line in lines if line.strip()), "")
    return re.match(r"WEBVTT(?:\s|$)", first) is not None


def is_subtitles(lines: Sequence[str]) -> bool:
    """Is this WebVTT or SubRip, whatever its extension?"""
    shown = (line for line in lines if line.strip())
    first, second = next(shown, ""), next(shown, "")
    is_counter = first.strip().isdecimal()
    return is_vtt(lines) or bool(_TIMING.fullmatch(second if is_counter else first))


def read_subtitles(lines: Sequence[str], *, path: Path) -> Transcript:
    """Read SubRip or WebVTT, told apart by the first line.

    Args:
        lines: the lines of the file.
        path: the file, for messages.

    Returns:
        A transcript of kind ``subtitles``: a segment a cue, in order of start; a cue of several
        voices gives one a voice, with the cue's times. Lines of a cue are joined, with a space
        only beside a Latin letter. Labels (``名前：``) become speakers where the file has the
        shape of a dialogue.

    Raises:
        SourceError: no cue, a broken time line, or a cue that ends before it starts.
    """
    vtt = is_vtt(lines)
    timings = [_timing(line, n, path) for n, line in enumerate(lines)]
    cues = [cue for cue in timings if cue is not None]
    if not cues:
        raise SourceError(
            f"{path}: holds no subtitle (a line such as 00:00:01,000 --> 00:00:04,000 and text "
            "under it); export it again, or give it the extension .txt if it is plain text"
        )
    skeleton = _skeleton(lines, timings, vtt=vtt)
    payloads = _vtt_payloads(skeleton) if vtt else _srt_payloads(skeleton)
    if len(payloads) != len(cues):
        raise SourceError(
            f"{path}: has {len(cues)} time lines but {len(payloads)} readable cues; "
            "put an empty line between cues and export it again"
        )
    rows: list[SegmentRow] = []
    for cue, numbers in sorted(zip(cues, payloads, strict=True), key=lambda item: item[0].start_s):
        rows += _rows(cue, numbers, lines, vtt=vtt)
    if not rows:
        raise SourceError(
            f"{path}: holds subtitle times but no text; export it again with its text"
        )
    segments = tuple(rows) if any(row.speaker for row in rows) else name_speakers(rows, carry=False)
    return Transcript(kind="subtitles", segments=segments, duration_s=last_end(segments))


def _timing(line: str, number: int, path: Path) -> _Cue | None:
    match = _TIMING.fullmatch(line) if "-->" in line else None
    if match is None:
        if "-->" in line and _ALMOST_TIMING.match(line):
            raise SourceError(
                f"{path}: line {number + 1} is no readable time ({line.strip()[:60]!r}); "
                "write it like 00:00:01,000 --> 00:00:04,000"
            )
        return None
    groups = match.groups()
    start_s, end_s = _seconds(*groups[:4]), _seconds(*groups[4:])
    if start_s is None or end_s is None:
        raise SourceError(
            f"{path}: line {number + 1} gives a time with 60 or more minutes or seconds, or over "
            f"{MAX_TIME_S / 3600:.0f} hours ({line.strip()[:60]!r}); correct it"
        )
    if end_s < start_s:
        raise SourceError(
            f"{path}: the cue in line {number + 1} ends before it starts ({line.strip()[:60]!r}); "
            "correct its times"
        )
    return _Cue(start_s, end_s, number)


def _seconds(
    hours: str | None, minutes: str, seconds: str, fraction: str | None = None
) -> float | None:
    if int(minutes) > 59 or int(seconds) > 59:
        return None
    whole = int(hours or 0) * 3600 + int(minutes) * 60 + int(seconds)
    time_s = whole + int((fraction or "0").ljust(3, "0")) / 1000
    return time_s if time_s <= MAX_TIME_S else None


def _skeleton(lines: Sequence[str], timings: Sequence[_Cue | None], *, vtt: bool) -> str:
    """The file with its text lines replaced by ``#`` and their number."""
    made = ["WEBVTT", ""] if vtt else []
    header, in_header = vtt, False
    for number, line in enumerate(lines):
        before = lines[number - 1] if number else ""
        follows_timing = number + 1 < len(lines) and timings[number + 1] is not None
        if timings[number] is not None:
            # Any time will do: the cues come back in order.
            made.append("00:00:00.000 --> 00:00:00.000" if vtt else "00:00:00,000 --> 00:00:00,000")
            header = False
        elif not (line if vtt else line.strip()):
            # The header ends at the first empty line after WEBVTT.
            header = header and not in_header
            made.append("")
        elif header:
            in_header = True
        elif not vtt and follows_timing and line.strip().isdecimal():
            made.append("1")
        elif vtt and not before and line.startswith(_VTT_BLOCKS):
            made.append(line.split(maxsplit=1)[0])
        else:
            made.append(f"#{number}")
    return "\n".join(made) + "\n"


def _srt_payloads(skeleton: str) -> list[list[int]]:
    import pysubs2

    events = pysubs2.SSAFile.from_string(skeleton, format_="srt", keep_html_tags=True)
    return [[int(n) for n in _TOKEN.findall(event.text)] for event in events]


def _vtt_payloads(skeleton: str) -> list[list[int]]:
    import webvtt

    captions = webvtt.from_string(skeleton)
    return [[int(n) for n in _TOKEN.findall(caption.raw_text)] for caption in captions.captions]


def _rows(
    cue: _Cue, numbers: Sequence[int], lines: Sequence[str], *, vtt: bool
) -> Iterator[SegmentRow]:
    first, speaker, text = -1, None, ""
    for number in numbers:
        for voice, piece in _voices(lines[number], speaker):
            said = _clean(piece, vtt=vtt)
            if voice != speaker and text:
                yield SegmentRow(cue.start_s, cue.end_s, False, first, text, speaker)
                text = ""
            speaker = voice
            if has_text(said):
                first = first if text else number
                text = _join(text, said)
    if text:
        yield SegmentRow(cue.start_s, cue.end_s, False, first, text, speaker)


def _voices(line: str, speaker: str | None) -> Iterator[tuple[str | None, str]]:
    """Pieces of a line with who speaks them; ``speaker`` speaks on until the next voice tag."""
    at = 0
    for match in _VOICE.finditer(line):
        yield speaker, line[at : match.start()]
        speaker = None if match[1] else html.unescape(match[2] or "").strip() or None
        at = match.end()
    # Even an empty rest tells that the voice has ended.
    yield speaker, line[at:]


def _clean(text: str, *, vtt: bool) -> str:
    text = _TAG.sub("", _READING.sub("", text))
    return (html.unescape(text) if vtt else text).strip()


def _join(before: str, after: str) -> str:
    if before and before[-1] <= "\u024f" and after[0] <= "\u024f":
        return f"{before} {after}"
    return before + after
