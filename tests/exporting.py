"""Corpora for the tests of exports: small ones, hostile ones, large ones."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from pipeline.export.clean import clean, one_line, one_paragraph
from pipeline.export.corpus import LONG_AGO, Card, Chapter, Corpus, Episode, Related, Source, Word
from pipeline.export.names import give_all
from pipeline.export.read import make_chapters
from pipeline.schema import CARD_KINDS
from pipeline.taxonomy import TagDef

MONDAY = datetime(2026, 5, 4, 9, 30, tzinfo=UTC)
TAGS = {
    "bansou": TagDef("伴走", "顧客の隣で一緒に走ること。"),
    "signal.opinion": TagDef("兆候：意見を求められる", "考えを求められること。"),
    "fit": TagDef("相性・適材適所", "組み合わせのこと。"),
}
_PIECES = (
    "|", "||", "{{", "}}", "{{{1}}}", "{{subst:PAGENAME}}", "[[", "]]", "[[Category:x]]", "[[File:a.png]]",
    "~~~~", "~~~", "<script>alert(1)</script>", "<nowiki>", "</nowiki>", "<!--", "-->", "<ref>", "<pre>", "<br>",
    "'''", "''", "==", "----", "-{x}-", "__TOC__", "＿＿目次＿＿", "#REDIRECT [[x]]", "#転送 [[x]]", "{|", "|}", "|-", "!!",
    "=cmd|' /C calc'!A0", "+1", "-1", "@SUM(A1)", "＝1", "---", "...", "```", "~~~", "$$x$$", "$lsx()", "%%", "==x==",
    "![a](b)", "[a](javascript:alert(1))", "<http://a.b>", "https://a.b/?c=d&e", "javascript:alert(1)", "ISBN 4101010013",
    "RFC 1149", "PMID 1", "&amp;", "&#60;", "&lt;b&gt;", "&nbsp;", ":smile:", "@somebody", "#123", "^1", "[^1]", "\\", "\\n",
    "`", "*", "_", "**a**", "> ", "- ", "1. ", "1) ", "    ", "\t", "code:a", "table:a", "[* a]", "[/ a]", "[a.icon]", "00:01 --> 00:02",
    "WEBVTT", "NOTE x", "<v 田中>", "<00:00:01.000>", "{\\an8}", "\x00", "\x07", "\x1b[31m", "\x7f", "\x85", "\u2028", "\u2029",
    "\u202e", "\u200f", "\u2066", "\ufeff", "\ufffe", "\uffff", "\ud800", "\u0301", "\u0338", "=\u0338", "e\u0301", "か\u3099", "👩\u200d💻", "\u3000", "\xa0",
    "\r\n", "\n", "\n\n", "\r", "yes", "null", "1e3", "2026-01-01", '"', "'", ": ", " #", "あいう", "伴走です。", "CS", "a", "%41",
    "CON", "nul.txt", "aux", "con", "../", "./", "..", ".", "Talk:", "Help:", "ヘルプ:", "Special:", "カテゴリ:", ":", "/", "#", "?", "*x", "x.", "x ",
)  # fmt: skip
TEXTS = st.lists(st.one_of(st.sampled_from(_PIECES), st.text(max_size=6)), max_size=8).map("".join)
HOSTILE = _PIECES


def make_corpus(*titles: str, **fields: Any) -> Corpus:
    """A corpus with a card a title; ``fields`` are of each card, texts as a transcript has them."""
    rows = [(f"c{number:012x}", title) for number, title in enumerate(titles)]
    names = give_all(rows, taken=("目次", "用語集"))
    texts = {"body": "隣で支える。", "quote": "隣で支えるんですよ。", "speaker": "不明"} | fields
    cards = {}
    for number, (card_id, title) in enumerate(rows):
        related = (Related(rows[number - 1][0], "対比"),) if number else ()
        sources = (Source("e1", 12.0, one_paragraph(texts["quote"])),) if number % 3 == 1 else ()
        cards[card_id] = Card(
            card_id, names[card_id], "e1", CARD_KINDS[number % 8], one_line(title), clean(texts["body"]),
            one_paragraph(texts["quote"]), one_line(texts["speaker"]) or "不明", 30.0 * number, 30.0 * number + 9,
            tuple(TAGS)[: number % 4], "opinion" if number % 2 else "none", 0.8, "unreviewed",
            f"{number:064x}", MONDAY + timedelta(seconds=number), MONDAY + timedelta(days=1), related, sources,
        )  # fmt: skip
    title = one_line(texts.get("episode", "第1回")) or "第1回"
    guests = tuple(g for g in (one_line(g) for g in texts.get("guests", ("水沢",))) if g)
    episode = Episode(
        "e1", give_all([("e1", title)])["e1"], title, MONDAY, guests,
        texts.get("link", "https://example.com/ep1"), 900.0, None, MONDAY + timedelta(days=1),
        make_chapters(list(cards.values())) or (Chapter(0.0, "はじめ"),),
    )  # fmt: skip
    words = (
        Word(
            "伴走", "バンソウ", ("ばんそう",), ((one_line(texts["quote"])[:20], 3),), tuple(cards)
        ),
    )
    return Corpus(
        {"e1": episode}, cards, TAGS, give_all((i, t.name) for i, t in TAGS.items()), words, "1",
        max(LONG_AGO, episode.changed_at),
    )  # fmt: skip


def hostile_corpus() -> Corpus:
    """A card a hostile piece, in every field at once."""
    titles = [f"{piece}伴走{piece}" for piece in HOSTILE]
    made = make_corpus(*titles, episode="[[x]]|{{y}}<b>", guests=("<b>太郎|", "Talk:x"))
    pairs = zip(made.cards.items(), HOSTILE, strict=True)
    cards = {
        i: dataclasses.replace(
            card, body=clean(f"{p}前{p}\n{p}後{p}"), quote=one_paragraph(f"{p}前{p} 後{p}"),
            speaker=one_line(f"{p}田中{p}"),
        )
        for (i, card), p in pairs
    }  # fmt: skip
    return dataclasses.replace(made, cards=cards)
