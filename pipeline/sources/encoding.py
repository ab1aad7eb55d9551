"""Bytes to text: Unicode first, then the Japanese encodings, chosen by how likely the text is.

UTF-8 is strict enough to be believed. Shift_JIS and EUC-JP share most byte pairs, so each strict
decoding is weighed by what Japanese text is made of (kana, common kanji, runs of half-width
katakana), as Unicode detectors do with a character-class model.
"""

from __future__ import annotations

import codecs
import re
from pathlib import Path

from pipeline.errors import SourceError
from pipeline.sources.rawfile import binary_kind

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_NOT_ASCII = re.compile(rb"[\x80-\xff]")
_ISO_2022_JP = re.compile(rb"\x1b(?:\$[@B]|\([JI]|\$\([DOQ])")
# euc_jis_2004 also knows the circled numbers that Windows writes into EUC-JP.
_LEGACY = ("cp932", "euc_jp", "euc_jis_2004", "utf-16-le", "utf-16-be")
# Any bytes are UTF-16 of some script: without its mark it must read as Japanese or ASCII.
_UTF_16_LEAST = -7.5
_SAVE_AS = "save it as UTF-8 (in an editor: Save as, encoding UTF-8)"

# Bytes weighed: enough to be sure, few enough to be fast.
_SAMPLE_BYTES = 8000
# Log probabilities of a character of its class, from the share of the class in running Japanese
# divided by its size; the odd ones are what a wrong decoding is full of.
_HIRAGANA, _KATAKANA, _ASCII, _PUNCTUATION, _FULL_WIDTH = -5.0, -6.5, -6.0, -6.5, -7.5
_KANJI_COMMON, _KANJI_RARE, _OTHER = -8.5, -14.0, -13.0
_HALF_WIDTH_FIRST, _HALF_WIDTH_NEXT = -6.5, -3.8
_RANGES = (
    ("\t", "\r", _ASCII),
    (" ", "\x7f", _ASCII),
    ("\u3041", "\u3096", _HIRAGANA),
    ("\u30a1", "\u30fc", _KATAKANA),
    ("\uff01", "\uff5e", _FULL_WIDTH),
)
_MARKS = frozenset("、。「」『』・…～〜　―【】")
# Four kanji in a row are common, eight are not.
_KANJI_RUN, _KANJI_RUN_COST = 4, -2.5
# A text this long without one kana is not Japanese.
_KANA_EXPECTED_CHARS = 40

_LINE_END = re.compile(r"\r\n|\r|\n")


def split_lines(text: str) -> list[str]:
    """Lines of a text; only CRLF, CR and LF end one, as editors count them."""
    return _LINE_END.split(text)


def decode_text(data: bytes, path: Path) -> tuple[str, str]:
    """Decode a text file.

    Args:
        data: its bytes.
        path: its name, for messages.

    Returns:
        The text without a byte order mark, and the name of the encoding.

    Raises:
        SourceError: the bytes are no text (audio, a document, NUL bytes), are damaged, or are in
            no encoding that Japanese text comes in.
    """
    what = binary_kind(data)
    if what is not None:
        raise SourceError(
            f"{path}: is {what}, not text; give it the extension that fits, or export its text "
            "as .txt"
        )
    text, encoding = _decode(data, path)
    at = text.find("\0")
    if at >= 0:
        line = len(_LINE_END.findall(text, 0, at)) + 1
        raise _nul(path, line)
    return text, encoding


def _decode(data: bytes, path: Path) -> tuple[str, str]:
    for bom, encoding in _BOMS:
        if data.startswith(bom):
            try:
                return data.decode(encoding), encoding
            except UnicodeDecodeError as error:
                raise _damaged(data, path, encoding, error) from error
    if _ISO_2022_JP.search(data):
        for encoding in ("iso2022_jp", "iso2022_jp_ext"):
            decoded = _try(data, encoding)
            if decoded is not None:
                return decoded, encoding
    try:
        decoded = data.decode("utf-8")
        if "\0" not in decoded:
            return decoded, "utf-8"
    except UnicodeDecodeError as error:
        if _is_mostly_utf8(data):
            raise _damaged(data, path, "UTF-8", error) from error
    return _decode_unmarked(data, path)


