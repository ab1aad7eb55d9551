"""Stage ``card``: knowledge cards, one claim each, with a verbatim quote.

Claims are looked for in every passage, tagged or not: stretches of clauses that stand alone
(``titles``), written down (``spoken``, ``endings``), with what stands around them (``bodies``), and checked
against what was said (``grounded``).
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from pipeline import schema
from pipeline.edits import span_text
from pipeline.kinds import KindRules
from pipeline.stages.card.claims import Claim, TagsOfAll, find_claims
from pipeline.stages.card.identity import give_ids
from pipeline.stages.card.spreading import spread

if TYPE_CHECKING:
    import pyarrow as pa

STAGE_VERSION = 7

# How much of the words that ask stands in a title that tells of it.
_TOLD_IN = 0.4
# What a reader sees: a change of anything else is no new content.
_CONTENT = ("kind", "title", "body", "quote", "speaker", "tags", "request", "start_s", "end_s")


def card(
    segments: pa.Table,
    utterances: pa.Table,
    passages: pa.Table,
    tags: pa.Table,
    *,
    kinds: KindRules,
    tags_of_all: TagsOfAll,
    taxonomy_version: str,
    prior: pa.Table | None = None,
) -> dict[str, pa.Table]:
    """Make the cards of an episode.

    Args:
        segments: raw text for the verbatim quotes.
        utterances: sentences with times and requests.
        passages: groups of sentences.
        tags: what the passages are about.
        kinds: tell of what kind a claim is.
        tags_of_all: the tags of many texts, each with its score.
        taxonomy_version: version of the taxonomy the tags come from.
        prior: the episode's cards before this run; the same claim keeps its id.

    Returns:
        Table ``cards``.
    """
    said = utterances.to_pylist()
    texts = dict(zip(*(segments[c].to_pylist() for c in ("segment_index", "text")), strict=True))
    hits: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in tags.to_pylist():
        hits[row["passage_id"]].append(row)
    listed = passages.to_pylist()
    claims = find_claims(
        said,
        [(passage["first_utterance"], passage["last_utterance"]) for passage in listed],
        [hits[passage["passage_id"]] for passage in listed],
        kinds=kinds,
        tags_of_all=tags_of_all,
    )
    found = [(passage, claim) for passage, own in zip(listed, claims, strict=True) for claim in own]
    kept = spread([claim for _, claim in found], said)
    rows = [_row(p, said, texts, c) for p, c in found if any(c is k for k in kept)]
    if rows:
        give_ids(rows[0]["episode_id"], rows, prior.to_pylist() if prior is not None else [])
    for row in rows:
        row["taxonomy_version"] = taxonomy_version
    return {"cards": schema.to_table("cards", rows)}


def _request(told: dict[str, Any], claim: Claim) -> str:
    """What is asked for in what a claim tells: not what else its sentence tells of, and not what is asked about it later."""
    if told["request"] != "none" and not told["request_abstained"] and _is_told_in(claim, told):
        return str(told["request"])
    return next((r for r in ("opinion", "answer") if f"signal.{r}" in claim.tags), "none")


def _is_told_in(claim: Claim, told: dict[str, Any]) -> bool:
    """Whether the words that ask stand in the claim's title, in written form."""
    start, end = told["request_start_char"], told["request_end_char"]
    if start is None or end is None:
        return True
    asked = told["text"][start:end]
    pairs = [asked[at : at + 2] for at in range(len(asked) - 1)]
    return sum(pair in claim.title for pair in pairs) >= _TOLD_IN * len(pairs)


def _row(
    passage: dict[str, Any],
    said: Sequence[dict[str, Any]],
    texts: dict[int, str],
    claim: Claim,
) -> dict[str, Any]:
    quoted = said[claim.first : claim.last + 1]
    # A sentence may end behind a backchannel that begins after it.
    first, last = quoted[0], max(quoted, key=lambda u: (u["last_segment"], u["last_char"]))
    span = (first["first_segment"], first["first_char"], last["last_segment"], last["last_char"])
    row = {
        "episode_id": passage["episode_id"], "passage_id": passage["passage_id"],
        "kind": claim.kind, "title": claim.title, "body": claim.body,
        "quote": "\n".join(u["text"] for u in quoted), "quote_raw": span_text(texts, *span),
        "first_segment": span[0], "first_char": span[1],
        "last_segment": span[2], "last_char": span[3],
        "start_s": first["start_s"], "end_s": last["end_s"], "speaker": said[claim.at]["speaker"],
        "tags": list(claim.tags), "request": _request(said[claim.at], claim),
        "score": claim.score, "antecedent_passage_id": None, "review_status": "unreviewed",
    }  # fmt: skip
    content = json.dumps([row[name] for name in _CONTENT], ensure_ascii=False)
    row["content_sha256"] = hashlib.sha256(content.encode()).hexdigest()
    return row
