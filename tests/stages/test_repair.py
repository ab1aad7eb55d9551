"""What the repair stage mends, and what it must leave alone."""

from __future__ import annotations

import functools
import itertools
import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.edits import Edit, EditedText
from pipeline.glossary import load_glossary
from pipeline.morph import tokens
from pipeline.schema import to_table
from pipeline.speech import hint_text
from pipeline.stages.repair import Repair, Repairer, repair

OWN = Path(__file__).parents[1] / "data" / "repairs_own.jsonl"


@functools.lru_cache(maxsize=1)
def repairer() -> Repairer:
    return Repairer(load_glossary())


def mended(*lines: str) -> list[str]:
    return _apply(lines, repairer().repair_lines(lines))


def _apply(lines: Sequence[str], found: Sequence[Sequence[Repair]]) -> list[str]:
    return [
        EditedText(line, [Edit(e.start, e.end, e.after) for e in edits]).text
        for line, edits in zip(lines, found, strict=True)
    ]


@pytest.mark.parametrize(
    ("heard", "meant"),
    [
        ("お客さんの隣で晩装していくのが仕事です", "お客さんの隣で伴走していくのが仕事です"),
        ("顧客に伴奏する時に気を付けること", "顧客に伴走する時に気を付けること"),
        ("設定まで全部ダイソーしてあげていました", "設定まで全部代走してあげていました"),
        ("資料作りはこちらで大騒しました", "資料作りはこちらで代走しました"),
        ("手順をかたかしておくと新人も楽です", "手順を型化しておくと新人も楽です"),
        ("移行のプロジェクトを最後まで感想しました", "移行のプロジェクトを最後まで完走しました"),
        ("CSの参加状を壁に貼りました", "CSの三箇条を壁に貼りました"),
        ("お客さんとは大統な関係でいたいです", "お客さんとは対等な関係でいたいです"),
        ("あえてくげんを呈しました", "あえて苦言を呈しました"),
        ("バン装支援のメニューを作りました", "伴走支援のメニューを作りました"),
        ("解約が続くので、チャンを減らす話です", "解約が続くので、チャーンを減らす話です"),
        ("再現したいので硬かの会議を開きました", "再現したいので型化の会議を開きました"),
        ("解約のチャンレートを会議で見ます", "解約のチャーンレートを会議で見ます"),
        # The words right around are those that 自走 is used with, and not 実装.
        (
            "手を離しても現場だけで実装してくれています",
            "手を離しても現場だけで自走してくれています",
        ),
        ("半年で現場が実装し始めたんです", "半年で現場が自走し始めたんです"),
    ],
)
def test_a_word_right_in_sound_and_wrong_in_spelling_is_mended(heard: str, meant: str) -> None:
    assert mended(heard) == [meant]


@pytest.mark.parametrize(
    "said",
    [
        "姉が合唱のピアノ伴奏をしています",
        "お客さんの会社の式で、歌の伴奏を頼まれました",
        "帰りにダイソーで付箋を買いました",
        "映画の感想を友達と話しました",
        "お客さんに研修の感想を聞きました",
        "開発が新しい機能を実装しました",
        "監督は二塁の走者に代走を送りました",
        "お客さんの導入を手伝い、伴走しました",
        "三か条と徴候は別の書き方のままでよい",
        "ちゃんと確かめた方がいいと思います",
        "友達と同乗して会場に向かいました",
        "大想さんは顧客の担当です",
        "三十二人が参加しました",
        "",
        "新しい画面は来週実装します",
        "髪が乾燥してしまって困ります",
        "記録の断片化が進むと、読むのに時間がかかります。",
    ],
)
def test_a_word_right_in_its_place_stays(said: str) -> None:
    assert mended(said) == [said]


def test_the_dictionary_and_the_words_around_decide() -> None:
    # 合性 is another spelling of 相性; 代走 beside 伴走 says what 大相 is.
    assert mended("担当者との合性で満足度が変わります") == ["担当者との相性で満足度が変わります"]
    assert mended("一年間の研修を乾燥したメンバーに聞きました") == [
        "一年間の研修を完走したメンバーに聞きました"
    ]


@pytest.mark.parametrize(
    "heard",
    [
        "朝の前に全員で対想をします",  # 体操 is nearer in sound
        "見渡すかぎりの大騒源です",  # 大草原: the kanji go on
        "チームで機能を実装できるように支援します",  # what has an object is not 自走
        "次の試合はかつようにと言われました",  # 勝つように
        "新しい会社が大統してきて市場が動きました",  # 対等 takes no する
        "ミイちゃんを止めてあげました",  # a suffix that belongs to a name
    ],
)
def test_what_sounds_more_like_another_word_stays(heard: str) -> None:
    assert mended(heard) == [heard]


