"""The API of notebooks: ``import pipeline as bs``."""

from __future__ import annotations

import inspect
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import pipeline as bs
from pipeline import schema
from pipeline.config import load_settings
from pipeline.errors import BansouError, SourceError
from pipeline.query import session
from pipeline.query.intervals import difference
from pipeline.review.overlay import Content
from pipeline.run.ingest import ingest
from pipeline.store import Store, write_parquet
from tests.conftest import DIALOGUE, HOST_TEXT

TABLES = (
    "episodes", "segments", "words", "utterances", "passages", "repairs", "tags", "cards",
    "card_links", "card_sources", "relations", "trust_points",
)  # fmt: skip
HEARD = "お客さんが自分で回せるように、こちらは代走せずに隣で伴奏していきましょう。"
HEAVY = ("pandas", "numpy", "pyarrow", "pydantic", "sudachipy", "matplotlib", "spacy", "av")


@pytest.fixture(autouse=True)
def _new_session(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "_sessions", [session._Session()])


@pytest.fixture(scope="module")
def ingested(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two public episodes and a customer's meeting; in the oldest a misheard 伴走."""
    data = tmp_path_factory.mktemp("query") / "data"
    (data / "raw").mkdir(parents=True)
    for name, text, sidecar in (
        ("第1回", HOST_TEXT, "date: 2026-05-09"),
        ("定例", DIALOGUE, "date: 2026-05-02\nrelation: acme\nroles: {田中: customer, 佐藤: csm}"),
        ("古い回", f"{HEARD}\n", "date: 2026-05-01"),
    ):
        (data / "raw" / f"{name}.txt").write_text(text, encoding="utf-8")
        (data / "raw" / f"{name}.yaml").write_text(sidecar, encoding="utf-8")
    assert ingest(load_settings(data=data)).is_ok
    return data


@pytest.fixture
def archive(ingested: Path, tmp_path: Path) -> Path:
    shutil.copytree(ingested, tmp_path / "data")
    return tmp_path / "data"


def python(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def test_importing_is_quick_and_brings_in_nothing_heavy() -> None:
    took = float(
        python("import time; t=time.perf_counter(); import pipeline; print(time.perf_counter()-t)")
    )
    assert took <= 0.4
    loaded = python(
        f"import sys, pipeline as bs; dir(bs); print([m for m in {HEAVY} if m in sys.modules])"
    )
    assert loaded == "[]"


def test_every_public_name_is_there_and_documented() -> None:
    assert set(bs.__all__) <= set(dir(bs))
    functions = [getattr(bs, name) for name in bs.__all__ if name != "__version__"]
    assert all(inspect.getdoc(function) for function in functions)
    with pytest.raises(AttributeError, match="no attribute 'card'"):
        _ = bs.card  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", TABLES)
def test_docstrings_name_every_column_with_its_unit(name: str) -> None:
    text = inspect.getdoc(getattr(bs, name)) or ""
    for column in schema.TABLES[name].columns:
        line = re.search(rf"^ +{column.name} \((.*?)\): ", text, re.MULTILINE)
        assert line is not None, column.name
        assert column.unit in line[1]


def test_search_stays_the_function_whoever_imports_the_package() -> None:
    code = (
        "import pipeline.search.find; from pipeline.search import Filters; import pipeline as bs;"
        "print(bs.search.__module__, Filters.__module__)"
    )
    assert python(code) == "pipeline.query.find pipeline.search.find"


@pytest.mark.parametrize("name", TABLES)
def test_types_are_the_same_whether_there_are_rows_or_not(
    archive: Path, tmp_path: Path, name: str
) -> None:
    (tmp_path / "empty" / "processed").mkdir(parents=True)
    empty = getattr(bs, name)(data=tmp_path / "empty")
    full = getattr(bs, name)(data=archive, private=True)
    assert len(empty) == 0
    assert list(full.columns) == schema.TABLES[name].column_names
    pd.testing.assert_series_equal(full.dtypes, empty.dtypes)
    if name not in ("card_links", "card_sources", "relations", "trust_points", "words"):
        assert len(full) > 0


def test_types_are_those_of_the_schema(archive: Path) -> None:
    said = bs.utterances(data=archive)
    assert said["text"].dtype == pd.StringDtype(na_value=np.nan)
    assert said["request_start_char"].dtype == pd.Int32Dtype()
    assert list(said["request"].cat.categories) == list(schema.REQUESTS)
    assert bs.episodes(data=archive)["published_at"].dtype == pd.DatetimeTZDtype("s", "UTC")
    part = said["parts"].iloc[0][0]
    assert len(part) == 3
    assert all(isinstance(tags, tuple) for tags in bs.cards(data=archive)["tags"])


def test_tables_join_from_a_card_down_to_its_segments(archive: Path) -> None:
    cards = bs.cards(data=archive)
    joined = cards.merge(
        bs.passages(data=archive), on=["episode_id", "passage_id"], suffixes=("", "_p")
    )
    assert len(joined) == len(cards) > 0
    segments = bs.segments(data=archive).set_index(["episode_id", "segment_index"])["text"]
    for card in cards.itertuples():
        first = segments[(card.episode_id, card.first_segment)]
        assert card.quote_raw.split("\n")[0] in first


def test_private_episodes_are_shown_only_where_asked_for(archive: Path) -> None:
    bs.use(archive)
    assert list(bs.episodes()["episode_id"]) == ["古い回", "第1回"]
    assert list(bs.episodes(private=True)["episode_id"]) == ["古い回", "定例", "第1回"]
    for name in ("utterances", "segments", "passages", "repairs", "cards"):
        assert "定例" not in set(getattr(bs, name)()["episode_id"])
    assert "定例" not in set(bs.search("隣", passages=True)["episode_id"])
    assert "定例" not in set(bs.request_shares()["episode_id"])
    bs.use(private=True)
    assert "定例" in set(bs.utterances()["episode_id"])
    assert list(bs.request_shares("relation")["relation"]) == ["acme"]


def test_cards_are_as_reviewers_left_them(archive: Path) -> None:
    store, made = Store(archive / "processed"), bs.cards(data=archive, reviewed=False)
    first, second = made.iloc[0], made.iloc[1]
    rows = []
    for card, decision, title in ((first, "reject", None), (second, "edit", "別の題")):
        before = Content(card.title, card.body, card.kind, card.tags, card.quote)
        after = Content(title or card.title, card.body, card.kind, card.tags, card.quote)
        rows.append({
            "review_id": f"r-{decision}", "card_id": card.card_id, "episode_id": card.episode_id,
            "reviewer": "佐藤", "decided_at": pd.Timestamp("2026-05-10", tz="UTC").to_pydatetime(),
            "decision": decision, "content_sha256": card.content_sha256, "prior_review_id": None,
            "before": before.as_json(), "after": after.as_json(), "comment": None,
        })  # fmt: skip
    write_parquet(store.table_path("reviews", ""), "reviews", schema.to_table("reviews", rows))
    shown = bs.cards(data=archive).set_index("card_id")
    assert first.card_id not in shown.index
    assert shown.loc[second.card_id, "title"] == "別の題"
    assert shown.loc[second.card_id, "review_status"] == "edited"
    assert len(bs.cards(data=archive, reviewed=False)) == len(made)


def test_search_gives_typed_rows(archive: Path) -> None:
    found = bs.search("意見", data=archive)
    assert len(found) > 0
    assert found["score"].is_monotonic_decreasing
    none = bs.search("伴走", kind="question", since=pd.Timestamp("2030-01-01").date(), data=archive)
    pd.testing.assert_series_equal(found.dtypes, none.dtypes)
    assert "passage_id" in bs.search("隣", passages=True, data=archive)
    doc = inspect.getdoc(bs.search) or ""
    assert [c for c in found.columns if c not in doc] == []


def test_shares_count_what_the_table_says(archive: Path) -> None:
    said = bs.utterances(data=archive)
    made = bs.request_shares(data=archive).set_index("episode_id").loc["第1回"]
    of = said[(said["episode_id"] == "第1回") & ~said["request_abstained"]]
    for name in ("opinion", "answer", "action"):
        assert made[name] == (of["request"] == name).sum()
    assert made["n"] == (said["episode_id"] == "第1回").sum()
    assert made["low"] <= made["opinion_share"] <= made["high"] or made["asked"] == 0
    shares = bs.tag_shares(data=archive)
    assert len(shares) == 2 * len(schema.TAGS)
    tags = bs.tags(data=archive).drop_duplicates(["passage_id", "tag"])
    assert shares["tagged"].sum() == len(tags)
    pairs = bs.tag_pairs(data=archive)
    size = tags.groupby("passage_id").size()
    assert pairs["together"].sum() == (size * (size - 1) // 2).sum()


@pytest.mark.parametrize(
    "name", ["request_shares", "tag_shares", "tag_pairs", "tag_changes", "error_rates"]
)
def test_what_is_counted_is_typed_also_where_there_is_nothing(
    archive: Path, tmp_path: Path, name: str
) -> None:
    (tmp_path / "empty").mkdir()
    empty = getattr(bs, name)(data=tmp_path / "empty")
    full = getattr(bs, name)(data=archive, private=True)
    assert len(empty) == 0
    pd.testing.assert_series_equal(full.dtypes, empty.dtypes)


def test_the_difference_of_two_shares_as_published() -> None:
    """Newcombe 1998, table II, method 10: 56 of 70 less 48 of 80; 9 of 10 less 3 of 10; 10 of 10 less 0 of 10."""
    for late, early, low, high in (
        ((56, 70), (48, 80), 0.0524, 0.3339), ((9, 10), (3, 10), 0.1705, 0.8090),
        ((10, 10), (0, 10), 0.6075, 1.0),
    ):  # fmt: skip
        assert difference(early, late)[3:] == pytest.approx((low, high), abs=5e-5)


def test_changes_compare_the_halves_of_the_dated_episodes(archive: Path) -> None:
    shares = bs.tag_shares(data=archive)
    made = bs.tag_changes(data=archive)
    assert set(made["early_episodes"]) == set(made["late_episodes"]) == {1}
    for half, episode_id in (("early", "古い回"), ("late", "第1回")):
        of = shares[shares["episode_id"] == episode_id].set_index("tag")["tagged"]
        assert made.set_index("tag")[half].to_dict() == {t: of[t] for t in made["tag"]}
    month = bs.tag_shares("month", data=archive)
    assert month["published_at"].nunique() == 1
    assert month["tagged"].sum() == shares["tagged"].sum()


def test_trust_is_told_only_where_private_meetings_are_wanted(
    archive: Path, tmp_path: Path
) -> None:
    bs.use(archive)
    (tmp_path / "empty").mkdir()
    for told in (bs.trust_verdicts, bs.trust_evidence):
        pd.testing.assert_series_equal(told().dtypes, told(data=tmp_path / "empty").dtypes)
        assert len(told()) == 0
    assert bs.trust_over_time("acme") == []
    made = bs.trust_verdicts(private=True).iloc[0]
    assert (made["relation"], made["verdict"], made["meetings"]) == ("acme", "判断できない", 1)
    (one,) = bs.trust_over_time(private=True, mask=True)
    assert "acme" not in str(one)
    assert "田中" not in str(one)


def test_error_rates_compare_with_what_was_really_said(archive: Path) -> None:
    folder = archive / "references"
    folder.mkdir()
    said = HEARD.replace("伴奏", "伴走").replace("、", " ").replace("回せる", "まわせる")
    (folder / "古い回.txt").write_text(f"{said}！", encoding="utf-8")
    made = bs.error_rates(data=archive).iloc[0]
    assert made["characters"] == len(HEARD) - 1  # two signs fewer, a letter more
    assert (made["errors_recognised"], made["errors_repaired"]) == (3, 2)
    assert made["cer_repaired"] == pytest.approx(2 / (len(HEARD) - 1))
    (folder / "古い回.txt").write_text("。。", encoding="utf-8")
    with pytest.raises(SourceError, match=r"古い回\.txt: holds no words"):
        bs.error_rates(data=archive)


def test_speakers_are_guessed_where_nobody_is_named(tmp_path: Path) -> None:
    raw = tmp_path / "data" / "raw"
    raw.mkdir(parents=True)
    said = "00:01\n聞き手の田村です。\n引き継ぎは、\nモコさんはどうしていますか。\n手順書を一緒に作ります。\n"
    for name, text, sidecar in (
        ("名前なし", said, "guests: [モコ]"),
        ("名前あり", DIALOGUE, "guests: [田中]"),
        ("定例", said.replace("一緒に", "隣で"), "relation: acme"),
    ):
        (raw / f"{name}.txt").write_text(text, encoding="utf-8")
        (raw / f"{name}.yaml").write_text(sidecar, encoding="utf-8")
    assert ingest(load_settings(data=raw.parent)).is_ok
    bs.use(raw.parent)
    made = bs.guess_speakers("名前なし")
    assert list(zip(made["speaker"], made["rule"], strict=True)) == [
        ("田村", "self_introduction"), ("モコ", "addressed"),
    ]  # fmt: skip
    told = bs.utterances().set_index(["episode_id", "utterance_index"])
    reply = told.loc[("名前なし", made["first_utterance"].iloc[1])]
    assert reply["text"] == "手順書を一緒に作ります。"
    assert made["start_s"].iloc[1] == reply["start_s"]
    assert bs.utterances()["speaker"].isna().any()
    none = bs.guess_speakers("名前あり")
    assert len(none) == 0
    pd.testing.assert_series_equal(made.dtypes, none.dtypes)
    doc = inspect.getdoc(bs.guess_speakers) or ""
    assert [c for c in made.columns if c not in doc] == []
    with pytest.raises(BansouError, match="private=True"):
        bs.guess_speakers("定例")
    assert len(bs.guess_speakers("定例", private=True)) > 0
    with pytest.raises(BansouError, match="no episode 'ない回'"):
        bs.guess_speakers("ない回")


def test_the_data_folder_is_found_by_argument_session_environment_and_from_below(
    archive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "other").mkdir()
    (archive.parent / "notebooks").mkdir()
    monkeypatch.chdir(archive.parent / "notebooks")
    assert len(bs.episodes()) == 2
    monkeypatch.setenv("BANSOU_DATA", str(tmp_path / "other"))
    assert len(bs.episodes()) == 0
    assert bs.use(archive) == archive
    assert len(bs.episodes()) == 2
    assert len(bs.episodes(data=tmp_path / "other")) == 0
    with pytest.raises(BansouError, match=r"no data folder .*nowhere"):
        bs.use(tmp_path / "nowhere")
    assert len(bs.episodes()) == 2


def test_names_are_japanese(archive: Path) -> None:
    assert bs.names("tag", data=archive)["daisou"] == "代走"
    assert list(bs.names("request")) == list(schema.REQUESTS)
    with pytest.raises(BansouError, match="choose one of tag"):
        bs.names("speaker")  # type: ignore[arg-type]


def test_a_card_without_audio_says_where_it_stands(archive: Path) -> None:
    clip = bs.play(bs.cards(data=archive)["card_id"].iloc[-1], data=archive)
    assert clip.sound is None
    assert "音声がない" in clip._repr_html_()
    assert re.search(r"第1回.txt \d+ 行目", clip._repr_html_())


def test_hostile_text_stays_text() -> None:
    clip = bs.Clip("<script>alert(1)</script>", "<b>", "<i>", 0.0, 1.0, "<u>")
    assert "<script>" not in clip._repr_html_()
    assert "<b>" not in clip._repr_html_()
