"""Western Japanese as the standard language has it: what is denied stays denied, standard speech stays as it is."""

from __future__ import annotations

import pytest

from pipeline.stages.card.dialect import standard
from pipeline.stages.card.grounded import check


@pytest.mark.parametrize(
    ("said", "written"),
    [
        ("手順は誰も読まへん。", "手順は誰も読まない。"),
        ("まだ決めてへんねん。", "まだ決めていない。"),
        ("無理な日程は受けたらあかん。", "無理な日程は受けてはいけない。"),
        ("毎週の表も作らなあかんねん。", "毎週の表も作らなければいけない。"),
        ("これは順番の話やねん。", "これは順番の話だ。"),
        ("担当のせいやなくて、日程のせいや。", "担当のせいではなくて、日程のせいだ。"),
        ("そのほうが対等やと思う。", "そのほうが対等だと思う。"),
        ("放っておいたら止まるやろ。", "放っておいたら止まるだろう。"),
        ("便利な窓口とちゃうねん。", "便利な窓口と違う。"),
        ("手が空いとる人は誰もおらん。", "手が空いている人は誰もいない。"),
        ("店長さんがよう来てくれはる。", "店長さんがよう来てくれる。"),
        ("前にも言うたけど、理由が要んねん。", "前にも言ったけど、理由が要る。"),
        ("怒られるけん、誰も書かんとよ。", "怒られるから、誰も書かない。"),
        ("見てもらわんといかんのです。", "見てもらわないといけないのです。"),
        ("急に聞かれても答えられへんかった。", "急に聞かれても答えられなかった。"),
        ("黙って横で見とったらええ。", "黙って横で見ていたらいい。"),
    ],
)
def test_western_speech_reads_as_the_standard_language(said: str, written: str) -> None:
    assert standard(said) == written
    assert standard(written) == written


@pytest.mark.parametrize(
    "said",
    [
        "全部やったら三日かかります。",
        "最近やった施策の話をします。",
        "資料や表を先に送ります。",
        "今度一緒にやろうと言われました。",
        "長く教えておられた先生です。",
        "指をやけどした人がいました。",
        "ありがとう、と言って帰りました。",
        "ええと、次の資料をください。",
        "言うたびに嫌な顔をされる。",
        "鍵をかけたまま出かけちゃうんです。",
        "お客さんも、田中さんも、来ません。",
        "すみません、それは言わんばかりの顔でした。",
    ],
)
def test_standard_speech_stays_as_it_is(said: str) -> None:
    assert standard(said) == said


@pytest.mark.parametrize(
    "verb",
    ["読ま", "書か", "話さ", "待た", "死な", "運ば", "頼ま", "送ら", "買わ", "見", "食べ", "決め"],
)
@pytest.mark.parametrize("ending", ["へん。", "へんねん。", "へんかった。", "へんから、困る。"])
def test_what_is_denied_stays_denied(verb: str, ending: str) -> None:
    assert f"{verb}な" in standard(f"誰も{verb}{ending}")


def test_a_title_that_loses_a_dialects_denial_fails_the_check() -> None:
    said = "終わりの日をまだ誰も決めてへんから、ずっと走らされるねん。"
    assert check("終わりの日をまだ誰も決めていない", said).is_grounded
    assert not check("終わりの日をまだ誰も決めている", said).is_grounded
    said = "担当に聞かれたことだけ返したらあかん。"
    assert check("担当に聞かれたことだけ返してはいけない", said).is_grounded
    assert not check("担当に聞かれたことだけ返したらいい", said).is_grounded
