"""The spaCy pipeline gives what the stages give."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline import nlp
from pipeline.errors import ModelError
from pipeline.requests import classify

TEXT = "全部こっちでやってあげちゃうと、お客さんが自分で回せるようになりません。率直に、どう思われますか。"


def test_requests_and_tags_stand_on_the_doc() -> None:
    doc = nlp.load()(TEXT)
    assert doc.text == TEXT
    assert doc._.request == classify(TEXT)
    assert [span.label_ for span in doc.spans["request"]] == ["opinion"]
    assert "daisou" in {span.label_ for span in doc.spans["tags"]}
    assert doc.cats["daisou"] > 0.5


def test_a_missing_pipeline_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=tmp_path.name):
        nlp.load(tmp_path)
