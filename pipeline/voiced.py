"""Where somebody speaks, how that is cut into clips for recognition, and which speech was skipped.

Batched recognition decodes clips of up to 30 seconds on their own. The decoder sometimes stops at a
sentence end in the middle of a clip and the rest is lost without a sign (on the sample: a third of a
clip, one run in three). What voice activity detection calls speech and no word covers is therefore
recognised once more by itself.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

from pipeline.audio import SAMPLE_RATE, Audio

if TYPE_CHECKING:
    from pipeline.recognition import RecognisedSegment, RecognisedWord

Span = tuple[float, float]

CLIP_S = 30.0
_PAD_S = 0.06  # kept around speech by detection, so that its edges can be trusted
_EDGE_S = 0.34  # added around a clip, so that no first or last sound is cut
_SPEECH_S = CLIP_S - 2 * _EDGE_S
_LONG_SILENCE_S = 2.0  # a clip does not reach over it
_GAP_S = 0.8  # shorter stretches without words are breaths and slips of the word times
_WORD_S = 1.5  # a word before a gap is often given the gap's time too


def find_speech(audio: Audio) -> list[Span]:
    """Stretches of speech in seconds, none longer than a clip (Silero VAD)."""
    from faster_whisper.vad import VadOptions, get_speech_timestamps

    options = VadOptions(
        max_speech_duration_s=_SPEECH_S,
        min_silence_duration_ms=160,
        speech_pad_ms=int(_PAD_S * 1000),
    )
    found = get_speech_timestamps(audio.samples, options)
    return [(t["start"] / SAMPLE_RATE, t["end"] / SAMPLE_RATE) for t in found]


def cut_clips(
    speech: Sequence[Span], duration_s: float, *, joins_over_s: float = _LONG_SILENCE_S
) -> list[Span]:
    """Clips of at most 30 seconds that cover all speech; short silences inside stay.

    Args:
        speech: stretches of speech in order, seconds.
        duration_s: length of the audio.
        joins_over_s: the longest silence inside a clip; 0 where what lies between was heard already.

    Returns:
        Clips in order that do not overlap, within the audio.
    """
    joined: list[Span] = []
    for start_s, end_s in _no_longer_than_a_clip(speech, duration_s):
        if joined and joins_over_s:
            first_s, last_s = joined[-1]
            if end_s - first_s <= _SPEECH_S and start_s - last_s <= joins_over_s:
                joined[-1] = (first_s, end_s)
                continue
        joined.append((start_s, end_s))
    clips = []
    for number, (start_s, end_s) in enumerate(joined):
        before_s = joined[number - 1][1] if number else 0.0
        after_s = joined[number + 1][0] if number + 1 < len(joined) else duration_s
        clips.append(
            (
                start_s - min(_EDGE_S, max(0.0, start_s - before_s) / (2 if number else 1)),
                end_s + min(_EDGE_S, max(0.0, after_s - end_s) / 2),
            )
        )
    return clips


def _no_longer_than_a_clip(speech: Sequence[Span], duration_s: float) -> list[Span]:
    """Speech within the audio, what is too long for a clip cut into equal parts.

    Detection pads what it finds after cutting it, and may so reach beyond its own limit.
    """
    parts: list[Span] = []
    for start_s, until_s in speech:
        end_s = min(until_s, duration_s)
        count = math.ceil((end_s - start_s) / _SPEECH_S)
        edges = [start_s + (end_s - start_s) * n / count for n in range(count)]
        parts += pairwise([*edges, end_s])
    return parts


def find_gaps(speech: Sequence[Span], words: Sequence[RecognisedWord]) -> list[Span]:
    """Stretches of speech that no word covers."""
    gaps: list[Span] = []
    at = 0
    for start_s, end_s in speech:
        reached_s = start_s
        while at < len(words) and words[at].end_s <= start_s:
            at += 1
        number = at
        while number < len(words) and words[number].start_s < end_s:
            word = words[number]
            if word.start_s - reached_s > _GAP_S:
                gaps.append((reached_s, word.start_s))
            reached_s = max(reached_s, min(word.end_s, word.start_s + _WORD_S))
            number += 1
        if end_s - reached_s > _GAP_S:
            gaps.append((reached_s, end_s))
    return gaps


def merge(
    first: Sequence[RecognisedSegment], again: Sequence[RecognisedSegment], gaps: Sequence[Span]
) -> list[RecognisedSegment]:
    """Put what was heard in the gaps between what was heard at first, in order of time.

    A segment that reaches over a gap is divided there, between two of its words. What was heard
    again counts from the start of its gap, not of its clip, which begins a little earlier.
    """
    pieces = [piece for segment in first for piece in _divide(segment, gaps)]
    timed = [(piece.start_s, piece.end_s, piece) for piece in pieces]
    timed += [(_start_within(segment, gaps), segment.end_s, segment) for segment in again]
    return [segment for _, _, segment in sorted(timed, key=lambda t: t[:2])]


def _start_within(segment: RecognisedSegment, gaps: Sequence[Span]) -> float:
    shared = [
        (min(end_s, segment.end_s) - max(start_s, segment.start_s), start_s)
        for start_s, end_s in gaps
    ]
    longest_s, gap_s = max(shared, default=(0.0, 0.0))
    return max(segment.start_s, gap_s) if longest_s > 0 else segment.start_s


def _divide(segment: RecognisedSegment, gaps: Sequence[Span]) -> list[RecognisedSegment]:
    cuts = []
    for gap_start_s, _ in gaps:
        after = next((i for i, w in enumerate(segment.words) if w.start_s >= gap_start_s), 0)
        if after:
            cuts.append(after)
    edges = [0, *sorted(set(cuts)), len(segment.words)]
    if len(edges) == 2 or "".join(w.text for w in segment.words) != segment.text:
        return [segment]
    return [
        replace(
            segment,
            text="".join(w.text for w in segment.words[a:b]),
            start_s=segment.words[a].start_s,
            end_s=segment.words[b - 1].end_s,
            words=segment.words[a:b],
        )
        for a, b in pairwise(edges)
    ]
