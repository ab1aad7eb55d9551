"""Exports from real tables: what never leaves, what stays the same, what the command says."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from pipeline.cli import app
from pipeline.config import Settings, load_settings
from pipeline.export import ExportError, PageOptions, pages
from pipeline.export.corpus import LONG_AGO
from pipeline.export.deliver import (
    export_chapters,
    export_file,
    export_markdown,
    export_mediawiki,
    export_subtitles,
)
from pipeline.export.files import MANIFEST, write_folder
from pipeline.export.read import read_corpus
from pipeline.review.sheet import HEADINGS
from pipeline.run.ingest import ingest
from pipeline.store import Store

runner = CliRunner()
FORMS = ("mediawiki", "markdown", "cosense", "csv", "jsonl", "chapters", "srt", "vtt")


def run(*args: object) -> tuple[int, str]:
    done = runner.invoke(app, [str(a) for a in args])
    if done.exception and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done.exit_code, done.output


def every_byte(folder: Path) -> bytes:
    return b"\0".join(p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file())


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three episodes: one public, one private, one a sample (as if it were asked for)."""
    folder = tmp_path_factory.mktemp("made") / "data"
    raw = folder / "raw"
    raw.mkdir(parents=True)
    line = "お客さんの{}は、代わりにやるのではなく隣で一緒に進めるのが大事だと思います。"
    for stem, word, extra in (
        ("第1回", "請求書", "guests: [水沢]\nlink: https://example.com/ep1\ndate: 2026-04-07\n"),
        ("商談", "株式会社ひみつ", "relation: ひみつ商事\nguests: [極秘太郎]\n"),
        ("見本", "見本市", "sample: true\n"),
    ):
        text = f"00:01\n{line.format(word)}\n00:40\n{word}では、意見を聞かれるようになったら信頼の兆候だと思います。\n"
        (raw / f"{stem}.txt").write_text(text, encoding="utf-8")
        (raw / f"{stem}.yaml").write_text(extra, encoding="utf-8")
    ingest(load_settings(data=folder), [raw / f"{stem}.txt" for stem in ("第1回", "商談", "見本")])
    return folder


@pytest.fixture
def settings(made: Path) -> Settings:
    return load_settings(data=made)


def test_there_is_something_to_leak(settings: Settings) -> None:
    store = Store(settings.processed)
    rows = {i: store.read("cards", i).num_rows for i in store.episode_ids()}
    assert len(rows) == 3
    assert min(rows.values()) > 0


@pytest.mark.parametrize("form", FORMS)
def test_private_episodes_never_leave_and_samples_only_where_asked(
    form: str, made: Path, tmp_path: Path
) -> None:
    for samples in (False, True):
        out = tmp_path / f"{samples}" / "out"
        code, output = run(
            "export", form, "--data", made, "--out", out, *(["--samples"] if samples else [])
        )
        assert code == 0, output
        text = every_byte(out.parent).decode("utf-8-sig")
        assert "請求書" in text
        assert not re.search("ひみつ|極秘|商談", text)
        assert ("見本" in text) is samples
        assert "private" in output
        assert ("--samples takes them in" in output) is not samples


def test_a_named_episode_that_may_not_leave_is_an_error(made: Path, tmp_path: Path) -> None:
    for episode, why in (("商談", "private"), ("見本", "--samples"), ("第9回", "no episode")):
        for form in ("srt", "vtt", "chapters"):
            code, output = run(
                "export", form, "--data", made, "--episode", episode, "--out", tmp_path / "x"
            )
            assert code == 1
            assert why in output
    assert not (tmp_path / "x").exists()


@pytest.mark.parametrize("form", FORMS)
def test_the_same_tables_make_the_same_bytes(form: str, made: Path, tmp_path: Path) -> None:
    found = []
    for name in ("one", "two"):
        assert run("export", form, "--data", made, "--out", tmp_path / name / "out")[0] == 0
        found.append(every_byte(tmp_path / name))
    assert found[0] == found[1]


def test_a_terms_file_gives_away_no_name_that_is_not_said(made: Path, tmp_path: Path) -> None:
    terms = tmp_path / "terms.yaml"
    terms.write_text(
        "terms:\n"
        "  - {id: secret, term: ひみつ商事, reading: ヒミツショウジ}\n"
        "  - {id: bill, term: 請求書, reading: セイキュウショ}\n"
        "  - {id: bansou, term: 伴走, reading: バンソウ, variants: [極秘伴走]}\n",
        encoding="utf-8",
    )
    corpus = read_corpus(Store(made / "processed"), load_settings(data=made, terms=(terms,)))
    words = {word.term: word for word in corpus.words}
    assert "請求書" in words
    assert "ひみつ商事" not in words
    assert words["伴走"].variants == ()


def test_moments_are_the_ledgers_never_the_clock(settings: Settings) -> None:
    store = Store(settings.processed)
    known = {e["content_changed_at"] for e in store.read("card_ledger").to_pylist()}
    fixed = {p.changed_at for p in pages(store, settings) if p.kind in ("template", "category")}
    assert {p.changed_at for p in pages(store, settings)} <= known | fixed
    assert len(fixed) == 1


