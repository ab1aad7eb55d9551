"""The command with ears for tests: they hear at once, what they hear depends on every sample, and a
stretch is a minute at most. Run as a program, so that it can be killed, also with ``--jobs``.

``EARS_LOG`` names a file that gets a line for each piece of audio listened to; ``EARS_WAIT`` is how
long a stretch takes in seconds.
"""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from pipeline import stretches
from pipeline.audio import SAMPLE_RATE, Audio
from pipeline.recognition import RecognisedSegment, RecognisedWord, Recognition
from pipeline.run.tools import Tools

LONGEST_S, SHORTEST_S = 60, 45
SAYINGS = (
    "今日は引き継ぎの話をします。", "手順書を一緒に作って進めました。", "正直に言うのが大事です。",
    "意見を求めてくれるようになりました。", "最初の月は隣で見ています。",
)  # fmt: skip


class Ears:
    """Stands in for :class:`pipeline.speech.Recogniser`."""

    def __init__(self, model: str) -> None:
        self.name = model

    def conditions(self) -> dict[str, Any]:
        return {"model": self.name}

    def recognise(
        self, audio: Audio, *, language: str, terms: Sequence[str], on_progress: Callable[[float], None]
    ) -> Recognition:  # fmt: skip
        assert (language, bool(terms)) == ("ja", True)
        with Path(os.environ.get("EARS_LOG", os.devnull)).open("a", encoding="utf-8") as out:
            out.write(f"{audio.duration_s}\n")
        segments = []
        for start_s in range(0, int(audio.duration_s), 5):
            samples = audio.samples[start_s * SAMPLE_RATE : (start_s + 5) * SAMPLE_RATE]
            segments.append(heard(samples.tobytes(), float(start_s)))
            time.sleep(float(os.environ.get("EARS_WAIT", "0")) / 12)
            on_progress(segments[-1].end_s)
        return Recognition(tuple(segments), self.name, "伴走 自走")


def heard(sound: bytes, start_s: float) -> RecognisedSegment:
    mark = hashlib.sha256(sound).digest()
    text = SAYINGS[mark[0] % len(SAYINGS)]
    times = [start_s + 0.1 + number * (4.5 + mark[1] / 1000) / len(text) for number in range(len(text) + 1)]  # fmt: skip
    words = tuple(
        RecognisedWord(letter, times[n], times[n + 1], (mark[n % 32] + 1) / 257)
        for n, letter in enumerate(text)
    )
    return RecognisedSegment(text, times[0], times[-1], -mark[2] / 1000, mark[3] / 1000, words)


def listen_with_ears() -> None:
    stretches._LONGEST = LONGEST_S * SAMPLE_RATE  # type: ignore[attr-defined]
    stretches._SHORTEST = SHORTEST_S * SAMPLE_RATE  # type: ignore[attr-defined]
    Tools.recogniser = lambda _self, model: Ears(model)  # type: ignore[method-assign,assignment]


if __name__ in ("__main__", "__mp_main__"):  # workers of --jobs load this file too
    listen_with_ears()

if __name__ == "__main__":
    from pipeline.cli import main

    main()
