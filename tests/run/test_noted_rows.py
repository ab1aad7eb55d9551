"""Rows of a note: read again they are what they were, whatever was changed in between."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from pipeline.noted import Rows, read_noted, write_noted

keys = st.sampled_from("abcdef")
words = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=3)
changes = st.lists(st.one_of(st.tuples(keys, words), keys), max_size=8)


def as_dict(rows: Rows) -> dict[str, str]:
    assert len(rows) == len(rows.column(0))
    return dict(zip(rows.column(0), rows.column(1), strict=True))


@given(runs=st.lists(changes, max_size=4))
def test_rows_are_those_of_a_dict(
    tmp_path_factory, runs: list[list[tuple[str, str] | str]]
) -> None:  # type: ignore[no-untyped-def]
    path = tmp_path_factory.mktemp("noted") / "note.json"
    wanted: dict[str, str] = {}
    for run in runs:
        rows = read_noted(path).get("rows of it", Rows())
        for change in run:
            if isinstance(change, str):
                rows.drop([change])
                wanted.pop(change, None)
            else:
                rows.put(change)
                wanted[change[0]] = change[1]
            assert as_dict(rows) == wanted
            assert {key: rows.value(key, 1) for key in wanted} == wanted
        assert as_dict(rows.copy()) == wanted
        write_noted(path, {"plain": [1], "rows of it": rows})
        assert read_noted(path)["plain"] == [1]
        assert as_dict(read_noted(path)["rows of it"]) == wanted


def test_a_change_taken_back_is_none(tmp_path: Path) -> None:
    path = tmp_path / "note.json"
    rows = Rows()
    rows.put(("a", "1"))
    write_noted(path, {"it": rows})
    rows = read_noted(path)["it"]
    rows.drop(["a"])
    assert rows.is_worth_noting()
    rows.put(("a", "1"))
    assert not rows.is_worth_noting()


def test_what_would_be_read_otherwise_is_not_noted(tmp_path: Path) -> None:
    rows = Rows()
    rows.put(("a", "one\0two"))
    write_noted(tmp_path / "note.json", {"it": rows})
    assert read_noted(tmp_path / "note.json") == {}
