"""Voices told apart and named, with stand-ins for the two models."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from voicing import FakeVoices, Schedule, heard, in_turns, people, told

from pipeline.stages.speakers import Given, Known, Named, Turn, Voice, find_voices, name_voices

SLIP_S = 0.1


def spoken_by(turns: Sequence[Turn], schedule: Schedule) -> dict[str, Counter[int]]:
    """Voice → person → seconds."""
    found: dict[str, Counter[int]] = {}
    for turn in turns:
        for start_s, end_s, who in schedule:
            shared_s = min(end_s, turn.end_s) - max(start_s, turn.start_s)
            if shared_s > SLIP_S:
                found.setdefault(turn.voice, Counter())[who] += shared_s  # type: ignore[assignment]
    return found


def voice_at(turns: Sequence[Turn], second: float) -> set[str]:
    return {t.voice for t in turns if t.start_s <= second < t.end_s}


# -- telling apart --------------------------------------------------------------------------


@pytest.mark.parametrize("persons", [1, 2, 3, 5])
def test_each_person_is_one_voice_and_their_number_is_estimated(persons: int) -> None:
    schedule = in_turns([n % persons for n in range(15)], turn_s=5.0)
    turns, voices = told(schedule)
    found = spoken_by(turns, schedule)
    assert len(voices) == persons
    assert all(len(who) == 1 for who in found.values())
    assert sorted(next(iter(who)) for who in found.values()) == list(range(persons))
    assert sum(v.spoken_s for v in voices) == pytest.approx(75.0, abs=1.0)


def test_turns_begin_and_end_where_somebody_does() -> None:
    schedule = in_turns([0, 1, 0, 2, 1])
    turns, _ = told(schedule)
    assert [(t.start_s, t.end_s) for t in turns] == [
        (pytest.approx(a, abs=SLIP_S), pytest.approx(b, abs=SLIP_S)) for a, b, _ in schedule
    ]
    assert all(t.score > 0.9 for t in turns)


def test_who_speaks_most_is_the_first_voice() -> None:
    schedule = in_turns([2, 1, 2, 2, 0, 1, 2, 2])
    turns, voices = told(schedule)
    assert [v.label for v in voices] == ["SPEAKER_01", "SPEAKER_02", "SPEAKER_03"]
    assert [v.spoken_s for v in voices] == sorted((v.spoken_s for v in voices), reverse=True)
    assert set(spoken_by(turns, schedule)["SPEAKER_01"]) == {2}


def test_voices_change_without_a_pause() -> None:
    schedule = in_turns([0, 1, 0, 1, 0, 1], pause_s=0.0)
    turns, voices = told(schedule)
    assert len(voices) == 2
    assert len(turns) == 6
    for turn, (start_s, end_s, _) in zip(turns, schedule, strict=True):
        assert (turn.start_s, turn.end_s) == pytest.approx((start_s, end_s), abs=SLIP_S)


def test_the_number_is_taken_as_given() -> None:
    near = FakeVoices(people(near=0.95))  # nobody could tell them apart unasked
    schedule = in_turns([0, 1] * 8)
    assert len(told(schedule, near)[1]) == 1
    turns, voices = told(schedule, near, count=2)
    assert len(voices) == 2
    assert all(len(who) == 1 for who in spoken_by(turns, schedule).values())
    assert len(told(in_turns([0, 1, 2] * 4), count=1)[1]) == 1


def test_two_near_voices_are_two_where_they_come_back_turn_after_turn() -> None:
    models = FakeVoices(people(near=0.8))
    often = in_turns([0, 1, 0, 0, 1, 0, 1, 1, 0, 1])
    turns, voices = told(often, models)
    assert len(voices) == 2
    assert all(len(who) == 1 for who in spoken_by(turns, often).values())
    once = in_turns([0, 0, 0, 0, 0, 0, 1, 0, 0, 0])
    assert len(told(once, models)[1]) == 1  # one such turn may be a mood or the telephone


@pytest.mark.parametrize("noise", [0.3, 0.6, 0.9])
def test_one_voice_stays_one(noise: float) -> None:
    assert len(told(in_turns([0] * 20), FakeVoices(noise=noise))[1]) == 1


def test_two_at_once_are_two_turns_that_overlap() -> None:
    schedule = [
        (0.0, 4.0, 0),
        (4.4, 8.0, 1),
        (7.0, 11.0, 0),
        (11.4, 15.0, 1),
        (15.4, 19.0, 0),
    ]
    turns, voices = told(schedule)
    assert len(voices) == 2
    assert len(voice_at(turns, 7.5)) == 2
    one, other = voice_at(turns, 6.0), voice_at(turns, 9.0)
    assert voice_at(turns, 7.5) == one | other
    assert len(voice_at(turns, 5.0)) == 1


def test_a_short_backchannel_goes_to_its_voice() -> None:
    schedule = [*in_turns([0, 1, 0, 1, 0, 1], turn_s=4.0), (26.4, 30.0, 0), (30.2, 30.7, 1), (30.9, 35.0, 0)]  # fmt: skip
    turns, voices = told(schedule)
    assert len(voices) == 2
    listener = voice_at(turns, 6.0)
    assert voice_at(turns, 30.45) == listener
    assert voice_at(turns, 29.0) == voice_at(turns, 32.0) != listener


def test_a_backchannel_over_somebodys_words_is_a_turn_of_its_own() -> None:
    schedule = [*in_turns([0, 1, 0, 1], turn_s=3.0), (14.0, 20.0, 0), (16.0, 16.6, 1)]
    turns, _ = told(schedule)
    listener = voice_at(turns, 5.0)
    assert voice_at(turns, 16.3) == listener | voice_at(turns, 15.0)
    assert len(voice_at(turns, 16.3)) == 2


@pytest.mark.parametrize("seconds", [0.01, 0.3, 3.0, 25.0])
def test_silence_has_no_voices(seconds: float) -> None:
    assert find_voices([heard([], seconds=seconds)]) == ([], [])


def test_a_recording_in_stretches_has_the_same_voices_throughout() -> None:
    first = heard(in_turns([0, 1, 0, 1]))
    second = replace(heard(in_turns([1, 0, 1])), begins_s=600.0)
    turns, voices = find_voices([first, second])
    assert len(voices) == 2
    assert voice_at(turns, 1.0) == voice_at(turns, 605.0) != voice_at(turns, 601.0)
    assert turns[-1].end_s == pytest.approx(609.8, abs=SLIP_S)


def test_the_same_sound_gives_the_same_turns_and_prints() -> None:
    schedule = in_turns([0, 1, 2, 1, 0, 2])
    (turns, voices), (again, known) = told(schedule), told(schedule)
    assert turns == again
    for one, other in zip(voices, known, strict=True):
        assert (one.label, one.spoken_s) == (other.label, other.spoken_s)
        assert one.voice_print.tobytes() == other.voice_print.tobytes()


SPOKEN = st.lists(
    st.tuples(st.floats(0.0, 20.0), st.floats(0.05, 6.0), st.integers(0, 2)), min_size=1, max_size=8
)


@settings(deadline=None, max_examples=25)
@given(SPOKEN, st.sampled_from([None, 1, 2, 4]), st.booleans())
def test_turns_lie_within_the_recording_and_nobody_speaks_twice_at_once(
    spoken: list[tuple[float, float, int]], count: int | None, in_two: bool
) -> None:
    # Nobody speaks twice at once in the recording either: each person in a row.
    schedule, free_s = [], [0.0, 0.0, 0.0]
    for start_s, length_s, who in sorted(spoken):
        begin_s = max(start_s, free_s[who])
        schedule.append((begin_s, begin_s + length_s, who))
        free_s[who] = begin_s + length_s
    seconds = max(end for _, end, _ in schedule)
    whole = heard(schedule, seconds=seconds)
    seconds = round(seconds * 16000) / 16000
    sounds = [whole, replace(whole, begins_s=seconds)] if in_two else [whole]
    turns, voices = find_voices(sounds, count=count)
    assert len(voices) <= (count or 12)
    assert {t.voice for t in turns} <= {v.label for v in voices}
    end_s = seconds * len(sounds)
    for voice in voices:
        own = [t for t in turns if t.voice == voice.label]
        assert all(0 <= t.start_s < t.end_s <= end_s + 0.001 for t in own)
        assert all(a.end_s <= b.start_s for a, b in pairwise(own))
        assert all(0 <= t.score <= 1 for t in own)
        assert np.linalg.norm(voice.voice_print) == pytest.approx(1, abs=1e-5)


# -- naming ---------------------------------------------------------------------------------

NOBODY = Given({}, {})
PRINTS = people().astype(np.float32)


def voice(label: str, who: int, spoken_s: float = 30.0, *, away: float = 0.0) -> Voice:
    """``away``: how far the print has turned towards a direction that is nobody's."""
    turned = np.cos(away) * PRINTS[who] + np.sin(away) * np.eye(PRINTS.shape[1])[-1]
    return Voice(label, turned.astype(np.float32), spoken_s)