@pytest.mark.parametrize(
    ("heard", "said"),
    [
        ("姪の発表会では、私がピアノで伴走しました", "姪の発表会では、私がピアノで伴奏しました"),
        ("文具は百円ショップの代走で買っています", "文具は百円ショップのダイソーで買っています"),
        (
            "教授の講義を兆候しに、週末は大学へ行きます",
            "教授の講義を聴講しに、週末は大学へ行きます",
        ),
        ("冬は喉と肌が完走しやすいですよね", "冬は喉と肌が乾燥しやすいですよね"),
    ],
)
def test_a_term_that_recognition_put_for_an_ordinary_word_is_taken_back(
    heard: str, said: str
) -> None:
    assert mended(heard) == [said]


@pytest.mark.parametrize(
    "said",
    [
        "お客さんに伴走する仕事をしています",
        "合唱団の事務局にも、導入から定着まで伴走しています",  # the domain speaks against music
        "九回の裏に代走で出た選手が、すぐに盗塁しました",  # another sense of the same word
        "平日は顧客に伴走して、休日はピアノの伴奏をします",  # both stand: they were told apart
        "ダイソーへの買い出しまで代走することはありません",
        "倉庫の中を自走するロボットを見てきました",
        "初めてのマラソンを完走しました",
        "代走",
    ],
)
def test_a_term_in_its_place_is_not_taken_back(said: str) -> None:
    assert mended(said) == [said]


def test_taking_back_is_recorded_and_can_be_undone() -> None:
    line = "姪の発表会では、私がピアノで伴走しました"
    ((one,),) = repairer().repair_lines([line])
    assert (one.before, one.after, one.term_id, one.rule) == ("伴走", "伴奏", "bansou", "rival")
    assert one.reading == "バンソウ"
    assert "ピアノ" in one.evidence
    edited = EditedText(line, [Edit(one.start, one.end, one.after)])
    start, end = edited.to_edited(one.start, one.end)
    assert line[slice(*edited.to_raw(start, end))] == "伴走"


def test_an_episode_about_the_term_makes_taking_back_harder() -> None:
    doubtful = "歌の先生にも伴走しています"
    about_it = [f"お客さんへの伴走の話、その{n}です" for n in "一二三四五"]
    (alone,) = repairer().judge_lines([doubtful])
    among = [made for made in repairer().judge_lines([*about_it, doubtful]) if made.meant]
    assert [made.points < alone.points for made in among] == [True]


def test_both_readings_in_one_episode() -> None:
    lines = [
        "先週は娘の合唱の発表会で、ピアノの伴奏がすてきでした",
        "さて今日はカスタマーサクセスの話です",
        "お客さんに伴奏するって、どういうことでしょう",
        "顧客の隣を走るのが伴奏だと思います",
    ]
    after = mended(*lines)
    assert after[0] == lines[0]
    assert [line.count("伴走") for line in after] == [0, 0, 1, 1]


def test_what_the_rest_of_the_episode_says_decides_a_doubtful_line() -> None:
    doubtful = "それって伴奏なんですかね"
    assert mended(doubtful) == [doubtful]
    episode = mended(
        "カスタマーサクセスとしてお客さんに伴奏する", "顧客への伴奏には覚悟が要ります", doubtful
    )
    assert episode[2] == "それって伴走なんですかね"


def test_a_common_word_is_not_carried_along() -> None:
    after = mended("導入プロジェクトを最後まで感想しました", "その感想をお客さんに聞きました")
    assert after == ["導入プロジェクトを最後まで完走しました", "その感想をお客さんに聞きました"]


def test_a_repair_tells_what_decided() -> None:
    line = "お客さんの隣で晩装していく"
    (one,) = repairer().repair_lines([line])[0]
    assert (one.before, one.after, one.term_id) == ("晩装", "伴走", "bansou")
    assert line[one.start : one.end] == one.before
    assert (one.reading, one.rule) == ("バンソウ", "non_word")
    assert 0.5 <= one.score <= 1.0
    assert "gain" in one.evidence
    assert "隣" in one.evidence


def test_the_hint_is_a_sentence_with_the_most_important_words_at_both_ends() -> None:
    hint = hint_text(["伴走", "代走", "自走", "型化", "苦言", "完走"])
    assert hint == "伴走、代走、自走、型化。苦言、完走、型化、自走、代走、伴走について話します。"
    assert hint_text(["伴走"]) == "伴走。伴走について話します。"


def test_only_the_wrong_part_of_a_longer_term_is_replaced() -> None:
    (one,) = repairer().repair_lines(["顧客のバン装支援を始めます"])[0]
    assert (one.before, one.after) == ("バン装", "伴走")


def test_an_unsure_word_is_mended_sooner() -> None:
    line = "伴奏の時間が足りませんでした"
    span = (line.index("伴奏"), line.index("伴奏") + 2)
    (sure,) = repairer().repair_lines([line], word_probabilities=[[(*span, 0.99)]])
    (unsure,) = repairer().repair_lines([line], word_probabilities=[[(*span, 0.02)]])
    assert not sure
    assert [one.after for one in unsure] == ["伴走"]


