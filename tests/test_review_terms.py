"""Misheard words that reviewers put right go into the team's glossary, and the rest of it stays."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from reviewing import Desk, card

from pipeline.errors import ConfigError
from pipeline.glossary import Term, load_glossary
from pipeline.review.termfile import add_misspellings, new_id
from pipeline.review.terms import Correction, find_corrections


def corrections(desk: Desk) -> list[Correction]:
    return find_corrections(desk.reviewed.history.values(), GLOSSARY)


def test_a_term_put_right_is_found_and_a_rewording_is_not() -> None:
    desk = Desk(
        card("c1", "お客さまに晩装することが大事だ"),
        card("c2", "顧客への番装支援は半年で終える", body="番装支援の話。"),
        card("c3", "担当は約束を守る"),
        card("c4", "担当が代行する"),
    )
    desk.take(
        desk.answer("c1", title="お客さまに伴走することが大事だ"),
        desk.answer("c2", title="顧客への伴走支援は半年で終える", body="伴走支援の話。"),
        desk.answer("c3", title="窓口は期限を守る"),
        desk.answer("c4", title="担当が伴走する"),
    )
    found = {(c.before, c.after): c for c in corrections(desk)}
    assert found.keys() == {("晩装", "伴走"), ("番装", "伴走")}
    assert found["番装", "伴走"].card_ids == ("c2",)
    term = found["番装", "伴走"].term
    assert term is not None
    assert term.id == "bansou"
    desk.take(desk.answer("c1", "却下"))
    assert ("晩装", "伴走") not in {(c.before, c.after) for c in corrections(desk)}


def test_a_quote_put_right_counts_and_a_new_word_is_listed_as_such() -> None:
    desk = Desk(card("c1", "題", quote="東海理事会で相談しました。それから予定を決めました。"))
    desk.take(desk.answer("c1", quote="東海理事界で相談しました。それから予定を決めました。"))
    (found,) = corrections(desk)
    assert (found.after.endswith("界"), found.term) == (True, None)


GLOSSARY = load_glossary()
BANSOU = GLOSSARY.by_id("bansou")


def correction(before: str, term: object = BANSOU, after: str = "伴走") -> Correction:
    return Correction(before, after, term, "バンソウ", ("c1",), is_known=False)  # type: ignore[arg-type]


TEAM = """\
# うちの言葉 —— 佐藤が書いた
fields: {food: [料理, 鍋]}   # まだ少ない

terms:
  # 商品
  - id: qbr            # 四半期ごと
    term: 四半期レビュー
    reading: シハンキレビュー
    before: [顧客,
             定例]
  - id: bansou
    term: 伴走
    reading: バンソウ
    misspellings: [晩装]  # 確認ずみ

  # ここより下は人名
"""


def test_every_other_byte_stays(tmp_path: Path) -> None:
    path = tmp_path / "terms.yaml"
    path.write_text(TEAM, encoding="utf-8")
    qbr = Term("qbr", "四半期レビュー", "シハンキレビュー")
    assert add_misspellings(
        [path], path, [correction("番装"), correction("四半機", qbr, "四半期レビュー")]
    ) == [path]
    text = path.read_text(encoding="utf-8")
    assert text == TEAM.replace("[晩装]", "[晩装, 番装]").replace(
        "# 四半期ごと\n", "# 四半期ごと\n    misspellings: [四半機]\n"
    )


@pytest.mark.parametrize(
    "text",
    [
        TEAM,
        TEAM.replace("\n", "\r\n"),
        "\ufeff" + TEAM,
        TEAM.rstrip(),
        "terms:\n- id: bansou\n  term: 伴走\n  reading: バンソウ\n  misspellings:\n  - 晩装 # 確認\n# 終わり\n",
        "terms:\n- {id: bansou, term: 伴走, reading: バンソウ}\n",
        "terms:\n- {id: bansou, term: 伴走, reading: バンソウ, misspellings: []}\n",
        "terms:\n- id: bansou\n  misspellings:\n  term: 伴走\n  reading: バンソウ\n",
        "terms: [{id: bansou, term: 伴走, reading: バンソウ, misspellings: [晩装]}]",
        "terms:\n  - {id: qbr, term: 四半期レビュー, reading: シハンキレビュー}\n# 終わり",
        "domain: {strong: [鍋]}\n",
        "terms: []\n",
        "# まだ何もない\n",
        "",
    ],
)
def test_whatever_the_files_form(tmp_path: Path, text: str) -> None:
    path = tmp_path / "terms.yaml"
    path.write_bytes(text.encode())
    before = yaml.safe_load(text.removeprefix("\ufeff")) or {}
    add_misspellings([path], path, [correction("番装"), correction("no", None, "青空会")])
    made = path.read_bytes().decode()
    after = yaml.safe_load(made.removeprefix("\ufeff"))
    assert {k: v for k, v in after.items() if k != "terms"} == {
        k: v for k, v in before.items() if k != "terms"
    }
    wrong = {entry["id"]: entry.get("misspellings") for entry in after["terms"]}
    assert "番装" in wrong["bansou"]
    assert wrong[new_id("青空会")] == ["no"]
    kept = [line for line in text.replace("\ufeff", "").splitlines() if line.startswith("#")]
    assert all(line in made for line in kept)
    assert ("\r\n" in made) == ("\r\n" in text)
    assert not made.replace("\r\n", "").count("\r")


def test_a_built_in_term_is_copied_whole_into_a_new_file(tmp_path: Path) -> None:
    path = tmp_path / "data" / "terms.yaml"
    assert add_misspellings([], path, [correction("晩装"), correction("番: 装")]) == [path]
    term = load_glossary(path).by_id("bansou")
    assert term.misspellings == ("晩装", "番: 装")
    assert (term.rivals_with, term.contexts_for) == (BANSOU.rivals_with, BANSOU.contexts_for)


def test_the_file_that_has_the_term_is_written(tmp_path: Path) -> None:
    own, shared = tmp_path / "terms.yaml", tmp_path / "shared.yaml"
    own.write_text(TEAM.replace("id: bansou", "id: other"), encoding="utf-8")
    shared.write_text("terms:\n- {id: bansou, term: 伴走, reading: バンソウ}\n", encoding="utf-8")
    assert add_misspellings([own, shared], own, [correction("番装")]) == [shared]


@pytest.mark.parametrize("text", ["terms:\n", "terms: [x\n", "terms: {a: 1}\n", "- 1\n", "\x00"])
def test_a_file_that_cannot_be_added_to_is_named_and_kept(tmp_path: Path, text: str) -> None:
    path = tmp_path / "terms.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match=r"terms\.yaml"):
        add_misspellings([path], path, [correction("番装")])
    assert path.read_text(encoding="utf-8") == text
