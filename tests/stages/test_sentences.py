"""What somebody says, however it is broken off, added to or quoted, as written sentences."""

from __future__ import annotations

import pytest

from pipeline.kinds import load_kinds
from pipeline.requests import classify_all
from pipeline.stages.card.bodies import sentences
from pipeline.stages.card.drafts import drafts
from pipeline.stages.card.extent import extent
from pipeline.stages.card.grounded import check
from pipeline.stages.card.kinding import learned_kind
from pipeline.stages.card.voices import asks


@pytest.mark.parametrize(
    ("said", "written"),
    [
        # Speech ends in the middle of a sentence.
        ("先月から、店長さんが下書きを持ってきてくださいまして。", "先月から、店長さんが下書きを持ってきてくださる"),
        ("現場の方は、不具合だと思ってないから。", "現場の方は、不具合だと思っていない"),
        ("問い合わせの電話も減ったし。", "問い合わせの電話も減った"),
        # What is added behind the verb stands before it.
        ("半分が赤字なんですよ、初年度の契約が。", "初年度の契約が、半分が赤字である"),
        ("すぐに黙るんですよね、報告しか聞かない上司には。", "報告しか聞かない上司には、すぐに黙る"),
        # Words of somebody are quoted.
        ("設定を見てください、っていう電話が、どちらがいいですか、に変わりました。",
         "「設定を見てください」という電話が、「どちらがいいですか」に変わった"),
        ("始める前に、九月からは一緒にやりましょう、って約束しています。", "始める前に、「九月からは一緒にやりましょう」と約束している"),
        ("来月から始めましょう、って約束した。", "「来月から始めましょう」と約束した"),
        # A noun ends it; what the listener is to agree with goes.
        ("代わりに打つのは、こちらの手が動いてる状態。", "代わりに打つのは、こちらの手が動いている状態である"),
        ("窓口が一人のところは、異動があったら終わり。", "窓口が一人のところは、異動があったら終わりである"),
        ("早いだけなら、機械に負けるでしょ、すぐに。", "早いだけなら、機械に負ける"),
        ("返事が来るのは予算を組む前ですもんね。", "返事が来るのは予算を組む前である"),
        ("九割が乗り気だったの、部長の一人だけ。", "九割が乗り気だったのは、部長の一人だけである"),
        # One's own rule is told like a quotation.
        ("こちらがいなくても止まらないかどうかで決める、と。", "こちらがいなくても止まらないかどうかで決める"),
        ("文句を言われないのは、頼れる相手だと思われてないからだったんだなって。", "文句を言われないのは、頼れる相手だと思われていないからだった"),
        # Who acts stands behind.
        ("頼まれごとを抱えているあいだは、忙しい外注先なんですよね、私たち。",
         "頼まれごとを抱えているあいだは、私たちは、忙しい外注先である"),
        # って behind a whole sentence.
        ("頼みすぎてたのかなって、毎月見直すようにしてます。", "頼みすぎていたのかなと、毎月見直すようにしている"),
        ("移すかどうかって、うちの説明書には載ってないじゃないですか。", "移すかどうかは、うちの説明書には載っていない"),
        # The te of a verb is no って of speech.
        ("事務所があって、倉庫があって、その間に受付があるんです。", "事務所があって、倉庫があって、その間に受付がある"),
        # What only ties a sentence to the one before goes.
        ("ですので、自動の返信は、自動だとわかるように書きます。", "自動の返信は、自動だとわかるように書く"),
        ("そう、だから更新の話は予算の前にします。", "更新の話は予算の前にする"),
    ],
)  # fmt: skip
def test_a_spoken_sentence_is_written_whole(said: str, written: str) -> None:
    assert [s.text for s in sentences(said)] == [written]
    assert check(written, said).is_grounded


@pytest.mark.parametrize(
    "said",
    [
        "毎週かならず記録をつけてください。",
        "どちらの画面を先に見ますか？",
        "お客さんが来るとき、急に黙る？",
    ],
)
def test_what_is_asked_or_asked_for_is_told_by_nobody(said: str) -> None:
    assert not sentences(said)
    assert not drafts(said, None)