def _decode_unmarked(data: bytes, path: Path) -> tuple[str, str]:
    # The same bytes for every encoding, from the first that is not ASCII (even, for UTF-16).
    high = _NOT_ASCII.search(data)
    start = high.start() // 2 * 2 if high else 0
    found = []
    for encoding in _LEGACY:
        decoded = _try(data, encoding)
        if decoded is None or "\0" in decoded:
            continue
        sample = data[start : start + _SAMPLE_BYTES].decode(encoding, "ignore")
        likelihood = _likelihood(sample)
        if not encoding.startswith("utf-16") or likelihood > _UTF_16_LEAST * len(sample):
            found.append((likelihood, decoded, encoding))
    if found:
        # max keeps the first of equals: cp932 before euc_jp before its extension.
        _, text, encoding = max(found, key=lambda item: item[0])
        if _may_be_japanese(text):
            return text, encoding
    at = data.find(b"\0")
    if at >= 0:
        raise _nul(path, data.count(b"\n", 0, at) + 1)
    raise SourceError(f"{path}: its encoding is not known{_guess(data)}; {_SAVE_AS}")


def _try(data: bytes, encoding: str) -> str | None:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        return None


def _likelihood(text: str) -> float:
    """Log probability of the characters under a rough model of Japanese text."""
    total = 0.0
    kanji_run = 0
    before_half = False
    for char in text:
        half = "\uff61" <= char <= "\uff9f"
        kanji_run = kanji_run + 1 if "\u4e00" <= char <= "\u9fff" else 0
        if half:
            total += _HALF_WIDTH_NEXT if before_half else _HALF_WIDTH_FIRST
        else:
            total += _class_cost(char)
        if kanji_run > _KANJI_RUN:
            total += _KANJI_RUN_COST
        before_half = half
    return total


def _class_cost(char: str) -> float:
    for first, last, cost in _RANGES:
        if first <= char <= last:
            return cost
    if "\u4e00" <= char <= "\u9fff":
        # JIS sorts its common kanji into the rows before 0xD0.
        coded = char.encode("euc_jp", "replace")
        return _KANJI_COMMON if len(coded) == 2 and coded[0] < 0xD0 else _KANJI_RARE
    return _PUNCTUATION if char in _MARKS else _OTHER


def _may_be_japanese(text: str) -> bool:
    foreign = [char for char in text[:40_000] if char > "\x7f"]
    if len(foreign) < _KANA_EXPECTED_CHARS:
        return True
    kana = sum("\u3041" <= char <= "\u30fc" or "\uff61" <= char <= "\uff9f" for char in foreign)
    return kana >= len(foreign) * 0.05


def _is_mostly_utf8(data: bytes) -> bool:
    """Text in another encoding fails at nearly every character, a damaged file at a few."""
    decoded = data.decode("utf-8", "replace")
    bad = decoded.count("\ufffd")
    good = sum(char > "\x7f" for char in decoded) - bad
    return good >= 5 and bad * 10 <= good


def _damaged(data: bytes, path: Path, encoding: str, error: UnicodeDecodeError) -> SourceError:
    line = data.count(b"\n", 0, error.start) + 1
    return SourceError(
        f"{path}: its {encoding} text is damaged at byte {error.start} (line {line}); "
        "download or export it again, or mend that line in an editor"
    )


def _nul(path: Path, line: int) -> SourceError:
    return SourceError(
        f"{path}: holds a NUL byte in line {line}, so it is binary, not text; "
        f"if it is text, {_SAVE_AS}"
    )


def _guess(data: bytes) -> str:
    import charset_normalizer

    best = charset_normalizer.from_bytes(data[:100_000]).best()
    return f" (perhaps {best.encoding})" if best is not None else ""
