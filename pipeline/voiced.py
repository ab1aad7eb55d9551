"""Where somebody speaks, how that is cut into clips for recognition, and which speech was skipped.

Batched recognition decodes clips of up to 30 seconds on their own. The decoder sometimes stops at a
sentence end in the middle of a clip and the rest is lost without a sign (on the sample: a third of a
clip, one run in three). What voice activity detection calls speech and no word covers is therefore
recognised once more by itself.
"""

from __future__ import annotations

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
_LONG_SILENCE_S = 2.0  # a clip does not reach over it
_GAP_S = 0.8  # shorter stretches without words are breaths and slips of the word times
_WORD_S = 1.5  # a word before a gap is often given the gap's time too


def find_speech(audio: Audio) -> list[Span]:
    """Stretches of speech in seconds, none longer than a clip (Silero VAD)."""
    from faster_whisper.vad import VadOptions, get_speech_timestamps

    options = VadOptions(
        max_speech_duration_s=CLIP_S - 2 * _EDGE_S,
        min_silence_duration_ms=160,
        speech_pad_ms=int(_PAD_S * 1000),
    )
    found = get_speech_timestamps(audio.samples, options)
    return [(t["start"] / SAMPLE_RATE, t["end"] / SAMPLE_RATE) for t in found]


def cut_clips(speech: Sequence[Span], duration_s: float) -> list[Span]:
    """Clips of at most 30 seconds that cover all speech; short silences inside stay."""
    joined: list[Span] = []
    for start_s, end_s in speech:
        if joined:
            first_s, last_s = joined[-1]
            if end_s - first_s <= CLIP_S - 2 * _EDGE_S and start_s - last_s <= _LONG_SILENCE_S:
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

    A segment that reaches over a gap is divided there, between two of its words.
    """
    pieces = [piece for segment in first for piece in _divide(segment, gaps)]
    return sorted([*pieces, *again], key=lambda s: (s.start_s, s.end_s))


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
