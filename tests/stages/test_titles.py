"""From what was said to a claim in written Japanese, and the check that nothing was added or turned."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.stages.card.asking import asking_title
from pipeline.stages.card.bodies import sentences
from pipeline.stages.card.clauses import Joint, split_clauses
from pipeline.stages.card.drafts import drafts
from pipeline.stages.card.endings import finish
from pipeline.stages.card.grading import context, grades
from pipeline.stages.card.grounded import check
from pipeline.stages.card.references import points_elsewhere, without_pointers
from pipeline.stages.card.spoken import write_inside
from pipeline.stages.card.titles import TITLE_CHARS

SAID = [
    "やっぱり最初の月に手順を決めておくっていうのが一番大事なんじゃないかなっていうふうに思うんですけど、",
    "値引きを断ると、かえって本音を話してくれるようになるんですよね。",
    "僕らが先に直しちゃうと、向こうは直し方を覚えないので、隣で見てるだけにしてます。",
    "それはちょっと違うかなと思って聞いてました。",
    "えーと、担当が替わるときは、前の担当も一回は同席したほうがいいです、はい。",
    "議事録とか、そういうのを当日中に送るだけで、返事の早さが全然変わってくるっていうところがあって、",
]


@pytest.mark.parametrize(
    ("said", "written"),
    [
        ("手順を決めるっていうのは大事ですよね", "手順を決めるのは大事ですよね"),
        ("会議みたいなところが苦手な人", "会議が苦手な人"),
        ("聞かなきゃいけない場面", "聞かなければいけない場面"),
        ("まあ、なんか、急がなくていい", "急がなくていい"),
        ("お客さんって、黙ってるときが一番こわい", "お客さんは、黙っているときが一番こわい"),
    ],
)
def test_spoken_joints_are_written(said: str, written: str) -> None:
    assert write_inside(said) == written


@pytest.mark.parametrize(
    ("said", "written"),
    [
        ("早く返すのが一番なんですよね", "早く返すのが一番である"),
        ("続けるのは難しいんじゃないかなと思うんですけど", "続けるのは難しいのではないか"),
        ("人によって違うかもしれないですね", "人によって違うかもしれない"),
        ("値段では決まらないっていうところがありますよね", "値段では決まらない"),
        (
            "急がせないほうがいいということかなと思って聞いてました",
            "急がせないほうがいいのではないか",
        ),
        ("三か月で独り立ちしました", "三か月で独り立ちした"),
    ],
)
def test_endings_become_plain_and_a_guess_stays_a_guess(said: str, written: str) -> None:
    assert finish(write_inside(said)).text == written


@settings(deadline=None, max_examples=60)
@given(st.lists(st.sampled_from([*SAID, "うん、", "そう"]), max_size=4))
def test_clauses_join_to_the_sentence_again(parts: list[str]) -> None:
    text = write_inside("".join(parts))
    assert "".join(c.text for c in split_clauses(text)).replace(" ", "") == text.replace(" ", "")


def test_a_claim_begins_behind_no_condition_that_it_needs() -> None:
    found = [d.text for d in drafts("担当が黙って直すと、向こうは直し方を覚えない。", None)]
    assert found == ["担当が黙って直すと、向こうは直し方を覚えない"]


def test_a_denied_clause_is_not_cut_from_what_is_said_instead() -> None:
    (first, *_) = split_clauses("答えではなくて、考えを聞かれる。")
    assert first.joint is Joint.PART


@pytest.mark.parametrize("said", SAID)
def test_titles_are_short_grounded_and_stand_alone(said: str) -> None:
    for found in drafts(said, None):
        assert len(found.text) <= TITLE_CHARS
        assert check(found.text, said).is_grounded
        assert not points_elsewhere(found.text)


@pytest.mark.parametrize(
    ("before", "said", "title"),
    [
        (
            "困っている人の名前を先に聞くんです。",
            "それだけで、次の打ち合わせが早く終わります。",
            "困っている人の名前を先に聞くだけで、次の打ち合わせが早く終わる",
        ),
        (
            "先に反対しそうな人に会っておく。",
            "それが一番効きますね。",
            "先に反対しそうな人に会っておくことが一番効く",
        ),
        (
            "分厚い資料を渡すんですよ。",
            "でも、誰も読まないんですよね。",
            "分厚い資料を渡すが、誰も読まない",
        ),
    ],
)
def test_what_speech_ties_to_the_sentence_before_is_one_sentence(
    before: str, said: str, title: str
) -> None:
    assert title in {d.text for d in drafts(said, before)}


@pytest.mark.parametrize(
    "said",
    [
        "分からないことはメールで送ってください。",
        "その資料って誰が持ってるんですか？",
        "お客さんの側は、分かりました、やってみますって言ってくれます。",
    ],
)
def test_what_is_asked_or_told_by_others_is_no_claim(said: str) -> None:
    found = {d.text for d in drafts(said, None)}
    assert not found & {
        "分からないことはメールで送ってくださる",
        "その資料は誰が持っている",
        "お客さんの側は、分かった",
    }


def test_a_claim_is_graded_above_its_fragments_and_above_chatter() -> None:
    said = "担当が替わった月は、新しい方と最初からキックオフをやり直したほうがいいと思ってます。"
    whole, *_ = drafts(said, None)
    chatter, *_ = drafts("昨日食べたラーメンの店は、駅の裏にあって結構混んでました。", None)
    around = context([said])
    assert (
        grades([whole], around)[0] > 2 > grades([chatter], context(["昨日は寒かったですね。"]))[0]
    )


def test_several_sentences_strung_together_are_written_apart() -> None:
    said = "急ぎの日は代わりにやるんですけど、普段は隣で見てるだけで、手は出さないです。"
    assert [s.text for s in sentences(said)] == [
        "急ぎの日は代わりにやるが、普段は隣で見ているだけで、手は出さない"
    ]


SOURCE = "見積もりは最後まで下げないほうがいいと思うんですけど、三回目からは条件を付けないといけないかもしれないですね。しないことはしないと先に書くのがいいです。"


@pytest.mark.parametrize(
    ("claim", "is_grounded"),
    [
        ("見積もりは最後まで下げないほうがいい", True),
        ("見積もりは最後まで下げるほうがいい", False),
        ("三回目からは条件を付けないといけないかもしれない", True),
        ("三回目からは条件を付けないといけない", False),
        ("五回目からは条件を付けないといけないかもしれない", False),
        ("契約書は最後まで直さないほうがいい", False),
        ("しないことはしないと先に書くのがいい", True),
        ("することはしないと先に書くのがいい", False),
    ],
)
def test_what_was_not_said_is_found(claim: str, is_grounded: bool) -> None:
    assert check(claim, SOURCE).is_grounded is is_grounded


def test_a_pointer_goes_where_the_noun_says_enough() -> None:
    assert without_pointers("その担当者を支える") == "担当者を支える"
    assert points_elsewhere("それを先に決める")
    assert not points_elsewhere("「それは無理です」と言われる前に決める")


def test_what_being_asked_shows_is_told_in_the_words_of_the_passage() -> None:
    said = (
        "先方に答えじゃなくて意見を聞かれるようになったら、それは信頼されてきたサインなんですよね。"
    )
    title = asking_title(said, {"signal.opinion": 0.9})
    assert title == "先方が「答え」ではなく「意見」を聞くのは、信頼のサインである"
    assert check(title, said).is_grounded
    assert asking_title("意見を聞かれたので答えました。", {"signal.opinion": 0.9}) is None


def test_what_somebody_used_to_think_is_no_claim() -> None:
    claim = "早く返すのがいちばん大事である"
    once = drafts("早く返すのがいちばん大事だと思ってたんですけど、違いました。", None)
    assert claim not in {d.text for d in once}
    assert claim in {d.text for d in drafts("早く返すのがいちばん大事だと思ってます。", None)}
