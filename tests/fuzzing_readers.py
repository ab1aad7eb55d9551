"""Readers beside transcripts, sidecars, glossary and notes: each with files that come far into it."""

from __future__ import annotations

import functools
import io
import json
import sqlite3
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av
import fuzzing
import fuzzing_feeds as feeds
import numpy as np
from fuzzing import spoiled
from hypothesis import strategies as st
from reviewing import EPISODES, TAGS, Desk, card

from pipeline import audio, clip
from pipeline.config import Settings, load_settings
from pipeline.errors import SourceError
from pipeline.evaluate.gold import read_gold
from pipeline.glossary import load_glossary
from pipeline.review.labelstudio import make_tasks, read_tasks
from pipeline.review.queue import find_items
from pipeline.review.sheet import read_sheet, write_sheet
from pipeline.review.termfile import add_misspellings
from pipeline.review.terms import Correction
from pipeline.run.status import status
from pipeline.search import FILE_NAME, search
from pipeline.store import Store, is_record
from pipeline.wiki.cardpage import CardPage, NoCardError, plain_text, read_card_page
from pipeline.wiki.ledger import Entry, Ledger
from tests.archive import Archive

Read = Callable[[Path], object]
Bytes = st.SearchStrategy[bytes]

# -- reviews ----------------------------------------------------------------------------------------


def _desk() -> Desk:
    return Desk(card("c1"), card("c2", "解約の兆候は問い合わせの減り方に出る", episode_id="e2"))


def _sheet() -> bytes:
    made = write_sheet(find_items(_desk().reviewed), episodes=EPISODES, tags=TAGS).decode()
    return made.replace(",,,,,,,,\r\n", ",採用,,,,,,,よい\r\n").encode()


def _tasks() -> bytes:
    tasks = json.loads(make_tasks(find_items(_desk().reviewed), episodes=EPISODES, tags=TAGS))
    for task in tasks:
        result = [*task.pop("predictions")[0]["result"]]
        result.append({"from_name": "decision", "value": {"choices": ["accept"]}})
        task["annotations"] = [{"was_cancelled": False, "result": result}]
    return json.dumps(tasks, ensure_ascii=False).encode()


def reviews(read: Callable[[bytes, Path], Any]) -> Read:
    return lambda path: _desk().take(*read(path.read_bytes(), path))


_TERMS = """\
# うち
terms:
  - id: shihanki
    term: 四半期会
    reading: シハンキカイ
    misspellings: [四半期界]
  - {id: bansou, term: 伴走, reading: バンソウ}
"""


def term_file(path: Path) -> None:
    """A team's glossary that corrections are added to: it holds them afterwards, or stays as it was."""
    before = path.read_bytes()
    term = load_glossary(path).by_id("bansou")
    given = Correction(
        "盤装", term.term if term else "伴走", term, "バンソウ", ("c1",), is_known=False
    )
    try:
        add_misspellings([path], path, [given])
    except Exception:
        assert path.read_bytes() == before
        raise
    assert "盤装" in {m for t in load_glossary(path).terms for m in t.misspellings}


# -- settings and what is kept between runs ----------------------------------------------------------

_TOML = """data = "data"
model = "base"
feeds = ["https://example.org/feed.xml"]
feeds_since = 2026-01-01
terms = ["our-terms.yaml"]
jobs = 2
batch_size = 8
"""
_TOML_PIECES = '[|]|{|}|"|\'\'\'|"""|=|.|,|#|[[a]]|a.b = 1|1e999|0x|9999-99-99|inf|nan|\\u|\n|true|[a]|jobs = |data = 1|-'  # fmt: skip


def settings_file(path: Path) -> None:
    load_settings(config=path)


def wiki_ledger(path: Path) -> None:
    """A ledger with torn or foreign lines: what is put into it is there afterwards."""
    entry = Entry("card:c9", "7", "題", "題", "12", "0" * 40)
    ledger = Ledger.at(path)
    for known in ledger:
        known.is_untouched("12", "0" * 40)
    ledger.put(entry)
    ledger.rewrite()
    assert Ledger.at(path).get("card:c9") == entry


