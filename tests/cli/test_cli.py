"""The command: help with examples, one-sentence errors, exit codes that mean something."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest
from typer.testing import CliRunner

from pipeline.cli import app

ROOT = Path(__file__).parent.parent.parent
COMMANDS = (
    "fetch",
    "ingest",
    "status",
    "doctor",
    "annotate",
    "eval",
    "compact",
    "forget",
    "speakers",
    "review",
    "search",
    "show",
    "history",
    "export",
    "push",
    "pull",
    "report",
    "trust",
)

runner = CliRunner()


def run(*args: object) -> tuple[int, str]:
    done = runner.invoke(app, [str(a) for a in args])
    if done.exception and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done.exit_code, done.output


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_examples_and_stands_in_the_readme(command: str) -> None:
    code, output = run(command, "--help")
    assert code == 0
    assert f"bansou {command}" in output
    assert "Examples" in output
    assert f"`bansou {command}" in (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_readme_names_no_command_that_is_not_there() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8") + (ROOT / "README.ja.md").read_text(
        encoding="utf-8"
    )
    assert set(re.findall(r"bansou (\w+)", text)) <= set(COMMANDS)
    targets = set(re.findall(r"`?make ([a-z][a-z-]*)", text))
    known = set(re.findall(r"(?m)^([\w-]+):", (ROOT / "Makefile").read_text(encoding="utf-8")))
    assert targets <= known


def test_ingest_says_what_it_did_and_then_that_there_is_nothing(data: Path) -> None:
    code, output = run("ingest", "--data", data)
    assert code == 0
    assert "done: 第1回" in output
    assert "2 done, 0 failed" in output
    code, output = run("ingest", "--data", data)
    assert code == 0
    assert "nothing to do: 2 episodes are up to date" in output


def test_a_failed_episode_makes_the_exit_code_1(data: Path) -> None:
    (data / "raw" / "空.mp3").touch()
    code, output = run("ingest", "--data", data)
    assert code == 1
    assert "空.mp3" in output
    assert "2 done, 1 failed" in output
    assert "Traceback" not in output


def test_wrong_usage_is_exit_code_2(data: Path) -> None:
    assert run("ingest", "--nonsense")[0] == 2
    assert run("ingest", "--data", data, "--from-stage", "dream")[0] == 2
    assert run("forget", "--data", data)[0] == 2


def test_an_error_is_one_sentence_and_a_traceback_only_with_debug(tmp_path: Path) -> None:
    command = [sys.executable, "-c", "from pipeline.cli import main; main()", "ingest"]
    command += ["--data", str(tmp_path / "none")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith("error: ")
    assert len(done.stderr.strip().splitlines()) == 1
    done = subprocess.run([*command, "--debug"], capture_output=True, text=True, check=False)
    assert "Traceback" in done.stderr


def test_a_broken_settings_file_is_named(data: Path, tmp_path: Path) -> None:
    (tmp_path / "bansou.toml").write_text("beam_size = 'many'\n", encoding="utf-8")
    code, output = run("ingest", "--data", data)
    assert code == 1
    assert "beam_size" in output
    (tmp_path / "bansou.toml").write_text("bean_size = 5\n", encoding="utf-8")
    assert "bean_size" in run("status", "--data", data)[1]


def test_the_environment_names_the_data_folder(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BANSOU_DATA", str(data))
    assert "2 done" in run("ingest")[1]


def test_status_says_what_is_stale_and_why(data: Path) -> None:
    assert "第1回: transcribe: never run" in run("status", "--data", data)[1]
    run("ingest", "--data", data)
    found = json.loads(run("status", "--data", data, "--json")[1])
    assert all(why is None for e in found["episodes"] for why in e["stages"].values())
    (data / "raw" / "定例.txt").write_text("田中：変わりました。\n佐藤：はい。\n", encoding="utf-8")
    found = json.loads(run("status", "--data", data, "--json")[1])
    stages = {e["episode_id"]: e["stages"] for e in found["episodes"]}
    assert stages["定例"]["transcribe"] == "changed: file"
    assert stages["第1回"]["transcribe"] is None


def test_forget_asks_first(data: Path) -> None:
    run("ingest", "--data", data)
    assert run("forget", "定例", "--data", data)[0] == 1
    code, output = run("forget", "定例", "--data", data, "--yes")
    assert code == 0
    assert "yours to delete" in output


def test_control_characters_in_names_do_not_reach_the_terminal(data: Path) -> None:
    (data / "raw" / "red\x1b[31m.xyz").write_text("x", encoding="utf-8")
    assert "\x1b" not in run("ingest", "--data", data)[1]


class TestAnnotate:
    """``bansou annotate`` keeps to its schema, line by line."""

    LINES = (
        {"id": "1", "text": "田中さんは、この進め方についてどう思いますか？", "channel": "会議"},
        {"id": "2", "text": "次の回までに資料を送ってください。", "request": "gold", "tags": ["x"]},
        {"id": "3", "text": ""},
        {"id": "4", "text": "全部こちらで代わりにやってあげていたので、お客さんが自分で回せませんでした。\n二行目です。"},
        {"id": "5", "text": "𠮷野さんと顧客の盤装を続けて、解約を防ぎました。"},
    )  # fmt: skip

    def annotate(self, folder: Path, text: str) -> tuple[int, str, list[dict[str, object]]]:
        source, target = folder / "in.jsonl", folder / "out.jsonl"
        source.write_text(text, encoding="utf-8")
        code, output = run("annotate", source, target)
        lines = target.read_text(encoding="utf-8").splitlines() if target.exists() else []
        return code, output, [json.loads(line) for line in lines]

    def test_the_output_keeps_to_its_schema(self, tmp_path: Path) -> None:
        text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in self.LINES)
        code, _, made = self.annotate(tmp_path, text)
        assert code == 0
        schema = json.loads((ROOT / "docs/annotate.schema.json").read_text(encoding="utf-8"))
        for given, found in zip(self.LINES, made, strict=True):
            jsonschema.validate(found, schema)
            assert (found["id"], found["text"]) == (given["id"], given["text"])
        assert made[0]["channel"] == "会議"
        assert [m["request"]["label"] for m in made[:3]] == ["opinion", "action", "none"]  # type: ignore[index]

    def test_spans_are_verbatim(self, tmp_path: Path) -> None:
        text = "".join(json.dumps(line) + "\n" for line in self.LINES)
        _, _, made = self.annotate(tmp_path, text)
        repaired = made[4]["repaired"]
        assert "伴走" in str(repaired)
        for line in made:
            for r in line["repairs"]:  # type: ignore[attr-defined]
                assert str(line["text"])[r["start"] : r["end"]] == r["before"]
            request = line["request"]
            if request["start"] is not None:  # type: ignore[index]
                assert 0 <= request["start"] < request["end"] <= len(str(line["repaired"]))  # type: ignore[index]

    @pytest.mark.parametrize(
        ("bad", "words"),
        [
            ('{"id": "2", "text": ', "line 2"),
            ("", "line 2"),
            ("[1]", "line 2"),
            ('{"id": 2, "text": "あ"}', "'id'"),
            ('{"id": "2"}', "'text'"),
            ('{"id": "2", "text": "\\ud800"}', "surrogate"),
            ("[" * 100_000, "line 2"),
        ],
    )
    def test_a_bad_line_is_named_and_nothing_is_written(
        self, tmp_path: Path, bad: str, words: str
    ) -> None:
        code, output, made = self.annotate(tmp_path, '{"id": "1", "text": "あ"}\n' + bad + "\n")
        assert code == 1
        assert words in output
        assert "in.jsonl" in output
        assert made == []
