"""The people a transcript names, and where."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple

from pipeline import morph

POLITE = r"(?:さん|さま|様|くん|君|ちゃん|氏|先生)"
_PERSON = ("名詞", "固有名詞", "人名")
_IS_POLITE = re.compile(POLITE)
_POLITE_END = re.compile(r"(?<=..)(?:さん|さま|様)$")
_BRACKETS = re.compile(r"[(（\[［【〔<＜].*?[)）\]］】〕>＞]")
_SCRIPTS = tuple(
    re.compile(p) for p in (r"[一-鿿㐀-䶿々〆]", r"[ァ-ヿｦ-ﾟ]", r"[ぁ-ゖ]", r"[A-Za-zＡ-Ｚａ-ｚ]")
)
_HIRAGANA = _SCRIPTS[2]


class Named(NamedTuple):
    """A name in a text: where, and whose, as the list of people writes it."""

    start: int
    end: int
    person: str


class Names:
    """Finds names of people in the texts of one transcript.

    Args:
        texts: the transcript's utterances; whoever the dictionary knows as a person's name and is
            spoken of politely (山岸さん) is a name in all of them.
        people: names as a list gives them: 山岸 花子, 山岸（進行）.
    """

    def __init__(self, texts: Iterable[str], people: Sequence[str]) -> None:
        self.people = {kept for name in people if (kept := " ".join(name.split()))}
        found: dict[str, set[str]] = {}
        for person in self.people:
            for form in _forms(person):
                found.setdefault(form, set()).add(person)
        # A form that two people share is nobody's.
        self._forms = {form: of.pop() if len(of) == 1 else "" for form, of in found.items()}
        for text in texts:
            for start, end, _ in _runs(text):
                if _IS_POLITE.match(text, end):
                    self._forms.setdefault(text[start:end], text[start:end])
        longest = sorted(self._forms, key=len, reverse=True)
        self._pattern = re.compile("|".join(map(re.escape, longest)) or r"(?!)")

    def of(self, text: str) -> list[Named]:
        """The names in a text, those included that the dictionary alone tells for one."""
        known = [
            Named(m.start(), m.end(), self._forms[m[0]])
            for m in self._pattern.finditer(text)
            if _stands_alone(text, m.start(), m.end())
        ]
        taken = {at for n in known for at in range(n.start, n.end)}
        runs = [n for n in _runs(text) if taken.isdisjoint(range(n.start, n.end))]
        return sorted(n for n in (*known, *runs) if n.person)


def _forms(person: str) -> Collection[str]:
    """What somebody is called: the whole name, its parts, and the family name the dictionary sees."""
    plain = _POLITE_END.sub("", _BRACKETS.sub("", unicodedata.normalize("NFC", person)).strip())
    parts = re.split(r"[\s・]+", plain)
    forms = {"".join(parts), plain, *parts}
    if len(parts) == 1:
        words = morph.tokens(plain)
        if len(words) > 1 and words[0].pos[:4] == (*_PERSON, "姓"):
            forms.add(words[0].surface)
    return {form for form in forms if form}


def _runs(text: str) -> list[Named]:
    """Rows of words that the dictionary has as people's names: 田村 花子."""
    runs: list[Named] = []
    for word in morph.tokens(text):
        if word.pos[:3] != _PERSON:
            continue
        if runs and runs[-1].end == word.start:
            runs[-1] = Named(runs[-1].start, word.end, text[runs[-1].start : word.end])
        else:
            runs.append(Named(word.start, word.end, word.surface))
    return runs


def _stands_alone(text: str, start: int, end: int) -> bool:
    """Whether a name is not part of a longer word: 森 in 森本さん."""
    before, after = text[start - 1 : start], text[end : end + 1]
    for script in _SCRIPTS:
        if before and script.match(text[start]) and script.match(before):
            return False
        if after and script.match(text[end - 1]) and script.match(after):
            return script is _HIRAGANA or bool(_IS_POLITE.match(text, end))
    return True
