"""Roles and relations from sidecars to tables."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from pipeline.config import load_settings
from pipeline.errors import SourceError
from pipeline.run.forget import forget
from pipeline.run.ingest import ingest
from pipeline.sources import read_sidecar
from pipeline.store import Store
from pipeline.trust import trust
from tests.trust.meetings import LINES, write_meeting


@pytest.mark.parametrize(
    ("word", "role"),
    [("customer", "customer"), ("Customer", "customer"), ("顧客", "customer"), ("お客様", "customer"),
     ("ＣＳＭ", "csm"), ("カスタマーサクセス", "csm"), ("その他", "other")],
)  # fmt: skip
def test_role_words(tmp_path: Path, word: str, role: str) -> None:
    path = tmp_path / "a.yaml"
    path.write_text(f"roles: {{田中: {word}}}\n", encoding="utf-8")
    assert read_sidecar(path).roles == {"田中": role}


def test_another_word_is_refused_with_the_list(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text("roles: {田中: boss}\n", encoding="utf-8")
    with pytest.raises(
        SourceError, match=r"a\.yaml: roles: 'boss' is no role.*customer.*csm.*other"
    ):
        read_sidecar(path)


def table(data: Path, name: str) -> list[dict[str, object]]:
    frame = pd.read_parquet(data / "processed" / name)
    rows: list[dict[str, object]] = (
        frame.astype(object).where(frame.notna(), None).to_dict("records")
    )
    return rows


def test_a_new_sidecar_reaches_the_tables_without_transcribing_again(tmp_path: Path) -> None:
    settings = load_settings(data=tmp_path)
    write_meeting(tmp_path / "raw", "m1", LINES, date="2025-04-10")
    (tmp_path / "raw" / "m1.yaml").unlink()
    ingest(settings)
    assert not (tmp_path / "processed" / "relations").exists()
    write_meeting(tmp_path / "raw", "m1", LINES, date="2025-04-10")
    made = ingest(settings)
    assert made.outcomes[0].stages_run == ["source"]
    [relation] = table(tmp_path, "relations")
    assert (relation["relation"], relation["verdict"]) == ("甲社", "unclear")
    assert json.loads(str(relation["roles"])) == {"佐藤": "csm", "田中": "customer"}
    [point] = table(tmp_path, "trust_points")
    assert [point[n] for n in ("n", "opinion", "answer", "action", "none")] == [4, 1, 1, 1, 1]
    assert point["opinion_share"] == pytest.approx(1 / 3)
    assert ingest(settings).outcomes == []


def test_a_role_for_somebody_who_never_speaks(tmp_path: Path) -> None:
    settings = load_settings(data=tmp_path)
    write_meeting(tmp_path / "raw", "m1", LINES, date="2025-04-10", roles="{鈴木: customer}")
    write_meeting(tmp_path / "raw", "n1", LINES, date="2025-04-10", relation="乙社")
    made = ingest(settings)
    assert made.is_ok
    [warning] = [w for outcome in made.outcomes for w in outcome.warnings]
    overview = trust(tmp_path)
    assert overview.errors == (warning,)
    for part in ("m1.yaml", "鈴木", "佐藤, 田中"):
        assert part in warning
    assert [one.relation for one in overview.relations] == ["乙社"]
    assert [row["relation"] for row in table(tmp_path, "relations")] == ["乙社"]


def test_who_misses_a_meeting_is_no_error_and_polite_names_are_the_same(tmp_path: Path) -> None:
    write_meeting(tmp_path / "raw", "m1", LINES, date="2025-04-10")
    lines = LINES.replace("田中：", "木村さん：")
    roles = "{木村: customer, 佐藤: csm, 田中: customer}"
    write_meeting(tmp_path / "raw", "m2", lines, date="2025-05-10", roles=roles)
    ingest(load_settings(data=tmp_path))
    [one] = trust(tmp_path).relations
    assert [point.n for point in one.meetings] == [4, 4]


def test_what_is_forgotten_leaves_the_tables(tmp_path: Path) -> None:
    write_meeting(tmp_path / "raw", "m1", LINES, date="2025-04-10")
    ingest(load_settings(data=tmp_path))
    forget(Store(tmp_path / "processed"), relation="甲社")
    assert table(tmp_path, "relations") == []
    state = tmp_path / "processed" / "_state"
    assert (state / "trust.json").exists()
    for path in (state / "trust.json", *state.glob("noted-*")):
        left = path.read_text(encoding="utf-8")
        assert "m1" not in left
        assert "甲社" not in left