def known(name: str, who: int, episode: str = "before", spoken_s: float = 60.0) -> Known:
    return Known(name, episode, PRINTS[who], spoken_s)


def names(made: Sequence[Named]) -> dict[str, tuple[str | None, str]]:
    return {n.voice: (n.speaker, n.known_by) for n in made}


TURNS = [
    Turn(0.0, 5.0, "SPEAKER_01", 1.0),
    Turn(5.0, 8.0, "SPEAKER_02", 1.0),
    Turn(8.0, 12.0, "SPEAKER_01", 1.0),
]
VOICES = [voice("SPEAKER_01", 0), voice("SPEAKER_02", 1)]


def test_a_voice_is_named_by_the_times_a_person_gave() -> None:
    given = Given({}, {"桐谷": [(1.0, 4.0)], "水沢": [(5.2, 8.3)]})
    made = name_voices(VOICES, TURNS, given, [])
    assert names(made) == {"SPEAKER_01": ("桐谷", "named"), "SPEAKER_02": ("水沢", "named")}
    assert [n.score for n in made] == [1.0, 1.0]


def test_times_that_are_half_one_voice_and_half_another_name_nobody() -> None:
    given = Given({}, {"桐谷": [(3.0, 7.0)], "北野": [(40.0, 50.0)]})
    assert names(name_voices(VOICES, TURNS, given, [])) == {
        "SPEAKER_01": (None, "unknown"), "SPEAKER_02": (None, "unknown"),
    }  # fmt: skip


