"""``bansou review`` on a real data folder: out, filled in, back, and through the next ingest."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

from pipeline import schema
from pipeline.cli import app
from pipeline.config import load_settings
from pipeline.review import reviewed_cards
from pipeline.review.sheet import HEADINGS
from pipeline.run.forget import forget
from pipeline.run.ingest import ingest
from pipeline.store import Store, read_parquet, write_parquet

HOST_TEXT = """00:01
今日は引き継ぎの話です。
前の担当が集計を全部代わりにやってあげていて、お客さんは自分で回せないままでした。
そこで手順書を一緒に作って、隣で見ながら進めました。
03:02
答えではなく意見を聞かれるのは、信頼されてきた兆候だと思っています。
できないことはできないと正直に言うのも大事です。
"""
DIALOGUE = """佐藤：最初の月は隣で一緒に進めて、少しずつ手を離していきましょう。
田中：佐藤さんは、どの順番で教えるのがいいと思いますか。
佐藤：まず請求の担当から始めるのがいいと思います。
"""

runner = CliRunner()


@pytest.fixture(scope="module")
def ingested(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("made") / "data"
    (folder / "raw").mkdir(parents=True)
    (folder / "raw" / "第1回.txt").write_text(HOST_TEXT, encoding="utf-8")
    (folder / "raw" / "定例.txt").write_text(DIALOGUE, encoding="utf-8")
    (folder / "raw" / "定例.yaml").write_text("relation: acme\n", encoding="utf-8")
    assert ingest(load_settings(data=folder)).is_ok
    return folder


@pytest.fixture
def team(ingested: Path, tmp_path: Path) -> Path:
    folder = Path(shutil.copytree(ingested, tmp_path / "data"))
    for record in (folder / "processed" / "_state" / "records").glob("*.json"):
        text = record.read_text(encoding="utf-8")
        record.write_text(text.replace(str(ingested), str(folder)), encoding="utf-8")
    return folder


def run(team: Path, *args: object) -> tuple[int, str]:
    done = runner.invoke(app, ["review", *map(str, args), "--data", str(team)])
    if done.exception and not isinstance(done.exception, SystemExit):
        raise done.exception
    assert "Traceback" not in done.output
    return done.exit_code, done.output


def load(path: Path) -> list[dict[str, str]]:
    text = path.read_bytes().decode("utf-8-sig")
    return [
        dict(zip(HEADINGS, row, strict=True)) for row in csv.reader(io.StringIO(text, newline=""))
    ]


def save(path: Path, rows: list[dict[str, str]]) -> None:
    out = io.StringIO(newline="")
    csv.writer(out).writerows(list(row.values()) for row in rows)
    path.write_bytes(out.getvalue().encode("utf-8-sig"))


def cards(team: Path) -> pd.DataFrame:
    frame = reviewed_cards(Store(team / "processed")).to_pandas()
    assert isinstance(frame, pd.DataFrame)
    return frame.set_index("card_id")


def edit_first(team: Path, file: Path, **cells: str) -> str:
    assert run(team, "export", file, "--private", "--status", "all", "--force")[0] == 0
    rows = load(file)
    rows[1] |= cells
    save(file, rows)
    return rows[1]["card_id"]


def test_every_sub_command_has_examples() -> None:
    for command in ("export", "import", "conflicts", "terms"):
        done = runner.invoke(app, ["review", command, "--help"])
        assert done.exit_code == 0
        assert f"bansou review {command}" in done.output
        assert "Examples" in done.output


def test_private_cards_leave_only_when_asked_for(team: Path, tmp_path: Path) -> None:
    code, output = run(team, "export", tmp_path / "a.csv")
    assert code == 0
    assert re.search(r"[1-9]\d* cards of private episodes left out", output)
    run(team, "export", tmp_path / "b.csv", "--private")
    assert len(load(tmp_path / "b.csv")) == len(cards(team)) + 1 > len(load(tmp_path / "a.csv"))
    scores = [float(row["score"]) for row in load(tmp_path / "b.csv")[1:]]
    assert scores == sorted(scores)


def test_filters(team: Path, tmp_path: Path) -> None:
    run(team, "export", tmp_path / "a.csv", "--episode", "定例", "--private", "--lowest", 1)
    (row,) = load(tmp_path / "a.csv")[1:]
    assert row["episode"] == "定例"
    code, output = run(team, "export", tmp_path / "b.csv", "--episode", "第9回")
    assert (code, "第9回" in output, (tmp_path / "b.csv").exists()) == (1, True, False)
    assert run(team, "export", tmp_path / "b.csv", "--status", "dreamt")[0] == 2
    assert run(team, "export", tmp_path / "b.csv", "--lowest", 0)[0] == 2


def test_a_file_with_decisions_is_not_written_over(team: Path, tmp_path: Path) -> None:
    file = tmp_path / "cards.csv"
    run(team, "export", file)
    code, output = run(team, "export", file)
    assert (code, "--force" in output) == (1, True)


def test_human_work_survives_the_next_ingests(
    team: Path, tmp_path: Path, tables: Callable[[Path], dict[str, bytes]]
) -> None:
    before = tables(team)
    card_id = edit_first(team, tmp_path / "cards.csv", new_title="人が書いた題", decision="修正")
    code, output = run(team, "import", tmp_path / "cards.csv", "--reviewer", "佐藤")
    assert (code, "1 edit" in output) == (0, True)
    after = tables(team)
    pure = [name for name in before if name.startswith("cards/")]
    assert {n: after[n] for n in pure} == {n: before[n] for n in pure}
    assert cards(team).loc[card_id, ["title", "review_status"]].tolist() == [
        "人が書いた題",
        "edited",
    ]

    settings = load_settings(data=team)
    assert not ingest(settings).is_corpus_linked
    ingest(settings, force=True)
    assert tables(team) == after
    assert cards(team).loc[card_id, "title"] == "人が書いた題"
    assert run(team, "conflicts")[0] == 0

    code, output = run(team, "import", tmp_path / "cards.csv", "--reviewer", "佐藤")
    assert (code, "1 known already" in output) == (0, True)
    assert tables(team) == after


def test_a_vanished_claim_is_a_listed_conflict(team: Path, tmp_path: Path) -> None:
    card_id = edit_first(team, tmp_path / "cards.csv", new_title="人が書いた題")
    run(team, "import", tmp_path / "cards.csv", "--reviewer", "佐藤")
    for path in (team / "raw").glob("*.txt"):
        path.write_text(f"00:01\nこんにちは、{path.stem}です。\n", encoding="utf-8")
    ingest(load_settings(data=team))
    code, output = run(team, "conflicts")
    assert (code, "人が書いた題" in output) == (1, True)
    (conflict,) = json.loads(run(team, "conflicts", "--json")[1])
    assert (conflict["card_id"], conflict["kind"]) == (card_id, "vanished")
    edit_first(team, tmp_path / "again.csv", decision="却下")
    assert run(team, "import", tmp_path / "again.csv", "--reviewer", "佐藤")[0] == 0
    assert run(team, "conflicts")[0] == 0


def test_wrong_rows_are_all_listed_and_nothing_is_imported(team: Path, tmp_path: Path) -> None:
    file = tmp_path / "cards.csv"
    run(team, "export", file, "--private")
    rows = load(file)
    rows[1] |= {"decision": "採用"}
    rows[2] |= {"decision": "たぶん"}
    save(file, [*rows, rows[1] | {"card_id": "c000000000000"}])
    code, output = run(team, "import", file, "--reviewer", "佐藤")
    assert code == 1
    assert "row 3" in output
    assert f"row {len(rows) + 1}, card c000000000000" in output
    assert "2 problems, nothing was imported" in output
    assert not (team / "processed" / "reviews").exists()


def test_a_rejected_card_leaves_and_stands_in_the_ledger(team: Path, tmp_path: Path) -> None:
    card_id = edit_first(team, tmp_path / "cards.csv", decision="却下")
    run(team, "import", tmp_path / "cards.csv", "--reviewer", "佐藤")
    assert card_id not in cards(team).index
    ledger = pd.read_parquet(team / "processed" / "card_ledger").set_index("card_id")
    assert ledger.loc[card_id, "status"] == "rejected"


def test_forgetting_an_episode_forgets_its_reviews(team: Path, tmp_path: Path) -> None:
    run(team, "export", tmp_path / "a.csv", "--private", "--episode", "定例")
    rows = load(tmp_path / "a.csv")
    rows[1] |= {"decision": "採用", "comment": "内緒の話"}
    save(tmp_path / "a.csv", rows)
    run(team, "import", tmp_path / "a.csv", "--reviewer", "佐藤")
    assert len(pd.read_parquet(team / "processed" / "reviews")) == 1
    forget(Store(team / "processed"), ["定例"])
    assert len(pd.read_parquet(team / "processed" / "reviews")) == 0
    assert run(team, "conflicts")[0] == 0


def test_label_studio_gets_tasks_and_its_config(team: Path, tmp_path: Path) -> None:
    code, output = run(team, "export", tmp_path / "t.json", "--format", "label-studio")
    assert (code, "t.xml" in output) == (0, True)
    (task, *_) = json.loads((tmp_path / "t.json").read_text(encoding="utf-8"))
    choice = {
        "from_name": "decision",
        "to_name": "title",
        "type": "choices",
        "value": {"choices": ["accept"]},
    }
    task["annotations"] = [{"id": 1, "result": [*task["predictions"][0]["result"], choice]}]
    (tmp_path / "out.json").write_text(json.dumps([task]), encoding="utf-8")
    code, output = run(team, "import", tmp_path / "out.json", "--reviewer", "鈴木")
    assert (code, "1 accept" in output) == (0, True)
    assert cards(team).loc[task["data"]["card_id"], "review_status"] == "accepted"


def test_who_decided_must_be_said(
    team: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    edit_first(team, tmp_path / "cards.csv", decision="採用")
    assert run(team, "import", tmp_path / "cards.csv")[0] == 2
    assert run(team, "import", tmp_path / "cards.csv", "--reviewer", " ")[0] == 2
    monkeypatch.setenv("BANSOU_REVIEWER", "高橋")
    assert run(team, "import", tmp_path / "cards.csv")[0] == 0
    assert pd.read_parquet(team / "processed" / "reviews")["reviewer"].tolist() == ["高橋"]


def test_damaged_and_missing_files_are_one_sentence(team: Path, tmp_path: Path) -> None:
    bad = {"a.csv": b"\xff\xfe\x00", "b.csv": b"", "c.json": b"[{", "d.xlsx": b"PK\x03\x04abc"}
    for name, content in bad.items():
        (tmp_path / name).write_bytes(content)
    for name in [*bad, "none.csv"]:
        code, output = run(team, "import", tmp_path / name, "--reviewer", "佐藤")
        assert (code, output.count("\n")) == (1, 1)
        assert name in output
    (team / "processed" / "reviews").mkdir()
    (team / "processed" / "reviews" / "corpus.parquet").write_bytes(b"broken")
    code, output = run(team, "export", tmp_path / "x.csv")
    assert (code, "backup" in output) == (1, True)


def test_a_word_put_right_goes_into_the_glossary(team: Path, tmp_path: Path) -> None:
    assert "no misheard words" in run(team, "terms")[1]
    file = tmp_path / "cards.csv"
    run(team, "export", file)
    rows = load(file)
    save(file, [rows[0], rows[1] | {"new_title": "顧客の伴走を続けると信頼が積み上がる"}])
    assert run(team, "import", file, "--reviewer", "佐藤")[0] == 0
    # As if the pipeline had written the word as it was misheard.
    path = team / "processed" / "reviews" / "corpus.parquet"
    (row,) = read_parquet("reviews", path).to_pylist()
    row["before"] = row["after"].replace("伴走", "番装")
    write_parquet(path, "reviews", schema.to_table("reviews", [row]))
    code, output = run(team, "terms")
    assert (code, "番装 → 伴走 (bansou; 1 cards)" in output) == (0, True)
    assert run(team, "terms", "ピアノ")[0] == 1
    assert not (team / "terms.yaml").exists()
    assert "terms.yaml" in run(team, "terms", "--add")[1]
    assert "misspellings: [番装]" in (team / "terms.yaml").read_text(encoding="utf-8")
    assert "known" in run(team, "terms")[1]
