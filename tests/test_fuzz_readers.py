"""Whatever feeds, reviews, settings, kept files, wikis and recordings hold: a result or a named error."""

from __future__ import annotations

from pathlib import Path

import fuzzing
import pytest
from fuzzing_readers import READERS
from hypothesis import given
from hypothesis import strategies as st


@pytest.mark.parametrize("name", READERS)
def test_any_file(tmp_path: Path, name: str) -> None:
    reader = READERS[name]

    @fuzzing.amount(reader.in_ci)
    @given(content=st.deferred(reader.files))
    def check(content: bytes) -> None:
        fuzzing.answers(reader.read, tmp_path / reader.name, content)

    check()
