"""What a transcript wrote, without the characters that steer a reader's screen or break a file."""

from __future__ import annotations

import re
import unicodedata

_BREAKS = re.compile("\r\n|[\r\v\f\x1c-\x1e\x85\u2028\u2029]")
# Controls; marks that turn the direction of writing or are not seen at all; half surrogate pairs and
# noncharacters, which no UTF-8 or XML file may hold. ZWJ and variation selectors stay: emoji need them.
_UNSEEN = re.compile(
    "[\x00-\x08\x0e-\x1b\x1f\x7f-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff"
    "\ufdd0-\ufdef\ufff0-\uffff\ud800-\udfff"
    "\U000e0000-\U000e007f"
    + "".join(f"{chr(plane + 0xFFFE)}{chr(plane + 0xFFFF)}" for plane in range(0x10000, 0x110000, 0x10000))
    + "]"
)  # fmt: skip
# What cleaning may touch; most texts hold none of it, and one look is quicker than four changes.
_ODD = re.compile(f"  |[^\\S ]|{_UNSEEN.pattern}")
_SPACES = re.compile(r"[^\S\n]+")
_LINES = re.compile(r" ?\n[ \n]*")


def clean(text: str) -> str:
    """A text of one or more lines: NFC, LF, no control characters, no marks of direction, no empty lines.

    Cleaning twice changes nothing more.
    """
    if not _ODD.search(text) and unicodedata.is_normalized("NFC", text):
        return text.strip()
    text = _UNSEEN.sub("", _BREAKS.sub("\n", text).replace("\t", " "))
    # Composing first: a lone combining mark must not come to stand where a space was.
    text = unicodedata.normalize("NFC", text)
    return _LINES.sub("\n", _SPACES.sub(" ", text)).strip()


def one_line(text: str) -> str:
    """The same on one line."""
    return clean(text).replace("\n", " ")


def one_paragraph(text: str) -> str:
    """The lines of a text joined as Japanese is written: a space only between Latin words."""
    parts = clean(text).split("\n")
    joined = parts[0]
    for part in parts[1:]:
        is_latin = joined[-1:].isascii() and part[:1].isascii()
        joined += (" " if is_latin else "") + part
    return joined
