"""Pages of a MediaWiki and its dump: valid, stable, and hostile text stays text."""

from __future__ import annotations

import dataclasses
import hashlib
import html
import re
from xml.etree import ElementTree

import pytest
from exporting import MONDAY, TAGS, TEXTS, hostile_corpus, make_corpus
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.export import ExportError, PageOptions, make_pages
from pipeline.export.clean import clean
from pipeline.export.mediawiki import make_dump
from pipeline.export.pages import Page, sha1_base36, stored_text
from pipeline.export.wikitext import escape, external, link, player_address, unescape, web_address

XML = "{http://www.mediawiki.org/xml/export-0.11/}"
OPTIONS = PageOptions()


def pages_of(*titles: str, options: PageOptions = OPTIONS, **fields: object) -> dict[str, Page]:
    return {page.key: page for page in make_pages(make_corpus(*titles, **fields), options)}


@given(TEXTS)
def test_escaped_text_holds_no_markup_and_comes_back(text: str) -> None:
    made = escape(text)
    plain = re.sub(r"&#\d+;|<br>", "x", made)
    assert not re.search(r"[&<>{}\[\]|~'\"_＿=#*:;`\\]|--|^[-+!]", plain)
    assert not re.search(r"\b(?:RFC|PMID|ISBN)\s", plain)
    assert stored_text(f"|本文={made}") == f"|本文={made}".rstrip()
    assert unescape(made) == clean(text)


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("https://example.com/第1回", "https://example.com/%E7%AC%AC1%E5%9B%9E"),
        ("javascript:alert(1)", None),
        ("https://", None),
        ("//a.b", None),
        (None, None),
        (
            "https://a.b/]x|y{{z}}'' ~~~~\"<b>",
            "https://a.b/%5Dx%7Cy%7B%7Bz%7D%7D%27%27%20%7E%7E%7E%7E%22%3Cb%3E",
        ),
    ],
)
def test_only_addresses_of_the_web_become_links(url: str | None, address: str | None) -> None:
    assert web_address(url) == address
    assert external(url, "聞く|") == (f"[{address} 聞く&#124;]" if address else "聞く&#124;")


def test_the_player_begins_where_the_card_does() -> None:
    assert player_address("https://a.b/ep1", 754.2) == "https://a.b/ep1#t=754"
    assert (
        player_address("https://www.youtube.com/watch?v=x", 5)
        == "https://www.youtube.com/watch?v=x&t=5"
    )
    assert player_address("https://a.b/ep1#old", None) == "https://a.b/ep1#old"


def test_a_category_is_linked_not_used() -> None:
    assert link("Category:知識カード", "分類") == "[[:Category:知識カード|分類]]"


@pytest.mark.parametrize(
    ("text", "sha1"),
    [("", "phoiac9h4m842xq45sp7s6u21eteeq1"), ("あ", None)],
)
def test_sha1_is_base_36_and_31_wide(text: str, sha1: str | None) -> None:
    made = sha1_base36(text)
    assert len(made) == 31
    assert int(made, 36) == int(hashlib.sha1(text.encode()).hexdigest(), 16)  # noqa: S324
    assert sha1 in (None, made)


def test_a_card_is_a_page_with_what_a_reader_wants() -> None:
    page = pages_of("約束を守る", "約束を破る", "黙る", "聞く")["card:c000000000001"]
    assert page.title == "知識カード/約束を破る"
    assert page.text.startswith("{{知識カード\n|主張=約束を破る\n|種類=原則\n")
    assert "|話者=不明\n" in page.text
    assert "|時刻=[https://example.com/ep1#t=30 00:30]\n" in page.text
    assert "|関連=[[知識カード/約束を守る|約束を守る]]（対比）\n" in page.text
    assert (
        "|根拠=「隣で支えるんですよ。」（[[知識カード/回/第1回|第1回]] [https://example.com/ep1#t=12 00:12]）\n"
        in page.text
    )
    assert page.categories == (
        "Category:知識カード/種類/原則", "Category:知識カード/タグ/伴走",
        "Category:知識カード/回/第1回", "Category:知識カード/ゲスト/水沢",
    )  # fmt: skip
    assert page.changed_at.isoformat() == "2026-05-05T09:30:00+00:00"


def test_a_body_that_says_no_more_than_its_title_is_not_read_twice() -> None:
    told, more = (
        pages_of("約束を守る", body="約束を守る。"),
        pages_of("約束を守る", body="約束を守る。必ず。"),
    )
    assert "|本文=\n" in told["card:c000000000000"].text
    assert "|本文=約束を守る。必ず。\n" in more["card:c000000000000"].text


def test_every_link_and_category_has_its_page() -> None:
    made = make_pages(hostile_corpus(), OPTIONS)
    titles = {page.title for page in made}
    wanted = set()
    for page in made:
        wanted |= {t.lstrip(":") for t in re.findall(r"\[\[([^|\[\]]+)", page.text)}
        assert set(page.categories) <= titles
    assert wanted <= titles
    assert len(titles) == len(made)
    assert all(len(title.encode()) <= 255 for title in titles)


