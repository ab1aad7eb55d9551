"""Readings, distances and the index by sound."""

from __future__ import annotations

import math
from collections import Counter
from importlib.metadata import version

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline import sound
from pipeline.errors import ConfigError
from pipeline.lexicon.make_kanji_readings import align, render
from pipeline.sound import SoundIndex, distance, kanji_readings, key

readings = st.text(
    st.sampled_from("アイウエオカキクケコガサシスセソザタチツテトダナニハヒフバパマミラリルンッー"),
    max_size=8,
)


@pytest.mark.parametrize(
    ("one", "other", "at_most"),
    [
        ("バンソウ", "バンソー", 0.0),
        ("ダイソウ", "タイソウ", 0.3),
        ("ジソウ", "ジッソウ", 0.25),
        ("ハイタッチ", "ハイタツチ", 0.3),
        ("チームワーク", "ティームワーク", 0.5),
        ("オンボーディング", "オンボーリング", 0.5),
        ("バンソウ", "マンソウ", 0.5),
    ],
)
def test_what_an_ear_confuses_is_near(one: str, other: str, at_most: float) -> None:
    assert distance(one, other) <= at_most


@pytest.mark.parametrize(
    ("one", "other"), [("カンソウ", "カソウ"), ("バンソウ", "バングミ"), ("カタカ", "カタホウ")]
)
def test_what_no_ear_confuses_is_far(one: str, other: str) -> None:
    assert distance(one, other) >= 0.8


@given(readings, readings)
def test_distance_is_symmetric_and_zero_only_for_the_same_sound(one: str, other: str) -> None:
    assert distance(one, other) == pytest.approx(distance(other, one))
    assert distance(one, one) == 0.0
    if distance(one, other) == 0.0:
        assert key(one) == key(other)


def test_key_folds_length_voicing_and_stops() -> None:
    assert key("バンソウ") == key("ハンソー") != key("バンナイ")
    assert key("テックタッチ") == key("テクタチ")


def test_readings_of_single_kanji() -> None:
    assert "ソウ" in dict(kanji_readings("騒"))
    assert dict(kanji_readings("奏"))["ソウ"] > 0.9
    assert kanji_readings("x") == ()


def test_table_is_small_and_names_the_dictionary_it_was_made_from() -> None:
    text = sound.KANJI_READINGS.read_text(encoding="utf-8")
    assert len(text.encode()) < 300_000
    assert f"SudachiDict-core {version('sudachidict-core')[:4]}" in text.partition("\n一")[0]


def test_damaged_table_names_the_remedy(tmp_path, monkeypatch) -> None:
    broken = tmp_path / "kanji_readings.tsv"
    broken.write_text("走 ソウ\n", encoding="utf-8")
    monkeypatch.setattr(sound, "KANJI_READINGS", broken)
    sound._kanji_table.cache_clear()
    try:
        with pytest.raises(ConfigError, match="make_kanji_readings"):
            kanji_readings("走")
    finally:
        sound._kanji_table.cache_clear()


def test_alignment_finds_where_a_reading_splits() -> None:
    words = {
        "音楽": [[("オ", "ンガク"), ("オン", "ガク"), ("オンガ", "ク")]],
        "音声": [[("オ", "ンセイ"), ("オン", "セイ"), ("オンセ", "イ")]],
        "楽器": [[("ガ", "ッキ"), ("ガッ", "キ")]],
        "楽": [[("ガク", "")]],
        "声": [[("コエ", "")]],
    }
    counts = align(words)
    assert max(counts["音"], key=lambda r: counts["音"][r]) == "オン"
    assert max(counts["楽"], key=lambda r: counts["楽"][r]) == "ガク"


def test_rendered_table_is_the_same_for_the_same_counts() -> None:
    counts = {
        "走": Counter({"ソウ": 9.0, "ハシリ": 1.0}),
        "伴": Counter({"バン": 3.0, "ハン": 3.0}),
    }
    text = render(counts, "20260101")
    assert text == render(dict(reversed(counts.items())), "20260101")
    assert text.splitlines()[-1] == "走\tソウ:90 ハシリ:10"
    assert "20260101" in text


@pytest.mark.parametrize("heard", ["バンソー", "ハンソウ", "マンソウ", "パンソー"])
def test_index_finds_a_word_under_near_sounds(heard: str) -> None:
    assert 0 in SoundIndex(["バンソウ", "カタカ"]).prefixes[key(heard)]


def test_index_holds_the_way_to_each_word() -> None:
    prefixes = SoundIndex(["カスタマーサクセス"]).prefixes
    whole = key("カスタマサクセス")
    assert all(whole[:end] in prefixes for end in range(1, len(whole) + 1))
    assert prefixes[whole[:3]] == ()
    assert prefixes[whole] == (0,)


@given(readings, readings, st.floats(0, 3))
def test_a_limit_only_cuts_off_what_lies_farther(one: str, other: str, limit: float) -> None:
    away = distance(one, other)
    assert distance(one, other, limit) in ({away} if away <= limit else {away, math.inf})