def test_what_a_reviewer_confirmed_is_mended(tmp_path: Path) -> None:
    team = tmp_path / "team.yaml"
    team.write_text(
        "terms:\n  - {id: jisou, term: 自走, reading: ジソウ, kind: verbal_noun, misspellings: [二層]}\n",
        encoding="utf-8",
    )
    line = "お客さんが二層できるように支えます"
    assert mended(line) == [line]
    (found,) = Repairer(load_glossary(team)).repair_lines([line])
    assert [(one.before, one.after, one.rule) for one in found] == [("二層", "自走", "misspelling")]


def test_a_team_term_is_found_by_its_sound(tmp_path: Path) -> None:
    team = tmp_path / "team.yaml"
    team.write_text(
        "terms:\n  - {id: teirei, term: 定例会, reading: テイレイカイ, for: [毎週]}\n",
        encoding="utf-8",
    )
    (found,) = Repairer(load_glossary(team)).repair_lines(["顧客との低礼会を毎週開きます"])
    assert [(one.before, one.after) for one in found] == [("低礼会", "定例会")]


pieces = st.sampled_from(
    ["お客さんに", "晩装して", "ダイソーする", "カタカ", "伴走", "、", "。", " ", "😀", "が", "ABC", "参加状", "ー", "ン",
     "か\u3099", "𠮷", "大想って", "トラスティックアドバイザー", "三", "ッ", "を", "CS", "\u3000", "伴奏支援"]
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(st.lists(st.lists(pieces, max_size=8).map("".join), max_size=5))
def test_spans_are_exact_sorted_and_apart(lines: list[str]) -> None:
    found = repairer().repair_lines(lines)
    assert len(found) == len(lines)
    for line, edits in zip(lines, found, strict=True):
        for one in edits:
            assert line[one.start : one.end] == one.before != one.after
        assert all(a.end <= b.start for a, b in itertools.pairwise(edits))
    for line, edits in zip(lines, found, strict=True):
        edited = EditedText(line, [Edit(e.start, e.end, e.after) for e in edits])
        for one in edits:
            start, end = edited.to_edited(one.start, one.end)
            assert edited.text[start:end] == one.after
            assert edited.to_raw(start, end) == (one.start, one.end)


@settings(max_examples=100, deadline=None)
@given(st.lists(pieces, max_size=8).map("".join))
def test_the_sieve_leaves_no_candidate_out(line: str) -> None:
    matcher, words = repairer()._matcher, tokens(line)
    everywhere = matcher.candidates(words, range(len(line)))
    starts = matcher.starts(line)
    assert everywhere == ([] if starts is None else matcher.candidates(words, starts))


def _segment(
    index: int, text: str, dropped: str | None = None, episode: str = "e1"
) -> dict[str, object]:
    return {
        "episode_id": episode, "segment_index": index, "start_s": None, "end_s": None,
        "time_is_interpolated": False, "source_line": index, "text": text, "speaker": None,
        "avg_logprob": None, "no_speech_prob": None, "dropped_reason": dropped,
    }  # fmt: skip


def test_stage_reads_segments_and_writes_repairs() -> None:
    segments = to_table(
        "segments",
        [
            _segment(0, "お客さんの隣で晩装していく"),
            _segment(1, "お客さんの隣で晩装していく", "repetition_loop"),
            _segment(2, "顧客の設定をこちらで大騒した"),
            _segment(0, "ピアノの伴奏をした", episode="e2"),
        ],
    )
    word = {
        "episode_id": "e1", "segment_index": 0, "word_index": 0, "start_s": 0.0, "end_s": 1.0,
        "text": "お客さんの隣で晩装していく", "probability": 0.4,
    }  # fmt: skip
    table = repair(segments, to_table("words", [word]), repairer=repairer())
    rows = table.to_pylist()
    assert [(r["episode_id"], r["segment_index"], r["before"], r["after"]) for r in rows] == [
        ("e1", 0, "晩装", "伴走"),
        ("e1", 2, "大騒", "代走"),
    ]
    assert "probability 0.40" in rows[0]["evidence"]
    assert table.equals(repair(segments, to_table("words", [word]), repairer=repairer()))


def test_no_segments_give_an_empty_table() -> None:
    empty = repair(to_table("segments", []), to_table("words", []), repairer=repairer())
    assert empty.num_rows == 0


def test_own_collection() -> None:
    """Recall on misheard words, and not one edit too many."""
    terms = sorted((term.term for term in load_glossary().terms), key=len, reverse=True)
    wanted = right = 0
    wrong: list[str] = []
    for row in map(json.loads, OWN.read_text(encoding="utf-8").splitlines()):
        lines = row["text"].split("\n")
        after = "\n".join(mended(*lines))
        if row.get("keep"):
            wrong += [row["id"]] if after != row["text"] else []
            continue
        said, heard, now = Counter(row["terms"]), _terms(terms, row["text"]), _terms(terms, after)
        wanted += sum((said - heard).values())
        right += sum((said - heard & said).values()) - sum((said - now).values())
        wrong += [row["id"]] if now - (said | heard) else []
    assert not wrong
    assert right / wanted >= 0.65


def _terms(terms: Sequence[str], text: str) -> Counter[str]:
    found: Counter[str] = Counter()
    for term in terms:
        found[term] += text.count(term)
        text = text.replace(term, "\n")
    return +found
