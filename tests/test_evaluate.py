"""bansou eval: the figures are right, the gold is checked, errors name the line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from pipeline.cli import app
from pipeline.errors import BansouError
from pipeline.evaluate import read_gold
from pipeline.evaluate.report import calibration_error, label_score, macro_f1, wilson

runner = CliRunner()


def written(path: Path, rows: list[dict[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(r, ensure_ascii=False) + "\n" for r in rows), "utf-8")
    return path


def scored(task: str, path: Path, *more: str) -> dict[str, Any]:
    done = runner.invoke(app, ["eval", task, str(path), "--json", *more])
    assert done.exit_code == 0, done.output
    found: dict[str, Any] = json.loads(done.output)
    return found


REQUESTS = [
    {"id": "1", "text": "率直にどう思われますか。", "request": "opinion"},
    {"id": "2", "text": "締め切りは何日ですか。", "request": "answer"},
    {"id": "3", "text": "資料を送ってください。", "request": "action"},
    {"id": "4", "text": "昨日は雨でした。", "request": "none"},
    {"id": "5", "text": "昨日は晴れでした。", "request": "answer"},
    {"id": "6", "text": "どちらとも取れる文。", "request": None},
]


def test_requests_count_every_label_and_skip_what_people_disagreed_on(tmp_path: Path) -> None:
    found = scored("requests", written(tmp_path / "g.jsonl", REQUESTS))
    assert found["rows"] == 5
    assert found["confusion"]["answer"] == {"opinion": 0, "answer": 1, "action": 0, "none": 1}
    assert found["figures"]["accuracy"] == 0.8
    by_label = {s["label"]: s for s in found["labels"]}
    assert by_label["answer"]["recall"] == 0.5
    assert by_label["answer"]["precision"] == 1.0
    assert found["figures"]["macro_f1"] == pytest.approx((1 + 2 / 3 + 1 + 2 / 3) / 4, abs=1e-3)
    assert [m["id"] for m in found["mistakes"]] == ["5"]


def test_optional_tags_are_scored_neither_way(tmp_path: Path) -> None:
    text = "お客さんの隣で一緒に走りながら支える、つまり伴走です。"
    rows = [
        {"id": "1", "text": text, "tags": ["bansou"], "optional": []},
        {"id": "2", "text": text, "tags": [], "optional": ["bansou"]},
        {"id": "3", "text": text, "tags": [], "optional": []},
    ]
    found = scored("tags", written(tmp_path / "g.jsonl", rows))
    bansou = next(s for s in found["labels"] if s["label"] == "bansou")
    assert (bansou["support"], bansou["recall"], bansou["precision"]) == (1, 1.0, 0.5)
    assert {m["id"] for m in found["mistakes"] if m["got"] == "bansou"} == {"3"}


def test_repairs_count_found_terms_and_wrong_edits(tmp_path: Path) -> None:
    said = "お客さんの横で晩装するのが私たちの仕事です。"
    rows = [
        {"id": "1", "text": said, "ref": said.replace("晩装", "伴走"), "terms": ["伴走"]},
        {"id": "2", "text": "今日は寒い。", "ref": "今日は寒い。代走。", "terms": ["代走"]},
        {"id": "3", "text": "妹の歌に合わせてピアノの伴奏をします。", "keep": True},
    ]
    found = scored("repairs", written(tmp_path / "g.jsonl", rows))
    figures = found["figures"]
    assert (figures["recall"], figures["recall_before"], figures["terms"]) == (0.5, 0.0, 2)
    assert (figures["kept"], figures["wrong_per_100_kept"]) == (1, 0.0)
    assert figures["recall_low"] < 0.5 < figures["recall_high"]


def test_boundaries_before_and_behind_white_space_are_the_same(tmp_path: Path) -> None:
    text = "準備はできました。 次は現場に任せます。では始めます"
    cut = text.index("。") + 1
    rows = [
        {"id": "1", "text": text, "boundaries": [cut, text.index("では")]},
        {"id": "2", "text": text, "boundaries": [cut + 1, text.index("では"), len(text)]},
    ]
    assert scored("segments", written(tmp_path / "g.jsonl", rows))["figures"]["f1"] == 1.0


def test_only_some_rows(tmp_path: Path) -> None:
    rows = [r | {"part": "test" if r["id"] in "12" else "dev"} for r in REQUESTS]
    gold = written(tmp_path / "g.jsonl", rows)
    assert scored("requests", gold, "--only", "part=test")["rows"] == 2


def test_the_table_shows_scores_confusion_and_errors(tmp_path: Path) -> None:
    done = runner.invoke(app, ["eval", "requests", str(written(tmp_path / "g.jsonl", REQUESTS))])
    assert done.exit_code == 0
    for shown in ("macro_f1", "opinion", "worst errors", "昨日は晴れでした"):
        assert shown in done.output


@pytest.mark.parametrize(
    ("task", "row", "message"),
    [
        ("requests", {"id": "1", "text": "はい", "request": "maybe"}, "must be one of opinion"),
        ("tags", {"id": "1", "text": "はい", "tags": ["x"]}, "the taxonomy lacks: x"),
        (
            "repairs",
            {"id": "1", "text": "はい", "ref": "はい", "terms": ["伴走"]},
            "lacks the terms",
        ),
        ("repairs", {"id": "1", "text": "はい"}, "or 'keep'"),
        ("segments", {"id": "1", "text": "はい", "boundaries": [9]}, "offsets from 0 to 2"),
        ("requests", {"id": "1"}, 'expected an object with "id" and "text"'),
    ],
)
def test_wrong_gold_names_the_line(
    tmp_path: Path, task: str, row: dict[str, Any], message: str
) -> None:
    with pytest.raises(BansouError, match="line 1") as error:
        read_gold(written(tmp_path / "g.jsonl", [row]), task=task, tags=["bansou"])
    assert message in str(error.value)


def test_wrong_usage_is_told(tmp_path: Path) -> None:
    gold = str(written(tmp_path / "g.jsonl", REQUESTS))
    assert runner.invoke(app, ["eval", "poems", gold]).exit_code == 2
    assert runner.invoke(app, ["eval", "requests", gold, "--only", "x"]).exit_code == 2
    missing = runner.invoke(app, ["eval", "requests", str(tmp_path / "none.jsonl")])
    assert missing.exit_code == 1
    assert "none.jsonl" in missing.output
    empty = runner.invoke(app, ["eval", "requests", gold, "--only", "part=nowhere"])
    assert empty.exit_code == 1
    assert "no rows to score" in empty.output


@given(st.integers(0, 50), st.integers(0, 50))
def test_an_interval_holds_its_share(right: int, more: int) -> None:
    low, high = wilson(right, right + more)
    assert 0 <= low <= high <= 1
    if right + more:
        assert low <= right / (right + more) <= high


def test_arithmetic() -> None:
    assert wilson(9, 10) == (0.5958, 0.9821)  # Brown, Cai and DasGupta 2001, by their formula
    assert label_score("x", right=1, given=2, wanted=4).f1 == 0.3333
    assert macro_f1([]) == 0.0
    assert calibration_error([(0.8, True), (0.8, True), (0.8, True), (0.8, False)]) == 0.05
