"""Words of Japanese text: offsets in code points, whatever the text."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline import morph, vectors

TEXTS = st.text(
    st.one_of(
        st.sampled_from("伴走するのは、ﾀﾞｲｿｰ㌔①𠮷がぎ゛ー \u3000\n。"),
        st.characters(codec="utf-8"),
    ),
    max_size=60,
)


@settings(deadline=None)
@given(TEXTS)
def test_words_stand_where_they_say_and_rebuild_the_text(text: str) -> None:
    words = morph.tokens(text)
    assert "".join(w.surface for w in words) == text
    assert all(text[w.start : w.end] == w.surface for w in words)
    assert [w.text for w in morph.doc(text, words)] == [w.surface for w in words]


def test_a_text_longer_than_the_dictionary_takes_is_split_at_sentences() -> None:
    sentence = "お客さんと一緒に走るのが伴走です。"
    text = sentence * 5_000
    words = morph.tokens(text)
    assert len(words) == 5_000 * len(morph.tokens(sentence))
    assert words[-1].end == len(text)
    assert len(morph.tokens("あ" * 60_000)) > 0


def test_ordinary_words_cost_less_than_a_misheard_one() -> None:
    assert morph.lattice_cost("顧客の伴走を続ける") < morph.lattice_cost("顧客の盤装を続ける")


@pytest.mark.parametrize(
    ("text", "labels"),
    [
        ("その約束をしてはいけません。", {"must not"}),
        ("してはいけなかった", {"must not"}),
        ("急ぐのは危なくない", {"danger"}),
        ("自走とは、長い時間をかけて身につくことだ", {"what it is"}),
        ("良い天気", set()),
    ],
)
def test_rules_hit_every_inflection(text: str, labels: set[str]) -> None:
    rules = morph.WordRules(
        {
            "must not": ["は いける ない", "は いける ます ん|ぬ"],
            "danger": ["危ない|危険"],
            "what it is": ["と は ... こと|もの"],
        }
    )
    assert rules.labels(text) == labels


def test_the_versions_behind_a_result_are_known() -> None:
    assert set(morph.dictionary_versions()) == {"sudachipy", "sudachidict-core"}


def test_words_behind_a_comma_do_not_depend_on_what_stood_before_it() -> None:
    behind = "担当が替わっても、話は続きます。"
    alone = [(w.surface, w.pos, w.norm) for w in morph.tokens("、" + behind)][1:]
    for before in ("それで、", "正直に言うと、", "二、", "「はい」、"):
        words = morph.tokens(before + behind)
        assert "".join(w.surface for w in words) == before + behind
        assert all((before + behind)[w.start : w.end] == w.surface for w in words)
        assert [(w.surface, w.pos, w.norm) for w in words[-len(alone) :]] == alone


def test_directions_of_many_texts_are_to_the_last_bit_those_of_each() -> None:
    texts = ["", "はい。", "支援の計画を一緒に立てる", "店長が画面を操作して、売上を見ていました。"]
    words = [morph.tokens(text) for text in texts]
    together = vectors.means(words)
    assert not together[0].any()
    for found, own in zip(together, words, strict=True):
        assert found.tobytes() == vectors.mean(own).tobytes()
