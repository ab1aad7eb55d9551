"""Voices told apart: recordings composed of known voices, and how much of them goes to the wrong one.

The voices of ``make sample`` speak own sentences (``speakers_say.py``); turns follow each other with short
pauses, one in ten begins before the last has ended, and a long turn often gets a backchannel, behind it or
in the midst of it. The diarisation error rate counts frames of 10 ms without a collar, overlaps too: what
is missed, what is too much and what goes to the wrong voice, of all that is said. Then a second recording
of the same voices, other sentences: are they known by the names given in the first.

    make sample speakers
    .venv-voices/bin/python benchmarks/speakers_say.py build/benchmarks/voices
    .venv/bin/python benchmarks/speakers.py --sounds build/benchmarks/voices [--real FOLDER]

``--real`` takes a folder with a folder a speaker, each with short recordings (such as the prompts of
Debian's ``asterisk-core-sounds-*``, as wav), and composes those likewise.
"""

from __future__ import annotations

import argparse
import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from figures import ROOT, Figure, hand_over, with_json
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment
from scipy.signal import resample_poly

from pipeline.audio import SAMPLE_RATE, Audio, load_audio
from pipeline.stages.speakers import (
    Given,
    Known,
    Turn,
    Voice,
    find_voices,
    hear,
    name_voices,
)
from pipeline.voices import FRAME_S, WINDOW_S, VoiceModels

Samples = NDArray[np.float32]
VOICES = ("jf_alpha", "jf_gongitsune", "jf_nezumi", "jf_tebukuro", "jm_kumo")
NEAR = ("jf_gongitsune", "jf_nezumi")  # the two prints nearest to each other
OVERLAPS, BACKCHANNELS = 0.1, 0.35
LONG_TURN_S = 4.0
DER_FRAME_S = 0.01
REAL_SENTENCES, SHORTEST_S = 40, 1.2


class Spoken(NamedTuple):
    """Who really speaks when."""

    start_s: float
    end_s: float
    voice: str


class Sounds(NamedTuple):
    """What one voice can say."""

    sentences: list[Samples]
    backchannels: list[Samples]


def compose(sounds: Mapping[str, Sounds], seed: int) -> tuple[Samples, list[Spoken]]:
    """A conversation in which every sentence is said once; levels differ from turn to turn."""
    chance = random.Random(seed)  # noqa: S311  no secret
    left = {v: chance.sample(s.sentences, len(s.sentences)) for v, s in sounds.items()}
    placed: list[tuple[float, Samples, str]] = []
    at_s, before = 0.3, ""
    while any(left.values()):
        voice = chance.choice([v for v in left if left[v]])
        sound = left[voice].pop() * np.float32(chance.uniform(0.5, 1.2))
        is_early = before not in {"", voice} and chance.random() < OVERLAPS
        at_s = max(0.1, at_s + (-chance.uniform(0.1, 0.6) if is_early else chance.uniform(0.05, 0.6)))  # fmt: skip
        placed.append((at_s, sound, voice))
        length_s = len(sound) / SAMPLE_RATE
        end_s = at_s + length_s
        others = [v for v in sounds if v != voice and sounds[v].backchannels]
        if length_s > LONG_TURN_S and others and chance.random() < BACKCHANNELS:
            other = chance.choice(others)
            short = chance.choice(sounds[other].backchannels)
            if chance.random() < 0.5:
                start_s = at_s + chance.uniform(1.2, length_s - 1.2)
            else:
                start_s = end_s + chance.uniform(0.05, 0.3)
                end_s = start_s + len(short) / SAMPLE_RATE
            placed.append((start_s, short, other))
        at_s, before = end_s, voice
    length = round((max(s + len(x) / SAMPLE_RATE for s, x, _ in placed) + 0.5) * SAMPLE_RATE)
    mixed = np.random.default_rng(seed).normal(0, 0.0005, length).astype(np.float32)
    for start_s, sound, _ in placed:
        first = int(start_s * SAMPLE_RATE)
        mixed[first : first + len(sound)] += sound
    spoken = [Spoken(s, s + len(x) / SAMPLE_RATE, v) for s, x, v in placed]
    return np.clip(mixed, -1, 1), sorted(spoken)


