"""Encodings of Japanese text files."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from pipeline.errors import SourceError
from pipeline.sources import decode_text, read_transcript

PATH = Path("a.txt")
SHORT = "顧客と伴走します。"
LONG = (
    "今日は顧客のとなりを走るCSの話をします。①無理をしない、②急がない。\nカタカナのデータも少しあります。\n"
    * 80
)
HALF = "ｶｽﾀﾏｰｻｸｾｽﾉﾊﾅｼｦｼﾏｽ｡"
MIXED = "ﾃﾞｰﾀ：売上ｼｽﾃﾑの移行"


@pytest.mark.parametrize("text", [SHORT, LONG, HALF, MIXED, HALF * 50, "はいどうも"])
@pytest.mark.parametrize(
    "encoding",
    [
        "utf-8",
        "utf-8-sig",
        "utf-16",
        "utf-16-le",
        "utf-16-be",
        "utf-32",
        "cp932",
        "euc_jp",
        "euc_jis_2004",
        "iso2022_jp_ext",
    ],
)
def test_round_trip(text, encoding):
    try:
        data = text.encode(encoding)
    except UnicodeEncodeError:
        pytest.skip("the encoding does not know a character")
    assert decode_text(data, PATH)[0] == text


KANA = "".join(chr(c) for c in range(0x3041, 0x3094))


@given(
    text=st.text(
        alphabet=KANA + "伴走顧客成功支援今日話会社質問ー、。カタナデータ", min_size=10, max_size=60
    ),
    encoding=st.sampled_from(["cp932", "euc_jp"]),
)
def test_sentences_of_kana_and_kanji_decode(text, encoding):
    assume(sum(c in KANA for c in text) >= len(text) * 0.4)
    assert decode_text(text.encode(encoding), PATH) == (text, encoding)


def test_line_ends_and_encoding_through_the_reader(write):
    for end in ("\r\n", "\r", "\n"):
        made = read_transcript(write("a.txt", end.join([SHORT, "", "次の行です"]).encode("cp932")))
        assert [(s.source_line, s.text) for s in made.segments] == [(0, SHORT), (2, "次の行です")]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"abc\n\0def", r"a\.txt.*NUL byte in line 2.*save it as UTF-8"),
        (("こんにちは世界\n" * 5).encode()[:-3], r"UTF-8 text is damaged at byte \d+ \(line 5\)"),
        ("\ufeffあ".encode("utf-16-le") + b"\x00", "utf-16 text is damaged"),
        (("今天我们讨论客户成功的问题" * 5).encode("gbk"), "encoding is not known"),
        (b"RIFF\x00\x00\x00\x00WAVEfmt ", "is WAV audio, not text"),
        (b"PK\x03\x04rest", "Office document"),
        (b"%PDF-1.7", "PDF"),
    ],
)
def test_what_is_no_text(data, message):
    with pytest.raises(SourceError, match=message):
        decode_text(data, PATH)
