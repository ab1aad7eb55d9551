"""The glossary: what ships, what a team adds, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.errors import ConfigError
from pipeline.glossary import load_glossary

# fmt: off
STARTS_WITH = {
    "伴走", "代走", "自走", "型化", "完走", "苦言", "三箇条", "兆候", "責任範囲", "熱量", "相性", "対等", "裏方", "仲間意識",
    "伴走支援", "解約", "定着", "導入", "活用", "無理ゲー", "オンボーディング", "ヘルススコア", "チャーン", "アップセル",
    "ハイタッチ", "ロータッチ", "テックタッチ", "ファシリテーター", "カスタマーサクセス", "ワンチーム",
    "トラステッドアドバイザー",
}
# fmt: on


def _file(folder: Path, text: str) -> Path:
    path = folder / "team.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_ships_the_words_of_the_domain_and_no_misspelling() -> None:
    glossary = load_glossary()
    assert {term.term for term in glossary.terms} >= STARTS_WITH
    assert all(term.misspellings == () for term in glossary.terms)
    assert glossary.by_id("bansou").reading == "バンソウ"
    assert glossary.by_id("bansou").verb
    assert not glossary.by_id("kugen").verb


def test_a_team_adds_a_term_and_overrides_one_by_id(tmp_path: Path) -> None:
    path = _file(
        tmp_path,
        "fields: {food: [料理, 鍋]}\n"
        "terms:\n"
        "  - {id: qbr, term: 四半期レビュー, reading: シハンキレビュー, against_fields: [food, music]}\n"
        "  - {id: bansou, term: 並走, reading: ヘイソウ, kind: verbal_noun}\n",
    )
    glossary = load_glossary(path)
    assert glossary.by_id("bansou").term == "並走"
    assert {"鍋", "ピアノ"} <= set(glossary.by_id("qbr").contexts_against)
    assert len(glossary.terms) == len(load_glossary().terms) + 1


def test_what_speaks_for_a_rival_may_name_a_field(tmp_path: Path) -> None:
    entry = "{id: a, term: 甲, reading: コウ, rivals: [候], rivals_with: {候: [food, 〜補]}}"
    glossary = load_glossary(
        _file(tmp_path, f"fields: {{food: [料理, 鍋]}}\nterms:\n  - {entry}\n")
    )
    assert glossary.by_id("a").rivals_with == (("候", ("料理", "鍋", "〜補")),)


def test_hash_changes_with_what_is_said_and_not_with_comments(tmp_path: Path) -> None:
    entry = "terms:\n  - {id: qbr, term: 定例会, reading: テイレイカイ}\n"
    plain = load_glossary(_file(tmp_path, entry)).sha256
    assert load_glossary(_file(tmp_path, "# ours\n" + entry)).sha256 == plain
    assert load_glossary(_file(tmp_path, entry.replace("イカイ", "エカイ"))).sha256 != plain
    assert load_glossary().sha256 != plain


@pytest.mark.parametrize(
    ("text", "named", "remedy"),
    [
        ("terms:\n  - {id: a, term: 甲}", "entry a", "reading"),
        ("terms:\n  - {id: a, term: 甲, reading: こう}", "こう", "katakana"),
        ("terms:\n  - {term: 甲, reading: コウ}", "number 1", "id"),
        (
            "terms:\n  - {id: a, term: 甲, reading: コウ}\n  - {id: a, term: 乙, reading: オツ}",
            "entry a",
            "id of its own",
        ),
        ("terms:\n  - {id: a, term: 甲, reading: コウ, kind: verb}", "verb", "verbal_noun"),
        ("terms:\n  - {id: a, term: 甲, reading: コウ, homophones: many}", "many", "common"),
        ("terms:\n  - {id: a, term: 甲, reading: コウ, colour: red}", "colour", "reading"),
        (
            "terms:\n  - {id: a, term: 甲, reading: コウ, hotword: perhaps}",
            "perhaps",
            "true or false",
        ),
        ("terms:\n  - {id: a, term: 甲, reading: コウ, for: 前}", "for", "list"),
        ("terms:\n  - {id: a, term: 甲, reading: コウ, against_fields: [sea]}", "sea", "fields"),
        (
            "terms:\n  - {id: a, term: 甲, reading: コウ, rivals: [候], rivals_with: {功: [年]}}",
            "功",
            "under 'rivals'",
        ),
        ("terms: {a: 甲}", "terms", "- id:"),
        ("words: []", "words", "terms"),
        ("- 甲", "the file", "terms.yaml"),
        ("terms: [", "not YAML", "pipeline/lexicon"),
        ("terms: " + "{" * 300, "200 brackets", "pipeline/lexicon"),
    ],
)
def test_a_wrong_file_is_refused_with_entry_and_remedy(
    tmp_path: Path, text: str, named: str, remedy: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        load_glossary(_file(tmp_path, text))
    for part in ("team.yaml", named, remedy):
        assert part in str(caught.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"none\.yaml"):
        load_glossary(tmp_path / "none.yaml")
