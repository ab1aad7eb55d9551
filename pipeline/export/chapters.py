"""Chapters of an episode as the podcast namespace has them (``application/json+chapters``)."""

from __future__ import annotations

import json

from pipeline.export.corpus import Corpus

VERSION = "1.2.0"


def make_chapters_file(corpus: Corpus, episode_id: str) -> bytes:
    """The file that a feed's ``<podcast:chapters>`` names; no chapter where the source has no times."""
    episode = corpus.episodes[episode_id]
    chapters = [
        {"startTime": round(chapter.start_s, 3), "title": chapter.title}
        for chapter in episode.chapters
    ]
    content: dict[str, object] = {"version": VERSION, "title": episode.title, "chapters": chapters}
    return (json.dumps(content, ensure_ascii=False, indent=1) + "\n").encode()
