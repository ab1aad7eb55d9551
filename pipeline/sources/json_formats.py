"""Transcripts in JSON: the podcast namespace's, and what Whisper and its kin write."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any, TypeVar

import pydantic

from pipeline.errors import SourceError
from pipeline.sources.rows import MAX_TIME_S, SegmentRow, Transcript, WordRow, last_end
from pipeline.sources.text import has_text

_ACCEPTED = (
    'accepted are podcast transcripts ({"version": …, "segments": [{"startTime", "endTime", '
    '"body"}]}) and Whisper\'s ({"segments": [{"start", "end", "text"}]}, or the bare list)'
)


def _well_formed(text: str) -> str:
    """JSON can spell half a surrogate pair, which no file can hold."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


_Seconds = Annotated[float, pydantic.Field(ge=0, le=MAX_TIME_S, allow_inf_nan=False)]
_Text = Annotated[str, pydantic.AfterValidator(_well_formed)]
_STRICT = pydantic.ConfigDict(strict=True, extra="ignore", frozen=True)


class _PodcastSegment(pydantic.BaseModel):
    model_config = _STRICT
    startTime: _Seconds  # noqa: N815
    endTime: _Seconds | None = None  # noqa: N815
    body: _Text
    speaker: _Text | None = None


class _Word(pydantic.BaseModel):
    model_config = _STRICT
    word: _Text = pydantic.Field(validation_alias=pydantic.AliasChoices("word", "text"))
    start: _Seconds | None = None
    end: _Seconds | None = None
    probability: float | None = pydantic.Field(
        default=None, validation_alias=pydantic.AliasChoices("probability", "score", "confidence")
    )
    speaker: _Text | None = None


class _WhisperSegment(pydantic.BaseModel):
    model_config = _STRICT
    start: _Seconds
    end: _Seconds
    text: _Text
    speaker: _Text | None = None
    avg_logprob: float | None = None
    no_speech_prob: float | None = None
    words: list[_Word] | None = None


_Segment = TypeVar("_Segment", _PodcastSegment, _WhisperSegment)


def load_json(text: str, *, path: Path) -> Any:
    """Parse JSON.

    Raises:
        SourceError: invalid (with line and column), nested too deeply, or a number too long.
    """
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise SourceError(
            f"{path}: is no valid JSON, it breaks in line {error.lineno}, column {error.colno} "
            f"({error.msg}); download or export it again"
        ) from error
    except (RecursionError, ValueError) as error:
        raise SourceError(
            f"{path}: is JSON nested too deeply or with a number too long, which no transcript is; "
            "export it again"
        ) from error


def read_json(text: str, *, path: Path) -> Transcript:
    """Read a transcript in JSON, told apart by content.

    Args:
        text: the file's text.
        path: the file, for messages.

    Returns:
        A transcript of kind ``podcast_json`` or ``whisper_json``, segments in order of start;
        ``source_line`` is None. Words only where they rebuild their segment's text.

    Raises:
        SourceError: no valid JSON, another kind of JSON, or a value that is not what it must be,
            naming the segment.
    """
    data = load_json(text, path=path)
    if isinstance(data, dict) and "chapters" in data and "segments" not in data:
        raise SourceError(
            f"{path}: holds chapter marks, not an episode; rename it to <stem>.chapters.json "
            "beside its audio"
        )
    segments = data.get("segments") if isinstance(data, dict) else data
    if not isinstance(segments, list):
        raise SourceError(f"{path}: is JSON of an unknown kind; {_ACCEPTED}")
    if not segments:
        raise SourceError(f"{path}: its list of segments is empty; export it again with its text")
    first = segments[0]
    if isinstance(first, dict) and first.keys() & {"startTime", "endTime", "body"}:
        return _podcast(segments, path)
    if isinstance(first, dict) and first.keys() & {"start", "end", "text"}:
        info = data if isinstance(data, dict) else {}
        return _whisper(segments, info, path)
    raise SourceError(f"{path}: its segments are of an unknown kind; {_ACCEPTED}")


