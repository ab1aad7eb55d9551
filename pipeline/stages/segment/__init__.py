"""Stage ``segment``: segments cut anywhere become utterances (sentences), and those passages."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from pipeline import schema
from pipeline.edits import EditedText
from pipeline.requests import RequestJudgement
from pipeline.stages.segment.passages import group_passages
from pipeline.stages.segment.pieces import Line, read_lines
from pipeline.stages.segment.utterances import Utterance, build_utterances

if TYPE_CHECKING:
    import pyarrow as pa

STAGE_VERSION = 6


def segment(
    segments: pa.Table,
    words: pa.Table,
    repairs: pa.Table,
    turns: pa.Table | None = None,
    speakers: pa.Table | None = None,
    *,
    episode_id: str,
    source_kind: str,
    classify_all: Callable[[Sequence[str]], Sequence[RequestJudgement]],
) -> dict[str, pa.Table]:
    """Rebuild sentences and group them into passages.

    Args:
        segments: what was recognised; dropped segments are left out.
        words: word times, where there are any.
        repairs: replacements of the segments' text.
        turns: who speaks when, where voices were told apart.
        speakers: the names of voices and of a transcript's labels; a label without a row is a name.
        source_kind: of the episode; an article's lines are paragraphs and never join.
        classify_all: what each of many sentences asks for.

    Returns:
        Tables ``utterances`` and ``passages``.
    """
    lines = read_lines(
        segments.to_pylist(), words.to_pylist(), repairs.to_pylist(),
        turns.to_pylist() if turns is not None else (),
    )  # fmt: skip
    rows = speakers.to_pylist() if speakers is not None else []
    names = {row["voice"]: row["speaker"] for row in rows}
    utterances = build_utterances(lines, lines_are_paragraphs=source_kind == "article")
    judged = classify_all([u.text for u in utterances])
    said = [
        _utterance_row(episode_id, index, u, j, names)
        for index, (u, j) in enumerate(zip(utterances, judged, strict=True))
    ]
    return {
        "utterances": schema.to_table("utterances", said),
        "passages": schema.to_table("passages", _passage_rows(episode_id, said)),
    }


def _utterance_row(
    episode_id: str,
    index: int,
    utterance: Utterance,
    judged: RequestJudgement,
    names: Mapping[str | None, str | None],
) -> dict[str, Any]:
    return {
        "utterance_id": f"{episode_id}#u{index:05d}", "episode_id": episode_id,
        "utterance_index": index, "speaker": names.get(utterance.voice, utterance.voice),
        "voice": utterance.voice,
        "start_s": utterance.start_s, "end_s": utterance.end_s,
        "first_segment": utterance.first_segment, "first_char": utterance.first_char,
        "last_segment": utterance.last_segment, "last_char": utterance.last_char,
        "parts": [
            {"segment_index": number, "start_char": start, "end_char": end}
            for number, start, end in utterance.parts
        ],
        "text": utterance.text, "raw_text": utterance.raw_text,
        "request": judged.label, "request_score": judged.score,
        "request_abstained": judged.abstained,
        "request_start_char": judged.start, "request_end_char": judged.end,
    }  # fmt: skip


def _passage_rows(episode_id: str, utterances: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    texts = [u["text"] for u in utterances]
    asks = [u["request"] != "none" for u in utterances]
    rows = []
    for index, (first, last) in enumerate(group_passages(texts, asks=asks)):
        inside = utterances[first : last + 1]
        rows.append(
            {
                "passage_id": f"{episode_id}#p{index:05d}", "episode_id": episode_id,
                "passage_index": index, "first_utterance": first, "last_utterance": last,
                "start_s": inside[0]["start_s"], "end_s": _last_end(inside),
                "text": "\n".join(u["text"] for u in inside),
            }
        )  # fmt: skip
    return rows


def _last_end(utterances: Sequence[dict[str, Any]]) -> float | None:
    """A sentence that a backchannel interrupts ends after it, though it begins before."""
    return max((u["end_s"] for u in utterances if u["end_s"] is not None), default=None)


def sentence_ends(text: str) -> list[int]:
    """Offsets at which the sentences of a loose text end; its lines are taken as segments.

    Args:
        text: lines as recognition gives them, cut anywhere, or a single line.

    Returns:
        Ascending offsets of the text, each just behind a sentence's last character.
    """
    starts: list[int] = []
    lines: list[Line] = []
    at = 0
    for line in text.split("\n"):
        if line.strip():
            lines.append(Line(len(starts), EditedText(line, []), None, None, None))
            starts.append(at)
        at += len(line) + 1
    return sorted({starts[u.last_segment] + u.last_char for u in build_utterances(lines)})


__all__ = [
    "STAGE_VERSION",
    "Line",
    "Utterance",
    "build_utterances",
    "group_passages",
    "segment",
    "sentence_ends",
]
