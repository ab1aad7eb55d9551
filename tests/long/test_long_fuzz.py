"""Every reader of foreign input, for hours: a result or a named error, in two seconds, in bounds.

``BANSOU_LONG_EXAMPLES`` sets how many files each reader is given (10,000).
"""

from __future__ import annotations

import os
from pathlib import Path

import fuzzing
import pytest
from fuzzing_readers import READERS
from hypothesis import given
from hypothesis import strategies as st

from pipeline import glossary as glossary_module
from pipeline import taxonomy as taxonomy_module

pytestmark = pytest.mark.long

EXAMPLES = int(os.environ.get("BANSOU_LONG_EXAMPLES", "10000"))
LEXICON = Path(taxonomy_module.__file__).parents[1] / "lexicon"
SAMPLE = Path(__file__).parent.parent.parent / "data" / "raw" / "sample-host.txt"


@pytest.mark.parametrize("suffix", fuzzing.SUFFIXES)
@fuzzing.amount(EXAMPLES)
@given(content=fuzzing.TEXT_FILES)
def test_any_transcript(tmp_path: Path, suffix: str, content: bytes) -> None:
    fuzzing.answers(fuzzing.transcript, tmp_path / f"a{suffix}", content)


@fuzzing.amount(EXAMPLES)
@given(content=fuzzing.JSON_FILES)
def test_any_json_transcript(tmp_path: Path, content: bytes) -> None:
    fuzzing.answers(fuzzing.transcript, tmp_path / "a.json", content)


@fuzzing.amount(EXAMPLES)
@given(content=fuzzing.mutations(SAMPLE))
def test_a_transcript_with_slips(tmp_path: Path, content: bytes) -> None:
    fuzzing.answers(fuzzing.transcript, tmp_path / "a.txt", content)


@fuzzing.amount(EXAMPLES)
@given(content=fuzzing.YAML_FILES | fuzzing.TEXT_FILES)
def test_any_sidecar(tmp_path: Path, content: bytes) -> None:
    fuzzing.answers(fuzzing.sidecar, tmp_path / "a.yaml", content)


@fuzzing.amount(EXAMPLES)
@given(content=fuzzing.YAML_FILES | fuzzing.mutations(glossary_module.BUILT_IN))
def test_any_glossary(tmp_path: Path, content: bytes) -> None:
    fuzzing.answers(fuzzing.glossary, tmp_path / "a.yaml", content)


@fuzzing.amount(EXAMPLES)
@given(content=fuzzing.YAML_FILES | fuzzing.mutations(LEXICON / "taxonomy.yaml"))
def test_any_taxonomy(tmp_path: Path, content: bytes) -> None:
    fuzzing.answers(fuzzing.taxonomy, tmp_path / "a.yaml", content)


@fuzzing.amount(EXAMPLES)
@given(content=fuzzing.LINES)
def test_any_notes(tmp_path: Path, content: bytes) -> None:
    fuzzing.load_tools()
    fuzzing.answers(fuzzing.annotation, tmp_path / "a.jsonl", content)


@pytest.mark.parametrize("name", READERS)
def test_any_other_file(tmp_path: Path, name: str) -> None:
    reader = READERS[name]

    @fuzzing.amount(EXAMPLES)
    @given(content=st.deferred(reader.files))
    def check(content: bytes) -> None:
        fuzzing.answers(reader.read, tmp_path / reader.name, content)

    check()
