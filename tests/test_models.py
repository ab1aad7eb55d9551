"""The embedded model is joined once, checked, and mended when damaged."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from pipeline import models
from pipeline.errors import ModelError

MODEL_SHA256 = "d01c3014881c9c6f3133c182f3d2887eb6ca1c789a7538c5c007196857a0a6a9"


def test_the_model_is_joined_and_mended(tmp_path: Path) -> None:
    folder = models.embedded_model(tmp_path)
    data = (folder / "model.bin").read_bytes()
    assert hashlib.sha256(data).hexdigest() == MODEL_SHA256
    written = (folder / "model.bin").stat().st_mtime_ns
    assert models.embedded_model(tmp_path) == folder
    assert (folder / "model.bin").stat().st_mtime_ns == written
    with (folder / "model.bin").open("r+b") as damaged:
        damaged.seek(1_000_000)
        damaged.write(b"\x00" * 64)
    models.embedded_model(tmp_path)
    assert hashlib.sha256((folder / "model.bin").read_bytes()).hexdigest() == MODEL_SHA256
    assert sorted(p.name for p in folder.parent.iterdir() if not p.name.startswith(".")) == [
        folder.name
    ]


def test_a_package_with_other_content_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = tmp_path / "other"
    other.write_bytes(b"not the model")
    monkeypatch.setattr(models, "_package_file", lambda _package, _inside: other)
    with pytest.raises(ModelError, match=r"model\.bin.*force-reinstall"):
        models.embedded_model(tmp_path / "cache")


def test_a_folder_that_is_no_model_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"model\.bin"):
        models.model_path(str(tmp_path), cache=tmp_path)
    with pytest.raises(ModelError, match="does not exist"):
        models.model_path(str(tmp_path / "nowhere"), cache=tmp_path)


def test_a_name_is_left_to_the_hub(tmp_path: Path) -> None:
    assert models.model_path("large-v3-turbo", cache=tmp_path) == "large-v3-turbo"
