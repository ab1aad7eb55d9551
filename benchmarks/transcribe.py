"""Recognition against faster-whisper's batched pipeline and the whisper-ctranslate2 command; files at once.

Same model, same file. The batched pipeline gets the stage's beam and hints, its own batch size (8), and runs in
this process; the command runs in its default mode, against the whole of ``bansou ingest`` (recognition and all that
follows), both as fresh processes. All take turns, and the best of each one's rounds counts. The
character error rate is against the script the sample was spoken from. Then several files at once, by
workers and threads.

    python benchmarks/transcribe.py [--command .venv-bench/bin/whisper-ctranslate2] [--rounds 3] [--model base]
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import unicodedata
import wave
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import numpy as np
from figures import ROOT, Figure, hand_over, in_turns, with_json
from rapidfuzz.distance import Levenshtein

from pipeline.audio import SAMPLE_RATE, load_audio
from pipeline.config import load_settings
from pipeline.models import model_path
from pipeline.run.tools import Tools
from pipeline.speech import Recogniser, choose_device
from pipeline.stages.transcribe import from_recognition
from pipeline.store import Store

SAMPLE = ROOT / "data" / "raw" / "sample-conversation.mp3"
SCRIPT = ROOT / "data" / "references" / "sample-conversation.txt"
BANSOU = Path(sys.executable).with_name("bansou")
CLIP_S = 40


def bare(text: str) -> str:
    """Letters and digits alone."""
    return re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", text))


def error_rate(heard: str) -> float:
    """Edits per character of the script."""
    said = bare(SCRIPT.read_text(encoding="utf-8"))
    return Levenshtein.distance(said, bare(heard)) / len(said)


class Rivals:
    """The four ways to a transcript; each keeps what it heard last."""

    def __init__(self, model: str, command: Path | None, scratch: Path) -> None:
        from faster_whisper import BatchedInferencePipeline, WhisperModel

        self.heard: dict[str, str] = {}
        self._scratch, self._command = scratch, command
        self._settings = load_settings(model=model)
        self._folder = model_path(model, cache=self._settings.cache)
        self._terms = Tools(self._settings).hotwords
        self._ours = Recogniser(self._settings)
        self._hotwords = self._ours.hotwords(self._terms)
        device, compute_type = choose_device(self._settings)
        self.shown = f"model {model} on {device}/{compute_type}"
        self._theirs = BatchedInferencePipeline(
            WhisperModel(self._folder, device=device, compute_type=compute_type)
        )

    def all(self) -> dict[str, Callable[[], float]]:
        """Name → a run, in seconds."""
        runs: dict[str, Callable[[], str]] = {"stage": self._stage, "batched": self._batched}
        if self._command is not None:
            runs |= {"ingest": self._ingest, "command": self._whisper_ctranslate2}
        return {name: lambda n=name, run=run: self._timed(n, run) for name, run in runs.items()}

    def _timed(self, name: str, run: Callable[[], str]) -> float:
        began = time.perf_counter()
        self.heard[name] = run()
        return time.perf_counter() - began

    def _stage(self) -> str:
        heard = self._ours.recognise(load_audio(SAMPLE), language="ja", terms=self._terms)
        return "".join(from_recognition("bench", heard)["segments"]["text"].to_pylist())

    def _batched(self) -> str:
        segments, _ = self._theirs.transcribe(
            str(SAMPLE), language="ja", hotwords=self._hotwords,
            beam_size=self._settings.beam_size, vad_filter=True, word_timestamps=True,
        )  # fmt: skip
        return "".join(segment.text for segment in segments)

    def _ingest(self) -> str:
        data = self._scratch / "ingest"
        shutil.rmtree(data, ignore_errors=True)
        subprocess.run(
            [BANSOU, "ingest", SAMPLE, "--data", data, "--model", self._settings.model or "base"],
            check=True, capture_output=True,
        )  # fmt: skip
        return "".join(Store(data / "processed").read("segments", SAMPLE.stem)["text"].to_pylist())

    def _whisper_ctranslate2(self) -> str:
        out = self._scratch / "command"
        subprocess.run(
            [self._command, SAMPLE, "--model_directory", self._folder, "--language", "ja",
             "--output_dir", out, "--output_format", "txt"],
            check=True, capture_output=True,
        )  # fmt: skip
        return (out / f"{SAMPLE.stem}.txt").read_text(encoding="utf-8")


def compare(model: str, command: Path | None, scratch: Path, rounds: int) -> list[Figure]:
    """Speeds and error rates of all."""
    rivals = Rivals(model, command, scratch)
    best = in_turns(rivals.all(), rounds)
    audio_s = load_audio(SAMPLE).samples.size / SAMPLE_RATE
    how = f"benchmarks/transcribe.py, {audio_s:.0f} s of audio, {rivals.shown}, wall time, best of {rounds} in turns"
    found = [
        Figure("transcribe stage / faster-whisper's batched pipeline", best["batched"] / best["stage"], "×", "≥ 0.97", how),
        Figure("transcribe stage", audio_s / best["stage"], "× real time", "", how),
    ]  # fmt: skip
    if command is not None:
        found.append(
            Figure("bansou ingest / whisper-ctranslate2 in its default mode", best["command"] / best["ingest"], "×", "≥ 1.4",
                   how + "; whole commands, ours with all stages")
        )  # fmt: skip
    rates = {name: error_rate(text) for name, text in rivals.heard.items()}
    others = [rate for name, rate in rates.items() if name in {"batched", "command"}]
    named = {
        "stage": "transcribe stage",
        "batched": "batched pipeline",
        "command": "whisper-ctranslate2",
    }
    for name, shown in named.items():
        if name in rates:
            needed = f"≤ {min(others):.4f}" if name == "stage" else ""
            found.append(
                Figure(f"character error rate, {shown}", rates[name], "share", needed, how)
            )
    return found


_recogniser: list[Recogniser] = []


def _load(model: str, threads: int) -> None:
    _recogniser.append(Recogniser(load_settings(model=model), threads=threads))


def _hear(path: Path) -> int:
    return len(_recogniser[0].recognise(load_audio(path), language="ja", terms=()).segments)


def at_once(model: str, scratch: Path, rounds: int) -> Iterator[Figure]:
    """Two files (as many as cores, up to four), by workers and threads, models loaded."""
    cores = len(os.sched_getaffinity(0))
    samples = load_audio(SAMPLE).samples
    count = max(2, min(4, cores))
    clips = [scratch / f"clip{n}.wav" for n in range(count)]
    for n, clip in enumerate(clips):
        part = samples[n * 20 * SAMPLE_RATE :][: CLIP_S * SAMPLE_RATE]
        with wave.open(str(clip), "wb") as out:
            out.setparams((1, 2, SAMPLE_RATE, 0, "NONE", ""))
            out.writeframes((np.clip(part, -1, 1) * 32767).astype("<i2").tobytes())
    ways = sorted({(1, 1), (1, cores), (count, max(1, cores // count)), (count, cores)})
    pools = {}
    for workers, threads in ways:
        pool = ProcessPoolExecutor(
            workers, mp_context=get_context("spawn"), initializer=_load, initargs=(model, threads)
        )
        list(pool.map(_hear, clips))  # loads the models
        pools[workers, threads] = pool

    def run(pool: ProcessPoolExecutor) -> float:
        began = time.perf_counter()
        list(pool.map(_hear, clips))
        return time.perf_counter() - began

    rivals = {way: (lambda pool=pool: run(pool)) for way, pool in pools.items()}
    best = in_turns({f"{w} × {t}": rivals[w, t] for w, t in ways}, rounds)
    for pool in pools.values():
        pool.shutdown()
    how = f"benchmarks/transcribe.py, {count} files of {CLIP_S} s, {cores} cores, models loaded, wall time, best of {rounds} in turns"
    for way, seconds in best.items():
        yield Figure(f"{count} files, workers × threads {way}", seconds, "s", "", how)
    after_another = best[f"1 × {cores}"]
    picked = best[f"{count} × {max(1, cores // count)}"]
    yield Figure("files at once / one after the other", after_another / picked, "×", "≥ 1", how)  # fmt: skip
    fastest = min(best.values())
    yield Figure("best way measured / what ingest picks", fastest / picked, "×", "≥ 0.97", how)


def main() -> None:
    parser = with_json(argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0]))
    parser.add_argument("--command", type=Path, help="the whisper-ctranslate2 command")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--model", default="base")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        found = compare(given.model, given.command, Path(name), given.rounds)
        found += at_once(given.model, Path(name), given.rounds)
    hand_over(found, given.json)


if __name__ == "__main__":
    main()
