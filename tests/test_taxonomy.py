"""The taxonomy that comes with the project, and what a team's own one may get wrong."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from pipeline import schema, taxonomy
from pipeline.errors import ConfigError
from pipeline.taxonomy import load_taxonomy
from pipeline.taxonomy.cues import CueIndex, make_cue

BUILT_IN = Path(taxonomy.__file__).parents[1] / "lexicon" / "taxonomy.yaml"

OWN = Path(__file__).parent / "data" / "tags_own.jsonl"


def written(tmp_path: Path, change: Callable[[dict[str, Any]], None]) -> Path:
    content = yaml.safe_load(BUILT_IN.read_text(encoding="utf-8"))
    change(content)
    path = tmp_path / "team.yaml"
    path.write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
    return path


def test_every_tag_has_a_name_a_definition_and_rules() -> None:
    loaded = load_taxonomy()
    assert tuple(loaded.tags) == schema.TAGS
    for tag, definition in loaded.tags.items():
        assert definition.name
        assert definition.definition.endswith("。")
        assert any(rule.tag == tag for rule in loaded.rules)
    assert len({(rule.tag, rule.id) for rule in loaded.rules}) == len(loaded.rules)


def test_the_hash_changes_with_the_file(tmp_path: Path) -> None:
    def rename(content: dict[str, Any]) -> None:
        content["tags"]["bansou"]["name"] = "並んで走る"

    team = load_taxonomy(written(tmp_path, rename))
    assert team.tags["bansou"].name == "並んで走る"
    assert team.sha256 != load_taxonomy().sha256 == load_taxonomy().sha256


def test_every_match_of_a_cue_holds_one_of_its_literals() -> None:
    texts = [json.loads(line)["text"] for line in OWN.read_text(encoding="utf-8").splitlines()]
    for cues in load_taxonomy().cues.values():
        for cue in cues:
            assert cue.literals
            for text in texts:
                for start, end in cue.spans(text):
                    assert any(literal in text[start:end] for literal in cue.literals), cue.text


@pytest.mark.parametrize(
    ("pattern", "text", "other"),
    [
        ("代わりに…(書|作)", "代わりに資料を作る", "代わりに行く。作る"),
        ("(引き|受け)?取る", "受け取る", "受ける"),
        ("(?<!正)直言", "直言する", "正直言うと"),
        ("(あ(い|う)|かき)く?", "かきを", "あえて"),
        ("[一二]社", "二社の", "三社の"),
    ],
)
def test_the_index_finds_what_a_search_finds(pattern: str, text: str, other: str) -> None:
    index = CueIndex({"x": (make_cue(pattern),)})
    assert [list(cue.spans(text)) for cue in index.candidates(text)["x"]] != [[]]
    assert not any(list(cue.spans(other)) for cue in index.candidates(other).get("x", []))


def _no_tag(content: dict[str, Any]) -> None:
    del content["tags"]["flat"]


def _unknown_tag(content: dict[str, Any]) -> None:
    content["tags"]["flatt"] = {"name": "x", "definition": "x"}


def _no_name(content: dict[str, Any]) -> None:
    del content["tags"]["touch"]["name"]


def _bad_pattern(content: dict[str, Any]) -> None:
    content["tags"]["touch"]["rules"][0]["any"] = "ハイタッチ (ロー"


def _unknown_concept(content: dict[str, Any]) -> None:
    content["tags"]["touch"]["rules"][0] = {"id": "x", "score": 0.5, "all": "nobody"}


def _bad_score(content: dict[str, Any]) -> None:
    content["tags"]["touch"]["rules"][0]["score"] = 7


def _unknown_key(content: dict[str, Any]) -> None:
    content["tags"]["touch"]["rules"][0]["colour"] = "red"


def _numbers_for_words(content: dict[str, Any]) -> None:
    content["concepts"]["vendor"] = [100]


def _bad_window(content: dict[str, Any]) -> None:
    content["tags"]["touch"]["rules"][0]["window"] = 9


def _bad_weak(content: dict[str, Any]) -> None:
    content["tags"]["touch"]["rules"][0]["weak"] = "yes"


def _no_version(content: dict[str, Any]) -> None:
    content["version"] = 1.0


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (_no_tag, "tag flat is missing"),
        (_unknown_tag, "tag flatt is unknown"),
        (_no_name, "tag touch: name"),
        (_bad_pattern, "tag touch: rule named has the cue"),
        (_unknown_concept, "concept 'nobody'"),
        (_bad_score, "score 7"),
        (_unknown_key, "unknown key 'colour'"),
        (_numbers_for_words, "concept vendor"),
        (_bad_window, "window 9"),
        (_bad_weak, "weak 'yes'"),
        (_no_version, "version is 1.0"),
    ],
)
def test_what_is_wrong_is_named(
    tmp_path: Path, change: Callable[[dict[str, Any]], None], named: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        load_taxonomy(written(tmp_path, change))
    assert "team.yaml" in str(caught.value)
    assert named in str(caught.value)


@pytest.mark.parametrize("content", [b"\xff\xfe", b"tags: [", b"- a list"])
def test_a_file_that_is_no_taxonomy_is_named(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "team.yaml"
    path.write_bytes(content)
    with pytest.raises(ConfigError, match=r"team\.yaml"):
        load_taxonomy(path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"absent\.yaml"):
        load_taxonomy(tmp_path / "absent.yaml")
