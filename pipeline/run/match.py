"""From files to episodes: which file is which episode, renamed or not, and what is nobody's."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pipeline.errors import BansouError
from pipeline.run.plan import FileSeen, Job, Record
from pipeline.sources import Problem, Sidecar, Source, discover, read_sidecar

Look = Callable[..., FileSeen]


@dataclass(slots=True)
class Found:
    """Episodes at hand, files that cannot be one, and files left out on purpose."""

    jobs: list[Job] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    notes: list[Problem] = field(default_factory=list)


def find_jobs(
    raw: Path,
    named: Sequence[Path],
    records: dict[str, Record],
    *,
    listen: bool | None,
    forgotten: frozenset[str] = frozenset(),
    verify: bool = False,
    look: Look = FileSeen.look,
) -> Found:
    """Match files to episodes.

    Args:
        raw: the folder watched; looked through where no file is named.
        named: files or folders the user named.
        records: what is known, by episode id.
        listen: take the audio where a transcript stands beside it; None keeps what was taken.
        forgotten: hashes of files whose episodes were forgotten; only naming one brings it back.
        verify: hash every file, whatever its size and time.
        look: takes a file's size, time and hash.
    """
    watched = [*([raw] if raw.is_dir() else ()), *_elsewhere(raw, records)]
    paths = [path.absolute() for path in named or watched]
    discovery = discover(paths, named=bool(named))
    found = Found(problems=list(discovery.problems), notes=list(discovery.ignored))
    by_hash = {r["files"]["primary"]["sha256"]: r for r in records.values()}
    by_path = {r["files"]["primary"]["path"]: r for r in records.values()}
    taken: dict[str, Job] = {}
    for source in discovery.sources:
        try:
            job = _match(
                source, records, by_hash, by_path, listen=listen, verify=verify, look=look
            )
            if not named and job.primary.sha256 in forgotten:
                found.notes.append(
                    Problem(
                        Path(job.primary.path),
                        "was forgotten; delete it, or name it to bring it back",
                    )
                )
            elif clash := _clash(job, taken):
                found.notes.append(clash)
            else:
                found.jobs.append(job)
                taken |= {f"sha256:{job.primary.sha256}": job, f"id:{job.episode_id}": job}
        except (BansouError, OSError) as error:
            found.problems.append(Problem(source.primary, _message(error, source.primary)))
    if not named:
        _put_samples_aside(found)
    return found


def _elsewhere(raw: Path, records: dict[str, Record]) -> list[Path]:
    """Files that were named once and lie outside of ``raw/``: they are watched like the others."""
    known = [Path(record["files"]["primary"]["path"]) for record in records.values()]
    inside = raw.absolute()
    return [p for p in known if not p.is_relative_to(inside) and _is_there(p)]


def _is_there(path: Path | str) -> bool:
    return os.path.exists(path)  # noqa: PTH110  Path.exists raises where a folder is closed


def _match(
    source: Source,
    records: dict[str, Record],
    by_hash: dict[str, Record],
    by_path: dict[str, Record],
    *,
    listen: bool | None,
    verify: bool,
    look: Look,
) -> Job:
    record = records.get(source.episode_id)
    path = _choose(source, record, listen=listen)
    if record is None:  # renamed in an earlier run: it bears another name than its episode
        record = by_path.get(str(path))
    known = record["files"] if record else {"primary": None, "sidecar": None}
    primary = look(path, known["primary"], verify=verify)
    if record is None:
        same = by_hash.get(primary.sha256)
        if same and not _is_there(same["files"]["primary"]["path"]):  # renamed
            record = same
    elif _is_another(record, source, primary):
        raise BansouError(
            f"{path}: episode id {source.episode_id!r} belongs to {record['files']['primary']['path']}; "
            "rename one of the files"
        )
    sidecar = look(source.sidecar, known["sidecar"]) if source.sidecar else None
    episode_id = record["episode_id"] if record else source.episode_id
    said = read_sidecar(source.sidecar) if source.sidecar else Sidecar()
    return Job(
        episode_id, source, primary, sidecar, record, is_sample=said.sample, language=said.language,
        said_of_voices=said.of_voices,
    )  # fmt: skip


def _choose(source: Source, record: Record | None, *, listen: bool | None) -> Path:
    """Audio or the transcript beside it: the transcript, unless told to listen (now or last time)."""
    if source.audio and source.transcript:
        if listen is None and record is not None:
            listen = record["files"]["primary"]["path"] == str(source.audio) and record.get(
                "listened", False
            )
        return source.audio if listen else source.transcript
    return source.primary


def _is_another(record: Record, source: Source, primary: FileSeen) -> bool:
    old = record["files"]["primary"]
    own = {str(path) for path in (source.audio, source.transcript) if path}
    if old["path"] in own or old["sha256"] == primary.sha256:
        return False
    return _is_there(old["path"])


def _clash(job: Job, taken: Mapping[str, Job]) -> Problem | None:
    same = (taken.get(f"sha256:{job.primary.sha256}"), taken.get(f"id:{job.episode_id}"))
    if other := next(filter(None, same), None):
        return Problem(Path(job.primary.path), f"is a copy of {other.primary.path}; it is left out")
    return None


def _put_samples_aside(found: Found) -> None:
    """Samples count only while there is nothing else (an unreadable file is something else)."""
    if found.problems or any(not job.is_sample for job in found.jobs):
        found.jobs = [job for job in found.jobs if not job.is_sample]


def _message(error: Exception, path: Path) -> str:
    if isinstance(error, OSError):
        return f"{path}: {error.strerror or error}"
    return str(error)
