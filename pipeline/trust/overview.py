"""All relations of a data folder, or one of them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pipeline.errors import BansouError
from pipeline.store import Store
from pipeline.trust.measure import measure
from pipeline.trust.read import RolesError, find_relations, read_conversation
from pipeline.trust.results import RelationTrust


class UnknownRelationError(BansouError):
    """No meeting belongs to this relation."""


@dataclass(frozen=True, slots=True)
class Overview:
    """What was measured, by relation, and one sentence a relation that could not be."""

    relations: tuple[RelationTrust, ...]
    errors: tuple[str, ...]


def trust(data: Path, relation: str | None = None) -> Overview:
    """Measure trust over time.

    Args:
        data: the data folder (with ``processed/``).
        relation: one relation; None measures all.

    Returns:
        The relations in alphabetical order. One with a wrong sidecar is told among the errors and does not
        stop the others.

    Raises:
        UnknownRelationError: there is no such relation; the message lists those there are.
        TableError: a table is missing or damaged.
        ConfigError: the cue file is damaged.
    """
    store = Store(data / "processed")
    found = find_relations(store)
    if relation is not None:
        if relation not in found:
            known = (
                f"the relations are {', '.join(found)}" if found else "no meeting has a relation"
            )
            raise UnknownRelationError(
                f"no relation {relation!r} in {store.root}; {known} (`relation:` in a meeting's "
                "<stem>.yaml, then `bansou ingest`)"
            )
        found = {relation: found[relation]}
    measured, errors = [], []
    for name, episode_ids in found.items():
        try:
            measured.append(measure(read_conversation(store, name, episode_ids)))
        except RolesError as error:
            errors.append(str(error))
    return Overview(tuple(measured), tuple(errors))
