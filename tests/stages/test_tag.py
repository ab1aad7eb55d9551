"""Tags of passages, with the words that show them."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline import morph, schema
from pipeline.linear import load_linear
from pipeline.stages import tag as tag_stage
from pipeline.stages.tag import Tagger, meaning, tag
from pipeline.taxonomy import load_taxonomy

OWN = Path(__file__).parents[1] / "data" / "tags_own.jsonl"
TAXONOMY = Path(tag_stage.__file__).parents[2] / "lexicon" / "taxonomy.yaml"
TRAINING = Path(__file__).parents[2] / "training" / "tags"
TAGGER = Tagger(load_taxonomy())


def own_passages() -> list[dict[str, Any]]:
    return [json.loads(line) for line in OWN.read_text(encoding="utf-8").splitlines()]


def tags_of(text: str) -> set[str]:
    return {hit.tag for hit in TAGGER.tag(text)}


def test_own_passages_keep_their_tags() -> None:
    # Written together with the cues: a guard, not a measure of quality.
    right = wrong = missed = 0
    for item in own_passages():
        found, wanted = tags_of(item["text"]), set(item["tags"])
        right += len(found & wanted)
        missed += len(wanted - found)
        wrong += len(found - wanted - set(item["optional"]))
    assert 2 * right / (2 * right + wrong + missed) >= 0.9, (right, wrong, missed)


def test_own_passages_cover_every_tag() -> None:
    items = own_passages()
    assert len(items) >= 60
    assert {name for item in items for name in item["tags"]} == set(schema.TAGS)
    assert sum(not item["tags"] for item in items) / len(items) >= 0.3


@pytest.mark.parametrize(
    ("text", "word"),
    [
        (
            "発表会ではピアノの伴奏を頼まれました。歌う子の息に合わせて伴走するように弾きます。",
            "bansou",
        ),
        ("八回の裏、一塁に代走が送られました。盗塁を決めて試合が動きました。", "daisou"),
        (
            "視覚障害のランナーとロープを握って走る伴走者を募集しています。伴走の講習もあります。",
            "bansou",
        ),
        ("工場の搬送ロボットは自走して充電台に戻ります。自走する距離は一日二十キロです。", "jisou"),
        ("前回は伴走の話でした。次回は代走の話をします。", "bansou"),
        (
            "サーバー室の熱量がすごくて、冷房を二台足しました。温度計はまだ三十度です。",
            "motivation",
        ),
        ("沿道の子どもが選手とハイタッチをしていました。", "touch"),
        ("プリンターと用紙の相性が悪いと、紙が二枚いっしょに送られます。", "fit"),
        ("暗転中でも役者の立ち位置がわかるように、床に蛍光のテープを貼ります。", "position"),
    ],
)
def test_literal_senses_and_bare_mentions_do_not_count(text: str, word: str) -> None:
    assert word not in tags_of(text)


def test_the_figurative_sense_survives_a_comparison() -> None:
    text = "マラソンの伴走者と同じで、走るのはお客さん自身です。私たちは横で伴走する側なんです。"
    assert "bansou" in tags_of(text)


def test_the_words_themselves_are_not_needed() -> None:
    assert "daisou" in tags_of("結局、面倒な入力はこちらで全部やってあげちゃうんですよね。")
    assert "jisou" in tags_of("もう私たちがいなくても、店の人だけで棚割りを決められるんです。")


def test_a_quoted_request_shows_what_the_customer_wants() -> None:
    opinion = tags_of("先週のことです。「うちはこの先どう考えたらいいですか」と聞かれました。")
    assert "signal.opinion" in opinion
    assert "signal.opinion" not in tags_of("「書き出しはどの画面ですか」と聞かれました。")


def test_other_spellings_are_found_through_normalised_words() -> None:
    assert "bansou" in tags_of("お客さんによりそうのが私たちの仕事です。")


def test_words_may_be_given() -> None:
    text = "うちは伴走する側で、代わりに書くことはしません。"
    assert TAGGER.tag(text, morph.tokens(text)) == TAGGER.tag(text)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            ["伴走する", "よりそう", "お客さん", "𠮷野", "代わりにやる", "。", "\n", "「どう思う？」と聞かれ",
             "前回は", "か\u3099", "㈱", "対等", " "]
        ),
        max_size=12,
    ).map("".join)
)  # fmt: skip
def test_evidence_is_the_text_it_points_at(text: str) -> None:
    hits = TAGGER.tag(text)
    assert all(text[hit.start : hit.end] == hit.evidence != "" for hit in hits)
    assert all(TAGGER.taxonomy.threshold <= hit.score <= 1.0 for hit in hits)
    assert [(hit.start, hit.tag) for hit in hits] == sorted((hit.start, hit.tag) for hit in hits)
    assert len({hit.tag for hit in hits}) == len(hits)


def test_the_stage_gives_a_checked_table() -> None:
    passages = schema.to_table(
        "passages",
        [
            {
                "passage_id": f"e#p{n}", "episode_id": "e", "passage_index": n, "first_utterance": n,
                "last_utterance": n, "start_s": None, "end_s": None, "text": text,
            }
            for n, text in enumerate(["お客さんとは対等な関係です。", "", "駅まで歩いて三分です。"])
        ],
    )  # fmt: skip
    tags = tag(passages, tagger=TAGGER)
    schema.check("tags", tags)
    assert [row["tag"] for row in tags.to_pylist()] == ["flat"]
    assert tag(passages, tagger=TAGGER).equals(tags)
    assert tag(passages.slice(1, 1), tagger=TAGGER).num_rows == 0


def test_a_weak_rule_is_no_proof(tmp_path: Path) -> None:
    def score(*, weak: bool) -> float:
        content = yaml.safe_load(TAXONOMY.read_text(encoding="utf-8"))
        rule = {"id": "team", "score": 0.9, "any": "駅まで", "weak": weak}
        content["tags"]["fit"]["rules"].append(rule)
        content["threshold"] = 0.001
        path = tmp_path / "team.yaml"
        path.write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
        hits = Tagger(load_taxonomy(path)).tag("駅まで歩いて三分です。")
        return max((hit.score for hit in hits if hit.tag == "fit"), default=0.0)

    assert score(weak=True) < TAGGER.taxonomy.threshold <= score(weak=False)


def test_a_tag_without_a_rule_points_at_a_sentence(tmp_path: Path) -> None:
    content = yaml.safe_load(TAXONOMY.read_text(encoding="utf-8"))
    content["threshold"] = 1e-15
    path = tmp_path / "team.yaml"
    path.write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
    text = "今日は晴れです。明日は雨でしょう。"
    hits = Tagger(load_taxonomy(path)).tag(text)
    assert len(hits) == len(schema.TAGS)
    by_words = [hit for hit in hits if hit.rule == f"{hit.tag}/words"]
    assert by_words
    assert {hit.evidence for hit in by_words} <= {"今日は晴れです。", "明日は雨でしょう。"}


def test_training_passages_are_labelled_in_the_taxonomys_terms() -> None:
    for path in sorted(TRAINING.glob("*.jsonl")):
        rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        assert len({row["id"] for row in rows}) == len(rows)
        assert {tag for row in rows for tag in (*row["tags"], *row["optional"])} <= set(schema.TAGS)
        assert 0.15 <= sum(not row["tags"] for row in rows) / len(rows) <= 0.6


def test_fifty_thousand_characters_a_second() -> None:
    texts = [item["text"] for item in own_passages()] * 3
    TAGGER.tag(texts[0])
    begin = time.process_time()
    for text in texts:
        TAGGER.tag(text)
    # A third of the promise, for a busy machine.
    assert sum(map(len, texts)) / (time.process_time() - begin) > 16_000


def test_sentences_of_a_passage_sound_as_they_do_alone() -> None:
    text = "会議では隣に座ります。画面を操作するのは店長さんです！\nそれだけ？"
    words = morph.tokens(text)
    spans = [(0, 11), (11, 28), (28, len(text))]
    model = load_linear(meaning.MEANING_FILE, labels=schema.TAGS)
    [(together, each)] = meaning.scores([meaning.Passage(text, words, spans)])
    for (start, end), odds in zip(spans, each, strict=True):
        inside = [word for word in words if start <= word.start < end]
        alone = model.scores(meaning.sentence_features(text[start:end], inside))
        np.testing.assert_allclose(odds, alone, atol=1e-6)
    whole = model.scores(meaning.sentence_features(text, words))
    np.testing.assert_allclose(together[:, 0], whole, atol=1e-6)
    np.testing.assert_allclose(together[:, 1], np.max([whole, *each], axis=0), atol=1e-6)


def test_passages_together_have_the_tags_of_each() -> None:
    texts = [*(item["text"] for item in own_passages()[:150]), "", " ", "はい。"]
    assert TAGGER.tag_all(texts) == [TAGGER.tag(text) for text in texts]
