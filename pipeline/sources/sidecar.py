"""The sidecar of an episode: ``<stem>.yaml`` beside its audio or transcript."""

from __future__ import annotations

import contextlib
import datetime as dt
import difflib
import email.utils
import functools
from collections.abc import Hashable
from pathlib import Path
from typing import Any, Literal, NoReturn

import pydantic
import yaml

from pipeline.errors import SourceError
from pipeline.sources.encoding import decode_text
from pipeline.sources.rawfile import read_bytes
from pipeline.sources.roles import role_of
from pipeline.sources.times import read_times

_MAX_BYTES = 1024 * 1024
# The parser slows down with the square of the depth and takes long over lists without end.
_MAX_NODES, _MAX_DEPTH = 5000, 20


# libyaml's, where PyYAML was built with it: a thousand sidecars are read in a fraction of a second.
_SafeLoader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class Sidecar(pydantic.BaseModel):
    """What a person wrote down about an episode; every key may be left out."""

    model_config = pydantic.ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    title: str | None = None
    date: dt.datetime | dt.date | None = None
    guests: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()
    feed_url: str | None = pydantic.Field(default=None, alias="feed")
    link: str | None = None
    guid: str | None = None
    sample: bool = False
    visibility: Literal["public", "private"] | None = None
    relation: str | None = None
    roles: dict[str, str] = pydantic.Field(default_factory=dict)
    speakers: dict[str, str] = pydantic.Field(default_factory=dict)
    spoken: dict[str, str] = pydantic.Field(default_factory=dict)
    speaker_count: int | None = pydantic.Field(default=None, ge=1, le=30)
    language: str | None = None
    show_notes: str | None = None

    @property
    def published_at(self) -> dt.datetime | None:
        """``date`` as a moment in UTC; a date or time without an offset is taken as UTC."""
        if self.date is None:
            return None
        if not isinstance(self.date, dt.datetime):
            return dt.datetime.combine(self.date, dt.time(), tzinfo=dt.UTC)
        if self.date.tzinfo is None:
            return self.date.replace(tzinfo=dt.UTC)
        return self.date.astimezone(dt.UTC)

    @property
    def of_voices(self) -> dict[str, Any]:
        """What it says of who speaks, as a JSON object; empty where it says nothing."""
        return self.model_dump(
            include={"speakers", "spoken", "speaker_count"}, exclude_defaults=True
        )

    @property
    def effective_visibility(self) -> Literal["public", "private"]:
        """A customer's meeting is private unless the sidecar says otherwise."""
        return self.visibility or ("private" if self.relation else "public")

    @pydantic.field_validator(
        "title", "feed_url", "link", "guid", "visibility", "relation", "language", "show_notes",
        mode="before",
    )  # fmt: skip
    @classmethod
    def _blank_is_none(cls, value: object) -> object:
        return value.strip() or None if isinstance(value, str) else value

    @pydantic.field_validator("guests", "hosts", mode="before")
    @classmethod
    def _one_or_many(cls, value: object) -> object:
        if value is None:
            return ()
        if isinstance(value, str):
            value = value.replace("、", ",").replace("，", ",").split(",")
        if isinstance(value, list):
            return tuple(
                v.strip() if isinstance(v, str) else v for v in value if v not in ("", None)
            )
        return value

    @pydantic.field_validator("sample", "roles", "speakers", "spoken", mode="before")
    @classmethod
    def _null_is_default(cls, value: object, info: pydantic.ValidationInfo) -> object:
        if value is not None:
            return value
        return False if info.field_name == "sample" else {}

    @pydantic.field_validator("roles")
    @classmethod
    def _known_roles(cls, value: dict[str, str]) -> dict[str, str]:
        return {name.strip(): role_of(word) for name, word in value.items()}

    @pydantic.field_validator("spoken")
    @classmethod
    def _readable_times(cls, value: dict[str, str]) -> dict[str, str]:
        for text in value.values():
            read_times(text)
        return {name.strip(): text for name, text in value.items()}

    @pydantic.field_validator("date", mode="before")
    @classmethod
    def _read_date(cls, value: object) -> object:
        return _date(value) if isinstance(value, str) else value


def read_sidecar(path: Path) -> Sidecar:
    """Read a sidecar.

    Args:
        path: a YAML file.

    Returns:
        Its values; the defaults where the file is empty.

    Raises:
        SourceError: unreadable, over 1 MB, no YAML mapping, an anchor or alias, a key that is not
            known or is given twice, or a value of the wrong kind.
    """
    mark: tuple[int, ...] = ()  # reading it says what is wrong
    with contextlib.suppress(OSError, ValueError):
        status = path.stat()
        mark = (status.st_ino, status.st_size, status.st_mtime_ns)
    return _read_sidecar(path, mark)


