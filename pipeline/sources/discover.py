"""Which episodes lie in a folder: audio, transcripts and what belongs to them."""

from __future__ import annotations

import contextlib
import os
import stat
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pipeline.errors import SourceError
from pipeline.sources.names import NamedFile, classify, has_odd_characters
from pipeline.sources.sidecar import read_sidecar

_FORMATS = (
    "audio (.wav, .mp3, .m4a, .ogg, .flac, .mp4 …) or a transcript (.txt, .md, .srt, .vtt, .json)"
)


@dataclass(frozen=True, slots=True)
class Problem:
    """A path and one sentence on what is wrong with it and what to do."""

    path: Path
    message: str


@dataclass(frozen=True, slots=True)
class Source:
    """The files of one episode; at least one of ``audio`` and ``transcript`` is given."""

    episode_id: str
    audio: Path | None = None
    transcript: Path | None = None
    sidecar: Path | None = None
    chapters: Path | None = None

    @property
    def primary(self) -> Path:
        """The file that the episode's text is read from: the transcript where there is one."""
        path = self.transcript or self.audio
        if path is None:
            raise SourceError(
                f"episode {self.episode_id} has neither audio nor a transcript; add one"
            )
        return path


@dataclass(frozen=True, slots=True)
class Discovery:
    """Sources sorted by stem; problems for the user to mend; files left out, with the reason.

    Attributes:
        ids: episodes that any of the files calls itself, in NFC, also where two do and neither is a source.
    """

    sources: tuple[Source, ...]
    problems: tuple[Problem, ...]
    ignored: tuple[Problem, ...]
    ids: frozenset[str] = frozenset()


