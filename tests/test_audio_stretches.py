"""Long audio is cut where nobody speaks, the same way every time, and nothing is lost or doubled."""

from __future__ import annotations

import tracemalloc
import wave
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from running import RATE, SAMPLE, speech, write_wav

from pipeline import stretches
from pipeline.audio import load_audio
from pipeline.errors import SourceError
from pipeline.recognition import RecognisedSegment, RecognisedWord
from pipeline.stretches import Stretches, cut_stretches, find_cut, moved, read_stretches
from pipeline.voiced import find_speech

MINUTE = 60 * RATE


@pytest.fixture(scope="module")
def long_talk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twenty-five minutes of the sample conversation, over and over."""
    path = tmp_path_factory.mktemp("long") / "長い回.wav"
    write_wav(path, np.resize(speech(300), 25 * MINUTE))
    return path


def test_audio_of_a_stretch_or_less_is_not_cut() -> None:
    found, whole = cut_stretches(SAMPLE)
    plain = load_audio(SAMPLE)
    assert found.count == 1
    assert whole is not None
    assert np.array_equal(whole.samples, plain.samples)
    assert (whole.duration_s, whole.declared_s) == (plain.duration_s, plain.declared_s)


def test_ten_minutes_are_one_stretch_and_a_moment_more_are_two(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    write_wav(path, np.zeros(10 * MINUTE))
    assert cut_stretches(path)[0].edges == (0, 10 * MINUTE)
    write_wav(path, np.zeros(10 * MINUTE + 1))
    assert cut_stretches(path)[0].edges == (0, 9 * MINUTE, 10 * MINUTE + 1)


def test_stretches_join_to_the_whole_and_are_cut_in_silence(long_talk: Path) -> None:
    found, whole = cut_stretches(long_talk)
    assert whole is None
    lengths_s = [(b - a) / RATE for a, b in pairwise(found.edges)]
    assert len(lengths_s) == 3
    assert all(480 <= length_s <= 600 for length_s in lengths_s[:-1])
    assert lengths_s[-1] <= 600
    plain = load_audio(long_talk)
    read = dict(read_stretches(long_talk, found, range(found.count)))
    assert np.array_equal(np.concatenate([read[i].samples for i in range(3)]), plain.samples)
    speaks = find_speech(plain)
    for edge in found.edges[1:-1]:
        assert edge % (RATE // 100) == 0
        assert not any(start_s < edge / RATE < end_s for start_s, end_s in speaks)


def test_the_cuts_depend_on_the_sound_alone(long_talk: Path, tmp_path: Path) -> None:
    copy = tmp_path / "同じ音.flac"
    write_flac(copy, long_talk)
    assert cut_stretches(copy)[0].edges == cut_stretches(long_talk)[0].edges


def test_a_stretch_can_be_read_without_those_before_it(long_talk: Path) -> None:
    found, _ = cut_stretches(long_talk)
    plain = load_audio(long_talk)
    ((index, last),) = read_stretches(long_talk, found, [2])
    assert index == 2
    assert np.array_equal(last.samples, plain.samples[found.edges[2] :])
    assert list(read_stretches(long_talk, found, [])) == []


def test_a_stretch_is_in_memory_not_the_file(long_talk: Path) -> None:
    def read() -> None:
        found, _ = cut_stretches(long_talk)
        for _ in read_stretches(long_talk, found, range(found.count)):
            pass

    read()  # the detector itself is loaded
    assert peak_bytes(read) < 0.7 * peak_bytes(lambda: load_audio(long_talk))


def peak_bytes(work: Callable[[], object]) -> int:
    tracemalloc.start()
    try:
        work()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_where_nobody_pauses_the_quietest_moment_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stretches, "find_speech", lambda audio: [(0.0, audio.duration_s)])
    rng = np.random.default_rng(3)
    samples = rng.integers(-9000, 9000, 10 * MINUTE).astype(np.int16)
    quiet = int(9.2 * MINUTE)
    samples[quiet : quiet + RATE // 5] //= 20
    samples[MINUTE : 2 * MINUTE] = 0  # long before a cut is due
    assert find_cut(samples) == pytest.approx(quiet + RATE // 10, abs=RATE // 50)


def test_the_longest_pause_is_cut_in_its_middle(monkeypatch: pytest.MonkeyPatch) -> None:
    said = [(0.0, 30.0), (31.0, 60.0), (64.0, 119.5)]
    monkeypatch.setattr(stretches, "find_speech", lambda _audio: said)
    assert find_cut(np.zeros(10 * MINUTE, np.int16)) == (480 + 62) * RATE


def test_a_file_that_became_shorter_is_named(long_talk: Path) -> None:
    found, _ = cut_stretches(long_talk)
    longer = Stretches((*found.edges, found.edges[-1] + 10 * RATE), None)
    with pytest.raises(SourceError, match=r"長い回\.wav: became shorter"):
        list(read_stretches(long_talk, longer, [3]))


def test_times_count_from_the_start_of_the_episode() -> None:
    segment = RecognisedSegment(
        "はい", 0.34, 1.1, -0.2, 0.1, (RecognisedWord("はい", 0.4, 1.1, 0.9),)
    )
    assert moved(segment, 0.0) is segment
    later = moved(segment, 561.21)
    assert (later.start_s, later.end_s) == (561.55, 562.31)
    assert (later.words[0].start_s, later.words[0].end_s) == (561.61, 562.31)


def write_flac(path: Path, source: Path) -> None:
    import av

    with wave.open(str(source), "rb") as data:
        samples = np.frombuffer(data.readframes(data.getnframes()), np.int16)
    with av.open(str(path), "w") as out:
        stream = out.add_stream("flac", rate=RATE, layout="mono")
        for start in range(0, len(samples), MINUTE):
            frame = av.AudioFrame.from_ndarray(
                samples[None, start : start + MINUTE], format="s16", layout="mono"
            )
            frame.sample_rate = RATE
            frame.pts = start
            resampler = av.AudioResampler(format="s16", layout="mono", rate=RATE, frame_size=4096)
            for piece in [*resampler.resample(frame), *resampler.resample(None)]:
                out.mux(stream.encode(piece))
        out.mux(stream.encode(None))
