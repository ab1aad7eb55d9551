"""Audio of every kind is decoded; what is not audio is named."""

from __future__ import annotations

import wave
from pathlib import Path

import av
import numpy as np
import pytest

from pipeline.audio import SAMPLE_RATE, load_audio
from pipeline.clip import cut_clip
from pipeline.errors import SourceError

CODECS = {
    "wav": ("pcm_s16le", 22_050),
    "mp3": ("libmp3lame", 44_100),
    "m4a": ("aac", 44_100),
    "aac": ("aac", 48_000),
    "ogg": ("libopus", 48_000),
    "opus": ("libopus", 48_000),
    "flac": ("flac", 16_000),
    "mp4": ("aac", 44_100),
}


def tone(rate: int, seconds: float) -> np.ndarray:
    t = np.arange(int(rate * seconds)) / rate
    return (np.sin(2 * np.pi * 220 * t) * 12_000).astype(np.int16)


def write_audio(path: Path, codec: str, rate: int, seconds: float) -> None:
    with av.open(str(path), "w") as out:
        stream = out.add_stream(codec, rate=rate, layout="mono")
        frame = av.AudioFrame.from_ndarray(
            tone(rate, seconds)[None, :], format="s16", layout="mono"
        )
        frame.sample_rate = rate
        resampler = av.AudioResampler(
            format=stream.format, layout="mono", rate=rate, frame_size=1024
        )
        for piece in [*resampler.resample(frame), *resampler.resample(None)]:
            out.mux(stream.encode(piece))
        out.mux(stream.encode(None))


@pytest.mark.parametrize("suffix", CODECS)
def test_every_kind_of_audio_is_decoded(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"音声.{suffix}"
    write_audio(path, *CODECS[suffix], seconds=2.0)
    audio = load_audio(path)
    assert audio.duration_s == pytest.approx(2.0, abs=0.15)
    assert len(audio.samples) == pytest.approx(audio.duration_s * SAMPLE_RATE, abs=1)
    middle = audio.samples[SAMPLE_RATE // 2 : SAMPLE_RATE]
    assert np.abs(np.fft.rfft(middle)).argmax() * 2 == pytest.approx(220, abs=4)
    assert not audio.is_cut_short


def test_a_wrong_extension_does_no_harm(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    write_audio(path, *CODECS["wav"], seconds=1.0)
    assert load_audio(path.rename(tmp_path / "a.mp3")).duration_s == pytest.approx(1.0, abs=0.1)


def test_a_file_put_together_from_others_is_read_to_its_end(tmp_path: Path) -> None:
    """An advertisement put into an episode has a rate of its own."""
    path = tmp_path / "a.aac"
    parts = [tmp_path / "one.aac", tmp_path / "two.aac"]
    for part, rate in zip(parts, (44_100, 24_000), strict=True):
        write_audio(part, "aac", rate, seconds=2.0)
    path.write_bytes(b"".join(part.read_bytes() for part in parts))
    assert load_audio(path).duration_s == pytest.approx(4.0, abs=0.3)
    assert len(cut_clip(path, 0.5, 1.5)) > 1000
    assert len(cut_clip(path, 2.5, 3.5)) > 1000


def test_an_mp3_cut_short_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "a.mp3"
    write_audio(path, *CODECS["mp3"], seconds=20.0)
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 3])
    audio = load_audio(path)
    assert 5 < audio.duration_s < 8
    assert audio.is_cut_short


def test_a_wav_cut_short_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    with wave.open(str(path), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(16_000)
        out.writeframes(tone(16_000, 20.0).tobytes())
    path.write_bytes(path.read_bytes()[:200_000])
    audio = load_audio(path)
    assert audio.duration_s == pytest.approx(6.2, abs=0.2)
    assert audio.is_cut_short


@pytest.mark.parametrize("content", [b"", b"\x00" * 5_000, bytes(range(256)) * 40])
def test_what_is_no_audio_is_named(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "雑音.mp3"
    path.write_bytes(content)
    with pytest.raises(SourceError, match=r"雑音\.mp3"):
        load_audio(path)


def test_a_video_without_sound_is_named(tmp_path: Path) -> None:
    path = tmp_path / "絵だけ.mp4"
    with av.open(str(path), "w") as out:
        stream = out.add_stream("mpeg4", rate=10)
        stream.width = stream.height = 32
        stream.pix_fmt = "yuv420p"
        for _ in range(5):
            out.mux(stream.encode(av.VideoFrame(32, 32, "yuv420p")))
        out.mux(stream.encode(None))
    with pytest.raises(SourceError, match="no sound"):
        load_audio(path)