def test_a_voice_is_known_by_its_print_from_other_episodes() -> None:
    made = name_voices(VOICES, TURNS, NOBODY, [known("桐谷", 0), known("水沢", 1)])
    assert names(made) == {"SPEAKER_01": ("桐谷", "voice"), "SPEAKER_02": ("水沢", "voice")}


def test_prints_of_several_episodes_count_together() -> None:
    others = [known("桐谷", 0, "a"), known("桐谷", 0, "b", 5.0), known("水沢", 1)]
    made = name_voices(VOICES, TURNS, NOBODY, others)
    assert made[0].speaker == "桐谷"
    assert made[0].score == pytest.approx(1.0, abs=1e-3)


def test_below_the_threshold_nobody_is_named() -> None:
    near, far = (
        name_voices([voice("SPEAKER_01", 0, away=away)], [], NOBODY, [known("桐谷", 0)])[0]
        for away in (0.5, 0.7)  # cosines of 0.88 and 0.76
    )
    assert (near.speaker, near.known_by, near.score) == ("桐谷", "voice", pytest.approx(0.878, abs=0.01))  # fmt: skip
    assert (far.speaker, far.known_by, far.score) == (None, "unknown", pytest.approx(0.765, abs=0.01))  # fmt: skip
    stranger = name_voices([voice("SPEAKER_01", 3)], [], NOBODY, [known("桐谷", 0)])[0]
    assert stranger.speaker is None


def test_a_voice_between_two_people_is_nobodys() -> None:
    between = Voice("SPEAKER_01", (PRINTS[0] + PRINTS[1]) / np.linalg.norm(PRINTS[0] + PRINTS[1]), 30.0)  # fmt: skip
    near = people(near=0.9).astype(np.float32)
    others = [Known("桐谷", "a", near[0], 60.0), Known("水沢", "a", near[1], 60.0)]
    both = name_voices([Voice("SPEAKER_01", near[0] * 0.5 + near[1] * 0.5, 30.0)], [], NOBODY, others)  # fmt: skip
    assert both[0].speaker is None
    assert both[0].score > 0.82  # near enough to each of them alone
    assert name_voices([between], [], NOBODY, [known("桐谷", 0), known("水沢", 1)])[0].speaker is None  # fmt: skip


def test_too_little_speech_is_nobodys_unless_a_person_says_so() -> None:
    short = [voice("SPEAKER_02", 1, spoken_s=2.0)]
    assert name_voices(short, TURNS, NOBODY, [known("水沢", 1)])[0].speaker is None
    told_so = Given({}, {"水沢": [(5.0, 8.0)]})
    assert name_voices(short, TURNS, told_so, [])[0].speaker == "水沢"


def test_what_a_person_says_counts_before_any_print() -> None:
    given = Given({"SPEAKER_02": ""}, {"北野": [(0.0, 5.0)]})
    made = name_voices(VOICES, TURNS, given, [known("桐谷", 0), known("水沢", 1)])
    assert names(made) == {"SPEAKER_01": ("北野", "named"), "SPEAKER_02": (None, "unknown")}


def test_labels_of_a_sidecar_name_voices() -> None:
    given = Given({"SPEAKER_01": " 桐谷 "}, {"北野": [(0.0, 5.0)]})
    assert names(name_voices(VOICES, TURNS, given, []))["SPEAKER_01"] == ("桐谷", "named")


def test_a_deleted_print_is_nobodys() -> None:
    gone = Voice("SPEAKER_01", np.zeros(PRINTS.shape[1], np.float32), 30.0)
    made = name_voices([gone], TURNS, NOBODY, [known("桐谷", 0)])
    assert (made[0].speaker, made[0].score) == (None, 0.0)
