"""The linear models: small files, the same answer after a round trip, clear errors."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline import schema
from pipeline.errors import ModelError
from pipeline.linear import LinearModel, feature_key, gram_keys, load_linear, make_features
from pipeline.requests import MODEL_FILE


def model() -> LinearModel:
    keys = np.array(sorted(map(feature_key, ["a", "b"])), dtype=np.uint32)
    weights = np.array([[1.0, -1.0], [0.5, 0.25]], dtype=np.float32)
    return LinearModel(("yes", "no"), keys, weights, np.array([[0.0, 2.0]]), np.array([0.1, 0.0]))


@given(st.text(max_size=60), st.integers(1, 5))
def test_rows_of_characters_are_each_counted_once(text: str, size: int) -> None:
    grams = {text[at : at + size] for at in range(len(text) - size + 1)}
    keys = gram_keys(text, 1, [size])
    assert len(keys) == len(set(keys.tolist())) == len(grams)
    assert set(keys.tolist()) == {int(gram_keys(gram, 1, [size])[0]) for gram in grams}


def test_kinds_set_the_same_characters_apart() -> None:
    assert not set(gram_keys("伴走する", 1, [2])) & set(gram_keys("伴走する", 2, [2]))


def test_unknown_features_count_nothing() -> None:
    known = make_features({"a": 1.0}, [], np.zeros(1))
    more = make_features({"a": 1.0, "never seen": 9.0}, [], np.zeros(1))
    assert model().scores(known).tolist() == model().scores(more).tolist()
    assert model().probabilities(known).sum() == pytest.approx(1.0)


def test_a_model_survives_its_file(tmp_path: Path) -> None:
    path = tmp_path / "model.npz"
    path.write_bytes(model().to_bytes())
    assert path.read_bytes() == model().to_bytes()
    back = load_linear(path, labels=("yes", "no"))
    seen = make_features({"a": 1.0, "b": 2.0}, [], np.ones(1))
    assert back.scores(seen).tolist() == pytest.approx(model().scores(seen).tolist(), rel=1e-3)


def test_a_damaged_model_is_named(tmp_path: Path) -> None:
    path = tmp_path / "model.npz"
    for content in (b"", b"PK\x03\x04 cut short", model().to_bytes()[:200]):
        path.write_bytes(content)
        with pytest.raises(ModelError, match=r"model\.npz"):
            load_linear(path, labels=("yes", "no"))
    path.write_bytes(model().to_bytes())
    with pytest.raises(ModelError, match="other labels"):
        load_linear(path, labels=("no", "yes"))


def test_the_shipped_model_is_small_and_for_these_labels() -> None:
    assert MODEL_FILE.stat().st_size < 5_000_000
    assert load_linear(MODEL_FILE, labels=schema.REQUESTS).temperature > 0
