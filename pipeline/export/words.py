"""The glossary as a wiki shows it: the words of the field, and how recognition misspelled them."""

from __future__ import annotations

import functools
from collections import Counter, defaultdict
from collections.abc import Sequence
from pathlib import Path

from pipeline.config import Settings
from pipeline.export.clean import one_line
from pipeline.export.corpus import Card, Word
from pipeline.export.tags import file_mark
from pipeline.glossary import Glossary, Term, load_glossary
from pipeline.store import Store


def read_words(
    store: Store, settings: Settings, episode_ids: Sequence[str], cards: Sequence[Card]
) -> tuple[Word, ...]:
    """The glossary: built-in terms, and of the team's own those that the cards shown say.

    A team's glossary names its customers too, so what no public card says stays here.
    """
    files = settings.glossary_files
    built_in = {term.id: term for term in _glossary((), ()).terms}
    misheard: dict[str, Counter[str]] = defaultdict(Counter)
    for episode_id in episode_ids:
        for repair in store.read("repairs", episode_id).to_pylist():
            if repair["before"] != repair["after"]:
                misheard[repair["term_id"]][one_line(repair["before"])] += 1
    texts = "\n".join(f"{card.title}\n{card.body}\n{card.quote}" for card in cards)
    found = []
    for term in _glossary(files, tuple(file_mark(path) for path in files)).terms:
        said = tuple(card.card_id for card in cards if _says(card, term))
        own = built_in.get(term.id)
        if own is None and not said:
            continue
        variants = tuple(v for v in term.variants if (own and v in own.variants) or v in texts)
        spelt = term.term if own is None or term.term in texts else own.term
        most = sorted(misheard[term.id].items(), key=lambda item: (-item[1], item[0]))
        found.append(Word(one_line(spelt), term.reading, variants, tuple(most), said))
    return tuple(sorted(found, key=lambda word: (word.reading, word.term)))


@functools.lru_cache(maxsize=4)
def _glossary(paths: tuple[Path, ...], _marks: object) -> Glossary:
    return load_glossary(*paths)


def _says(card: Card, term: Term) -> bool:
    return any(term.term in text for text in (card.title, card.body, card.quote))