def _podcast(raw: Sequence[Any], path: Path) -> Transcript:
    parsed = sorted(_validated(raw, _PodcastSegment, path), key=lambda s: s.startTime)
    rows = []
    for number, segment in enumerate(parsed):
        if not has_text(segment.body):
            continue
        end_s = segment.endTime
        if end_s is None:
            # The format lets the end out: the next start is the best that is known.
            end_s = parsed[number + 1].startTime if number + 1 < len(parsed) else segment.startTime
        rows.append(
            SegmentRow(
                segment.startTime, end_s, segment.endTime is None, None,
                segment.body.strip(), _name(segment.speaker),
            )
        )  # fmt: skip
    segments = _some(rows, path)
    return Transcript(kind="podcast_json", segments=segments, duration_s=last_end(segments))


def _whisper(raw: Sequence[Any], info: dict[str, Any], path: Path) -> Transcript:
    rows: list[SegmentRow] = []
    words: list[WordRow] = []
    for segment in sorted(_validated(raw, _WhisperSegment, path), key=lambda s: s.start):
        if not has_text(segment.text):
            continue
        text = segment.text.strip()
        words += _words(segment.words or (), text, len(rows))
        rows.append(
            SegmentRow(
                segment.start, segment.end, False, None, text, _speaker(segment),
                segment.avg_logprob if _is_finite(segment.avg_logprob) else None,
                _share(segment.no_speech_prob),
            )
        )  # fmt: skip
    segments = _some(rows, path)
    return Transcript(
        kind="whisper_json",
        segments=segments,
        words=tuple(words),
        duration_s=last_end(segments),
        language=_name(info.get("language")),
        model=_name(info.get("model")),
    )


def _validated(raw: Sequence[Any], model: type[_Segment], path: Path) -> Iterator[_Segment]:
    for number, item in enumerate(raw, 1):
        try:
            segment = model.model_validate(item)
        except pydantic.ValidationError as error:
            first = error.errors(include_url=False)[0]
            name = ".".join(str(part) for part in first["loc"])
            raise SourceError(
                f"{path}: segment {number}{': ' if name else ''}{name}: {first['msg']} "
                f"(it is {first['input']!r:.60}); correct it or export the transcript again"
            ) from error
        start, end = _times(segment)
        if end is not None and end < start:
            raise SourceError(
                f"{path}: segment {number} ends at {end} s before it starts at {start} s; "
                "correct its times"
            )
        yield segment


def _times(segment: _PodcastSegment | _WhisperSegment) -> tuple[float, float | None]:
    if isinstance(segment, _PodcastSegment):
        return segment.startTime, segment.endTime
    return segment.start, segment.end


def _words(words: Sequence[_Word], text: str, segment_index: int) -> list[WordRow]:
    """Words cut from the text itself, so that joined they rebuild it; none where they do not."""
    found: list[WordRow] = []
    at = 0
    for word in words:
        shown = word.word.strip()
        if not shown:
            continue
        begin = at
        while begin < len(text) and text[begin].isspace():
            begin += 1
        if not text.startswith(shown, begin):
            return []
        end_s = word.end
        if word.start is not None and end_s is not None:
            end_s = max(word.start, end_s)
        until = begin + len(shown)
        found.append(
            WordRow(
                segment_index,
                len(found),
                word.start,
                end_s,
                text[at:until],
                _share(word.probability),
            )
        )
        at = until
    return found if at == len(text) else []


def _speaker(segment: _WhisperSegment) -> str | None:
    """The segment's speaker, else the one who says most of its words."""
    if segment.speaker is not None:
        return _name(segment.speaker)
    named = Counter(word.speaker for word in segment.words or () if word.speaker)
    return _name(named.most_common(1)[0][0]) if named else None


def _some(rows: Sequence[SegmentRow], path: Path) -> tuple[SegmentRow, ...]:
    if not rows:
        raise SourceError(f"{path}: its segments hold no text; export it again with its text")
    return tuple(rows)


def _name(value: object) -> str | None:
    return _well_formed(value).strip() or None if isinstance(value, str) else None


def _is_finite(value: float | None) -> bool:
    return value is not None and math.isfinite(value)


def _share(value: float | None) -> float | None:
    return value if value is not None and 0.0 <= value <= 1.0 else None