@pytest.mark.parametrize(
    ("said", "done"),
    [
        ("現場の段取りに口を出すなって。", "現場の段取りに口を出す"),
        ("相談の途中で値段の話はするな、と。", "相談の途中で値段の話はする"),
        ("「値段の話を先に出すな」って言われました。", "値段の話を先に出す"),
    ],
)
def test_what_is_forbidden_is_not_told_as_done(said: str, done: str) -> None:
    assert done not in [one.text for one in [*sentences(said), *drafts(said, None)]]
    assert not check(done, said).is_grounded


def test_a_guess_that_ends_in_deshou_stays_a_guess() -> None:
    (told,) = sentences("半年もすれば、現場だけで回せるようになるでしょう。")
    assert told.text.endswith("だろう")


def test_a_title_too_may_come_from_what_speech_breaks_off_or_turns_round() -> None:
    for said in (
        "急に断られるんです、数字の話しかしない担当は。",
        "最後は必ず先方に決めてもらって。",
    ):
        assert [d.text for d in drafts(said, None)]


def test_what_somebody_else_is_quoted_for_is_not_claimed() -> None:
    said = "人手を増やすのがいいです、だけだと、ただの占いになります。"
    assert "人手を増やすのがいい" not in [d.text for d in drafts(said, None)]


@pytest.mark.parametrize(
    ("claim", "source", "is_grounded"),
    [
        ("期限を決めないで引き受けたのが、よくなかった", "代わりにやるのが悪いとは思ってなくて、期限を決めないで引き受けたのが、よくなかったんです。", True),
        ("期限を決めて引き受けたのが、よくなかった", "代わりにやるのが悪いとは思ってなくて、期限を決めないで引き受けたのが、よくなかったんです。", False),
        ("見積もりは下げない", "最後まで、見積もりは下げない。", True),
        ("見積もりは下げない", "最後まで、見積もりは下げないかもしれないです。", False),
    ],
)  # fmt: skip
def test_denials_on_both_sides_of_a_comma_are_counted(
    claim: str, source: str, is_grounded: bool
) -> None:
    assert check(claim, source).is_grounded is is_grounded


def _said(*lines: tuple[str | None, str]) -> list[dict[str, object]]:
    return [
        {"speaker": who, "text": text, "request": "none", "request_end_char": None}
        for who, text in lines
    ]


def test_a_thought_goes_on_past_what_another_puts_in_and_ends_with_its_own_voice() -> None:
    lines = _said(
        ("司会", "今日はお天気がいいので、窓を開けて収録しています。"),
        ("客", "定例の前の日に、相手の課題を一つだけメールで聞いておくんです。"),
        ("司会", "へえ、前の日に一つだけ聞いておくんですね、相手の課題を。"),
        ("客", "はい、そうすると、定例ではその課題の話から始められるので、報告だけで終わらないんですよ。"),
        ("司会", "うちも来週からまねしてみようかなと思いました。"),
    )  # fmt: skip
    first, last = extent(lines, 3, "定例では相手の課題の話から始められるので、報告だけで終わらない")
    assert (first, last) == (1, 3)


@pytest.mark.parametrize(
    ("title", "quote", "at", "kind"),
    [
        ("質問が急に来なくなったら、解約の兆候である", ["質問が急に来なくなったら、解約の兆候です。"], 0, "signal"),
        ("前の日に、数字だけを差し替えた資料を送るようにしている",
         ["前の日に、数字だけを差し替えた資料を送るようにしてます。"], 0, "method"),
        ("去年、担当の方が異動して、半年で解約になった",
         ["去年の話なんですけど。", "担当の方が異動して、半年で解約になったんです。", "あれは悔しかったですね。"], 1, "example"),
    ],
)  # fmt: skip
def test_the_kind_of_a_plain_case_is_told(title: str, quote: list[str], at: int, kind: str) -> None:
    assert learned_kind(title, quote, at, (), load_kinds()) == kind


@pytest.mark.parametrize(
    ("said", "is_asked"),
    [
        ("それが半年たつと、どう思いますか、に変わるんです。", False),
        ("帰りぎわに「あなたならどうしますか」って聞かれました。", False),
        ("あなたならどうしますか。", True),
        ("このあと、どう進めたらいいと思いますか？", True),
    ],
)
def test_a_question_that_is_told_is_no_question(said: str, is_asked: bool) -> None:
    (judged,) = classify_all([said])
    row = {"text": said, "request": judged.label, "request_end_char": judged.end}
    assert asks(row) is is_asked
