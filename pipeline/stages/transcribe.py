"""Stage ``transcribe``: what was said, as segments and words, untouched.

Recognition invents words over music and silence and sometimes loops. Such segments are flagged in
``dropped_reason`` and kept out of what follows; nothing is deleted.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import pairwise
from os.path import commonprefix
from typing import TYPE_CHECKING, Any

from rapidfuzz import fuzz

from pipeline import schema
from pipeline.recognition import RecognisedSegment, RecognisedWord, Recognition

if TYPE_CHECKING:
    import pyarrow as pa

    from pipeline.sources import Transcript

STAGE_VERSION = 1

# What whisper models write over silence and music, because their training subtitles ended so.
PHANTOM_PHRASES = (
    "ご視聴ありがとうございました", "ご視聴いただきありがとうございました", "ご視聴ありがとうございます",
    "ご清聴ありがとうございました", "最後までご視聴ありがとうございました",
    "最後までご視聴いただきありがとうございました", "ご覧いただきありがとうございました",
    "チャンネル登録お願いします", "チャンネル登録よろしくお願いします",
    "チャンネル登録をお願いいたします", "チャンネル登録高評価お願いします",
    "高評価チャンネル登録よろしくお願いします", "字幕をご覧いただきありがとうございました",
    "字幕視聴ありがとうございました", "次回もお楽しみに", "また次の動画でお会いしましょう",
    "おやすみなさい", "はじめしゃちょーの動画をご覧いただきありがとうございました",
)  # fmt: skip
_PHANTOM = frozenset(PHANTOM_PHRASES)
# Transcripts that a recogniser wrote; in what people typed a phrase stands because it was said.
_MACHINE_MADE = frozenset({"whisper_json", "subtitles", "podcast_json", "host_text"})
_NOT_LETTERS = re.compile(r"[^\w]+")

# A speaker takes 4 to 9 morae a second: far below one character a second nobody was speaking.
_SLOWEST_CHARS_PER_S = 1.5
_FASTEST_CHARS_PER_S = 25.0
_PHANTOM_WORDS = 30  # recognition's words are of a character or two
_UNSURE_WORD = 0.45
_UNSURE_LOGPROB = -0.9
_UNSURE_ECHO = -0.5
_UNSURE_NO_SPEECH = 0.5

# A unit said so often in a row is no longer speech ("はいはいはい" is).
_LOOP = re.compile(r"(.{2,40}?)\1{4,}", re.DOTALL)
_LOOP_MIN_CHARS = 24
# Of a text that is for more than 0.6 a loop, a unit five times at least, 1 - 0.8 x 0.6 are different.
_LOOP_DISTINCT = 0.53
_LOOP_LINES = 4
_LOOP_LINE_MIN_CHARS = 6


def from_recognition(episode_id: str, heard: Recognition) -> dict[str, pa.Table]:
    """Tables ``segments`` and ``words`` of what a model heard.

    A loop inside a segment is cut out into a segment of its own, so that the words around it live.
    """
    segments: list[dict[str, Any]] = []
    words: list[dict[str, Any]] = []
    hints = frozenset((heard.hotwords or "").split())
    cuts = (cut for s in heard.segments for part in _cut_phantom(s) for cut in _cut_loops(part))
    for piece, is_loop in cuts:
        if not piece.text.strip():
            continue
        index = len(segments)
        reason = "repetition_loop" if is_loop else _phantom(piece) or _echo(piece, hints)
        segments.append(
            _segment_row(
                episode_id, index, start_s=piece.start_s, end_s=piece.end_s, text=piece.text,
                avg_logprob=piece.avg_logprob, no_speech_prob=min(1.0, max(0.0, piece.no_speech_prob)),
                dropped_reason=reason,
            )
        )  # fmt: skip
        words += _word_rows(episode_id, index, piece.words)
    _flag_repeated_segments(segments)
    _flag_repeated_phantoms(segments)
    return {
        "segments": schema.to_table("segments", segments),
        "words": schema.to_table("words", words),
    }


def from_transcript(episode_id: str, transcript: Transcript) -> dict[str, pa.Table]:
    """Tables ``segments`` and ``words`` of a finished transcript, its lines kept as they are."""
    segments = [
        _segment_row(
            episode_id, index, start_s=s.start_s, end_s=s.end_s,
            time_is_interpolated=s.time_is_interpolated, source_line=s.source_line, text=s.text,
            speaker=s.speaker, avg_logprob=s.avg_logprob, no_speech_prob=s.no_speech_prob,
            dropped_reason="repetition_loop" if _is_loop(s.text) else _phantom_line(s),
        )
        for index, s in enumerate(transcript.segments)
    ]  # fmt: skip
    _flag_repeated_segments(segments)
    if transcript.kind in _MACHINE_MADE:
        _flag_repeated_phantoms(segments)
    words = [
        {
            "episode_id": episode_id, "segment_index": w.segment_index, "word_index": w.word_index,
            "start_s": w.start_s, "end_s": w.end_s, "text": w.text, "probability": w.probability,
        }
        for w in transcript.words
    ]  # fmt: skip
    return {
        "segments": schema.to_table("segments", segments),
        "words": schema.to_table("words", words),
    }


def _segment_row(episode_id: str, index: int, **known: Any) -> dict[str, Any]:
    row: dict[str, Any] = dict.fromkeys(schema.TABLES["segments"].column_names)
    row |= {"episode_id": episode_id, "segment_index": index, "time_is_interpolated": False}
    return row | known


def _word_rows(
    episode_id: str, index: int, words: Iterable[RecognisedWord]
) -> list[dict[str, Any]]:
    return [
        {
            "episode_id": episode_id, "segment_index": index, "word_index": number,
            "start_s": w.start_s, "end_s": w.end_s, "text": w.text,
            "probability": min(1.0, max(0.0, w.probability)),
        }
        for number, w in enumerate(words)
    ]  # fmt: skip


# -- phantom phrases ------------------------------------------------------------------------


def _bare(text: str) -> str:
    return _NOT_LETTERS.sub("", unicodedata.normalize("NFKC", text))


def _phantom(segment: RecognisedSegment) -> str | None:
    """A phantom phrase needs both the words and a sign that nobody said them.

    A host's real closing thanks is well heard, at the pace of speech, and stays.
    """
    bare = _bare(segment.text)
    if bare not in _PHANTOM:
        return None
    duration_s = max(segment.end_s - segment.start_s, 0.01)
    pace = len(bare) / duration_s
    sure = [w.probability for w in segment.words]
    is_unheard = (
        segment.no_speech_prob > _UNSURE_NO_SPEECH
        or segment.avg_logprob < _UNSURE_LOGPROB
        or not _SLOWEST_CHARS_PER_S < pace < _FASTEST_CHARS_PER_S
        or (bool(sure) and sum(sure) / len(sure) < _UNSURE_WORD)
    )
    return "phantom_phrase" if is_unheard else None


# The hints stand in a sentence; what is recited may be cut short (アップセス).
_BETWEEN_HINTS = re.compile(r"について話します|[\s、。]+")
_LIKE_HINT = 70.0


def _echo(segment: RecognisedSegment, hints: frozenset[str]) -> str | None:
    """Hint words and nothing else, unsurely heard: over a hum the model recites its own hints."""
    said = [w for w in _BETWEEN_HINTS.split(segment.text) if w]
    if not said or segment.avg_logprob >= _UNSURE_ECHO:
        return None
    recited = all(w in hints or any(fuzz.ratio(w, h) >= _LIKE_HINT for h in hints) for w in said)
    return "phantom_phrase" if recited else None


def _cut_phantom(segment: RecognisedSegment) -> list[RecognisedSegment]:
    """Split an invented phrase off the end of a segment, by its words."""
    words = segment.words
    if "".join(w.text for w in words) != segment.text:
        return [segment]
    for at in range(max(1, len(words) - _PHANTOM_WORDS), len(words)):
        tail = _part(segment, words[at:])
        if _bare(tail.text) in _PHANTOM and _phantom(tail):
            return [_part(segment, words[:at]), tail]
    return [segment]


def _part(segment: RecognisedSegment, words: Sequence[RecognisedWord]) -> RecognisedSegment:
    return replace(
        segment,
        text="".join(w.text for w in words),
        start_s=words[0].start_s,
        end_s=words[-1].end_s,
        words=tuple(words),
    )


def _phantom_line(line: Any) -> str | None:
    """As :func:`_phantom` for a transcript line that carries figures of recognition."""
    if line.avg_logprob is None and line.no_speech_prob is None:
        return None
    start_s, end_s = line.start_s or 0.0, line.end_s or 0.0
    return _phantom(
        RecognisedSegment(line.text, start_s, end_s, line.avg_logprob or 0.0, line.no_speech_prob or 0.0, ())
    )  # fmt: skip


def _flag_repeated_phantoms(segments: Sequence[dict[str, Any]]) -> None:
    """The same phantom at several places of one recording: all but the last one are invented."""
    phantoms = [s for s in segments if _bare(s["text"]) in _PHANTOM]
    if len(phantoms) > 1:
        is_last = segments[-1] is phantoms[-1]
        for segment in phantoms[:-1] if is_last else phantoms:
            segment["dropped_reason"] = "phantom_phrase"


# -- loops ----------------------------------------------------------------------------------


def _is_loop(text: str) -> bool:
    """Whether a text is little but one unit over and over."""
    # Of a loop's pairs of characters at most a fifth differ: the search, slow where there is none, is for few texts.
    if len(text) < _LOOP_MIN_CHARS or len(set(pairwise(text))) > _LOOP_DISTINCT * len(text):
        return False
    found = _LOOP.search(text)
    return bool(found and len(found[0]) >= _LOOP_MIN_CHARS and len(found[0]) > 0.6 * len(text))


def _cut_loops(segment: RecognisedSegment) -> list[tuple[RecognisedSegment, bool]]:
    """Split a segment at a repetition loop, by its words; every character stays in one piece."""
    found = _LOOP.search(segment.text)
    if not found or len(found[0]) < _LOOP_MIN_CHARS:
        return [(segment, False)]
    if "".join(w.text for w in segment.words) != segment.text:
        return [(segment, _is_loop(segment.text))]
    # The first time may be meant: what is cut out begins with the second.
    first = found.start() + len(found[1])
    end = found.end() + _shared_start(segment.text[found.end() :], found[1])
    groups: dict[int, list[RecognisedWord]] = {0: [], 1: [], 2: []}
    offset = 0
    for word in segment.words:
        middle = offset + len(word.text) / 2
        groups[0 if middle < first else 1 if middle < end else 2].append(word)
        offset += len(word.text)
    return [(_part(segment, words), number == 1) for number, words in groups.items() if words]


def _shared_start(rest: str, unit: str) -> int:
    """How much of a last, unfinished round of the loop follows."""
    return len(commonprefix([rest, unit]))  # noqa: RUF071  by character is what is wanted


def _flag_repeated_segments(segments: Sequence[dict[str, Any]]) -> None:
    """The same line again and again: the first may be meant, the rest are a loop."""
    start = 0
    for index in range(1, len(segments) + 1):
        if index < len(segments) and segments[index]["text"] == segments[start]["text"]:
            continue
        is_long = len(_bare(segments[start]["text"])) >= _LOOP_LINE_MIN_CHARS
        if index - start >= _LOOP_LINES and is_long:
            for segment in segments[start + 1 : index]:
                segment["dropped_reason"] = segment["dropped_reason"] or "repetition_loop"
        start = index
