"""The dump in a real MediaWiki: valid, imported whole, shown as text, and the second time nothing is new."""

from __future__ import annotations

import dataclasses
import gzip
import hashlib
import subprocess
from datetime import timedelta
from pathlib import Path

import mediawiki
import pytest
from exporting import hostile_corpus
from mediawiki import Wiki
from shown import assert_shows, assert_whole

from pipeline.export import PageOptions, make_pages
from pipeline.export.corpus import Corpus
from pipeline.export.mediawiki import make_dump

pytestmark = [
    pytest.mark.integration,
    pytest.mark.skipif(bool(mediawiki.why_not()), reason=mediawiki.why_not()),
]
_EXTENSIONS = ("Cite", "Poem", "InputBox", "ImageMap")
_SCHEMA = Path("/usr/share/doc/mediawiki/docs/export-0.11.xsd.gz")
_XML_NAMES = """<schema xmlns="http://www.w3.org/2001/XMLSchema" targetNamespace="http://www.w3.org/XML/1998/namespace">
<attribute name="lang" type="language"/>
<attribute name="space"><simpleType><restriction base="NCName">
<enumeration value="default"/><enumeration value="preserve"/></restriction></simpleType></attribute></schema>
"""
_VALIDATE = (
    "$d = new DOMDocument; $d->load($argv[1], LIBXML_PARSEHUGE | LIBXML_NONET); "
    "exit($d->schemaValidate($argv[2]) ? 0 : 1);"
)


def imported(wiki: Wiki, data: bytes) -> int:
    wiki.run("importDump.php", stdin=data.decode())
    wiki.run("runJobs.php")
    return wiki.revisions_in_database()


def corpus_with_another_body(corpus: Corpus) -> Corpus:
    """The last card says something else, a day later."""
    last = list(corpus.cards.values())[-1]
    moment = last.changed_at + timedelta(days=1)
    card = dataclasses.replace(last, body="ほかのことを言う本文。", changed_at=moment)
    return dataclasses.replace(corpus, cards={**corpus.cards, card.card_id: card})


def test_hostile_text_is_shown_as_text(tmp_path: Path) -> None:
    corpus = hostile_corpus()
    pages = make_pages(corpus, PageOptions())
    data = make_dump(pages)
    with mediawiki.running(tmp_path / "mediawiki") as wiki:
        with (wiki.folder / "LocalSettings.php").open("a", encoding="utf-8") as settings:
            settings.writelines(f"wfLoadExtension( '{name}' );\n" for name in _EXTENSIONS)
            settings.write(
                "$wgEnableMagicLinks = ['ISBN' => true, 'PMID' => true, 'RFC' => true];\n"
            )
        before = wiki.revisions_in_database()
        assert imported(wiki, data) == before + len(pages)
        assert imported(wiki, data) == before + len(pages)
        assert wiki.sha1s(page.title for page in pages) == {
            page.title: hashlib.sha1(page.text.encode()).hexdigest()  # noqa: S324
            for page in pages
        }
        parsed = wiki.parsed(page.title for page in pages)
        for page in pages:
            assert_whole(page, parsed[page.title])
            if page.card_id is not None:
                assert_shows(corpus.cards[page.card_id], parsed[page.title]["text"])
        changed = make_dump(make_pages(corpus_with_another_body(corpus), PageOptions()))
        assert imported(wiki, changed) == before + len(pages) + 1


def test_the_schema_of_mediawiki_finds_nothing_wrong(tmp_path: Path) -> None:
    if not _SCHEMA.is_file():  # Debian's slim images leave documentation out
        pytest.skip(f"MediaWiki is installed without {_SCHEMA}")
    schema = tmp_path / "export.xsd"
    text = gzip.decompress(_SCHEMA.read_bytes()).decode()
    assert "http://www.w3.org/2001/xml.xsd" in text
    schema.write_text(text.replace("http://www.w3.org/2001/xml.xsd", "xml.xsd"), encoding="utf-8")
    (tmp_path / "xml.xsd").write_text(_XML_NAMES, encoding="utf-8")
    dump = tmp_path / "dump.xml"
    data = make_dump(make_pages(hostile_corpus(), PageOptions(templatestyles=True)))
    for content, code in ((data, 0), (data.replace(b"<origin>1</origin>", b""), 1)):
        dump.write_bytes(content)
        done = subprocess.run(
            ["php", "-r", _VALIDATE, str(dump), str(schema)], capture_output=True, text=True, check=False
        )  # fmt: skip
        assert done.returncode == code, done.stderr
