"""The linear models: small files, the same answer after a round trip, clear errors."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline import schema
from pipeline.errors import ModelError
from pipeline.linear import (
    FeatureRows,
    LinearModel,
    feature_key,
    gram_keys,
    gram_keys_of_all,
    load_linear,
    make_features,
    row_keys,
)
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


@given(st.lists(st.text(max_size=12), min_size=1, max_size=6))
def test_rows_of_characters_never_reach_into_the_next_text(texts: list[str]) -> None:
    keys, owners = gram_keys_of_all(texts, 1, (1, 2, 4))
    for place, text in enumerate(texts):
        assert keys[owners == place].tolist() == gram_keys(text, 1, (1, 2, 4)).tolist()


@given(st.text(max_size=3), st.lists(st.text(max_size=4), max_size=5), st.integers(1, 4))
def test_rows_of_words_have_the_numbers_of_their_names(
    prefix: str, words: list[str], longest: int
) -> None:
    names = [
        prefix + " ".join(words[at : at + size])
        for size in range(1, longest + 1)
        for at in range(len(words) - size + 1)
    ]
    assert row_keys(prefix, words, longest=longest) == [feature_key(name) for name in names]


def test_many_texts_score_like_each_alone() -> None:
    # The second text has no feature, the third none that is known.
    seen = [
        make_features(named, [], np.full(1, at))
        for at, named in enumerate([{"a": 1.0, "b": 2.0}, {}, {"never seen": 3.0}, {"b": 1.0}])
    ]
    rows = FeatureRows(
        np.concatenate([one.keys for one in seen]),
        np.concatenate([one.values for one in seen]),
        np.repeat(np.arange(len(seen)), [len(one.keys) for one in seen]),
        np.stack([one.vector for one in seen]),
    )
    alone = [model().probabilities(one).tolist() for one in seen]
    assert np.allclose(model().probabilities_of_all(rows), alone)


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