def error_rate(spoken: Sequence[Spoken], turns: Sequence[Turn]) -> float:
    """Diarisation error rate with the best one-to-one mapping of voices, overlaps scored."""
    frames = round(max([s.end_s for s in spoken] + [t.end_s for t in turns]) / DER_FRAME_S) + 1
    said, heard = _by_voice(spoken, frames), _by_voice(turns, frames)
    if not len(heard):
        return 1.0
    shared = said @ heard.T
    rows, columns = linear_sum_assignment(-shared)
    at_once = np.maximum(said.sum(axis=0), heard.sum(axis=0))
    return float((at_once.sum() - shared[rows, columns].sum()) / said.sum())


def _by_voice(spans: Sequence[Spoken] | Sequence[Turn], frames: int) -> NDArray[np.float64]:
    voices = sorted({span.voice for span in spans})
    made = np.zeros((len(voices), frames))
    for span in spans:
        first, end = round(span.start_s / DER_FRAME_S), round(span.end_s / DER_FRAME_S)
        made[voices.index(span.voice), first:end] = 1.0
    return made


class Listener:
    """Tells voices apart, and counts what that costs."""

    def __init__(self) -> None:
        self._models = VoiceModels()
        self.cpu_s = self.audio_s = 0.0

    def __call__(self, samples: Samples) -> tuple[list[Turn], list[Voice]]:
        began = time.process_time()
        heard = hear(
            Audio(samples, len(samples) / SAMPLE_RATE, None),
            self._models,
            begins_s=0.0,
            frame_s=FRAME_S,
            window_s=WINDOW_S,
        )
        found = find_voices([heard])
        self.cpu_s += time.process_time() - began
        self.audio_s += len(samples) / SAMPLE_RATE
        return found


