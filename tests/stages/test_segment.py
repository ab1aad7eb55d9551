"""Sentences and passages from lines cut anywhere."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline import schema
from pipeline.requests import classify_all
from pipeline.stages.segment import build_utterances, group_passages, segment
from pipeline.stages.segment.borders import border_model, load_borders
from pipeline.stages.segment.pieces import read_lines
from pipeline.stages.segment.runs import is_backchannel
from pipeline.stages.segment.words import Words


def rows(texts: list[str], **more: Any) -> list[dict[str, Any]]:
    base = dict.fromkeys(schema.TABLES["segments"].column_names)
    return [
        base
        | {"episode_id": "e", "segment_index": i, "time_is_interpolated": False, "text": text,
           "start_s": i * 4.0, "end_s": i * 4.0 + 4.0}
        | {key: value[i] for key, value in more.items()}
        for i, text in enumerate(texts)
    ]  # fmt: skip


def sentences(texts: list[str], **more: Any) -> list[str]:
    return [u.text for u in build_utterances(read_lines(rows(texts, **more), [], []))]


FRAGMENTS = st.lists(
    st.one_of(
        st.sampled_from(
            ["はい。", "そうですね", "まず話を聞くことが、", "大事だと思ってます。", "で、次に", "それはなぜですか？",
             "自分たちで回せるように", "なりましたけど", "CS team", " 前後に空白 ", "うん", "𠮷野さんの件"]
        ),
        st.text("あいですます。、？ 走A\t", min_size=1, max_size=40),
    ),
    max_size=12,
)  # fmt: skip


@settings(deadline=None, max_examples=60)
@given(FRAGMENTS, st.lists(st.sampled_from(["田中", "佐藤", None]), min_size=12, max_size=12))
def test_no_character_is_lost_or_doubled(texts: list[str], speakers: list[str | None]) -> None:
    texts = [t for t in texts if t.strip()]
    made = build_utterances(read_lines(rows(texts, speaker=speakers), [], []))
    assert [u.parts[0] for u in made] == sorted(u.parts[0] for u in made)
    covered: list[tuple[int, int]] = []
    for u in made:
        assert u.raw_text == "\n".join(texts[n][a:b] for n, a, b in u.parts)
        assert "".join(u.raw_text.split()) == "".join(u.text.split())
        assert u.text == u.text.strip()
        assert len({speakers[n] for n, _, _ in u.parts}) == 1
        covered += [(n, at) for n, a, b in u.parts for at in range(a, b)]
    solid = [(n, at) for n, text in enumerate(texts) for at, c in enumerate(text) if c.strip()]
    assert sorted(c for c in covered if texts[c[0]][c[1]].strip()) == solid
    assert len(set(covered)) == len(covered)


def test_a_sentence_goes_on_behind_a_backchannel() -> None:
    for speakers in (["田中", "佐藤", "田中"], ["田中", None, "田中"], [None, None, None]):
        made = build_utterances(
            read_lines(
                rows(["まずお客さんの話を最後まで", "はい。", "聞くことが大事だと思います。"], speaker=speakers),
                [], [],
            )
        )  # fmt: skip
        assert [u.text for u in made] == [
            "まずお客さんの話を最後まで聞くことが大事だと思います。",
            "はい。",
        ]
        assert made[0].parts == ((0, 0, 13), (2, 0, 14))
        assert made[0].raw_text == "まずお客さんの話を最後まで\n聞くことが大事だと思います。"
        assert (made[0].last_segment, made[0].last_char, made[1].first_segment) == (2, 14, 1)


def test_a_finished_sentence_does_not_join_behind_a_backchannel() -> None:
    assert sentences(["そこは私が直しました", "なるほど", "それで次の日に電話をしました"]) == [
        "そこは私が直しました", "なるほど", "それで次の日に電話をしました",
    ]  # fmt: skip


def test_ends_are_found_without_any_mark() -> None:
    text = (
        "昨日は現場に行ってきたんですけどみんな忙しそうでしたねそれで何も聞けなかったんですよ"
        "来週もう一回行こうと思ってますあと一つだけ確認したいことがあります"
    )
    assert sentences([text]) == [
        "昨日は現場に行ってきたんですけどみんな忙しそうでしたね",
        "それで何も聞けなかったんですよ",
        "来週もう一回行こうと思ってます",
        "あと一つだけ確認したいことがあります",
    ]


def test_nothing_ends_inside_a_quotation() -> None:
    quoted = "お客さんには「遅くなりました申し訳ありません」って電話しました"
    assert sentences([quoted]) == [quoted]
    assert len(sentences(["遅くなりました申し訳ありません"])) == 2


def test_texts_judged_together_are_judged_as_if_alone() -> None:
    model = border_model()
    texts = [
        Words(t) for t in ("行ってきましたそれで、話しました", "", "はい", "見ましたか見てないです")
    ]
    alone = [model.log_odds([t])[0] for t in texts]
    together = model.log_odds(texts)
    assert [len(odds) for odds in together] == [len(t.borders) for t in texts]
    for one, other in zip(alone, together, strict=True):
        assert one.tolist() == pytest.approx(other.tolist(), abs=1e-4)


def test_a_stored_model_is_the_same_model() -> None:
    content = border_model().to_bytes()
    assert load_borders(content).to_bytes() == content


def test_a_text_that_marks_its_sentences_is_not_cut_further() -> None:
    texts = [
        "昔からこの町に住んでるおばあちゃんが毎朝来るんです。",
        "行くと言ったのに来なかった人の話をしてました。",
        "それ、できますよって言っちゃったんです。",
    ]
    assert sentences(["".join(texts)]) == texts


def test_fragments_join_until_the_sentence_ends() -> None:
    assert sentences(
        ["お客さんの話を", "最後まで聞いてから、", "提案するようにしています。", "なるほど。"]
    ) == [
        "お客さんの話を最後まで聞いてから、提案するようにしています。",
        "なるほど。",
    ]


def test_a_line_with_two_sentences_is_cut() -> None:
    assert sentences(["それは違います。もう一度見てください。"]) == [
        "それは違います。",
        "もう一度見てください。",
    ]
    assert sentences(["準備はできました 次は現場に任せます"]) == [
        "準備はできました",
        "次は現場に任せます",
    ]


def test_a_finished_form_that_goes_on_is_not_cut() -> None:
    assert len(sentences(["準備はできましたけど少し不安です"])) == 1
    assert len(sentences(["できますという話を", "しました。"])) == 1


def test_speakers_and_dropped_segments_end_a_sentence() -> None:
    assert len(sentences(["そのとき私は", "驚いた"], speaker=["田中", "佐藤"])) == 2
    assert len(sentences(["そのとき", "ご視聴ありがとうございました", "驚いた"],
                         dropped_reason=[None, "phantom_phrase", None])) == 2  # fmt: skip


def test_backchannels_stand_alone() -> None:
    assert is_backchannel("はい。そうですね。")
    assert not is_backchannel("はい、来週までに直します。")


def test_passages_cover_every_utterance_once_within_limits() -> None:
    texts = [f"{i}番目の話題では担当者が手順を一つずつ確かめていきます。" for i in range(60)]
    groups = group_passages(texts)
    assert [i for a, b in groups for i in range(a, b + 1)] == list(range(60))
    sizes = [sum(len(texts[i]) + 1 for i in range(a, b + 1)) for a, b in groups]
    assert max(sizes) <= 600
    assert 60 <= sum(sizes) / len(sizes) <= 300


def test_a_change_of_topic_is_a_boundary() -> None:
    billing = [
        "請求書の宛名が違っていました。",
        "請求書を出し直して請求の締め日に間に合わせました。",
        "請求の担当にも請求書の控えを送り、次の請求からは宛名を二人で確かめると決めました。",
    ]
    hiring = [
        "ところで採用の面接が始まりました。",
        "面接では応募者の経験を採用担当がゆっくり聞きます。",
        "採用の面接は二回あり、二回目の面接には現場の社員が加わって経験を詳しく聞きます。",
    ]
    assert 2 in {b for _, b in group_passages(billing + hiring)}


def test_a_run_without_any_end_is_cut_before_it_fills_a_passage() -> None:
    made = build_utterances(read_lines(rows(["ずっと続く話が" * 120]), [], []))
    assert max(len(u.text) for u in made) <= 300


def test_the_stage_repairs_and_keeps_the_way_back() -> None:
    segments = schema.to_table("segments", rows(["顧客の盤装を続けて", "手応えがありました。"]))
    repair = {"episode_id": "e", "segment_index": 0, "start_char": 3, "end_char": 5, "before": "盤装",
              "after": "伴走", "reading": "バンソウ", "term_id": "bansou", "rule": "r", "score": 0.9,
              "evidence": ""}  # fmt: skip
    made = segment(
        segments,
        schema.to_table("words", []),
        schema.to_table("repairs", [repair]),
        episode_id="e",
        source_kind="host_text",
        classify_all=classify_all,
    )
    row = made["utterances"].to_pylist()[0]
    assert row["text"] == "顧客の伴走を続けて手応えがありました。"
    assert [tuple(p.values()) for p in row["parts"]] == [(0, 0, 9), (1, 0, 10)]
    assert row["raw_text"] == "顧客の盤装を続けて\n手応えがありました。"
    assert (row["start_s"], row["end_s"]) == (0.0, 8.0)
    assert made["passages"].num_rows == 1
