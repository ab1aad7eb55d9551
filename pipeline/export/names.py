"""Names of pages and files: readable, the same from run to run, and good in every wiki and file system.

Marks that some wiki or file system takes for its own are written full-width, so one name serves them
all: ``C#/入門: 50%?`` is ``C＃／入門： 50％？`` everywhere.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable

from pipeline.export.clean import one_line

MAX_NAME_BYTES = 180
_TO_WIDE = {
    **{ord(c): chr(ord(c) + 0xFEE0) for c in "\"#$%&'*+/:<>?@[\\]^_`{|}~"},
    0x2044: "／", 0x2215: "／",
}  # fmt: skip
_PLAIN_KEY = re.compile(r"[a-z0-9]{1,40}")
_SPACES = re.compile(r"\s+")
_COMMAND = re.compile(
    "＿+"
)  # ＿＿目次＿＿ orders a table of contents where the wiki speaks Japanese
_DEVICES = re.compile(r"(?:CON|PRN|AUX|NUL|COM[0-9¹²³]|LPT[0-9¹²³])(?=\.|$)", re.IGNORECASE)
_SAME = re.compile(r"[\s_.\-‐‑–—]+")
# What Cosense takes for decoration, a command or an absolute path at the head of a name.
_HEAD = re.compile(r"^[!(),\-.;=]+")


def safe_name(text: str, *, max_bytes: int = MAX_NAME_BYTES) -> str:
    """A name made of a title; empty where nothing of it can be shown.

    Returns:
        One line, first letter a capital, no mark that means something in a wiki's title or a file's
        name, no device of Windows, at most ``max_bytes`` of UTF-8; where it had to be cut, ``…`` and
        a few digits made of the whole stand at its end.
    """
    whole = one_line(text)
    # Full-width brackets of half-width kana and the like stay: NFC alone, what readers see is kept.
    name = _SPACES.sub(" ", whole.translate(_TO_WIDE)).strip()
    while name and unicodedata.combining(name[0]):  # it would join what stands before the name
        name = name[1:].lstrip()
    name = _COMMAND.sub("＿", name)
    name = _HEAD.sub(lambda found: _widen(found[0]), name)
    if device := _DEVICES.match(name):
        name = f"{device[0]}＿{name[device.end() :]}"
    if name.endswith("."):
        name = f"{name[:-1]}．"
    if re.search(r"\.(?:icon|img|md|css|js|json)$", name, re.IGNORECASE):
        name = "．".join(name.rsplit(".", 1))
    name = _capital(name)
    if len(name.encode()) > max_bytes:
        digest = hashlib.sha256(whole.encode()).hexdigest()[:6]
        name = f"{clip(name, max_bytes - 9)}…{digest}"
    return name


def clip(text: str, max_bytes: int) -> str:
    """The head of a text within so many bytes of UTF-8, not cut between a letter and its marks."""
    head = text.encode()[:max_bytes].decode(errors="ignore")
    if len(head) < len(text):
        while head and unicodedata.combining(text[len(head)]):
            head = head[:-1]
    return head.strip()


def same_name(name: str) -> str:
    """Equal for names that some wiki or file system holds for one: case, width, spaces, hyphens."""
    return _SAME.sub(" ", unicodedata.normalize("NFKC", name).casefold()).strip()


class Names:
    """Gives out names, each once.

    Who comes first keeps the plain name; a later one of the same name gets its key behind it. So who
    asks in an order that does not change (by age) gets names that do not change.

    Args:
        taken: names that are used already.
        max_bytes: longest name in UTF-8.
    """

    def __init__(self, taken: Iterable[str] = (), *, max_bytes: int = MAX_NAME_BYTES) -> None:
        self._max_bytes = max_bytes
        self._taken = {same_name(name) for name in taken}

    def give(self, title: str, key: str) -> str:
        """The name for a title; ``key`` is what tells its bearer from all others."""
        mark = key if _PLAIN_KEY.fullmatch(key) else safe_name(key, max_bytes=40)
        name = safe_name(title, max_bytes=self._max_bytes) or f"（題なし）{mark}"
        if self._is_taken(name):
            room = self._max_bytes - len(mark.encode()) - 6
            name = f"{safe_name(title, max_bytes=room)}（{mark}）"
        count = 2
        plain = name
        while self._is_taken(name):
            name, count = f"{clip(plain, self._max_bytes - 8)}（{count}）", count + 1
        self._taken.add(same_name(name))
        return name

    def _is_taken(self, name: str) -> bool:
        return same_name(name) in self._taken


def give_all(titles: Iterable[tuple[str, str]], *, taken: Iterable[str] = ()) -> dict[str, str]:
    """Names by key for (key, title), first come first served."""
    names = Names(taken)
    return {key: names.give(title, key) for key, title in titles}


def _capital(name: str) -> str:
    """MediaWiki turns the first letter into a capital; a name that becomes longer by it stays."""
    first = name[:1].upper()
    return first + name[1:] if len(first) == 1 else name


def _widen(text: str) -> str:
    return "".join(chr(ord(c) + 0xFEE0) for c in text)
