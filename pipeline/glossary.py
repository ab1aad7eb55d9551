"""The glossary: the words of the domain, how they sound, and what speaks for or against them.

The built-in words stand in ``pipeline/lexicon/terms.yaml``; a team adds files of the same form.
"""

from __future__ import annotations

import functools
import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from pipeline.errors import ConfigError
from pipeline.yamlfiles import read_yaml

BUILT_IN = Path(__file__).parent / "lexicon" / "terms.yaml"

HOMOPHONES = ("rare", "some", "common")
KINDS = ("noun", "verbal_noun", "adjectival_noun", "name")
_READING = re.compile(r"[ァ-ヶー]+")
_SECTIONS = ("domain", "fields", "terms")
_KEYS = (
    "id", "term", "reading", "kind", "homophones", "hotword", "variants", "misspellings",
    "before", "after", "for", "against", "against_fields", "against_before", "against_after",
    "rivals", "rivals_with", "takes_object",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Term:
    """A word of the domain.

    Attributes:
        id: ASCII name that stays when the spelling changes.
        term: the right spelling.
        reading: katakana.
        kind: ``noun``, ``verbal_noun`` (takes する), ``adjectival_noun`` (takes な) or ``name``.
        homophones: how common words of the same sound are in this domain's talk (``rare``, ``some``,
            ``common``): the more, the more must speak for the term.
        hotword: is it given to recognition as a hint.
        variants: other spellings that are right too; they are left as they are.
        misspellings: spellings that reviewers confirmed as wrong; ships empty.
        before: words it forms compounds with on its left (顧客 in 顧客伴走).
        after: words it forms compounds with on its right (者 in 伴走者).
        contexts_for: words around it that make it likely.
        contexts_against: words around it that make a word of the same sound likely.
        against_before: what stands right before such a word (を before 実装, never before 自走).
        against_after: what stands right after such a word (を述べ after 感想).
        rivals: ordinary words that sound like it (体操 beside 代走).
        rivals_with: words around it that make one of the rivals likely, by rival; 〜 stands for the place.
        takes_object: may something be done to an object with を (never with 自走, always with 実装).
    """

    id: str
    term: str
    reading: str
    kind: str = "noun"
    homophones: str = "some"
    hotword: bool = False
    variants: tuple[str, ...] = ()
    misspellings: tuple[str, ...] = ()
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    contexts_for: tuple[str, ...] = ()
    contexts_against: tuple[str, ...] = ()
    against_before: tuple[str, ...] = ()
    against_after: tuple[str, ...] = ()
    rivals: tuple[str, ...] = ()
    rivals_with: tuple[tuple[str, tuple[str, ...]], ...] = ()
    takes_object: bool = True

    @property
    def verb(self) -> bool:
        """Does it take する."""
        return self.kind == "verbal_noun"


@dataclass(frozen=True, slots=True)
class Glossary:
    """All terms, the words of the domain they share, and a hash that changes when any of it does."""

    terms: tuple[Term, ...]
    domain_strong: tuple[str, ...] = ()
    domain_weak: tuple[str, ...] = ()
    sha256: str = field(default="", compare=False)

    def by_id(self, term_id: str) -> Term:
        """The term of an id.

        Raises:
            KeyError: no such term.
        """
        return {term.id: term for term in self.terms}[term_id]


def load_glossary(*extra: Path) -> Glossary:
    """Read the built-in glossary and a team's own files, which add terms or override them by id.

    Args:
        extra: files like the built-in one, later ones win.

    Raises:
        ConfigError: naming file and entry: not YAML, a key or kind that is not known, an id twice in a
            file, a reading missing or not katakana.
    """
    terms: dict[str, Term] = {}
    spoken: dict[str, tuple[str, ...]] = {}
    strong: dict[str, None] = {}
    weak: dict[str, None] = {}
    for path in (BUILT_IN, *extra):
        content = _read(path)
        domain = _mapping(path, "domain", content.get("domain"))
        strong |= dict.fromkeys(_words(path, "domain", "strong", domain.get("strong")))
        weak |= dict.fromkeys(_words(path, "domain", "weak", domain.get("weak")))
        for name, words in _mapping(path, "fields", content.get("fields")).items():
            spoken[name] = _words(path, "fields", name, words)
        found: dict[str, Term] = {}
        for number, entry in enumerate(content.get("terms") or []):
            term = _term(path, number, entry, spoken)
            if term.id in found:
                raise _wrong(path, term.id, "stands twice", "give each term an id of its own")
            found[term.id] = term
        terms |= found
    made = Glossary(tuple(terms.values()), tuple(strong), tuple(weak))
    return Glossary(made.terms, made.domain_strong, made.domain_weak, _digest(made))


def _digest(glossary: Glossary) -> str:
    """A hash of what was understood, so that a comment in a file makes nothing stale."""
    parts = [repr(tuple(getattr(t, f.name) for f in fields(t))) for t in glossary.terms]
    parts += [repr(glossary.domain_strong), repr(glossary.domain_weak)]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def _read(path: Path) -> Mapping[str, Any]:
    content = _mapping(path, "the file", read_yaml(path, "glossary"))
    for section in content:
        if section not in _SECTIONS:
            raise _wrong(path, str(section), "is no section", f"use {', '.join(_SECTIONS)}")
    if not isinstance(content.get("terms") or [], list):
        raise _wrong(path, "terms", "is not a list", "begin each term with '- id:'")
    return content


def _mapping(path: Path, entry: str, value: Any) -> Mapping[str, Any]:
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise _wrong(path, entry, "is not a mapping", f"compare it with {BUILT_IN.name}")
    return value


def _words(path: Path, entry: str, key: str, value: Any) -> tuple[str, ...]:
    if value is None:
        return ()
    if not isinstance(value, list) or not all(isinstance(word, str) and word for word in value):
        raise _wrong(path, entry, f"{key} is not a list of words", f"write {key}: [語, 語]")
    return tuple(value)


def _term(path: Path, number: int, entry: Any, spoken: Mapping[str, Sequence[str]]) -> Term:
    name = (
        str(entry.get("id") or f"number {number + 1}")
        if isinstance(entry, dict)
        else f"number {number + 1}"
    )
    entry = _mapping(path, name, entry)
    for key in entry:
        if key not in _KEYS:
            raise _wrong(path, name, f"has the unknown key {key!r}", f"use {', '.join(_KEYS)}")
    for key in ("id", "term", "reading"):
        if not isinstance(entry.get(key), str) or not entry[key].strip():
            raise _wrong(path, name, f"has no {key}", f"add '{key}: …'")
    if not _READING.fullmatch(entry["reading"]):
        raise _wrong(path, name, f"has the reading {entry['reading']!r}", "write it in katakana")
    kind = entry.get("kind", "noun")
    if kind not in KINDS:
        raise _wrong(path, name, f"has the kind {kind!r}", f"use one of {', '.join(KINDS)}")
    homophones = entry.get("homophones", "some")
    if homophones not in HOMOPHONES:
        raise _wrong(
            path, name, f"has the homophones {homophones!r}", f"use one of {', '.join(HOMOPHONES)}"
        )
    flags = {
        "hotword": entry.get("hotword", False),
        "takes_object": entry.get("takes_object", True),
    }
    for key, flag in flags.items():
        if not isinstance(flag, bool):
            raise _wrong(path, name, f"has the {key} {flag!r}", "write true or false")
    listed = functools.partial(_words, path, name)
    rivals = listed("rivals", entry.get("rivals"))
    with_rivals = _mapping(path, name, entry.get("rivals_with"))
    if unknown := sorted(str(word) for word in with_rivals if word not in rivals):
        raise _wrong(
            path, name, f"tells of {unknown[0]!r} under rivals_with", "list it under 'rivals'"
        )
    return Term(
        entry["id"], entry["term"], entry["reading"], kind, homophones, flags["hotword"],
        listed("variants", entry.get("variants")), listed("misspellings", entry.get("misspellings")),
        listed("before", entry.get("before")), listed("after", entry.get("after")),
        listed("for", entry.get("for")), _against(path, name, entry, spoken),
        listed("against_before", entry.get("against_before")), listed("against_after", entry.get("against_after")),
        rivals, _by_rival(listed, with_rivals, spoken), flags["takes_object"],
    )  # fmt: skip


def _against(
    path: Path, name: str, entry: Mapping[str, Any], spoken: Mapping[str, Sequence[str]]
) -> tuple[str, ...]:
    """The words that speak against a term, its own and those of the fields it names."""
    words = list(_words(path, name, "against", entry.get("against")))
    for field_name in _words(path, name, "against_fields", entry.get("against_fields")):
        if field_name not in spoken:
            raise _wrong(
                path, name, f"names the unknown field {field_name!r}", "define it under 'fields'"
            )
        words += spoken[field_name]
    return tuple(dict.fromkeys(words))


def _by_rival(
    listed: Callable[[str, Any], tuple[str, ...]],
    entries: Mapping[str, Any],
    spoken: Mapping[str, Sequence[str]],
) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """The words that speak for each rival, the names of fields replaced by their words."""
    return tuple(
        (rival, tuple(w for word in listed(f"rivals_with {rival}", words) for w in spoken.get(word, (word,))))
        for rival, words in entries.items()
    )  # fmt: skip


def _wrong(path: Path, entry: str, what: str, remedy: str) -> ConfigError:
    return ConfigError(f"glossary {path}, entry {entry}: it {what}; {remedy}")
