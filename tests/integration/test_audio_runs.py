"""Audio that is no speech, not whole, or not audio at all, through the command and the real model."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from running import RATE, bansou, speech, write_mp3, write_wav

from pipeline.audio import SAMPLE_RATE, Audio, load_audio
from pipeline.config import load_settings
from pipeline.speech import Recogniser
from pipeline.stages.transcribe import PHANTOM_PHRASES

pytestmark = pytest.mark.integration

SECONDS = 30
SOUNDS = ("無音", "白色雑音", "桃色雑音", "発信音", "和音")


def pink(rng: np.random.Generator, count: int) -> np.ndarray:
    spectrum = np.fft.rfft(rng.standard_normal(count))
    spectrum[1:] /= np.sqrt(np.arange(1, len(spectrum)))
    made = np.fft.irfft(spectrum, count)
    return made / np.abs(made).max() * 0.5


def chords(seconds: int) -> np.ndarray:
    """A piano of sorts: four chords, round and round."""
    t = np.arange(2 * RATE) / RATE
    fall = np.exp(-t) * 0.15
    bars = [
        sum(np.sin(2 * np.pi * f * k * t) / k for f in chord for k in (1, 2, 3)) * fall
        for chord in ((262, 330, 392), (220, 262, 330), (175, 220, 262), (196, 247, 294))
    ]
    return np.tile(np.concatenate(bars), 1 + seconds // 8)[: seconds * RATE]


def video_without_sound(path: Path) -> None:
    import av

    with av.open(str(path), "w") as out:
        stream = out.add_stream("mpeg4", rate=10)
        stream.width = stream.height = 32
        stream.pix_fmt = "yuv420p"
        for _ in range(5):
            out.mux(stream.encode(av.VideoFrame(32, 32, "yuv420p")))
        out.mux(stream.encode(None))


def cut(path: Path, share: float) -> None:
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * share)])


def test_sounds_without_speech_are_done_with_a_warning_and_no_cards(data: Path) -> None:
    raw, rng = data / "raw", np.random.default_rng(5)
    count = SECONDS * RATE
    write_wav(raw / "無音.wav", np.zeros(60 * RATE))
    write_wav(raw / "白色雑音.wav", rng.standard_normal(count) * 0.2)
    write_wav(raw / "桃色雑音.wav", pink(rng, count))
    write_wav(raw / "発信音.wav", 0.4 * np.sin(2 * np.pi * 440 * np.arange(count) / RATE))
    write_wav(raw / "和音.wav", chords(SECONDS))
    done = bansou("ingest", "--data", data)
    assert done.code == 0, done.text
    processed = data / "processed"
    segments = pd.read_parquet(processed / "segments")
    said = pd.read_parquet(processed / "utterances")
    for name in SOUNDS:
        own = segments[segments["episode_id"] == name]
        assert own["dropped_reason"].notna().all(), own["text"].tolist()
        assert f"warning: {name}: " in done.err
        assert f"done: {name}: " in done.out
    assert not set(said["episode_id"]) & set(SOUNDS)
    assert not said["text"].isin(PHANTOM_PHRASES).any()
    assert set(pd.read_parquet(processed / "cards")["episode_id"]) == {"第1回", "定例"}
    assert set(pd.read_parquet(processed / "episodes")["episode_id"]) >= set(SOUNDS)
    again = bansou("ingest", "--data", data)
    assert "nothing to do" in again.out, again.text


def test_what_is_no_audio_is_named_with_a_remedy_and_the_rest_is_done(data: Path) -> None:
    raw = data / "raw"
    words = {
        "文章.mp3": "holds text",
        "ページ.mp3": "is a web page",
        "絵.wav": "is a PNG image",
        "空.mp3": "is empty",
        "無声.mp4": "holds no sound track",
        "頭だけ.wav": "cut short",
        "札だけ.mp3": "cut short",
    }
    (raw / "文章.mp3").write_text("これは音声ではありません。\n" * 5, encoding="utf-8")
    (raw / "ページ.mp3").write_text("<!DOCTYPE html><html><body>404</body></html>")
    (raw / "絵.wav").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(400))
    (raw / "空.mp3").touch()
    video_without_sound(raw / "無声.mp4")
    write_wav(raw / "頭だけ.wav", np.zeros(RATE))
    (raw / "頭だけ.wav").write_bytes((raw / "頭だけ.wav").read_bytes()[:44])
    (raw / "札だけ.mp3").write_bytes(b"ID3\x03" + bytes(6))
    done = bansou("ingest", "--data", data)
    assert done.code == 1
    assert "Traceback" not in done.text
    assert len(done.failures) == len(words), done.err
    for name, what in words.items():
        line = next(line for line in done.failures if f"{raw / name}:" in line)
        assert what in line
        assert any(remedy in line for remedy in (";", ": copy", ": export", ": download")), line
    assert f"2 done, {len(words)} failed" in done.out
    assert set(pd.read_parquet(data / "processed" / "cards")["episode_id"]) == {"第1回", "定例"}
    log = (data / "processed/_state/logs/bansou.log").read_text(encoding="utf-8")
    for name in words:
        assert f"ERROR {Path(name).stem}: {raw / name}" in log


def test_audio_cut_short_gives_what_is_left_and_says_so(tmp_path: Path) -> None:
    raw = tmp_path / "data" / "raw"
    raw.mkdir(parents=True)
    heard = speech(9)
    write_wav(raw / "途中.wav", heard)
    write_mp3(raw / "中断.mp3", heard)
    cut(raw / "途中.wav", 0.5)
    cut(raw / "中断.mp3", 0.5)
    done = bansou("ingest", "--data", tmp_path / "data")
    assert done.code == 0, done.text
    for name in ("途中", "中断"):
        (line,) = [x for x in done.err.splitlines() if x.startswith(f"warning: {name}: ")]
        assert "of 9 seconds can be decoded" in line
        assert "download it again" in line
    segments = pd.read_parquet(tmp_path / "data/processed/segments")
    assert set(segments["episode_id"]) == {"途中", "中断"}
    assert segments["end_s"].max() <= 5.0


def test_the_transcript_beside_audio_is_taken_unless_told_to_listen(data: Path) -> None:
    write_wav(data / "raw" / "定例.wav", speech(12))

    def kind() -> tuple[str, str]:
        row = pd.read_parquet(data / "processed/episodes").set_index("episode_id").loc["定例"]
        return row["source_kind"], row["source_path"]

    assert bansou("ingest", "--data", data).code == 0
    typed = kind()
    assert typed[1] == "raw/定例.txt"
    listened = bansou("ingest", "--data", data, "--listen")
    assert listened.code == 0
    assert "done: 定例" in listened.out
    assert "第1回" not in listened.out, "an episode without audio is not touched"
    assert kind() == ("audio", "raw/定例.wav")
    plain = bansou("ingest", "--data", data)
    assert "nothing to do" in plain.out, plain.text
    assert kind() == ("audio", "raw/定例.wav")
    assert bansou("ingest", "--data", data, "--no-listen").code == 0
    assert kind() == typed


def test_doctor_names_the_model_and_runs_it(tmp_path: Path) -> None:
    done = bansou("doctor", "--data", tmp_path)
    assert done.code == 0, done.text
    assert "model: base loads and runs" in done.out
    assert "FAIL" not in done.out
    named = bansou("doctor", "--data", tmp_path, env={"BANSOU_MODEL": str(tmp_path / "none")})
    assert named.code == 1
    assert f"model folder {tmp_path / 'none'} does not exist" in named.out


def test_the_words_are_the_same_however_many_cores_listen() -> None:
    sample = load_audio(Path(__file__).parents[2] / "data" / "raw" / "sample-conversation.mp3")
    audio = Audio(sample.samples[: 80 * SAMPLE_RATE], 80.0, None)
    heard = {
        threads: Recogniser(load_settings(model="base"), threads=threads).recognise(
            audio, language="ja", terms=["伴走", "自走"]
        )
        for threads in (1, 2, 3)
    }
    assert heard[1].segments
    assert heard[1] == heard[2] == heard[3]
