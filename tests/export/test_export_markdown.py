"""Markdown folders: what was said is shown as it is, links lead somewhere, front matter is read."""

from __future__ import annotations

import posixpath
import re
from urllib.parse import unquote

import pytest
import yaml
from exporting import TEXTS, hostile_corpus, make_corpus
from hypothesis import given, settings
from markdown_it import MarkdownIt

from pipeline.export.clean import clean
from pipeline.export.markdown import FLAVOURS, Flavour, write_markdown
from pipeline.export.markdowntext import escape, wikilink

RULES = MarkdownIt("gfm-like", {"html": True, "linkify": False})


def shown(markdown: str) -> tuple[str, set[str]]:
    """The text that a reader sees, and the kinds of token it is made of."""
    texts, kinds = [], set()
    for token in RULES.parse(markdown):
        kinds.add(token.type.removesuffix("_open").removesuffix("_close"))
        for child in token.children or ():
            kinds.add(child.type.removesuffix("_open").removesuffix("_close"))
            is_break = child.type == "html_inline" and child.content == "<br>"
            texts.append("\n" if is_break else child.content)
    return "".join(texts), kinds


@given(TEXTS)
def test_a_text_is_shown_as_it_is(text: str) -> None:
    made, kinds = shown(escape(text))
    assert made == clean(text)
    assert kinds <= {"paragraph", "inline", "text", "text_special", "html_inline", "entity"}


@given(TEXTS)
def test_nothing_that_wikis_add_is_left(text: str) -> None:
    plain = re.sub(r"&#\d+;|<br>", "x", escape(text))
    assert not re.search(r"[<>\[\]{}|\\`*_~#$^@!=]|%%|:[a-z]", plain)


@given(TEXTS)
def test_a_label_does_not_end_obsidians_link(text: str) -> None:
    assert re.fullmatch(r"\[\[名(?:\|[^\[\]|#^\n]+)?\]\]", wikilink("名", text))


@pytest.mark.parametrize("flavour", FLAVOURS)
def test_every_link_leads_to_a_file(flavour: Flavour) -> None:
    files = write_markdown(hostile_corpus(), flavour)
    stems = {posixpath.basename(path).removesuffix(".md") for path in files}
    assert len({path.casefold() for path in files}) == len(files)
    for path, text in files.items():
        body = text.split("\n---\n", 1)[1]
        if flavour == "obsidian":
            names = set(re.findall(r"\[\[([^\[\]|\\]+)", body))
            assert names
            assert names <= stems
            continue
        targets = [t for t in re.findall(r"\]\(([^()\s]+)\)", body) if not t.startswith("https://")]
        assert targets or path.startswith("カード")
        for target in targets:
            suffix = "" if flavour == "git" else ".md"
            found = posixpath.normpath(
                posixpath.join(posixpath.dirname(path), unquote(target) + suffix)
            )
            assert found in files


@pytest.mark.parametrize("flavour", FLAVOURS)
@settings(max_examples=20)
@given(title=TEXTS, text=TEXTS)
def test_front_matter_is_read_and_paths_stay_inside(
    flavour: Flavour, title: str, text: str
) -> None:
    corpus = make_corpus(
        title, "聞く", body=text, quote=text, speaker=text, episode=text, guests=(text,)
    )
    for path, content in write_markdown(corpus, flavour).items():
        assert re.fullmatch(r"(?:[^/]+/)?[^/]+\.md", path)
        assert not re.search(r'[\x00-\x1f<>:"\\|?*]', path)
        assert ".." not in path.split("/")
        assert len(posixpath.basename(path).encode()) <= 240
        opening, matter, _ = content.split("---\n", 2)
        assert opening == ""
        read = yaml.safe_load(matter)
        assert isinstance(read["title"], str)
        if flavour == "wikijs":
            assert isinstance(read["tags"], str)
            assert read["editor"] == "markdown"
        else:
            assert all(isinstance(tag, str) for tag in read["tags"])
        if "speaker" in read:
            assert read["speaker"] == (clean(text).replace("\n", " ") or "不明")


def test_no_folder_of_wikijs_is_one_letter() -> None:
    """It cuts such a folder off an address, so that no page in it is found."""
    folders = {
        path.split("/")[0] for path in write_markdown(make_corpus("守る"), "wikijs") if "/" in path
    }
    assert folders == {"カード", "エピソード", "タグ"}


def test_obsidian_reads_the_tags() -> None:
    files = write_markdown(make_corpus("守る", "破る", "黙る", "聞く"), "obsidian")
    matter = yaml.safe_load(files["カード/聞く.md"].split("---\n")[1])
    assert matter["tags"] == ["注意", "伴走", "兆候/意見を求められる", "相性-適材適所"]


def test_a_card_named_like_a_tag_has_a_file_of_its_own() -> None:
    files = write_markdown(make_corpus("伴走", "用語集", "第1回"), "obsidian")
    assert {"タグ/伴走.md", "カード/伴走（カード）.md", "用語集.md", "回/第1回.md"} <= set(files)
    assert "# 伴走\n" in files["カード/伴走（カード）.md"]


@pytest.mark.parametrize("flavour", FLAVOURS)
def test_a_body_that_says_no_more_than_its_title_is_not_read_twice(flavour: Flavour) -> None:
    corpus = make_corpus("約束を守る", body="約束を守る。", quote="守るんですよ。")
    text = write_markdown(corpus, flavour)["カード/約束を守る.md"]
    matter, body = text.split("\n---\n", 1)
    assert body.count("約束を守る") == (0 if flavour == "wikijs" else 1)
    assert 'description: "約束' not in matter
    assert "> 「守るんですよ。」" in body


def test_the_same_corpus_makes_the_same_files() -> None:
    assert write_markdown(hostile_corpus(), "git") == write_markdown(hostile_corpus(), "git")
