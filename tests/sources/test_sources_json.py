"""Transcripts in JSON."""

from __future__ import annotations

import json

import pytest

from pipeline.errors import SourceError
from pipeline.sources import read_transcript


def test_podcast_json(write):
    segments = [
        {"speaker": "田中", "startTime": 2, "endTime": 3.5, "body": " はい "},
        {"startTime": 0.5, "body": "やあ"},
        {"startTime": 4, "endTime": 4, "body": " "},
    ]
    made = read_transcript(write("a.json", json.dumps({"version": "1.0.0", "segments": segments})))
    assert made.kind == "podcast_json"
    assert [
        (s.start_s, s.end_s, s.time_is_interpolated, s.speaker, s.text) for s in made.segments
    ] == [
        (0.5, 2.0, True, None, "やあ"),
        (2.0, 3.5, False, "田中", "はい"),
    ]
    assert made.words == ()
    assert made.segments[0].source_line is None


WHISPER = {
    "text": "",
    "language": "ja",
    "segments": [
        {
            "id": 1, "start": 3.0, "end": 4.0, "text": " CS Radio です", "avg_logprob": -0.2, "no_speech_prob": 0.1,
            "words": [
                {"word": " CS", "start": 3.0, "end": 3.2, "probability": 0.9},
                {"word": "Radio", "start": 3.3, "end": 3.2, "score": 0.8},
                {"word": " で"},
                {"word": "す", "start": 3.8, "end": 4.0, "probability": 7},
            ],
        },
        {"id": 0, "start": 0.0, "end": 2.0, "text": "別の語", "words": [{"word": "違う", "start": 0, "end": 1}]},
        {"id": 2, "start": 5.0, "end": 6.0, "text": "  "},
    ],
}  # fmt: skip


@pytest.mark.parametrize("bare", [False, True])
def test_whisper_json(write, bare):
    data = WHISPER["segments"] if bare else WHISPER
    made = read_transcript(write("a.json", json.dumps(data)))
    assert made.kind == "whisper_json"
    assert made.language == (None if bare else "ja")
    assert [s.text for s in made.segments] == ["別の語", "CS Radio です"]
    assert made.segments[1].avg_logprob == -0.2
    # The words of the first do not rebuild it; those of the second do, with the text's own spaces.
    assert [(w.segment_index, w.word_index, w.text) for w in made.words] == [
        (1, 0, "CS"), (1, 1, " Radio"), (1, 2, " で"), (1, 3, "す"),
    ]  # fmt: skip
    assert [(w.start_s, w.end_s, w.probability) for w in made.words] == [
        (3.0, 3.2, 0.9), (3.3, 3.3, 0.8), (None, None, None), (3.8, 4.0, None),
    ]  # fmt: skip


def test_whisperx_speakers(write):
    words = [
        {"word": "は", "speaker": "S1"},
        {"word": "い", "speaker": "S1", "start": 0.1, "end": 0.2},
    ]
    segments = [
        {"start": 0, "end": 1, "text": "はい", "words": words},
        {"start": 1, "end": 2, "text": "ええ", "speaker": "S2"},
    ]
    made = read_transcript(
        write("a.json", json.dumps({"segments": segments, "word_segments": words}))
    )
    assert [s.speaker for s in made.segments] == ["S1", "S2"]
    assert "".join(w.text for w in made.words) == "はい"


def test_odd_scores_are_dropped_not_fatal(write):
    text = (
        '[{"start": 0, "end": 1, "text": "あ\\ud800", "avg_logprob": NaN, "no_speech_prob": 1.5}]'
    )
    segment = read_transcript(write("a.json", text)).segments[0]
    assert (segment.avg_logprob, segment.no_speech_prob, segment.text) == (None, None, "あ\ufffd")


@pytest.mark.parametrize(
    "start", ["-1", "NaN", "Infinity", "-Infinity", "1e999", '"1"', "true", "null", "9e9"]
)
def test_times_that_are_none(write, start):
    for text in (
        f'[{{"start": {start}, "end": 1, "text": "a"}}]',
        f'{{"segments": [{{"startTime": {start}, "body": "a"}}]}}',
    ):
        with pytest.raises(SourceError, match=r"a\.json: segment 1: start"):
            read_transcript(write("a.json", text))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"segments": [\n{"start": 0, "en', "line 2, column 14"),
        ("[" * 200_000, "nested too deeply"),
        ('[{"start": ' + "9" * 5000 + ', "end": 1, "text": "a"}]', "a number too long"),
        ('{"version": "1.2.0", "chapters": []}', r"chapter marks.*rename"),
        ('{"name": "package"}', r"unknown kind; accepted are .*startTime"),
        ('"text"', "unknown kind"),
        ("[]", "list of segments is empty"),
        ('{"segments": [1, 2]}', "unknown kind"),
        ('[{"start": 0, "end": 1, "text": "a"}, 3]', "segment 2"),
        ('[{"start": 2, "end": 1, "text": "a"}]', "segment 1 ends at 1.0 s before it starts"),
        ('[{"start": 0, "end": 1, "text": " "}]', "no text"),
        ('[{"start": 0, "end": 1}]', "segment 1: text"),
    ],
)
def test_errors_name_the_place(write, text, message):
    with pytest.raises(SourceError, match=rf"a\.json.*{message}"):
        read_transcript(write("a.json", text))
