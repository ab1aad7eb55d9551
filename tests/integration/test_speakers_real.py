"""The voices of the sample, told apart by the real models and aligned to the real model's words."""

from __future__ import annotations

import difflib
import re
from collections import Counter
from pathlib import Path

import pyarrow.parquet as pq
import pytest
import yaml
from running import RATE, SAMPLE, bansou, speech, why_no_voices

from pipeline.audio import Audio
from pipeline.stages.segment.pieces import read_lines
from pipeline.stages.speakers import find_voices, hear
from pipeline.voices import FRAME_S, WINDOW_S, VoiceModels

pytestmark = pytest.mark.integration

SCRIPT = Path(__file__).parent.parent / "sample" / "conversation.yaml"
_MARKS = re.compile(r"[、。！？\s!?]")


def spoken_letters() -> list[tuple[str, str]]:
    """(letter, who says it), as the script has it."""
    script = yaml.safe_load(SCRIPT.read_text(encoding="utf-8"))
    return [
        (letter, said["speaker"])
        for said in script["utterances"]
        for letter in _MARKS.sub("", said["text"])
    ]


def heard_letters(processed: Path) -> list[tuple[str, str | None]]:
    """(letter, voice), as recognition wrote it and the turns are aligned to it."""

    def rows(table: str) -> list[dict[str, object]]:
        read: list[dict[str, object]] = pq.read_table(
            processed / table / f"{SAMPLE.stem}.parquet"
        ).to_pylist()
        return read

    found = []
    for line in read_lines(rows("segments"), rows("words"), [], rows("turns")):
        voices = line.voices or [(0, None)]
        for at, letter in enumerate(line.edited.raw):
            if not _MARKS.match(letter):
                found.append((letter, next(v for start, v in reversed(voices) if start <= at)))
    return found


@pytest.mark.skipif(bool(why_no_voices("make speakers")), reason=why_no_voices("make speakers"))
def test_the_sample_has_three_voices_and_its_words_go_to_them(tmp_path: Path) -> None:
    data = tmp_path / "data"
    (data / "raw").mkdir(parents=True)
    done = bansou("ingest", SAMPLE, "--speakers", "--data", data)
    assert done.code == 0, done.text
    processed = data / "processed"
    voices = pq.read_table(processed / "speakers" / f"{SAMPLE.stem}.parquet").to_pylist()
    assert [v["voice"] for v in voices] == ["SPEAKER_01", "SPEAKER_02", "SPEAKER_03"]
    said, heard = spoken_letters(), heard_letters(processed)
    matcher = difflib.SequenceMatcher(None, [c for c, _ in said], [c for c, _ in heard], False)
    pairs = Counter(
        (said[block.a + n][1], heard[block.b + n][1])
        for block in matcher.get_matching_blocks()
        for n in range(block.size)
    )
    assert pairs.total() > 0.8 * len(said)  # recognition misspells some
    whose = {voice: max(pairs, key=lambda p: (p[1] == voice, pairs[p]))[0] for _, voice in pairs}
    assert sorted(name for voice, name in whose.items() if voice) == sorted({w for _, w in said})
    right = sum(n for (name, voice), n in pairs.items() if whose[voice] == name)
    assert right / pairs.total() >= 0.95

    named = bansou("speakers", "name", SAMPLE.stem, "SPEAKER_01", "水沢", "--data", data)
    assert named.code == 0, named.text
    utterances = pq.read_table(processed / "utterances" / f"{SAMPLE.stem}.parquet").to_pylist()
    assert {u["speaker"] for u in utterances if u["voice"] == "SPEAKER_01"} == {"水沢"}


@pytest.mark.skipif(bool(why_no_voices("make speakers")), reason=why_no_voices("make speakers"))
def test_voices_are_the_same_however_many_cores_listen() -> None:
    samples = speech(40, start_s=20)
    audio = Audio(samples, len(samples) / RATE, None)
    told = []
    for threads in (1, 2, 3):
        heard = hear(audio, VoiceModels(threads=threads), begins_s=0.0, frame_s=FRAME_S,
                     window_s=WINDOW_S)  # fmt: skip
        turns, voices = find_voices([heard], count=None)
        told.append((turns, [(v.label, v.spoken_s, v.voice_print.tolist()) for v in voices]))
    assert len(told[0][1]) == 2
    assert told[0] == told[1] == told[2]