def measure(
    name: str, sounds: Mapping[str, Sounds], seeds: Sequence[int], listen: Listener, *, limit: str
) -> Iterator[Figure]:
    """Error rate and estimated number over the recordings of some seeds."""
    for seed in seeds:
        samples, spoken = compose(sounds, seed)
        turns, voices = listen(samples)
        overlap = _by_voice(spoken, len(samples) // 160 + 100).sum(axis=0)
        how = (
            f"benchmarks/speakers.py, {name}, seed {seed}, {len(samples) / SAMPLE_RATE:.0f} s, "
            f"{len(spoken)} turns, {(overlap > 1).sum() / (overlap > 0).sum():.1%} overlapped; collar 0"
        )
        yield Figure(f"DER, {name}, seed {seed}", error_rate(spoken, turns), "share", limit, how)
        off = abs(len(voices) - len(sounds))
        yield Figure(f"voices too many or too few, {name}, seed {seed}", off, "voices", "≤ 0", how)


def names_again(sounds: Mapping[str, Sounds], seed: int, listen: Listener) -> Iterator[Figure]:
    """Named in one recording, known in another with other sentences."""
    half = {v: len(s.sentences) // 2 for v, s in sounds.items()}
    parts: tuple[Callable[[str], slice], ...] = (
        lambda v: slice(half[v]),
        lambda v: slice(half[v], None),
    )
    known: list[Known] = []
    right = wrong = whole = 0.0
    for number, part in enumerate(parts):
        own = {v: Sounds(s.sentences[part(v)], s.backchannels) for v, s in sounds.items()}
        samples, spoken = compose(own, seed + number)
        turns, voices = listen(samples)
        times = {v: [s[:2] for s in spoken if s.voice == v] for v in sounds}
        given = Given({}, times if not number else {})
        named = {n.voice: n.speaker for n in name_voices(voices, turns, given, known)}
        if not number:
            known = [
                Known(name, "first", v.voice_print, v.spoken_s)
                for v in voices
                if (name := named[v.label])
            ]
            continue
        frames = len(samples) // 160 + 100
        said = dict(zip(sorted(sounds), _by_voice(spoken, frames), strict=True))
        for turn in turns:
            first, end = round(turn.start_s / DER_FRAME_S), round(turn.end_s / DER_FRAME_S)
            name = named[turn.voice]
            share = float(said[name][first:end].sum()) if name else 0.0
            whole += end - first
            right += share
            wrong += end - first - share if name else 0.0
    how = f"benchmarks/speakers.py, {len(sounds)} voices named by times in one recording, another with other sentences, seeds {seed} and {seed + 1}"
    yield Figure("second recording, share of speech with its speaker's name", right / whole, "share", "≥ 0.9", how)  # fmt: skip
    yield Figure("second recording, share of speech with another's name", wrong / whole, "share", "≤ 0.1", how)  # fmt: skip


def synthetic(folder: Path) -> dict[str, Sounds]:
    """What ``speakers_say.py`` wrote, at 16 kHz and all as loud."""

    def load(pattern: str) -> list[Samples]:
        return [
            _levelled(resample_poly(np.load(p), 2, 3)) for p in sorted(folder.glob(pattern + ".npy"))
        ]  # fmt: skip

    found = {v: Sounds(load(f"{v}_s*"), load(f"{v}_b*")) for v in VOICES}
    if not all(s.sentences for s in found.values()):
        raise SystemExit(f"{folder}: not all voices are there; run benchmarks/speakers_say.py first")  # fmt: skip
    return found


def real(folder: Path) -> dict[str, Sounds]:
    """A voice a folder; what is long is a sentence, what is short a backchannel."""
    found = {}
    for speaker in sorted(p for p in folder.iterdir() if p.is_dir()):
        files = sorted(p for p in speaker.iterdir() if p.is_file())
        random.Random(1).shuffle(files)  # noqa: S311  no secret
        heard = [_levelled(_trimmed(load_audio(p).samples)) for p in files[:160]]
        lengths_s = [len(x) / SAMPLE_RATE for x in heard]
        found[speaker.name] = Sounds(
            [x for x, s in zip(heard, lengths_s, strict=True) if s > SHORTEST_S][:REAL_SENTENCES],
            [x for x, s in zip(heard, lengths_s, strict=True) if 0.3 < s < 0.9][:10],
        )
    return found


def _trimmed(samples: Samples) -> Samples:
    loud = np.flatnonzero(np.abs(samples) > 0.01)
    return samples[loud[0] : loud[-1] + 1] if len(loud) else samples[:0]


def _levelled(samples: Samples) -> Samples:
    return np.asarray(samples * 0.45 / max(float(np.abs(samples).max(initial=0.0)), 1e-6), np.float32)  # fmt: skip


def main() -> None:
    parser = with_json(argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0]))
    parser.add_argument("--sounds", type=Path, default=ROOT / "build" / "benchmarks" / "voices")
    parser.add_argument("--real", type=Path, help="a folder with a folder a speaker")
    parser.add_argument("--seeds", type=int, nargs="+", default=[101, 102])
    given = parser.parse_args()
    sounds, listen = synthetic(given.sounds), Listener()
    groups = {
        "5 synthetic voices": VOICES,
        "3 synthetic voices": VOICES[:3],
        "2 near synthetic voices": NEAR,
        "1 synthetic voice": VOICES[:1],
    }
    found = []
    for name, voices in groups.items():
        own = {v: sounds[v] for v in voices}
        found += measure(name, own, given.seeds, listen, limit="≤ 0.10")
    found += names_again(sounds, given.seeds[0] + 100, listen)
    if given.real is not None:
        people = real(given.real)
        for count in range(len(people), 0, -1):
            own = {v: people[v] for v in list(people)[:count]}
            found += measure(f"{count} real voices", own, given.seeds, listen, limit="≤ 0.25")
    how = f"benchmarks/speakers.py, CPU seconds over {listen.audio_s:.0f} s of audio, models loaded"
    found.append(Figure("CPU time / length of the recording", listen.cpu_s / listen.audio_s, "×", "", how))  # fmt: skip
    hand_over(found, given.json)


if __name__ == "__main__":
    main()