_LEDGER = (
    '{"key": "card:c1", "page_id": "1", "title": "題", "wiki_title": "題", "revid": "3", "sha1": "ab"}\n'
    '{"key": "card:c1", "is_dropped": true}\n'
)


@functools.cache
def _archive() -> Archive:
    made = Archive(Path(tempfile.mkdtemp()))
    made.simple("e1", "最初の三か月は隣で伴走すると離れにくい", "約束を守ると信用が積み上がる")
    search(made.folder, "伴走")
    return made


def search_index(path: Path) -> None:
    """Whatever stands where the index was, the search finds what the tables hold."""
    there = _archive().store.state / FILE_NAME
    there.write_bytes(path.read_bytes())
    try:
        hits = search(_archive().folder, "伴走")
    finally:
        there.unlink(missing_ok=True)
    assert all(isinstance(hit.title, str) for hit in hits)


@functools.cache
def _index() -> bytes:
    _archive()
    path = _archive().store.state / FILE_NAME
    if not path.exists():
        search(_archive().folder, "伴走")
    sqlite3.connect(path).close()
    return path.read_bytes()


RECORD = json.dumps({
    "episode_id": "e1", "facts": {"source_kind": "host_text"},
    "files": {"primary": {"path": "/x/raw/e1.txt", "size": 1, "mtime_ns": 1, "sha256": "0"}, "sidecar": None},
    "stages": {"transcribe": {"key": "k", "parts": {"file": "0"}, "tables": {"segments": {"size": 1, "sha256": "0"}}}},
})  # fmt: skip


def record(path: Path) -> None:
    """The record of an episode, as every command reads it first."""
    assert is_record(json.loads(RECORD))
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(data=Path(folder))
        records = Store(settings.processed).records
        records.mkdir(parents=True)
        (records / "e1.json").write_bytes(path.read_bytes())
        settings.raw.mkdir()
        (settings.raw / "e1.txt").write_text("00:01\n伴走の話です。\n", encoding="utf-8")
        assert "e1" in {one.episode_id for one in status(settings).episodes}


# -- labelled sentences, pages of a wiki, sound -------------------------------------------------------


def gold(task: str) -> Read:
    return lambda path: read_gold(path, task=task, tags=("fit",))


GOLD = st.one_of(
    fuzzing.LINES,
    st.dictionaries(
        st.sampled_from(["id", "text", "request", "tags", "optional", "ref", "terms", "keep", "boundaries"]),
        st.one_of(fuzzing.SCALARS, st.lists(fuzzing.SCALARS, max_size=3)),
    ).map(lambda row: json.dumps({"text": "伴走です", **row}).encode()),
)  # fmt: skip
_PAGE = "前\n{{知識カード\n|番号=c1\n|主張=題 [[伴走|ばんそう]]\n|本文=一行<br />二行 '''太字'''\n|種類=原則\n|タグ=約束と継続\n}}\n後\n"
_WIKI = "{{|}}|[[|]]|<!--|-->|<br>|<br|'''''|{{知識カード|[http://|=|\n|&lt;|&#|<nowiki>|</nowiki>|~~~~|*|{"  # fmt: skip


def card_page(path: Path) -> None:
    text = path.read_bytes().decode("utf-8", "replace")
    try:
        made: CardPage = read_card_page(text)
    except NoCardError:
        return
    for value in (made.card_id, *made.parameters.values()):
        try:
            assert isinstance(plain_text(value), str)
        except NoCardError:
            continue


def _sound(codec: str, form: str, rate: int) -> bytes:
    out = io.BytesIO()
    with av.open(out, "w", format=form) as made:
        stream = made.add_stream(codec, rate=rate, layout="mono")
        wave = (np.sin(np.arange(rate) / 20) * 9000).astype(np.int16).reshape(1, -1)
        frame = av.AudioFrame.from_ndarray(wave, format="s16", layout="mono")
        frame.sample_rate, frame.pts = rate, 0
        context = stream.codec_context
        resampler = av.AudioResampler(
            stream.format, layout="mono", rate=rate, frame_size=context.frame_size
        )
        for part in [*resampler.resample(frame), *resampler.resample(None)]:
            made.mux(stream.encode(part))
        made.mux(stream.encode(None))
    return out.getvalue()


