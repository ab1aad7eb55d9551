"""Whatever a team's glossary, taxonomy or notes hold: a result or an error that names the file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import fuzzing
import pytest
from hypothesis import given

from pipeline import glossary as glossary_module
from pipeline import taxonomy as taxonomy_module

LEXICON = Path(taxonomy_module.__file__).parents[1] / "lexicon"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "given.yaml"


ENDLESS = "1" * 4_301  # more digits than Python reads


@pytest.mark.parametrize("read", [fuzzing.glossary, fuzzing.taxonomy])
@pytest.mark.parametrize(
    "content",
    [
        pytest.param("[" * 1_200, id="lists"),
        pytest.param("- " * 1_200, id="dashes"),
        pytest.param("{a: " * 1_200, id="mappings"),
        pytest.param(f"version: {ENDLESS}", id="number"),
        pytest.param("since: 2024-02-31", id="date"),
    ],
)
def test_a_file_that_yaml_cannot_build_is_named(
    file: Path, read: Callable[[Path], object], content: str
) -> None:
    fuzzing.answers(read, file, content.encode())


def test_notes_with_an_endless_number_are_named(file: Path) -> None:
    fuzzing.load_tools()
    line = f'{{"id": "1", "text": "", "n": {ENDLESS}}}'
    fuzzing.answers(fuzzing.annotation, file, line.encode())


@fuzzing.amount(60)
@given(content=fuzzing.YAML_FILES)
def test_any_glossary(file: Path, content: bytes) -> None:
    fuzzing.answers(fuzzing.glossary, file, content)


@fuzzing.amount(20)
@given(content=fuzzing.mutations(glossary_module.BUILT_IN))
def test_a_glossary_with_slips(file: Path, content: bytes) -> None:
    fuzzing.answers(fuzzing.glossary, file, content)


@fuzzing.amount(200)
@given(content=fuzzing.YAML_FILES)
def test_any_taxonomy(file: Path, content: bytes) -> None:
    fuzzing.answers(fuzzing.taxonomy, file, content)


@fuzzing.amount(12)
@given(content=fuzzing.mutations(LEXICON / "taxonomy.yaml"))
def test_a_taxonomy_with_slips(file: Path, content: bytes) -> None:
    fuzzing.answers(fuzzing.taxonomy, file, content)


@fuzzing.amount(200)
@given(content=fuzzing.LINES)
def test_any_notes(file: Path, content: bytes) -> None:
    fuzzing.load_tools()
    fuzzing.answers(fuzzing.annotation, file, content)
