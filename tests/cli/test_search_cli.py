"""``bansou search``, ``show`` and ``history``: exit codes, readable output, JSON."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from pipeline.chain import Place, Repaired, SegmentShown
from pipeline.cli import app
from pipeline.cli.labels import EVENTS, KINDS, REASONS, REQUESTS, REVIEW_STATUSES, clock
from pipeline.cli.show import marked, play_command
from pipeline.schema import CARD_KINDS, LEDGER_STATUSES, LINK_REASONS
from pipeline.schema import REVIEW_STATUSES as STATUSES
from tests.archive import Archive

ROOT = Path(__file__).parent.parent.parent
runner = CliRunner()


def run(*args: object) -> tuple[int, str]:
    done = runner.invoke(app, [str(a) for a in args])
    if done.exception and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done.exit_code, done.output


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    made = Archive(tmp_path / "d")
    made.simple("e1", "隣で伴走する", title="一回目")
    made.simple("e2", "山田商事の伴走", visibility="private")
    for episode_id in ("e1", "e2"):
        for table in ("segments", "repairs", "utterances", "passages"):
            made.write(table, episode_id, [])
    return made


@pytest.mark.parametrize("command", ["search", "show", "history"])
def test_every_command_has_examples_and_stands_in_the_docs(command: str) -> None:
    code, output = run(command, "--help")
    assert code == 0
    assert "Examples" in output
    for name in ("README.md", "README.ja.md", "docs/search.md"):
        assert f"`bansou {command}" in (ROOT / name).read_text(encoding="utf-8")


def test_a_hit_is_shown_with_quote_time_episode_and_id(archive: Archive) -> None:
    code, output = run("search", "ばんそう", "--data", archive.folder)
    assert code == 0
    for part in ("隣で【伴走】する", "01:05", "一回目", "原則", "ce10"):
        assert part in output
    assert "山田商事" not in output
    assert "山田商事" in run("search", "伴走", "--private", "--data", archive.folder)[1]


def test_json_is_complete(archive: Archive) -> None:
    code, output = run("search", "伴走", "--json", "--data", archive.folder)
    hit = json.loads(output)[0]
    assert code == 0
    assert hit["id"] == "ce10"
    assert hit["quote"][slice(*hit["marks"][0])] == "伴走"
    assert (
        json.loads(run("search", "潜水艦", "--json", "--data", archive.folder)[1].split("見")[0])
        == []
    )


def test_finding_nothing_is_no_failure(archive: Archive) -> None:
    code, output = run("search", "潜水艦", "--data", archive.folder)
    assert code == 0
    assert "見つかりませんでした" in output


@pytest.mark.parametrize(
    "args",
    [
        [""], ["　"], ["!?"], [], ["伴走", "--tag", "nonsense"], ["伴走", "--kind", "nonsense"],
        ["伴走", "--request", "nonsense"], ["伴走", "--since", "yesterday"], ["伴走", "--limit", "0"],
        ["伴走", "--passages", "--kind", "method"],
    ],
)  # fmt: skip
def test_wrong_usage_is_exit_code_2(archive: Archive, args: list[str]) -> None:
    assert run("search", *args, "--data", archive.folder)[0] == 2


def test_filters_reach_the_search(archive: Archive) -> None:
    def count(*args: str) -> int:
        return len(json.loads(run("search", "伴走", "--json", "--data", archive.folder, *args)[1]))

    assert (
        count("--tag", "bansou", "--kind", "principle", "--speaker", "不明", "--episode", "e1") == 1
    )
    assert count("--tag", "flat") == 0
    assert count("--since", "2026-01-01") == 0


def test_an_error_is_one_sentence_and_exit_code_1(archive: Archive, tmp_path: Path) -> None:
    for args in (
        ("search", "伴走", "--data", tmp_path / "none"),
        ("search", "伴走", "--data", archive.folder, "--episode", "e9"),
        ("show", "c404", "--data", archive.folder),
        ("history", "c404", "--data", archive.folder),
    ):
        code, output = run(*args)
        assert code == 1
        assert output.startswith("error: ")
        assert len(output.strip().splitlines()) == 1


def test_a_card_is_shown_with_its_way_back(archive: Archive) -> None:
    (archive.folder / "raw").mkdir()
    (archive.folder / "raw" / "e1.mp3").touch()
    archive.episode("e1", source_path="raw/e1.mp3", source_kind="audio")
    archive.write("segments", "e1", [
        {"episode_id": "e1", "segment_index": 0, "start_s": 65.0, "end_s": 70.0,
         "time_is_interpolated": False, "text": "隣で伴奏する"},
    ])  # fmt: skip
    archive.write("repairs", "e1", [
        {"episode_id": "e1", "segment_index": 0, "start_char": 2, "end_char": 4, "before": "伴奏",
         "after": "伴走", "reading": "バンソウ", "term_id": "bansou", "rule": "r", "score": 0.9, "evidence": ""},
    ])  # fmt: skip
    archive.ledger(
        {"card_id": "ce10", "episode_id": "e1"},
        {"card_id": "cold", "episode_id": "e1", "status": "merged", "merged_into": "ce10"},
    )
    code, output = run("show", "cold", "--data", archive.folder)
    assert code == 0
    for part in (
        "cold は ce10 にまとめられました",
        "隣で【伴奏→伴走】する",
        "01:05",
        "不明",
        "経緯",
    ):
        assert part in output
    assert f"ffplay -autoexit -ss 64.5 -t 6.0 {archive.folder}/raw/e1.mp3" in output
    found = json.loads(run("show", "ce10", "--json", "--data", archive.folder)[1])
    assert found["card"]["title"] == "隣で伴走する"
    assert found["segments"][0]["repairs"][0]["after"] == "伴走"
    assert found["play"].startswith("ffplay")


def test_a_text_source_is_shown_by_line(archive: Archive) -> None:
    archive.write("segments", "e1", [
        {"episode_id": "e1", "segment_index": 0, "source_line": 41, "time_is_interpolated": False,
         "text": "隣で伴走する"},
    ])  # fmt: skip
    archive.ledger({"card_id": "ce10", "episode_id": "e1"})
    output = run("show", "ce10", "--data", archive.folder)[1]
    assert "e1.txt 42 行目（ファイルは今ありません）" in output
    assert "再生" not in output


def test_history_follows_mergers(archive: Archive) -> None:
    archive.ledger(
        {"card_id": "ce10", "episode_id": "e1"},
        {"card_id": "cold", "episode_id": "e1", "status": "merged", "merged_into": "ce10"},
    )
    code, output = run("history", "cold", "--data", archive.folder)
    assert code == 0
    assert "主張は今 ce10 にあります" in output
    found = json.loads(run("history", "ce10", "--json", "--data", archive.folder)[1])
    assert [event["what"] for event in found["events"]] == ["appeared", "took_in"]


def test_control_characters_do_not_reach_the_terminal(archive: Archive) -> None:
    bad = "\x1b[31m伴走\x1b]0;x\x07\u202e"
    archive.episode("e1", title=bad)
    given = {"card_id": "ce10", "title": bad, "quote": f"{bad}\rする", "speaker": bad}
    archive.cards("e1", given)
    archive.ledger({"card_id": "ce10", "episode_id": "e1"})
    for args in (("search", "伴走"), ("show", "ce10"), ("history", "ce10")):
        code, output = run(*args, "--data", archive.folder)
        assert code == 0
        assert not {"\x1b", "\x07", "\r", "\u202e"} & set(output)


def test_a_file_name_is_no_option_and_no_shell() -> None:
    place = Place(Path("-x.mp3"), Path("-x.mp3"), 0.2, None, None, None)
    assert play_command(place) == "ffplay -autoexit -ss 0.0 ./-x.mp3"
    place = Place(Path("a b;c.mp3"), Path("a b;c.mp3"), 10.0, 12.0, None, None)
    assert play_command(place) == "ffplay -autoexit -ss 9.5 -t 3.0 'a b;c.mp3'"


def test_marks_of_repairs_and_of_the_quote() -> None:
    repairs = (Repaired(1, 3, "伴奏", "伴走", 0.9), Repaired(4, 5, "隊", "隣", 0.9))
    shown = marked(SegmentShown(0, None, None, False, None, "あ伴奏の隊にいる", 1, 6, repairs))
    assert shown == "あ｜【伴奏→伴走】の【隊→隣】に｜いる"


def test_every_enumeration_has_a_word_for_readers() -> None:
    assert set(KINDS) == set(CARD_KINDS)
    assert set(REASONS) == set(LINK_REASONS)
    assert set(REVIEW_STATUSES) == set(STATUSES)
    assert set(REQUESTS) == {"opinion", "answer", "action"}
    assert set(LEDGER_STATUSES) - {"live"} <= set(EVENTS)


@pytest.mark.parametrize(
    ("seconds", "shown"), [(None, ""), (0.0, "00:00"), (65.9, "01:05"), (3661.0, "1:01:01")]
)
def test_times_for_readers(seconds: float | None, shown: str) -> None:
    assert clock(seconds) == shown
