"""Cards: one claim each, a verbatim quote one can walk back from, and an id that stays."""

from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline import schema
from pipeline.edits import span_text
from pipeline.kinds import load_kinds
from pipeline.requests import classify_all
from pipeline.stages.card import card
from pipeline.stages.card.claims import Claim
from pipeline.stages.card.grounded import check
from pipeline.stages.card.identity import give_ids
from pipeline.stages.card.spreading import spread
from pipeline.stages.card.titles import TITLE_CHARS
from pipeline.stages.card.written import has_predicate, is_cut_off
from pipeline.stages.segment import segment

KINDS = load_kinds()
LINES = [
    "よろしくお願いします。",
    "えーっと、まあ、前の担当が月末の集計を、",
    "毎回ぜんぶ代わりにやってしまっていたんですよね。",
    "だから引き継いだ途端に、現場の入力が止まりました。",
    "代走を頼まれたときは、終わりの日を先に決めておかないと、ずるずる続いてしまうんです。",
    "そうなると困りますよね。",
    "お客さんが自分で回せるようになるまでは、隣で一緒に手を動かしたほうがいいのかなって。",
    "どう進めるのがいいと思いますか。",
    "まず手順書をお客さんと一緒に書いて、次の月は見ているだけにします。",
    "次回はお便りのコーナーをお送りします。",
]


def tables(lines: list[str], speakers: list[str | None] | None = None) -> dict[str, Any]:
    base = dict.fromkeys(schema.TABLES["segments"].column_names)
    rows = [
        base
        | {"episode_id": "e", "segment_index": i, "time_is_interpolated": False, "text": text,
           "start_s": i * 5.0, "end_s": i * 5.0 + 5.0, "speaker": (speakers or [None] * len(lines))[i]}
        for i, text in enumerate(lines)
    ]  # fmt: skip
    segments = schema.to_table("segments", rows)
    empty = {name: schema.to_table(name, []) for name in ("words", "repairs")}
    made = segment(
        segments, empty["words"], empty["repairs"],
        episode_id="e", source_kind="host_text", classify_all=classify_all,
    )  # fmt: skip
    return {"segments": segments} | made


def tag_all(given: dict[str, Any], score: float = 0.9) -> Any:
    """Every utterance shows a tag: the selection sees as much as it can."""
    rows = []
    for passage in given["passages"].to_pylist():
        start = 0
        for line in passage["text"].split("\n"):
            rows.append(
                {"passage_id": passage["passage_id"], "tag": "daisou", "start_char": start,
                 "end_char": start + len(line), "score": score, "evidence": line, "rule": "t"}
            )  # fmt: skip
            start += len(line) + 1
    return schema.to_table("tags", rows)


def cards_of(
    lines: list[str], speakers: list[str | None] | None = None, *, score: float = 0.9, **more: Any
) -> list[dict[str, Any]]:
    given = tables(lines, speakers)
    made = card(
        **given, tags=tag_all(given, score), kinds=KINDS, taxonomy_version="1",
        tags_of_all=lambda texts: [{"daisou": score} for _ in texts], **more,
    )  # fmt: skip
    rows: list[dict[str, Any]] = made["cards"].to_pylist()
    return rows


def test_quotes_are_verbatim_and_lead_back_to_the_raw_text() -> None:
    texts = dict(enumerate(LINES))
    found = cards_of(LINES)
    assert len(found) >= 2
    for c in found:
        span = (c["first_segment"], c["first_char"], c["last_segment"], c["last_char"])
        assert c["quote_raw"] == span_text(texts, *span)
        # Nothing was repaired here, so the quote is the raw text but for where lines break.
        assert c["quote"].replace("\n", "") == c["quote_raw"].replace("\n", "")
        assert c["start_s"] < c["end_s"]


def test_each_card_says_its_own_and_its_quote_holds_it() -> None:
    found = cards_of(LINES)
    assert len({c["title"] for c in found}) == len(found)
    for c in found:
        assert check(c["title"], c["quote"]).is_grounded
        assert all(check(s, c["quote"]).is_grounded for s in c["body"].split("。") if s)


def test_titles_are_short_claims() -> None:
    for c in cards_of(LINES):
        assert len(c["title"]) <= TITLE_CHARS
        assert has_predicate(c["title"])
        assert not is_cut_off(c["title"])
        assert not c["title"].startswith(("だから", "えーっと", "そうなると", "まあ", "、"))


def test_a_guess_and_a_condition_stay_in_the_title() -> None:
    told = " ".join(c["title"] + c["body"] for c in cards_of(LINES))
    assert "手を動かしたほうがいいのかもしれない" in told
    assert "決めておかないと" in told


def test_what_one_card_tells_no_other_tells_again() -> None:
    lines = [
        "引き継ぎの面談には、前の担当にも最後まで座ってもらったほうがいいです。",
        "前の担当が急に消えると、お客さんは約束までなくなったと思うからです。",
        "値引きを頼まれたら、断る前に、何のための値引きかを聞いたほうがいいです。",
        "理由を聞かずに下げると、来年も同じことを言われます。",
    ]
    found = cards_of(lines)
    told = [sentence for c in found for sentence in c["body"].split("。") if sentence]
    assert len(told) == len(set(told)) >= 3
    for c in found:
        others = [o["title"] for o in found if o is not c]
        assert not any(title in c["body"] for title in others)


