"""The stages of an episode, and what the result of each depends on.

That is hashes of its input tables, its settings, its lexicon, its version, and the versions of the
dictionaries behind it; :mod:`pipeline.run.stale` says which stages must run.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from importlib import import_module
from pathlib import Path
from typing import Any

from pipeline import morph
from pipeline.config import EMBEDDED_MODEL, Settings
from pipeline.requests import MODEL_FILE
from pipeline.run.spoken import SPOKEN_NAME, Spoken, read_spoken
from pipeline.sources import Source
from pipeline.store import Store
from pipeline.vectors import VECTORS_FILE

LEXICON = Path(__file__).parent.parent / "lexicon"
RECORD_FORMAT = 1

Record = dict[str, Any]


@dataclass(frozen=True, slots=True)
class StageSpec:
    """A stage of one episode: the tables it reads and writes, and what else its result depends on."""

    name: str
    reads: tuple[str, ...]
    writes: tuple[str, ...]
    module: str
    parts: tuple[str, ...] = ()  # attributes of :class:`Fingerprints`


STAGES = (
    StageSpec("transcribe", (), ("segments", "words"), "pipeline.stages.transcribe"),
    StageSpec("source", (), ("episodes",), "pipeline.run.describe"),
    StageSpec("speakers", (), ("turns", "speakers"), "pipeline.stages.speakers"),
    StageSpec("repair", ("segments", "words"), ("repairs",), "pipeline.stages.repair",
              ("glossary", "readings", "usage", "dictionary")),
    StageSpec("segment", ("segments", "words", "repairs", "turns", "speakers"), ("utterances", "passages"),
              "pipeline.stages.segment", ("requests", "sentence_ends", "dictionary")),
    StageSpec("tag", ("passages",), ("tags",), "pipeline.stages.tag",
              ("taxonomy", "requests", "dictionary")),
    StageSpec("card", ("segments", "utterances", "passages", "tags"), ("cards",),
              "pipeline.stages.card", ("taxonomy", "kinds", "claims", "dictionary")),
)  # fmt: skip
STAGE_NAMES = tuple(stage.name for stage in STAGES)


@dataclass(frozen=True, slots=True)
class KnownOfVoices:
    """What a whole run knows of voices: who speaks when, as people said, and the prints of named voices."""

    spoken: Spoken
    known: list[dict[str, Any]]


class Fingerprints:
    """Hashes of the lexicon and versions of the dictionaries, each taken once.

    Args:
        settings: of the run.
        voices: what people said of voices, and the prints of named ones, where the data folder holds neither.
    """

    def __init__(self, settings: Settings, *, voices: KnownOfVoices | None = None) -> None:
        self._settings = settings
        if voices is not None:
            self.spoken, self.known_voices = voices.spoken, voices.known

    @cached_property
    def glossary(self) -> str:
        return _hash_files(LEXICON / "terms.yaml", *self._settings.glossary_files)

    @cached_property
    def readings(self) -> str:
        return _hash_files(*sorted(LEXICON.glob("kanji_readings*")))

    @cached_property
    def usage(self) -> str:
        return _hash_files(LEXICON / "repair_usage.npz", VECTORS_FILE)

    @cached_property
    def taxonomy(self) -> str:
        return _hash_files(
            self._settings.taxonomy or LEXICON / "taxonomy.yaml",
            *sorted(LEXICON.glob("tags_*.npz")),
            VECTORS_FILE,
        )

    @cached_property
    def kinds(self) -> str:
        return _hash_files(LEXICON / "card_kinds.yaml")

    @cached_property
    def claims(self) -> str:
        """What grades, reaches and kinds of claims were learned (links are another stage's)."""
        learned = {*LEXICON.glob("card_*.npz")} - {LEXICON / "card_links.npz"}
        return _hash_files(*sorted(learned), VECTORS_FILE)

    @cached_property
    def requests(self) -> str:
        version = import_module("pipeline.requests").RULES_VERSION
        models = (LEXICON / "requests.yaml", MODEL_FILE, VECTORS_FILE)
        return f"{version}:{_hash_files(*models)}"

    @cached_property
    def sentence_ends(self) -> str:
        return _hash_files(*sorted(LEXICON.glob("**/sentence_ends*")), VECTORS_FILE)

    @cached_property
    def spoken(self) -> Spoken:
        """What people said in the data folder of who speaks when."""
        return read_spoken(self._settings.data / SPOKEN_NAME)

    @cached_property
    def known_voices(self) -> list[dict[str, Any]]:
        from pipeline.run.voices import known_rows

        return known_rows(Store(self._settings.processed))

    @property
    def of_voices(self) -> KnownOfVoices:
        """What a worker elsewhere is told, who sees neither file."""
        return KnownOfVoices(self.spoken, self.known_voices)

    @cached_property
    def dictionary(self) -> dict[str, str]:
        return morph.dictionary_versions()


def _hash_files(*paths: Path) -> str:
    digest = hashlib.sha256()
    for path in paths:
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


@dataclass(frozen=True, slots=True)
class FileSeen:
    """A raw file as last seen; its hash is taken again only when size or time differ."""

    path: str
    size: int
    mtime_ns: int
    sha256: str

    @classmethod
    def look(cls, path: Path, known: Mapping[str, Any] | None, *, verify: bool = False) -> FileSeen:
        """Take a file's size and time, and its hash where they are not the known ones."""
        status = path.stat()
        if (
            not verify
            and known
            and (known["path"], known["size"], known["mtime_ns"])
            == (str(path), status.st_size, status.st_mtime_ns)
        ):
            return cls(**known)
        with path.open("rb") as data:
            digest = hashlib.file_digest(data, "sha256").hexdigest()
        return cls(str(path), status.st_size, status.st_mtime_ns, digest)

    def as_json(self) -> dict[str, Any]:
        return {
            "path": self.path,
            "size": self.size,
            "mtime_ns": self.mtime_ns,
            "sha256": self.sha256,
        }


@dataclass(slots=True)
class Job:
    """One episode with the files it comes from and what is known of it."""

    episode_id: str
    source: Source
    primary: FileSeen
    sidecar: FileSeen | None
    record: Record | None
    is_sample: bool = False
    language: str | None = None  # as the sidecar names it
    said_of_voices: dict[str, Any] = field(default_factory=dict)  # as the sidecar says it
    force_from: str | None = None
    stale: dict[str, str] = field(default_factory=dict)  # stage → why, in order

    @property
    def frozen(self) -> tuple[str, ...]:
        """Stages that cannot run again because the raw file is gone; what they made is kept."""
        if self.record is None or os.path.exists(self.primary.path):  # noqa: PTH110  Path.exists raises in a closed folder
            return ()
        return ("transcribe", "source", "speakers")

    @property
    def is_audio(self) -> bool:
        return Path(self.primary.path) == self.source.audio


def stage_parts(
    stage: StageSpec, job: Job, record: Record, settings: Settings, prints: Fingerprints
) -> dict[str, Any]:
    """What a stage's result depends on, as a JSON object; its hash is the stage's key."""
    parts: dict[str, Any] = {"version": stage_version(stage)}
    parts |= {name: getattr(prints, name) for name in stage.parts}
    parts |= {f"table {name}": table_hash(record, name) for name in stage.reads}
    if stage.name == "transcribe":
        parts |= {"file": job.primary.sha256, "listens": job.is_audio}
        if job.is_audio:
            parts |= {
                "model": model_of(job, settings),
                "language": job.language or settings.language,
                "beam_size": settings.beam_size,
            }
    elif stage.name == "source":
        parts |= {
            "file": [shown_path(job.primary.path, settings), job.primary.sha256],
            "sidecar": job.sidecar.sha256 if job.sidecar else None,
            "transcript": record.get("facts"),
        }
    elif stage.name == "speakers":
        parts |= _voice_parts(job, settings, prints)
    elif stage.name == "segment":
        parts["source kind"] = record.get("facts", {}).get("source_kind")
    return parts


@cache
def stage_version(stage: StageSpec) -> int:
    return int(import_module(stage.module).STAGE_VERSION)


def _voice_parts(job: Job, settings: Settings, prints: Fingerprints) -> dict[str, Any]:
    if not tells_apart(job, settings):
        return {"voices": None, "said": job.said_of_voices}
    return {
        "voices": job.primary.sha256,
        "speaker count": speaker_count_of(job, settings),
        "said": job.said_of_voices,
        "names given": prints.spoken.get(job.episode_id),
        "known voices": key_of(
            {"voices": [row for row in prints.known_voices if row["episode_id"] != job.episode_id]}
        ),
    }


def tells_apart(job: Job, settings: Settings) -> bool:
    """Whether the voices of an episode are told apart: as set, else as last time."""
    if not job.is_audio:
        return False
    if settings.speakers is not None:
        return settings.speakers
    stages = (job.record or {}).get("stages", {})
    return bool(stages.get("speakers", {}).get("parts", {}).get("voices"))


def speaker_count_of(job: Job, settings: Settings) -> int | None:
    """How many people speak: as set, else as last time, so that a later plain run keeps the voices."""
    if settings.speaker_count is not None:
        return settings.speaker_count
    stages = (job.record or {}).get("stages", {})
    known = stages.get("speakers", {}).get("parts", {}).get("speaker count")
    return int(known) if known is not None else None


def model_of(job: Job, settings: Settings) -> str:
    """The model to use: the one named, else the one that wrote the transcript, else the default."""
    known = (job.record or {}).get("facts", {}).get("model") if job.is_audio else None
    return settings.model or known or EMBEDDED_MODEL


def shown_path(path: str, settings: Settings) -> str:
    """A source's path as tables show it: relative to the data folder where it lies inside."""
    data = settings.data.absolute()
    return Path(path).relative_to(data).as_posix() if Path(path).is_relative_to(data) else path


def key_of(parts: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def table_hash(record: Record, table: str) -> str | None:
    """The recorded hash of an episode's table."""
    for entry in record.get("stages", {}).values():
        if table in entry["tables"]:
            return str(entry["tables"][table]["sha256"])
    return None
