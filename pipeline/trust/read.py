"""Meetings of a relation from the finished tables: who said what, in which role, on which day."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from pipeline.errors import BansouError
from pipeline.store import Store

_BRACKETS = re.compile(r"\([^()]*\)$")
_NO_DATE = datetime.max.replace(tzinfo=UTC)


class RolesError(BansouError):
    """A sidecar gives a role to a name that never speaks."""


@dataclass(frozen=True, slots=True)
class Said:
    """One utterance with the role of who said it."""

    utterance_id: str
    index: int
    speaker: str | None
    role: str
    start_s: float | None
    text: str
    request: str
    score: float


@dataclass(frozen=True, slots=True)
class Tagged:
    """A passage's tag: how sure, and which utterances (first and last index) it stands in."""

    tag: str
    score: float
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Meeting:
    """One episode of a relation."""

    episode_id: str
    title: str
    date: datetime | None
    said: tuple[Said, ...]
    tags: tuple[Tagged, ...]
    is_private: bool


@dataclass(frozen=True, slots=True)
class Conversation:
    """All meetings with one customer, in order of day, then episode id.

    ``roles``: speaker → role; ``unassigned`` of them were given none and are ``other``.
    """

    relation: str
    roles: Mapping[str, str]
    unassigned: int
    meetings: tuple[Meeting, ...]


def find_relations(store: Store) -> dict[str, list[str]]:
    """Relations and their episodes, sorted.

    Raises:
        TableError: a table is missing or damaged.
    """
    found: dict[str, list[str]] = {}
    for episode_id, record in sorted(store.load_records().items()):
        if {"source", "segment", "tag"} <= record["stages"].keys():
            relation = store.read("episodes", episode_id)["relation"][0].as_py()
            if relation is not None:
                found.setdefault(relation, []).append(episode_id)
    return dict(sorted(found.items()))


def read_conversation(store: Store, relation: str, episode_ids: Sequence[str]) -> Conversation:
    """The meetings of a relation.

    Roles hold for all meetings of the relation; where two sidecars differ each has its say in its
    own meeting. Who has no role is ``other``.

    Raises:
        RolesError: a name with a role speaks in none of the meetings.
        TableError: a table is missing or damaged.
    """
    episodes = {i: store.read("episodes", i).to_pylist()[0] for i in episode_ids}
    utterances = {i: store.read("utterances", i).to_pylist() for i in episode_ids}
    own = {i: _roles(row) for i, row in episodes.items()}
    names = sorted({u["speaker"] for rows in utterances.values() for u in rows if u["speaker"]})
    _check_roles(store, relation, own, names)
    shared = {name: role for i in episode_ids for name, role in own[i].items()}
    meetings = [_meeting(store, episodes[i], utterances[i], shared | own[i]) for i in episode_ids]
    meetings.sort(key=lambda m: (m.date or _NO_DATE, m.episode_id))
    roles = {name: shared.get(name_key(name), "other") for name in names}
    unassigned = sum(name_key(name) not in shared for name in names)
    return Conversation(relation, roles, unassigned, tuple(meetings))


def name_key(name: str) -> str:
    """A name as it is compared: without white space, a side in brackets (田中（CSM）), or a polite さん."""
    plain = "".join(unicodedata.normalize("NFKC", name).split())
    plain = _BRACKETS.sub("", plain) or plain
    for suffix in ("さん", "様"):
        if len(plain) > len(suffix) + 1:
            plain = plain.removesuffix(suffix)
    return plain


def _roles(episode: Mapping[str, Any]) -> dict[str, str]:
    given: dict[str, str] = json.loads(episode["roles"]) if episode["roles"] else {}
    return {name_key(name): role for name, role in given.items()}


def _check_roles(
    store: Store, relation: str, own: Mapping[str, Mapping[str, str]], names: Sequence[str]
) -> None:
    spoken = {name_key(name) for name in names}
    for episode_id, roles in own.items():
        silent = [name for name in roles if name not in spoken]
        if silent:
            side = store.load_records()[episode_id]["files"]["sidecar"]
            where = side["path"] if side else episode_id
            there = (
                f"those who speak are {', '.join(names)}; correct the name"
                if names
                else "their transcripts name no speaker; use a transcript with lines such as 田中：…"
            )
            raise RolesError(
                f"{where}: roles names {', '.join(silent)}, who never speaks in the meetings of "
                f"relation {relation}; {there}"
            )


def _meeting(
    store: Store,
    episode: Mapping[str, Any],
    utterances: Sequence[Mapping[str, Any]],
    roles: Mapping[str, str],
) -> Meeting:
    episode_id = episode["episode_id"]
    said = tuple(
        Said(
            u["utterance_id"], u["utterance_index"], u["speaker"],
            roles.get(name_key(u["speaker"]), "other") if u["speaker"] else "other",
            u["start_s"], u["text"], u["request"], u["request_score"],
        )
        for u in utterances
    )  # fmt: skip
    places = {
        p["passage_id"]: (p["first_utterance"], p["last_utterance"])
        for p in store.read("passages", episode_id).to_pylist()
    }
    tags = tuple(
        Tagged(t["tag"], t["score"], *places[t["passage_id"]])
        for t in store.read("tags", episode_id).to_pylist()
    )
    return Meeting(
        episode_id, episode["title"], episode["published_at"], said, tags,
        episode["visibility"] != "public",
    )  # fmt: skip