def test_a_title_too_long_loses_anything_but_its_condition() -> None:
    condition = "担当の方がまだ操作に慣れていないなら、"
    lines = [
        "朝の会議の前に画面を開いてもらって、", "うちの若手が横に座って手元をゆっくり見ながら、",
        condition, "最初の二週間は毎日一緒に入力を確かめたほうがいいです。",
    ]  # fmt: skip
    (made,) = cards_of(lines)
    assert made["title"] == condition + "最初の二週間は毎日一緒に入力を確かめたほうがいい"
    assert len(made["title"]) <= TITLE_CHARS


def test_programme_talk_and_questions_are_no_cards() -> None:
    found = cards_of(LINES)
    for line in ("よろしくお願いします", "次回は"):
        assert line not in "\n".join(c["quote"] for c in found)
    # A question may stand in a quote: what is claimed answers it.
    assert "どう進めるのが" not in "\n".join(c["title"] + c["body"] for c in found)
    assert not cards_of(["今日は担当の引き継ぎの話をします。", "ありがとうございました。"])


def test_everyday_words_do_not_make_a_meeting_programme_talk() -> None:
    found = cards_of(["前回の打ち合わせで、責任範囲を紙に書いておかなかったんですよ。"])
    assert [c["title"] for c in found] == ["前回の打ち合わせで、責任範囲を紙に書いておかなかった"]


@pytest.mark.parametrize(
    "sentence",
    [
        "こう思います。",
        "そういうことなんですよね。",
        "それは良くないですね。",
        "はい、そうですね。",
    ],
)
def test_what_says_nothing_by_itself_is_no_card(sentence: str) -> None:
    assert not cards_of([sentence])


def test_a_card_says_what_its_speaker_says() -> None:
    names = ["佐藤", "佐藤", "佐藤", "田中", "田中", "佐藤", None, None, "田中", "佐藤"]
    given = tables(LINES, names)
    by_text = {u["text"]: u["speaker"] for u in given["utterances"].to_pylist()}
    found = cards_of(LINES, names)
    assert {c["speaker"] for c in found} == {"田中", None}
    for c in found:
        quoted = c["quote"].split("\n")
        own = "\n".join(line for line in quoted if by_text[line] == c["speaker"])
        assert all(check(s, own).is_grounded for s in (c["title"], *c["body"].split("。")) if s)
        # Others may ask before and speak in between: the quote begins and ends with the speaker.
        told = quoted[1:] if quoted[0].endswith("か。") else quoted
        if c["speaker"]:
            assert {by_text[told[0]], by_text[told[-1]]} <= {c["speaker"], None}


def test_the_content_hash_follows_what_a_reader_sees() -> None:
    plain, surer = cards_of(LINES, score=0.85), cards_of(LINES, score=0.9)
    assert [c["score"] for c in plain] != [c["score"] for c in surer]
    assert [c["content_sha256"] for c in plain] == [c["content_sha256"] for c in surer]
    other = [line.replace("ずるずる", "いつまでも") for line in LINES]
    changed = [
        a["quote"] for a, b in zip(plain, cards_of(other), strict=True)
        if a["content_sha256"] != b["content_sha256"]
    ]  # fmt: skip
    assert changed
    assert all("ずるずる" in quote for quote in changed)


@settings(deadline=None, max_examples=30)
@given(
    st.lists(
        st.sampled_from([*LINES, "CS team が動く ", "𠮷野さんに任せると、うまくいく。", "うん"]),
        max_size=12,
    )
)
def test_any_order_of_lines_gives_sound_cards(lines: list[str]) -> None:
    texts = dict(enumerate(lines))
    found = cards_of(lines)
    assert len({c["card_id"] for c in found}) == len(found)
    for c in found:
        span = (c["first_segment"], c["first_char"], c["last_segment"], c["last_char"])
        assert c["quote_raw"] == span_text(texts, *span)
        assert c["body"]


# -- identity -------------------------------------------------------------------------------

TOPICS = [
    "引き継ぎの紙に約束を書いておく", "値引きを断った顧客から新しい相談が来る", "棚卸しの集計は倉庫の方が締める",
    "面談では先にこちらから話さない", "若手には週に一度だけ隣に座ってもらう", "返事が遅れる日は昼までに知らせる",
    "現場の熱量は係長が一番よく見ている", "契約の外の悩みを打ち明けられた",
]  # fmt: skip


def bare(number: int, quote: str, start_s: float | None) -> dict[str, Any]:
    return {
        "quote": quote, "title": quote, "first_segment": number * 3, "first_char": 0,
        "last_segment": number * 3 + 1, "last_char": 4, "start_s": start_s,
        "end_s": None if start_s is None else start_s + 8.0,
    }  # fmt: skip


