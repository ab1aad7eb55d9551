"""Measures how often each rule of ``pipeline/stages/speakers/guessing.py`` is right (half a minute).

    python training/speakers/measure_guesses.py            # prints what is right of what was guessed
    python training/speakers/measure_guesses.py --wrong    # and every wrong guess
    python training/speakers/measure_guesses.py --check    # exit code 1 where a score is not the measured one

Names and speakers are taken out of talks of this repository whose speakers are known; the stage
``segment`` makes utterances of them. Each is read six times: with its marks and a turn a line, and without
marks and cut into lines of 30 letters; each with nobody, the guests (all but the first to speak) and
everybody as the list of people. A rule's score is the lowest of the six shares, counted as if one
more guess had been right and one wrong (the counts are small), rounded down to a twentieth.

Measured, the lowest of the six: self_introduction 27 of 27, addressed 7 of 8 (17 of 17 with marks), asks 24
of 25, answers 18 of 19; asks and answers need marks and find nothing without. The rules were written
with the talks a to g in sight. Those whose words were not looked at (y, z and the customers' meetings): with marks and
nobody known, self_introduction 4 of 4, addressed 5 of 5, asks 6 of 6, answers 5 of 5. All of these talks were written,
not recorded: in real speech expect less. Precision is all that is measured; most turns have no guess.
"""

from __future__ import annotations

import math
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from pipeline import schema
from pipeline.requests import classify_all
from pipeline.stages.segment import segment
from pipeline.stages.speakers.guessing import SCORES, Guess, guess_turns

TRAINING = Path(__file__).resolve().parents[1]
TALKS = (TRAINING / "cards" / "episodes", TRAINING / "cards" / "test")
MEETINGS = TRAINING.parent / "tests" / "data" / "relations"
_LINE_CHARS = 30
_MARKS = re.compile(r"[、。？?！!…]")


def talks() -> Iterator[tuple[str, str, list[tuple[str, str]]]]:
    """Source, name and turns (speaker, text) of every talk."""
    for path in sorted(p for folder in TALKS for p in folder.glob("*.tsv")):
        yield path.stem[0], path.stem, _turns(path, "\t")
    for path in sorted(MEETINGS.glob("*/*.txt")):
        yield path.parent.name, path.stem, _turns(path, "：")


def _turns(path: Path, mark: str) -> list[tuple[str, str]]:
    lines = path.read_text(encoding="utf-8").splitlines()
    return [
        (who, said) for who, is_turn, said in (line.partition(mark) for line in lines) if is_turn
    ]


def cut(turns: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """The same as recognition may write it: no marks, and lines of at most so many letters."""
    plain = [(who, _MARKS.sub("", text)) for who, text in turns]
    return [
        (who, text[at : at + _LINE_CHARS])
        for who, text in plain
        for at in range(0, len(text), _LINE_CHARS)
    ]


def utterances(name: str, lines: Sequence[str]) -> list[dict[str, Any]]:
    """Rows of the table, as the stage ``segment`` makes them where nobody is named."""
    rows = [
        {
            "episode_id": name, "segment_index": n, "start_s": None, "end_s": None,
            "time_is_interpolated": False, "source_line": n, "text": text, "speaker": None,
            "avg_logprob": None, "no_speech_prob": None, "dropped_reason": None,
        }
        for n, text in enumerate(lines)
    ]  # fmt: skip
    tables = segment(
        schema.to_table("segments", rows), schema.to_table("words", []), schema.to_table("repairs", []),
        episode_id=name, source_kind="host_text", classify_all=classify_all,
    )  # fmt: skip
    found: list[dict[str, Any]] = tables["utterances"].to_pylist()
    return found


def is_right(guess: Guess, voices: Sequence[set[str]]) -> bool:
    """Whether the one named says all of it; of a change of voice, whether there is one."""
    at = guess.first_utterance
    if guess.speaker is not None:
        return voices[at] == {guess.speaker}
    other = at + 1 if guess.rule == "asks" else at - 1
    return len(voices[at]) == len(voices[other]) == 1 and voices[at] != voices[other]


def measure(*, is_cut: bool, known: str, show: bool) -> dict[str, dict[str, Counter[bool]]]:
    """Rule → source → right and wrong."""
    found: dict[str, dict[str, Counter[bool]]] = defaultdict(lambda: defaultdict(Counter))
    for source, name, turns in talks():
        lines = cut(turns) if is_cut else turns
        rows = utterances(name, [text for _, text in lines])
        who = [speaker for speaker, _ in lines]
        voices = [set(who[u["first_segment"] : u["last_segment"] + 1]) for u in rows]
        everyone = list(dict.fromkeys(who))
        people = {"nobody": [], "guests": everyone[1:], "everybody": everyone}[known]
        for guess in guess_turns(rows, people=people):
            right = is_right(guess, voices)
            found[guess.rule][source][right] += 1
            if show and not right:
                at = guess.first_utterance
                print(name, guess)
                for n in range(max(0, at - 1), min(at + 2, len(rows))):
                    print("    ", n, voices[n], rows[n]["text"])
    return found


def score(counts: Counter[bool]) -> float:
    """Right of all, as if one more had been right and one wrong, rounded down to a twentieth."""
    return math.floor(20 * (counts[True] + 1) / (counts.total() + 2)) / 20


def main(arguments: Sequence[str]) -> int:
    scores: dict[str, list[float]] = defaultdict(list)
    for is_cut in (False, True):
        for known in ("nobody", "guests", "everybody"):
            found = measure(is_cut=is_cut, known=known, show="--wrong" in arguments)
            print("no marks, lines cut;" if is_cut else "marks, a turn a line;", "known:", known)
            for rule, by_source in found.items():
                counts = sum(by_source.values(), Counter[bool]())
                scores[rule].append(score(counts))
                parts = ", ".join(f"{k} {c[True]}/{c.total()}" for k, c in by_source.items())
                print(f"    {rule}: {counts[True]} of {counts.total()} ({parts})")
    measured = {rule: min(of) for rule, of in scores.items()}
    print("scores:", measured)
    return int("--check" in arguments and measured != SCORES)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