SOUNDS: dict[str, Callable[[], bytes]] = {
    name: functools.partial(_sound, codec, form, rate)
    for name, codec, form, rate in (
        ("a.wav", "pcm_s16le", "wav", 16_000), ("a.mp3", "libmp3lame", "mp3", 16_000),
        ("a.m4a", "aac", "mp4", 16_000), ("a.mov", "aac", "mov", 16_000), ("a.aac", "aac", "adts", 16_000),
        ("a.ogg", "libopus", "ogg", 48_000), ("a.flac", "flac", "flac", 16_000),
        ("a.mkv", "libopus", "matroska", 48_000), ("a.webm", "libopus", "webm", 48_000),
    )
}  # fmt: skip


def sound(path: Path) -> None:
    """Decoded as a whole, and a second of it cut out."""
    made = audio.load_audio(path)
    assert np.isfinite(made.samples).all()
    try:
        clip.cut_clip(path, 0.2, 0.7)
    except SourceError as error:
        assert path.name in str(error)  # noqa: PT017  either may come


# -- the list ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Reader:
    """A reader, a file's name, what it is given, and how often in CI."""

    read: Read
    name: str
    files: Callable[[], Bytes]
    in_ci: int = 150


def _of(*wholes: bytes, pieces: str) -> Callable[[], Bytes]:
    return lambda: spoiled(*wholes, pieces=pieces) | fuzzing.TEXT_FILES


READERS = {
    "feed": Reader(feeds.feed, "feed.xml", lambda: feeds.FEEDS, 300),
    "published-json": Reader(functools.partial(feeds.published, "application/json"), "a.json", _of(feeds.PODCAST_JSON.encode(), pieces=feeds.JSON_PIECES), 40),
    "published-vtt": Reader(functools.partial(feeds.published, "text/vtt"), "a.vtt", _of(feeds.VTT.encode(), pieces=fuzzing.SPOKEN), 40),
    "published-srt": Reader(functools.partial(feeds.published, "application/srt"), "a.srt", _of(feeds.SRT.encode(), pieces=fuzzing.SPOKEN), 40),
    "chapters": Reader(functools.partial(feeds.published, ""), "c.json", _of(feeds.CHAPTERS.encode(), pieces=feeds.JSON_PIECES), 40),
    "review-sheet": Reader(reviews(read_sheet), "cards.csv", _of(_sheet(), pieces=",|\"|\r\n|\t|;|採用|統合|'=1|\0|c1")),
    "label-studio": Reader(reviews(read_tasks), "tasks.json", _of(_tasks(), pieces=feeds.JSON_PIECES + "|accept|merge|\\u0000")),
    "term-file": Reader(term_file, "terms.yaml", lambda: spoiled(_TERMS.encode(), pieces="&a |*a|- |: |{|}|[|]|#|\n|\r\n|  |\t|!!python/x |? |---|misspellings:|terms:|id: bansou|null|~") | fuzzing.YAML_FILES, 40),
    "settings": Reader(settings_file, "bansou.toml", _of(_TOML.encode(), pieces=_TOML_PIECES)),
    "feed-state": Reader(feeds.feed_state, "state.json", lambda: spoiled(feeds.state(), pieces=feeds.JSON_PIECES + "|../../x|/x") | fuzzing.JSON_FILES, 25),
    "wiki-ledger": Reader(wiki_ledger, "wiki.jsonl", _of(_LEDGER.encode(), pieces=feeds.JSON_PIECES + "|\n|1")),
    "search-index": Reader(search_index, "search.sqlite", lambda: spoiled(_index()) | st.binary(max_size=300), 25),
    "record": Reader(record, "e1.json", lambda: spoiled(RECORD.encode(), pieces=feeds.JSON_PIECES + "|../x") | fuzzing.JSON_FILES, 40),
    **{f"gold-{task}": Reader(gold(task), "gold.jsonl", lambda: GOLD, 60) for task in ("requests", "tags", "repairs", "segments")},
    "card-page": Reader(card_page, "page.wiki", lambda: spoiled(_PAGE.encode(), pieces=_WIKI)),
    "sound": Reader(sound, "a.mp3", lambda: spoiled(*(make() for make in SOUNDS.values())) | st.binary(max_size=300), 100),
}  # fmt: skip