def episode(topics: list[str], *, shift_s: float = 0.0, timed: bool = True) -> list[dict[str, Any]]:
    made = [bare(i, t, 20.0 * i + shift_s if timed else None) for i, t in enumerate(topics)]
    give_ids("e", made, [])
    return made


def again(cards: list[dict[str, Any]], prior: list[dict[str, Any]], **change: Any) -> list[str]:
    fresh = [{k: v for k, v in c.items() if k != "card_id"} | change for c in cards]
    give_ids("e", fresh, prior)
    return [c["card_id"] for c in fresh]


def ids(cards: list[dict[str, Any]]) -> list[str]:
    return [c["card_id"] for c in cards]


EPISODES = st.builds(
    lambda topics, timed: episode(topics, timed=timed),
    st.lists(st.sampled_from(TOPICS), max_size=10),
    st.booleans(),
)


@given(EPISODES)
def test_the_same_cards_again_keep_all_ids(cards: list[dict[str, Any]]) -> None:
    assert len(set(ids(cards))) == len(cards)
    assert again(cards, cards) == ids(cards)


@given(EPISODES, st.floats(-0.5, 0.5))
def test_times_that_shift_half_a_second_keep_ids(
    cards: list[dict[str, Any]], shift_s: float
) -> None:
    moved = [
        c if c["start_s"] is None
        else c | {"start_s": c["start_s"] + shift_s, "end_s": c["end_s"] + shift_s}
        for c in cards
    ]  # fmt: skip
    assert again(moved, cards) == ids(cards)


@given(st.lists(st.sampled_from(TOPICS), max_size=10), st.integers(0, 99))
def test_the_order_of_the_cards_does_not_matter(topics: list[str], seed: int) -> None:
    cards = episode(topics)
    fresh = [{k: v for k, v in c.items() if k != "card_id"} for c in cards]
    mixed = random.Random(seed).sample(fresh, len(fresh))  # noqa: S311
    give_ids("e", mixed, random.Random(seed + 1).sample(cards, len(cards)))  # noqa: S311
    assert ids(fresh) == ids(cards)


def test_a_word_spelled_anew_keeps_the_id() -> None:
    before = episode(["頼まれると、ついダイソーしてしまうのが一番あぶない"])
    after = [before[0] | {"quote": "頼まれると、つい代走してしまうのが一番危ない"}]
    assert again(after, before) == ids(before)


def test_a_quote_that_gains_a_sentence_keeps_the_id() -> None:
    before = episode(TOPICS[:1])
    longer = before[0] | {"quote": f"{TOPICS[0]}。\n{TOPICS[2]}。\n{TOPICS[5]}。"}
    assert again([longer], before) == ids(before)


@given(st.permutations(TOPICS))
def test_another_claim_never_takes_an_old_id(topics: list[str]) -> None:
    before = episode(topics[:4])
    # At the same times, but other claims.
    assert not set(again(episode(topics[4:]), before)) & set(ids(before))
    # The same words, but minutes later.
    later = episode(topics[:4], shift_s=600.0)
    assert not set(again(later, before)) & set(ids(before))


def test_a_card_that_vanished_gets_its_id_back() -> None:
    cards = episode(TOPICS[:3])
    without = cards[:1] + cards[2:]
    assert again(cards, without) == ids(cards)


def claim(at: int, title: str, *, score: float, is_sure: bool, body: str | None = None) -> Claim:
    return Claim("principle", title, body or f"{title}。", at, at, at, (), score, is_sure=is_sure)


def test_a_long_stretch_gets_its_best_claim_even_if_none_is_sure() -> None:
    said = [{"text": "あ" * 100} for _ in range(12)]
    sure = claim(0, "最初に決める", score=0.7, is_sure=True)
    near = claim(1, "すぐ隣で言う", score=0.45, is_sure=False)
    far = claim(8, "遠くで言う", score=0.4, is_sure=False)
    beside_far = claim(9, "その隣で言う", score=0.38, is_sure=False)
    assert spread([sure, near, far, beside_far], said) == [sure, far]


def test_what_another_card_of_the_same_quote_says_is_no_card_of_its_own() -> None:
    said = [{"text": "あ" * 100}]
    whole = claim(0, "表にして渡す", score=0.8, is_sure=True, body="表にして渡す。毎週見直す。")
    part = claim(0, "毎週見直す", score=0.6, is_sure=True)
    assert spread([whole, part], said) == [whole]


def test_the_request_is_the_one_that_the_title_tells_of() -> None:
    said = (
        "使い方はどうやるんですかって質問だと答えは誰でも同じなんですけど、"
        "どちらがいいと思うかという意見を聞かれるのは、信頼関係ができてきた兆候なんです。"
    )
    given = tables([said])
    (judged,) = given["utterances"]["request"].to_pylist()
    assert judged == "answer"
    made = card(
        **given, tags=tag_all(given), kinds=KINDS, taxonomy_version="1",
        tags_of_all=lambda texts: [{"signal.answer": 0.9, "signal.opinion": 0.9} for _ in texts],
    )  # fmt: skip
    requests = {c["title"]: c["request"] for c in made["cards"].to_pylist()}
    assert [r for title, r in requests.items() if "信頼" in title] == ["opinion"], requests
