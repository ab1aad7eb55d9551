"""From files to episodes: which file is which episode, renamed or not, and what is nobody's."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pipeline.errors import BansouError
from pipeline.records import Briefs
from pipeline.run.plan import FileSeen, Job, Record
from pipeline.sources import Discovery, Problem, Sidecar, Source, read_sidecar

Look = Callable[..., FileSeen]


@dataclass(slots=True)
class Found:
    """Episodes at hand, files that cannot be one, and files left out on purpose."""

    jobs: list[Job] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    notes: list[Problem] = field(default_factory=list)


def find_jobs(
    discovery: Discovery,
    known: Known,
    *,
    listen: bool | None,
    is_named: bool = False,
    has_others: bool = False,
    forgotten: frozenset[str] = frozenset(),
    verify: bool = False,
    look: Look = FileSeen.look,
) -> Found:
    """Match files to episodes.

    Args:
        discovery: the files.
        known: the episodes so far.
        listen: take the audio where a transcript stands beside it; None keeps what was taken.
        is_named: the user named the files.
        has_others: there are episodes besides these files that are no samples.
        forgotten: hashes of files whose episodes were forgotten; only naming one brings it back.
        verify: hash every file, whatever its size and time.
        look: takes a file's size, time and hash.
    """
    found = Found(problems=list(discovery.problems), notes=list(discovery.ignored))
    taken: dict[str, Job] = {}
    for source in discovery.sources:
        try:
            job = _match(source, known, listen=listen, verify=verify, look=look)
            if not is_named and job.primary.sha256 in forgotten:
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
    if not is_named:
        _put_samples_aside(found, has_others=has_others)
    return found


def watched(raw: Path, briefs: Briefs) -> list[Path]:
    """What a run looks through: the folder, and files that were named once and lie outside of it."""
    return [*([raw.absolute()] if raw.is_dir() else ()), *elsewhere(raw, briefs)]


def elsewhere(raw: Path, briefs: Briefs) -> list[Path]:
    """Files that were named once and lie outside of ``raw/``."""
    inside = f"{raw.absolute()}{os.sep}"
    outside = [path for path in briefs.paths() if not path.startswith(inside)]
    return [
        Path(path).absolute() for path in outside if _is_there(path) and not _came_along(raw, path)
    ]


def _came_along(raw: Path, path: str) -> bool:
    """Whether the data folder was copied together with this file: then it goes on with its own."""
    _, is_in_such, inside = path.rpartition(f"{os.sep}{raw.name}{os.sep}")
    return bool(is_in_such) and _is_there(raw / inside)


class Known:
    """Records, and how to find one by its raw file."""

    def __init__(self, records: Mapping[str, Record], briefs: Briefs) -> None:
        self.records = records
        self._by_hash = briefs.by_hash()
        self._by_path = briefs.by_path()

    def of_content(self, sha256: str) -> Record | None:
        return self._at(self._by_hash.get(sha256))

    def of_path(self, path: Path) -> Record | None:
        return self._at(self._by_path.get(str(path)))

    def _at(self, episode_id: str | None) -> Record | None:
        return self.records.get(episode_id) if episode_id is not None else None


def _is_there(path: Path | str) -> bool:
    return os.path.exists(path)  # noqa: PTH110  Path.exists raises where a folder is closed


def _match(
    source: Source,
    known: Known,
    *,
    listen: bool | None,
    verify: bool,
    look: Look,
) -> Job:
    record = known.records.get(source.episode_id)
    path = _choose(source, record, listen=listen)
    if record is None:  # renamed in an earlier run: it bears another name than its episode
        record = known.of_path(path)
    files = record["files"] if record else {"primary": None, "sidecar": None}
    primary = look(path, files["primary"], verify=verify)
    if record is None:
        same = known.of_content(primary.sha256)
        if same and not _is_there(same["files"]["primary"]["path"]):  # renamed
            record = same
    elif _is_another(record, source, primary):
        raise BansouError(
            f"{path}: episode id {source.episode_id!r} belongs to {record['files']['primary']['path']}; "
            "rename one of the files"
        )
    sidecar = look(source.sidecar, files["sidecar"]) if source.sidecar else None
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


def _put_samples_aside(found: Found, *, has_others: bool) -> None:
    """Samples count only while there is nothing else (an unreadable file is something else)."""
    if has_others or found.problems or any(not job.is_sample for job in found.jobs):
        found.jobs = [job for job in found.jobs if not job.is_sample]


def _message(error: Exception, path: Path) -> str:
    if isinstance(error, OSError):
        return f"{path}: {error.strerror or error}"
    return str(error)
