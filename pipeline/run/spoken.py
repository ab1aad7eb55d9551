"""``speakers.yaml`` of the data folder: who speaks when in which episode, as people said."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import yaml

from pipeline.errors import ConfigError, SourceError
from pipeline.sources import Span, decode_text, read_times, write_times, yaml_mapping
from pipeline.store import write_bytes

SPOKEN_NAME = "speakers.yaml"
_HEAD = """\
# 誰がいつ話しているか（回ごとに、名前: 時刻）。`bansou speakers name` が書き、手で直してもよい。
"""
_SHORTEST_S = 1.0
_MOST_SPANS = 30

Spoken = dict[str, dict[str, str]]


def read_spoken(path: Path) -> Spoken:
    """Episode → name → times; empty where there is no such file.

    Raises:
        ConfigError: the file is no such mapping, or a time is written otherwise.
    """
    if not path.is_file():
        return {}
    try:
        content = yaml_mapping(decode_text(path.read_bytes(), path)[0], path)
    except SourceError as error:
        raise ConfigError(str(error)) from error
    for episode_id, people in content.items():
        if not isinstance(people, dict) or not all(isinstance(t, str) for t in people.values()):
            raise ConfigError(
                f"{path}: {episode_id}: must hold lines such as `name: 0:12-0:40`; correct it"
            )
        for name, times in people.items():
            try:
                read_times(times)
            except ValueError as error:
                raise ConfigError(f"{path}: {episode_id}: {name}: {error}; correct it") from error
    return content


def name_times(path: Path, episode_id: str, name: str | None, spans: Sequence[Span]) -> None:
    """Write down that a person speaks in these times; whoever was named there before goes.

    Args:
        name: None: nobody is named there.
        spans: seconds; the longest count.
    """
    content = read_spoken(path)
    people = {
        known: times
        for known, times in content.get(episode_id, {}).items()
        if not _shares(read_times(times), spans)
    }
    if name is not None:
        longest = sorted((s for s in spans if s[1] - s[0] >= _SHORTEST_S), key=_by_length)
        chosen = sorted((longest or list(spans))[:_MOST_SPANS])
        before = read_times(people[name]) if name in people else []
        people[name] = write_times(sorted([*before, *chosen]))
    write_spoken(path, {**content, episode_id: people})


def _by_length(span: Span) -> float:
    return span[0] - span[1]


def _shares(first: Iterable[Span], second: Iterable[Span]) -> bool:
    """Whether most of the first times lie within the second ones."""
    spans, others = list(first), list(second)
    inside_s = sum(max(0.0, min(b, d) - max(a, c)) for a, b in spans for c, d in others)
    return inside_s > 0.5 * sum(b - a for a, b in spans)


def drop_spoken(path: Path, episode_ids: Iterable[str]) -> None:
    """Take episodes out of the file."""
    content = read_spoken(path)
    left = {key: people for key, people in content.items() if key not in set(episode_ids)}
    if left != content:
        write_spoken(path, left)


def write_spoken(path: Path, content: Mapping[str, Mapping[str, str]]) -> None:
    """Write the file; episodes in which nobody is named are left out."""
    kept = {key: dict(people) for key, people in content.items() if people}
    body = yaml.safe_dump(kept, allow_unicode=True, sort_keys=True) if kept else ""
    write_bytes(path, (_HEAD + body).encode())
