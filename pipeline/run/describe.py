"""Stage ``source``: the row of ``episodes``, from the file, its sidecar and what transcribing learned."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline import __version__, schema

if TYPE_CHECKING:
    import pyarrow as pa

    from pipeline.sources import Sidecar

STAGE_VERSION = 2


def describe(
    episode_id: str,
    *,
    source_path: str,
    source_sha256: str,
    sidecar: Sidecar,
    facts: dict[str, Any],
) -> dict[str, pa.Table]:
    """Table ``episodes`` of one episode.

    Args:
        source_path: as it shall be shown: relative to the data folder where it lies inside.
        source_sha256: hash of that file.
        sidecar: what the sidecar says; defaults where there is none.
        facts: what transcribing learned: source_kind, duration_s, model, hotwords, language, title.
    """
    title = (
        sidecar.title or facts.get("title") or Path(source_path).stem.removesuffix(".transcript")
    )
    row = {
        "episode_id": episode_id, "title": title, "source_path": source_path,
        "source_kind": facts["source_kind"], "source_sha256": source_sha256,
        "duration_s": facts["duration_s"], "published_at": sidecar.published_at,
        "language": sidecar.language or facts["language"], "model": facts["model"],
        "hotwords": facts["hotwords"], "visibility": sidecar.effective_visibility,
        "is_sample": sidecar.sample, "relation": sidecar.relation,
        "guests": list(sidecar.guests), "link": sidecar.link, "feed_url": sidecar.feed_url,
        "pipeline_version": __version__,
        "roles": json.dumps(sidecar.roles, ensure_ascii=False, sort_keys=True)
        if sidecar.roles
        else None,
    }  # fmt: skip
    return {"episodes": schema.to_table("episodes", [row])}
