"""``forget``: an episode leaves every table, cache, ledger and log."""

from __future__ import annotations

import logging
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pipeline.errors import BansouError
from pipeline.review.tables import read_reviews
from pipeline.run.corpus import link_corpus
from pipeline.run.heard import sweep_heard
from pipeline.run.planning import forgotten
from pipeline.run.settled import forget_noted
from pipeline.run.spoken import SPOKEN_NAME, drop_spoken
from pipeline.run.trust import measure_relations
from pipeline.run.voices import drop_voices
from pipeline.store import Store, read_parquet, write_json, write_parquet

log = logging.getLogger("bansou")

_ENTRY = re.compile(r"(?m)^(?=\d{4}-\d{2}-\d{2} )")


@dataclass(slots=True)
class Forgotten:
    """What was removed, and raw files that still stand and are the user's to delete."""

    episode_ids: list[str] = field(default_factory=list)
    tables_removed: int = 0
    raw_files: list[Path] = field(default_factory=list)


def forget(
    store: Store, episode_ids: Sequence[str] = (), *, relation: str | None = None
) -> Forgotten:
    """Remove episodes from every table, cache, ledger and log.

    The raw file is never touched. Its hash alone is kept, so that the next plain ingest does not
    bring the episode back; naming the file does.

    Args:
        episode_ids: episodes to forget.
        relation: also every episode of this relation.

    Raises:
        BansouError: an episode or relation is unknown.
        BusyError: another process is writing or fetching.
    """
    with store.lock():
        store.recover()
        records = store.load_records()
        unknown = [i for i in episode_ids if i not in records]
        if unknown:
            raise BansouError(
                f"no episode {unknown[0]!r} in {store.root}; `bansou status` lists them"
            )
        chosen = [*episode_ids, *(_of_relation(store, list(records), relation) if relation else ())]
        made = Forgotten(sorted(set(chosen)))
        if relation and not chosen:
            raise BansouError(f"no episode of relation {relation!r} in {store.root}")
        from pipeline.feeds import forget_fetched

        fetched = forget_fetched(store.root.parent, made.episode_ids)
        hashes = set(forgotten(store))
        for episode_id in made.episode_ids:
            files = records[episode_id]["files"]
            hashes.add(files["primary"]["sha256"])
            made.tables_removed += len(store.drop_episode(episode_id)) - 1
            made.raw_files += [
                Path(f["path"]) for f in files.values() if f and Path(f["path"]).exists()
            ]
        beside = [store.root.parent / "raw" / name for names in fetched.values() for name in names]
        known = set(made.raw_files)
        made.raw_files += [
            path for path in beside if path.is_file() and path.absolute() not in known
        ]
        forget_noted(store)
        drop_voices(store, made.episode_ids)
        drop_spoken(store.root.parent / SPOKEN_NAME, made.episode_ids)
        sweep_heard(store, ())  # half-heard audio may be theirs; at worst it is listened to again
        write_json(store.state / "forgotten.json", {"sha256": sorted(hashes)})
        for table in ("card_ledger", "reviews"):
            _clean(store, table, made.episode_ids)
        link_corpus(store)
        measure_relations(store)
        _clean_log(
            store.log_file, [*made.episode_ids, *_names(records, made.episode_ids), *fetched]
        )
        log.info("forgot %d episode(s)", len(made.episode_ids))
        return made


def _of_relation(store: Store, episode_ids: Sequence[str], relation: str) -> list[str]:
    return [i for i in episode_ids if store.read("episodes", i)["relation"][0].as_py() == relation]


def _clean(store: Store, table: str, episode_ids: Sequence[str]) -> None:
    path = store.table_path(table, "")
    if path.is_file():
        import pyarrow as pa
        import pyarrow.compute as pc

        if table == "card_ledger":
            from pipeline.stages.link.ledger import without_episodes

            rows = without_episodes(read_parquet(table, path), episode_ids)
        else:
            rows = read_reviews(store)
            gone = pc.is_in(rows["episode_id"], value_set=pa.array(episode_ids, pa.string()))
            rows = rows.filter(pc.invert(gone))
        write_parquet(path, table, rows)


def _names(
    records: dict[str, dict[str, dict[str, dict[str, str]]]], ids: Sequence[str]
) -> list[str]:
    return [Path(records[i]["files"]["primary"]["path"]).name for i in ids]


def _clean_log(path: Path, names: Sequence[str]) -> None:
    """Take out the log's entries (a line and its traceback) that name an episode or its file."""
    if path.is_file():
        entries = _ENTRY.split(path.read_text(encoding="utf-8"))
        kept = [entry for entry in entries if not any(name in entry for name in names)]
        # Other handlers hold the file open: it is rewritten in place, not replaced.
        with path.open("r+", encoding="utf-8") as out:
            out.write("".join(kept))
            out.truncate()