@dataclass(slots=True)
class _Finds:
    """What a walk gathers."""

    files: dict[str, NamedFile] = field(default_factory=dict)
    folders: set[tuple[int, int]] = field(default_factory=set)
    neighbours: dict[Path, dict[str, list[NamedFile]]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    ignored: list[Problem] = field(default_factory=list)

    def problem(self, path: Path, message: str) -> None:
        self.problems.append(Problem(path, message))


def discover(paths: Iterable[Path], *, named: bool = False) -> Discovery:
    """Find the episodes among files and folders; opens nothing but sidecars.

    Args:
        paths: files, and folders to walk; symbolic links are followed, each folder once.
        named: the user named these files, so one that cannot be an episode is a problem. Files
            within a named folder are not named.

    Returns:
        One source an episode. A file that is named brings its companions of the same stem along.
        Files that are nobody's (hidden, read-me, images, unfinished downloads) are passed over.
    """
    finds = _Finds()
    for path in paths:
        _take(path, finds, named=named)
    return _told(finds)


def discover_some(
    files: Iterable[Path], further: Iterable[Path], unreadable: Iterable[tuple[Path, str | None]]
) -> Discovery:
    """As :func:`discover`, of files that a walk found.

    Args:
        files: some of what the walk met, in its order; all of those that share a stem, or none.
        further: files that lie elsewhere.
        unreadable: folders that the walk could not list, with the reason.
    """
    finds = _Finds()
    for folder, reason in unreadable:
        _closed(folder, reason, finds)
    for path in files:
        file = classify(path)
        if file.role != "nobody" and (mode := _mode(path, finds)) is not None:
            _add(file, mode, finds)
    for path in further:
        _take(path, finds, named=False)
    return _told(finds)


def _told(finds: _Finds) -> Discovery:
    sources = _pair(finds)
    return Discovery(
        tuple(_with_own_ids(sources, finds)),
        tuple(sorted(finds.problems, key=lambda p: (str(p.path), p.message))),
        tuple(sorted(finds.ignored, key=lambda p: (str(p.path), p.message))),
        frozenset(unicodedata.normalize("NFC", source.episode_id) for _, source in sources),
    )


def _take(path: Path, finds: _Finds, *, named: bool) -> None:
    mode = _mode(path, finds)
    if mode is None:
        return
    if stat.S_ISDIR(mode):
        _walk(path, finds)
        return
    file = classify(path)
    if file.role in ("audio", "transcript"):
        if _add(file, mode, finds):
            _add_companions(file, finds)
        return
    reason = {
        "sidecar": "is a sidecar; name the audio or transcript it belongs to",
        "chapters": "holds chapter marks; name the audio it belongs to",
        "nobody": f"is no episode by its name; rename it if it is one, or name {_FORMATS}",
        "unknown": _unknown(path),
    }[file.role]
    (finds.problems if named else finds.ignored).append(Problem(path, f"{path}: {reason}"))


def _walk(top: Path, finds: _Finds) -> None:
    waiting = [top]
    while waiting:
        folder = waiting.pop()
        try:
            status = folder.stat()
            if (status.st_dev, status.st_ino) in finds.folders:
                continue
            finds.folders.add((status.st_dev, status.st_ino))
            entries = sorted(folder.iterdir(), key=lambda p: unicodedata.normalize("NFC", p.name))
        except OSError as error:
            _closed(folder, error.strerror, finds)
            continue
        inner = []
        for path in entries:
            file = classify(path)
            if file.role == "nobody":
                continue
            mode = _mode(path, finds)
            if mode is not None and stat.S_ISDIR(mode):
                inner.append(path)
            elif mode is not None:
                _add(file, mode, finds)
        waiting += reversed(inner)


def _closed(folder: Path, reason: str | None, finds: _Finds) -> None:
    finds.problem(folder, f"{folder}: the folder cannot be read ({reason}); check its permissions")


def _mode(path: Path, finds: _Finds) -> int | None:
    try:
        return path.stat().st_mode
    except (OSError, ValueError) as error:
        if isinstance(error, FileNotFoundError) and not path.is_symlink():
            finds.problem(path, f"{path}: there is no such file or folder; check its name")
        elif isinstance(error, FileNotFoundError):
            finds.problem(
                path, f"{path}: is a link to a file that is gone; delete the link or mend it"
            )
        else:
            reason = getattr(error, "strerror", None) or error
            finds.problem(
                path, f"{path}: cannot be read ({reason}); check its name and permissions"
            )
        return None


def _add(file: NamedFile, mode: int, finds: _Finds) -> bool:
    """Keep a file for pairing; False where it is left out, with a reason."""
    path = file.path
    # Another way to the same folder must not make a second episode of it.
    key = os.path.join(os.path.realpath(path.parent), path.name)  # noqa: PTH118
    if key in finds.files:
        return True
    if file.role == "unknown":
        finds.ignored.append(Problem(path, f"{path}: {_unknown(path)}"))
    elif not stat.S_ISREG(mode):
        finds.ignored.append(
            Problem(path, f"{path}: is not a regular file; put a copy of the file here")
        )
    elif has_odd_characters(path.name):
        finds.problem(
            path,
            f"{str(path)!r}: its name holds control characters or broken bytes; rename the file",
        )
    elif not os.access(path, os.R_OK):
        finds.problem(path, f"{path}: may not be read; check its permissions")
    else:
        finds.files[key] = file
        return True
    return False


def _add_companions(file: NamedFile, finds: _Finds) -> None:
    for other in _neighbours(file.path.parent, finds).get(file.stem, ()):
        if other.role not in ("nobody", "unknown") and other.path.is_file():
            _add(other, stat.S_IFREG, finds)


def _neighbours(folder: Path, finds: _Finds) -> dict[str, list[NamedFile]]:
    """The files of a folder by stem; read once however many of them are named."""
    if folder not in finds.neighbours:
        by_stem = finds.neighbours[folder] = defaultdict(list)
        # A folder that cannot be listed only hides the companions: the file itself was found.
        with contextlib.suppress(OSError):
            for path in sorted(folder.iterdir()):
                other = classify(path)
                by_stem[other.stem].append(other)
    return finds.neighbours[folder]


def _unknown(path: Path) -> str:
    suffix = path.suffix or "a file without an extension"
    return f"{suffix} is no format an episode comes in; export it as {_FORMATS}"


def _pair(finds: _Finds) -> list[tuple[str, Source]]:
    """Group files by stem and folder; (stem, source) of every group without a conflict."""
    stems: dict[str, dict[str, list[NamedFile]]] = defaultdict(lambda: defaultdict(list))
    for key, file in finds.files.items():
        stems[file.stem][os.path.dirname(key)].append(file)  # noqa: PTH120
    sources = []
    for stem, folders in sorted(stems.items()):
        episodes = [files for files in folders.values() if _playable(files)]
        for files in folders.values():
            if not _playable(files):
                finds.ignored += _orphans(files)
        if len(episodes) > 1:
            _conflict(
                [_playable(files)[0] for files in episodes], stem, "in several folders", finds
            )
        elif episodes:
            source = _source(stem, episodes[0], finds)
            if source is not None:
                sources.append((stem, source))
    return sources


def _playable(files: Sequence[NamedFile]) -> list[NamedFile]:
    return [file for file in files if file.role in ("audio", "transcript")]


def _orphans(files: Sequence[NamedFile]) -> Iterator[Problem]:
    for file in files:
        yield Problem(
            file.path,
            f"{file.path}: belongs to no episode; give it the stem of an audio file or transcript "
            "in its folder",
        )


def _source(stem: str, files: Sequence[NamedFile], finds: _Finds) -> Source | None:
    one: dict[str, Path] = {}
    for role, what in (
        ("audio", "as two audio files"), ("transcript", "as two transcripts"),
        ("sidecar", "as two sidecars"), ("chapters", "as two chapter files"),
    ):  # fmt: skip
        of_role = [file for file in files if file.role == role]
        if len(of_role) > 1:
            _conflict(of_role, stem, what, finds)
            return None
        if of_role:
            one[role] = of_role[0].path
    episode_id = stem
    if "sidecar" in one:
        try:
            episode_id = read_sidecar(one["sidecar"]).guid or stem
        except SourceError as error:
            finds.problem(one["sidecar"], str(error))
            return None
        if has_odd_characters(episode_id):
            finds.problem(
                one["sidecar"],
                f"{one['sidecar']}: its guid {episode_id!r} holds control characters; correct it",
            )
            return None
    return Source(
        episode_id, one.get("audio"), one.get("transcript"), one.get("sidecar"), one.get("chapters")
    )


def _conflict(files: Sequence[NamedFile], stem: str, where: str, finds: _Finds) -> None:
    names = " and ".join(str(file.path) for file in files)
    finds.problem(
        files[0].path, f"{names}: the stem {stem!r} is there {where}; rename one or move it away"
    )


def _with_own_ids(sources: Sequence[tuple[str, Source]], finds: _Finds) -> Iterator[Source]:
    holders: dict[str, list[Source]] = defaultdict(list)
    for _, source in sources:
        holders[unicodedata.normalize("NFC", source.episode_id)].append(source)
    for same in holders.values():
        if len(same) == 1:
            continue
        names = " and ".join(str(source.sidecar or source.primary) for source in same)
        finds.problem(
            same[0].sidecar or same[0].primary,
            f"{names}: both are the episode {same[0].episode_id!r}; give one of them another guid",
        )
    for _, source in sources:
        if len(holders[unicodedata.normalize("NFC", source.episode_id)]) == 1:
            yield source
