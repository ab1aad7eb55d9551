"""Which data folder is read, and whether private episodes are: by argument, else as a session set it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from pipeline.config import CONFIG_NAME, Settings, load_settings
from pipeline.errors import BansouError
from pipeline.export.labels import KINDS, REASONS, REQUESTS, STATUSES
from pipeline.export.tags import read_tags

DataFolder = str | Path | None


@dataclass(frozen=True, slots=True)
class _Session:
    data: Path | None = None
    private: bool = False


_sessions = [_Session()]


def use(data: DataFolder = None, *, private: bool | None = None) -> Path:
    """Choose what every later call reads, unless it is told otherwise.

    Args:
        data: the folder that holds ``raw/`` and ``processed/``; None leaves what was chosen before.
        private: read private episodes (customers' meetings) too; None leaves what was chosen before.

    Returns:
        The data folder that is read from now on.

    Raises:
        BansouError: there is no such folder.
    """
    chosen = _sessions[-1]
    if data is not None:
        chosen = replace(chosen, data=Path(data).expanduser().absolute())
    if private is not None:
        chosen = replace(chosen, private=private)
    found = find_settings(chosen.data).data
    _sessions[:] = [chosen]
    return found


def find_settings(data: DataFolder = None) -> Settings:
    """The settings for a data folder.

    The folder is the one given, else that of :func:`use`, of the environment (``BANSOU_DATA``) or of
    ``bansou.toml``, else ``data``. A notebook runs in its own folder, so a relative folder that is
    not there is looked for beside the folders above.

    Raises:
        BansouError: there is no such folder.
    """
    given = Path(data).expanduser() if data is not None else _sessions[-1].data
    here = Path.cwd()
    config = next(
        (p / CONFIG_NAME for p in (here, *here.parents) if (p / CONFIG_NAME).is_file()), None
    )
    settings = load_settings(config=config, data=given)
    wanted = settings.data
    bases = (here, *here.parents) if given is None else (here,)
    folder = next((base / wanted for base in bases if (base / wanted).is_dir()), None)
    if folder is None:
        raise BansouError(
            f"there is no data folder {wanted}; name it: bs.use(data=…) or the environment BANSOU_DATA, "
            "and fill it with `make ingest`"
        )
    taxonomy = settings.taxonomy
    if taxonomy is not None and config is not None and not taxonomy.is_file():
        taxonomy = config.parent / taxonomy
    return settings.model_copy(update={"data": folder, "taxonomy": taxonomy})


def is_private_wanted(private: bool | None) -> bool:
    return _sessions[-1].private if private is None else private


def names(
    of: Literal["tag", "request", "kind", "review_status", "reason"], *, data: DataFolder = None
) -> Mapping[str, str]:
    """Japanese names of the tables' ASCII values, in the order in which they are shown.

    Args:
        of: the column: ``tag``, ``request``, ``kind``, ``review_status`` or ``reason``.
        data: data folder, for a team's own taxonomy; see :func:`use`.

    Raises:
        BansouError: no such column has names.
    """
    plain: Mapping[str, Mapping[str, str]] = {
        "request": REQUESTS, "kind": KINDS, "review_status": STATUSES,
        "reason": {reason: words[0] for reason, words in REASONS.items()},
    }  # fmt: skip
    if of in plain:
        return dict(plain[of])
    if of != "tag":
        raise BansouError(f"{of!r} has no names; choose one of tag, {', '.join(plain)}")
    tags, _ = read_tags(find_settings(data).taxonomy)
    return {tag: definition.name for tag, definition in tags.items()}
