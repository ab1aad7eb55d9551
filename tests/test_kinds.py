"""Of what kind a claim is, by its words."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.errors import ConfigError
from pipeline.kinds import load_kinds

RULES = load_kinds()


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("伴走とは、お客さんが自分で進めるように隣で手を貸すことである。", "definition"),
        ("頼みごとを何でも引き受けてはいけません。", "caution"),
        ("終わりの日を決めなければならない。", "principle"),
        ("頼まれるとつい代わりにやってしまう。", "caution"),
        ("例えば倉庫の会社では三か月かかった。", "example"),
        ("期末の集計を一緒に締めました。", "example"),
        ("責任範囲に入るかどうかで決める。", "criterion"),
        ("まず一枚の手順書を書く。", "method"),
        ("急な質問が増えるのは解約の前触れである。", "signal"),
        ("顧客と担当者は対等である。", "principle"),
    ],
)
def test_a_claim_has_the_kind_its_words_show(text: str, kind: str) -> None:
    assert RULES.kind_of(text) == kind


@pytest.mark.parametrize(
    "content", ["", "kinds: 3", "kinds: {dream: [夢]}", "kinds: {method: [3]}", "[", "kinds:"]
)
def test_a_broken_file_is_named(tmp_path: Path, content: str) -> None:
    path = tmp_path / "kinds.yaml"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(ConfigError, match=r"kinds\.yaml"):
        load_kinds(path)
