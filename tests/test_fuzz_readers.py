"""Whatever feeds, reviews, settings, kept files, wikis and recordings hold: a result or a named error."""

from __future__ import annotations

from pathlib import Path

import fuzzing
import pytest
from fuzzing_readers import READERS, RECORD
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


def test_a_record_whose_raw_file_is_gone_need_not_say_how_it_was_heard(tmp_path: Path) -> None:
    reader = READERS["record"]
    content = RECORD.encode().replace(b'"e1"', b'"e2"')
    fuzzing.answers(reader.read, tmp_path / reader.name, content)