def test_rejected_and_edited_cards_are_as_reviewers_left_them(made: Path, tmp_path: Path) -> None:
    import csv
    import io
    import shutil

    folder = tmp_path / "data"
    shutil.copytree(made, folder)
    sheet = tmp_path / "cards.csv"
    assert run("review", "export", sheet, "--data", folder, "--episode", "第1回")[0] == 0
    rows = list(csv.reader(io.StringIO(sheet.read_text(encoding="utf-8-sig"))))
    keys = list(HEADINGS)
    rows[1][keys.index("decision")], rows[2][keys.index("new_title")] = "却下", "[[直した]]題"
    with sheet.open("w", encoding="utf-8", newline="") as out:
        csv.writer(out).writerows(rows)
    assert run("review", "import", sheet, "--data", folder, "--reviewer", "佐藤")[0] == 0
    found = pages(Store(folder / "processed"), load_settings(data=folder))
    cards = {page.card_id: page for page in found if page.kind == "card"}
    assert rows[1][keys.index("card_id")] not in cards
    edited = cards[rows[2][keys.index("card_id")]]
    assert edited.title == "知識カード/［［直した］］題"
    assert "|主張=&#91;&#91;直した&#93;&#93;題\n" in edited.text
    assert "|状態=修正済み\n" in edited.text


def test_a_store_with_nothing_in_it_is_an_empty_export(tmp_path: Path) -> None:
    settings = load_settings(data=tmp_path / "none")
    made = read_corpus(Store(settings.processed), settings)
    assert (len(made.cards), made.changed_at) == (0, LONG_AGO)
    assert export_mediawiki(settings).out.is_file()
    assert export_file(settings, "csv").count == 0


def test_without_out_files_go_to_the_data_folder(made: Path, settings: Settings) -> None:
    outs = [
        export_mediawiki(settings, options=PageOptions()).out, export_markdown(settings, "git").out,
        export_chapters(settings).out, export_subtitles(settings, "vtt", raw=True).out,
    ]  # fmt: skip
    assert [out.relative_to(made).as_posix() for out in outs] == [
        "export/mediawiki.xml", "export/markdown-git", "export/chapters", "export/vtt-raw",
    ]  # fmt: skip


def test_one_episode_goes_into_the_file_named(made: Path, tmp_path: Path) -> None:
    out = tmp_path / "ep1.json"
    assert run("export", "chapters", "--data", made, "--episode", "第1回", "--out", out)[0] == 0
    assert json.loads(out.read_text(encoding="utf-8"))["version"] == "1.2.0"


# -- folders ---------------------------------------------------------------------------------


def test_what_people_changed_in_a_folder_stays(tmp_path: Path) -> None:
    folder = tmp_path / "vault"
    (folder / "カード").mkdir(parents=True)
    (folder / "自分のメモ.md").write_text("mine")
    (folder / "カード" / "同名.md").write_text("mine too")
    first = write_folder(
        folder, {"カード/一.md": b"1", "カード/二.md": b"2", "カード/同名.md": b"3"}
    )
    assert (first.written, [p.name for p in first.kept]) == (2, ["同名.md"])
    (folder / "カード" / "一.md").write_text("human")
    again = write_folder(folder, {"カード/一.md": b"1b", "カード/二.md": b"2"})
    assert (again.written, again.unchanged, [p.name for p in again.kept]) == (0, 1, ["一.md"])
    assert (folder / "カード" / "一.md").read_text() == "human"
    gone = write_folder(folder, {})
    assert (gone.removed, [p.name for p in gone.kept]) == (1, ["一.md"])
    assert {p.name for p in folder.rglob("*.md")} == {"一.md", "同名.md", "自分のメモ.md"}
    forced = write_folder(folder, {"カード/一.md": b"1c"}, force=True)
    assert forced.written == 1
    assert (folder / "カード" / "一.md").read_bytes() == b"1c"


def test_a_manifest_leads_nowhere_else(tmp_path: Path) -> None:
    outside = tmp_path / "outside.md"
    outside.write_bytes(b"x")
    folder = tmp_path / "vault"
    folder.mkdir()
    digest = "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881"
    files = {"../outside.md": digest, str(outside): digest, "": digest}
    (folder / MANIFEST).write_text(json.dumps({"files": files}))
    assert write_folder(folder, {}).removed == 0
    assert outside.exists()


def test_a_file_where_a_folder_should_be_is_named(made: Path, tmp_path: Path) -> None:
    (tmp_path / "x").write_text("")
    code, output = run("export", "markdown", "--data", made, "--out", tmp_path / "x")
    assert (code, "is a file" in output) == (1, True)
    code, output = run("export", "csv", "--data", made, "--out", tmp_path)
    assert (code, "is a folder" in output) == (1, True)
    with pytest.raises(ExportError):
        PageOptions(prefix="[")


@pytest.mark.parametrize("form", FORMS)
def test_every_form_has_examples(form: str) -> None:
    code, output = run("export", form, "--help")
    assert code == 0
    assert f"bansou export {form}" in output