@functools.lru_cache(maxsize=16_384)  # a run asks twice: for its guid, and for the rest
def _read_sidecar(path: Path, mark: tuple[int, ...]) -> Sidecar:
    data = read_bytes(path, may_be_empty=True)
    if len(data) > _MAX_BYTES:
        raise SourceError(f"{path}: is larger than 1 MB; a sidecar holds a few lines, shorten it")
    values = yaml_mapping(decode_text(data, path)[0], path)
    if "feed" in values and "feed_url" in values:
        raise SourceError(f"{path}: gives both feed and feed_url, which mean the same; keep one")
    _check_keys(values, path)
    try:
        return Sidecar.model_validate(values)
    except pydantic.ValidationError as error:
        first = error.errors(include_url=False)[0]
        name = ".".join(str(part) for part in first["loc"])
        reason = first["msg"].removeprefix("Value error, ")
        raise SourceError(
            f"{path}: {name}: {reason} (it is {first['input']!r:.80}); correct it"
        ) from error


def yaml_mapping(text: str, path: Path) -> dict[str, Any]:
    """A YAML mapping with every scalar as text (so ``no`` and ``0123`` stay what was written).

    Raises:
        SourceError: no YAML, no mapping, or an anchor or alias, with the line.
    """
    try:
        _check_events(text)
        # A safe loader that knows fewer tags still: nothing can be built but text, lists, mappings.
        value = yaml.load(text, Loader=_PlainLoader)  # noqa: S506
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = f" in line {mark.line + 1}" if mark else ""
        raise SourceError(
            f"{path}: is no valid YAML{line} ({error.problem or error.context}); "
            "correct it, or put quotes around text that holds signs such as : # * & [ {"
        ) from error
    except (yaml.YAMLError, ValueError) as error:
        reason = str(error).replace("\n", " ")
        raise SourceError(f"{path}: is no valid YAML ({reason}); correct it") from error
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise SourceError(
            f"{path}: must hold lines such as `title: …`, not a list or a bare text; correct it"
        )
    return value


def _check_events(text: str) -> None:
    """Refuse what makes a small file costly, before anything is built of it."""
    depth = nodes = 0
    for event in yaml.parse(text, Loader=_SafeLoader):
        if getattr(event, "anchor", None) is not None:
            _refuse("anchors (&) and aliases (*) are not allowed", event)
        nodes += isinstance(event, yaml.NodeEvent)
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        if nodes > _MAX_NODES or depth > _MAX_DEPTH:
            _refuse("too many or too deeply nested values for a sidecar", event)


class _PlainLoader(_SafeLoader):  # type: ignore[misc,valid-type]
    """No repeated keys, and no types guessed from what text looks like."""

    # Only an empty value and `null` mean something else than the text that stands there.
    yaml_implicit_resolvers = {  # noqa: RUF012
        first: [(tag, regexp) for tag, regexp in resolvers if tag == "tag:yaml.org,2002:null"]
        for first, resolvers in _SafeLoader.yaml_implicit_resolvers.items()
    }

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Hashable, Any]:
        seen: set[str] = set()
        for key, _ in node.value if isinstance(node, yaml.MappingNode) else ():
            if not isinstance(key, yaml.ScalarNode) or key.value in seen:
                _refuse("a key is given twice or is no plain text", key)
            seen.add(key.value)
        built: dict[Hashable, Any] = super().construct_mapping(node, deep)
        return built


def _refuse(problem: str, at: Any) -> NoReturn:
    raise yaml.MarkedYAMLError(None, None, problem, at.start_mark)


def _check_keys(values: dict[str, Any], path: Path) -> None:
    known = sorted(Sidecar.model_fields)
    for key in values:
        if key in known or key == "feed":
            continue
        near = difflib.get_close_matches(str(key).lower(), known, n=1)
        hint = f"did you mean {near[0]}? " if near else ""
        raise SourceError(
            f"{path}: the key {key!r} is not known; {hint}known keys: {', '.join(known)}"
        )


def _date(value: str) -> dt.datetime | dt.date | None:
    text = value.strip()
    if not text:
        return None
    plain = text.replace("/", "-")
    parts = plain.split("-")
    if len(parts) == 3 and all(part.isascii() and part.isdigit() for part in parts):
        # 2024/4/1 is how it is written by hand.
        plain = f"{parts[0]:0>4}-{parts[1]:0>2}-{parts[2]:0>2}"
    try:
        return dt.date.fromisoformat(plain)
    except ValueError:
        pass
    try:
        moment = _moment(plain, text)
        if moment.tzinfo is not None:
            moment.astimezone(dt.UTC)
    except (ValueError, TypeError, OverflowError, IndexError):
        raise ValueError("a date is written 2024-01-31 or 2024-01-31T09:00:00+09:00") from None
    return moment


def _moment(plain: str, text: str) -> dt.datetime:
    try:
        return dt.datetime.fromisoformat(plain)
    except ValueError:
        # Feeds write their dates as e-mails do.
        return email.utils.parsedate_to_datetime(text)
