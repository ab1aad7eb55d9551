"""``review``: cards go out to reviewers, decisions come back, the corpus tables follow."""

from __future__ import annotations

import logging
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from pipeline import schema
from pipeline.config import Settings
from pipeline.errors import BansouError
from pipeline.glossary import load_glossary
from pipeline.review.answers import Answer
from pipeline.review.decide import Decided, OnChanged, decide
from pipeline.review.labels import ReviewError
from pipeline.review.labelstudio import make_config, make_tasks, read_tasks
from pipeline.review.overlay import Conflict
from pipeline.review.queue import DEFAULT_STATUSES, choose, find_items
from pipeline.review.sheet import read_sheet, write_sheet
from pipeline.review.tables import audience_of, read_ledger, read_reviewed, read_reviews
from pipeline.review.termfile import add_misspellings
from pipeline.review.terms import Correction, find_corrections
from pipeline.run.corpus import link_corpus
from pipeline.sources.rawfile import read_bytes
from pipeline.store import Store, write_parquet
from pipeline.taxonomy import load_taxonomy

log = logging.getLogger("bansou")

Format = Literal["csv", "label-studio"]


@dataclass(frozen=True, slots=True)
class Exported:
    """What goes to reviewers: the file's bytes, Label Studio's config, and what was left out."""

    data: bytes
    config: str
    cards: int
    private: int


def export_reviews(
    settings: Settings,
    *,
    form: Format = "csv",
    statuses: Collection[str] = DEFAULT_STATUSES,
    episodes: Collection[str] = (),
    lowest: float = 100.0,
    private: bool = False,
) -> Exported:
    """Write cards for reviewers, the least sure first.

    Args:
        settings: data folder and taxonomy.
        form: ``csv`` for a spreadsheet, or ``label-studio`` (tasks as JSON).
        statuses: keep these, see :data:`pipeline.review.queue.STATUSES`.
        episodes: keep cards of these; none named keeps all.
        lowest: keep this share (percent) of what is left, the least sure.
        private: also cards of private episodes.

    Raises:
        BansouError: an episode is unknown, a table damaged, a text that no file can hold.
    """
    store = Store(settings.processed)
    rows = _episodes(store)
    unknown = sorted(set(episodes) - rows.keys())
    if unknown:
        raise ReviewError(f"no episode {unknown[0]!r} in {store.root}; `bansou status` lists them")
    merged = {e["card_id"] for e in read_ledger(store).to_pylist() if e["status"] == "merged"}
    items = find_items(read_reviewed(store), merged=merged)
    chosen = choose(items, statuses=statuses, episodes=episodes)
    # A card whose episode is gone is nobody's to show to everybody.
    shown = [i for i in chosen if private or _is_public(rows, i.episode_id)]
    left_out = len(chosen) - len(shown)
    shown = choose(shown, statuses=("all",), lowest=lowest)
    taxonomy = load_taxonomy(settings.taxonomy)
    tags = {tag: definition.name for tag, definition in taxonomy.tags.items()}
    titles = {i: str(row["title"]) for i, row in rows.items()}
    if form == "csv":
        return Exported(write_sheet(shown, episodes=titles, tags=tags), "", len(shown), left_out)
    tasks = make_tasks(shown, episodes=titles, tags=tags).encode()
    return Exported(tasks, make_config(tags), len(shown), left_out)


def import_reviews(
    settings: Settings, path: Path, *, reviewer: str, on_changed: OnChanged = "refuse"
) -> Decided:
    """Take reviewers' decisions in: all of a file, or nothing where anything in it is wrong.

    Args:
        settings: data folder and taxonomy.
        path: a CSV file as a spreadsheet saved it, or Label Studio's JSON export.
        reviewer: who decided.
        on_changed: what to do with cards that changed since they were exported.

    Returns:
        What was decided; where it has ``problems``, nothing was kept.

    Raises:
        BansouError: the file or a table cannot be read.
        BusyError: another process is writing.
    """
    answers = _read(path)
    store = Store(settings.processed)
    with store.lock():
        store.recover()
        reviewed = read_reviewed(store)
        taxonomy = load_taxonomy(settings.taxonomy)
        made = decide(
            answers,
            reviewed,
            reviewer=reviewer,
            now=datetime.now(UTC).replace(microsecond=0),
            tags={tag: definition.name for tag, definition in taxonomy.tags.items()},
            audience={i: audience_of(row) for i, row in _episodes(store).items()},
            gone={e["card_id"]: e["status"] for e in read_ledger(store).to_pylist()},
            on_changed=on_changed,
        )
        if made.reviews and not made.problems:
            rows = read_reviews(store).to_pylist() + [review.as_row() for review in made.reviews]
            table = schema.to_table("reviews", rows)
            write_parquet(store.table_path("reviews", ""), "reviews", table)
            log.info("review: %d decision(s) from %s", len(made.reviews), path.name)
        if not made.problems:  # also where a killed import had kept the decisions, and no more
            link_corpus(store)
    return made


def find_conflicts(settings: Settings) -> list[Conflict]:
    """Where the pipeline now says otherwise than reviewers decided."""
    return read_reviewed(Store(settings.processed)).conflicts


def review_terms(
    settings: Settings, words: Collection[str] = (), *, add: bool = False
) -> tuple[list[Correction], list[Path]]:
    """Words that reviewers put right, and into the team's glossary with them where asked.

    Args:
        settings: data folder and glossary files.
        words: only corrections from or to one of these; needed to add a word that the glossary has no
            entry for yet.
        add: write them as confirmed misspellings.

    Returns:
        The corrections meant, and the glossary files written.

    Raises:
        ConfigError: a glossary file is broken or cannot be added to.
    """
    store = Store(settings.processed)
    glossary = load_glossary(*settings.glossary_files)
    found = find_corrections(read_reviewed(store).history.values(), glossary)
    if words:
        found = [c for c in found if {c.before, c.after} & set(words)]
        missing = [w for w in words if not any(w in (c.before, c.after) for c in found)]
        if missing:
            raise ReviewError(
                f"no reviewer put {missing[0]!r} right; `bansou review terms` lists the words"
            )
    if not add:
        return found, []
    meant = [c for c in found if c.term is not None or words]
    with store.lock():
        own = settings.data / "terms.yaml"
        return meant, add_misspellings(settings.glossary_files, own, meant)


def _read(path: Path) -> list[Answer]:
    try:
        data = read_bytes(path)
        is_json = data.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"[", b"{")
        return read_tasks(data, path) if is_json else read_sheet(data, path)
    except ReviewError:
        raise
    except BansouError as error:  # its remedy is for transcripts
        what = str(error).rpartition("; ")[0] or str(error)
        raise ReviewError(
            f"{what}; save it from the spreadsheet as CSV UTF-8, or export JSON from Label Studio"
        ) from error


def _episodes(store: Store) -> dict[str, dict[str, object]]:
    ids = [i for i, r in store.load_records().items() if "card" in r.get("stages", {})]
    rows = [row for i in ids for row in store.read("episodes", i).to_pylist()]
    return {row["episode_id"]: row for row in rows}


def _is_public(rows: dict[str, dict[str, object]], episode_id: str) -> bool:
    return episode_id in rows and audience_of(rows[episode_id]) == "public"