@pytest.mark.parametrize("prefix", ["", "Knowledge:", "知識/カード ", "k/"])
def test_prefixes(prefix: str) -> None:
    options = PageOptions(prefix=prefix) if prefix.strip() == prefix else None
    if options is None:
        with pytest.raises(ExportError, match="prefix"):
            PageOptions(prefix=prefix)
        return
    title = pages_of("約束", options=options)["card:c000000000000"].title
    assert title == {"": "約束", "Knowledge:": "Knowledge:約束", "k/": "K/約束"}[prefix]


@pytest.mark.parametrize(
    "prefix", ["[[", "a_b/", "#x", "x" * 60, ":x", "\n", "../", "＿＿目次＿＿"]
)
def test_a_prefix_that_no_title_can_begin_with_is_refused(prefix: str) -> None:
    with pytest.raises(ExportError, match="prefix"):
        PageOptions(prefix=prefix)


def test_the_stylesheet_comes_only_where_the_wiki_knows_what_to_do_with_it() -> None:
    plain, styled = pages_of("約束"), pages_of("約束", options=PageOptions(templatestyles=True))
    assert "style" not in plain
    assert "templatestyles" not in plain["template"].text
    assert "style=" in plain["template"].text
    assert '<templatestyles src="知識カード/styles.css" />' in styled["template"].text
    assert (styled["style"].model, styled["style"].format) == ("sanitized-css", "text/css")


def test_a_tag_page_explains_what_requests_tell() -> None:
    text = pages_of("守る", "破る", "黙る", "聞く")["tag:signal.opinion"].text
    assert TAGS["signal.opinion"].definition in text
    assert "相談相手として信頼されはじめた段階" in text
    assert '| 意見を求める\n| style="text-align:right" | 1\n' in text


def read_dump(data: bytes) -> list[dict[str, str]]:
    found = []
    for page in ElementTree.fromstring(data).iter(f"{XML}page"):  # noqa: S314
        revision = page.find(f"{XML}revision")
        assert revision is not None
        found.append(
            {str(child.tag).removeprefix(XML): child.text or "" for child in (*page, *revision)}
        )
    return found


@settings(max_examples=30)
@given(st.lists(TEXTS, min_size=1, max_size=3), TEXTS)
def test_a_dump_is_xml_whatever_was_said(titles: list[str], text: str) -> None:
    corpus = make_corpus(*titles, body=text, quote=text, speaker=text, episode=text, guests=(text,))
    made = make_pages(corpus, OPTIONS)
    rows = read_dump(make_dump(made))
    assert [(row["title"], row["text"], row["sha1"]) for row in rows] == [
        (page.title, page.text, page.sha1) for page in made
    ]
    assert all(stored_text(row["text"]) == row["text"] for row in rows)


def test_a_dump_is_as_the_schema_of_export_0_11_says() -> None:
    data = make_dump(make_pages(hostile_corpus(), PageOptions(templatestyles=True)))
    root = ElementTree.fromstring(data)  # noqa: S314
    assert root.tag == f"{XML}mediawiki"
    assert root.attrib["version"] == "0.11"
    assert root.attrib["{http://www.w3.org/XML/1998/namespace}lang"] == "ja"
    children = [str(child.tag).removeprefix(XML) for child in root]
    assert children == ["siteinfo"] + ["page"] * (len(children) - 1)
    info = [str(child.tag).removeprefix(XML) for child in root[0]]
    assert info == ["sitename", "generator", "case", "namespaces"]
    ids = []
    for page in root.findall(f"{XML}page"):
        assert [str(c.tag).removeprefix(XML) for c in page] == ["title", "ns", "id", "revision"]
        revision = page[3]
        assert [str(c.tag).removeprefix(XML) for c in revision] == [
            "id", "timestamp", "contributor", "comment", "origin", "model", "format", "text", "sha1",
        ]  # fmt: skip
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", revision[1].text or "")
        text = revision[7]
        assert set(text.attrib) == {"bytes", "sha1", "{http://www.w3.org/XML/1998/namespace}space"}
        assert int(text.attrib["bytes"]) == len((text.text or "").encode())
        assert re.fullmatch(r"[0-9a-z]{31}", revision[8].text or "")
        ids.append(page[2].text)
    assert len(set(ids)) == len(ids)


def test_the_same_corpus_makes_the_same_bytes_and_one_changed_card_changes_its_own_pages() -> None:
    before = make_corpus("守る", "破る", "黙る", "聞く")
    assert make_dump(make_pages(before, OPTIONS)) == make_dump(make_pages(before, OPTIONS))
    card = before.cards["c000000000003"]
    cards = dict(before.cards) | {card.card_id: dataclasses.replace(card, body="新しい本文。")}
    after = dataclasses.replace(before, cards=cards)
    texts = [{p.key: p.text for p in make_pages(c, OPTIONS)} for c in (before, after)]
    assert [key for key in texts[0] if texts[0][key] != texts[1][key]] == ["card:c000000000003"]


def test_templates_read_what_they_are_given_and_nothing_else() -> None:
    made = pages_of("守る")
    given_names = set(re.findall(r"^\|([^=\n]+)=", made["card:c000000000000"].text, re.MULTILINE))
    used = set(re.findall(r"\{\{\{([^|}]+)\|", made["template"].text))
    assert given_names == used
    assert made["template"].changed_at > MONDAY
    assert "<script" not in html.unescape(made["template"].text)
