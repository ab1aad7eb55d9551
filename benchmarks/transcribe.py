"""Compare the transcribe stage with faster-whisper's own batched pipeline, in one run.

Same model, file and settings; the two take turns, and the best of each side's rounds counts, so that
a busy machine does not decide. Prints speeds and the ratio ours / theirs.

    python benchmarks/transcribe.py [AUDIO] [--rounds 3] [--model base]
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

from pipeline.audio import SAMPLE_RATE, load_audio
from pipeline.config import load_settings
from pipeline.models import model_path
from pipeline.run.tools import Tools
from pipeline.speech import Recogniser, choose_device
from pipeline.stages.transcribe import from_recognition

SAMPLE = Path(__file__).parent.parent / "data" / "raw" / "sample-conversation.mp3"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("audio", nargs="?", type=Path, default=SAMPLE)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--model", default="base")
    given = parser.parse_args()

    from faster_whisper import BatchedInferencePipeline, WhisperModel

    settings = load_settings(model=given.model)
    terms = Tools(settings).hotwords
    ours = Recogniser(settings)
    hotwords = ours.hotwords(terms)
    device, compute_type = choose_device(settings)
    theirs = BatchedInferencePipeline(
        WhisperModel(
            model_path(given.model, cache=settings.cache), device=device, compute_type=compute_type
        )
    )

    def run_ours() -> None:
        audio = load_audio(given.audio)
        from_recognition("bench", ours.recognise(audio, language="ja", terms=terms))

    def run_theirs() -> None:
        segments, _ = theirs.transcribe(
            str(given.audio), language="ja", batch_size=settings.batch_size, hotwords=hotwords,
            beam_size=settings.beam_size, vad_filter=True, word_timestamps=True,
        )  # fmt: skip
        list(segments)

    audio_s = load_audio(given.audio).samples.size / SAMPLE_RATE
    best = {"ours": float("inf"), "faster-whisper": float("inf")}
    for _ in range(given.rounds):
        for name, run in (("faster-whisper", run_theirs), ("ours", run_ours)):
            began = time.perf_counter()
            run()
            best[name] = min(best[name], time.perf_counter() - began)
    print(
        f"{given.audio.name}: {audio_s:.0f} s of audio, model {given.model} on {device}/{compute_type}"
    )
    for name, seconds in best.items():
        print(f"  {name}: {seconds:.2f} s, {audio_s / seconds:.1f} × real time")
    print(f"  ratio ours / faster-whisper: {best['faster-whisper'] / best['ours']:.3f}")


if __name__ == "__main__":
    main()
