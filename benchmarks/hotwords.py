"""Does hinting at the glossary's words help recognition, and does it cost any speech?

Recognises every file of a manifest twice, without and with the hints, and prints for each term how
often it was said and how often it stands in the text, before and after repair; then the characters
and seconds of speech that one side has and the other lacks, and how far the times moved.

    python benchmarks/hotwords.py MANIFEST [--model base] [--json]

The manifest holds JSON lines: ``audio`` (a path, relative to the manifest), ``ref`` (what is said) and
``terms`` (the glossary's words in it, one entry for each time).
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rapidfuzz.distance import Levenshtein

from pipeline.audio import load_audio
from pipeline.config import load_settings
from pipeline.edits import Edit, EditedText
from pipeline.evaluate.report import wilson
from pipeline.glossary import load_glossary
from pipeline.recognition import Recognition
from pipeline.run.tools import Tools
from pipeline.speech import Recogniser
from pipeline.stages.repair import Repairer

SIDES = ("without", "with")
# A file that lost this much of its text beside the other side lost speech, not a word.
LOST_CHARS = 4


@dataclass(frozen=True)
class Heard:
    """One file, one side: the text, the same repaired, the seconds its words cover, and their starts."""

    text: str
    repaired: str
    covered_s: float
    starts: dict[int, float]


def hear(found: Recognition, repairer: Repairer) -> Heard:
    """What a recognition says before and after repair."""
    lines = [segment.text for segment in found.segments]
    heard, starts, at = [], {}, 0
    for segment in found.segments:
        spans, offset = [], 0
        for word in segment.words:
            starts[at + offset] = word.start_s
            spans.append((offset, offset + len(word.text), word.probability))
            offset += len(word.text)
        heard.append(spans)
        at += len(segment.text)
    repaired = "".join(
        EditedText(line, [Edit(r.start, r.end, r.after) for r in repairs]).text
        for line, repairs in zip(
            lines, repairer.repair_lines(lines, word_probabilities=heard), strict=True
        )
    )
    covered_s = sum(w.end_s - w.start_s for s in found.segments for w in s.words)
    return Heard("".join(lines), repaired, covered_s, starts)


def shift_s(without: Heard, with_: Heard) -> list[float]:
    """How far the starts of the words that both sides have lie apart, in seconds."""
    apart = []
    for op in Levenshtein.opcodes(without.text, with_.text):
        if op.tag == "equal":
            for n in range(op.src_end - op.src_start):
                one = without.starts.get(op.src_start + n)
                other = with_.starts.get(op.dest_start + n)
                if one is not None and other is not None:
                    apart.append(abs(one - other))
    return apart


def lost_chars(text: str, other: str, ref: str) -> int:
    """Characters of the reference that the other side has and this one lacks."""
    return max(0, _present(other, ref) - _present(text, ref))


def _present(text: str, ref: str) -> int:
    return sum(
        op.src_end - op.src_start for op in Levenshtein.opcodes(ref, text) if op.tag != "delete"
    )


def compare(
    rows: Sequence[dict[str, Any]], folder: Path, recogniser: Recogniser, tools: Tools
) -> dict[str, Any]:
    """Recognise all files on both sides and count."""
    repairer = Repairer(load_glossary())
    said: Counter[str] = Counter()
    found = {key: Counter[str]() for side in SIDES for key in (side, f"{side}, repaired")}
    lost: list[dict[str, Any]] = []
    covered = dict.fromkeys(SIDES, 0.0)
    apart: list[float] = []
    for row in rows:
        audio = load_audio(folder / row["audio"])
        sides = {}
        for side in SIDES:
            terms = tools.hotwords if side == "with" else ()
            made = hear(recogniser.recognise(audio, language="ja", terms=terms), repairer)
            sides[side] = made
            covered[side] += made.covered_s
            for key, text in ((side, made.text), (f"{side}, repaired", made.repaired)):
                for term, times in Counter(row["terms"]).items():
                    found[key][term] += min(times, text.count(term))
        said.update(row["terms"])
        apart += shift_s(sides["without"], sides["with"])
        for side, other in (SIDES, SIDES[::-1]):
            gone = lost_chars(sides[side].text, sides[other].text, row["ref"])
            if gone >= LOST_CHARS:
                lost.append({"audio": row["audio"], "side": side, "chars": gone})
    apart.sort()
    return {
        "files": len(rows), "said": dict(said.most_common()),
        "found": {key: dict(counts) for key, counts in found.items()},
        "recall": {k: _share(c.total(), said.total()) for k, c in found.items()},
        "lost": lost, "covered_s": {side: round(s, 1) for side, s in covered.items()},
        "covered_ratio": round(covered["with"] / max(covered["without"], 1e-9), 3),
        "shift_s": {
            "median": round(apart[len(apart) // 2], 3) if apart else None,
            "95%": round(apart[int(0.95 * len(apart))], 3) if apart else None,
            "over 0.5 s": sum(s > 0.5 for s in apart), "words": len(apart),
        },
    }  # fmt: skip


def _share(found: int, said: int) -> dict[str, Any]:
    return {"found": found, "said": said, "share": round(found / max(said, 1), 3),
            "interval": wilson(found, said)}  # fmt: skip


def table(result: dict[str, Any]) -> str:
    """The figures for people."""
    keys = list(result["found"])
    lines = [f"{'term':<16}{'said':>5}" + "".join(f"{key:>19}" for key in keys) + "  hint"]
    for term, times in result["said"].items():
        counts = [result["found"][key].get(term, 0) for key in keys]
        gain = result["found"]["with"].get(term, 0) - result["found"]["without"].get(term, 0)
        verdict = "helps" if gain > 0 else "harms" if gain < 0 else "-"
        lines.append(f"{term:<16}{times:>5}" + "".join(f"{n:>19}" for n in counts) + f"  {verdict}")
    for key, one in result["recall"].items():
        lines.append(f"{key}: {one['found']}/{one['said']} = {one['share']} {one['interval']}")
    for side in SIDES:
        gone = [x for x in result["lost"] if x["side"] == side]
        lines.append(
            f"speech lost {side} hints: {len(gone)} files, {sum(x['chars'] for x in gone)} characters"
        )
    lines.append(
        f"seconds covered: {result['covered_s']}, with / without {result['covered_ratio']}"
    )
    lines.append(f"word starts moved: {result['shift_s']}")
    return "\n".join(lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("manifest", type=Path)
    parser.add_argument("--model", default="base")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    lines = given.manifest.read_text(encoding="utf-8").splitlines()
    rows = [json.loads(line) for line in lines if line.strip()]
    settings = load_settings(model=given.model)
    result = compare(rows, given.manifest.parent, Recogniser(settings), Tools(settings))
    sys.stdout.write(json.dumps(result, ensure_ascii=False) + "\n" if given.json else table(result))


if __name__ == "__main__":
    main()
