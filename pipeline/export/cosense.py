"""Cosense (Scrapbox): the JSON that its page "Import Pages" takes.

Cosense has no way to escape, so marks that mean something there are written full-width.
"""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime

from pipeline import schema
from pipeline.export.clean import clean
from pipeline.export.corpus import Card, Corpus, Episode
from pipeline.export.labels import KINDS, REQUESTS, clock
from pipeline.export.names import Names
from pipeline.export.signals import signal_text
from pipeline.export.wikitext import player_address, web_address

_MARKS = str.maketrans("[]`#", "［］｀＃")
_HEAD = re.compile(r"^(?:([>$%?])|(code|table):|([0-9]+)\.(?= ))")
_INDEX, _GLOSSARY = "知識カードの目次", "知識カードの用語集"


def make_cosense(corpus: Corpus) -> bytes:
    """Pages for import: ``{"pages": [{"title", "created", "updated", "lines"}]}``, first line the title."""
    pages = _Writer(corpus).pages()
    return (json.dumps({"pages": list(pages)}, ensure_ascii=False, indent=1) + "\n").encode()


def plain(text: str) -> str:
    """A text on one line that Cosense shows as it is."""
    line = clean(text).replace("\n", " ").translate(_MARKS).replace("://", "：//")
    return _HEAD.sub(_widen_head, line)


def _widen_head(found: re.Match[str]) -> str:
    if found[1]:
        return chr(ord(found[1]) + 0xFEE0)
    return f"{found[2]}：" if found[2] else f"{found[3]}．"


def _lines(text: str, indent: str = "") -> Iterator[str]:
    for line in clean(text).split("\n"):
        yield indent + plain(line)


class _Writer:
    def __init__(self, corpus: Corpus) -> None:
        self._corpus = corpus
        self._by_episode: dict[str, list[Card]] = defaultdict(list)
        self._by_tag: dict[str, list[Card]] = defaultdict(list)
        for card in corpus.cards.values():
            self._by_episode[card.episode_id].append(card)
            for tag in card.tags:
                self._by_tag[tag].append(card)
        self._titles = self._name_pages()

    def _name_pages(self) -> dict[str, str]:
        """A project has one space of names: tags first, as they change least, then by age."""
        names = Names([_INDEX, _GLOSSARY])
        titles = {
            f"tag:{tag}": names.give(name, tag) for tag, name in self._corpus.tag_names.items()
        }
        for i, episode in sorted(self._corpus.episodes.items()):
            titles[f"episode:{i}"] = names.give(episode.name, i)
        for card in sorted(self._corpus.cards.values(), key=lambda c: (c.first_seen_at, c.card_id)):
            titles[f"card:{card.card_id}"] = names.give(card.name, card.card_id)
        return titles

    def pages(self) -> Iterator[dict[str, object]]:
        corpus = self._corpus
        yield _page(_INDEX, corpus.changed_at, corpus.changed_at, self._index())
        yield _page(_GLOSSARY, corpus.changed_at, corpus.changed_at, self._glossary())
        for tag in corpus.tags:
            moments = [corpus.episodes[c.episode_id].changed_at for c in self._by_tag[tag]]
            changed = max(moments, default=corpus.changed_at)
            yield _page(self._titles[f"tag:{tag}"], changed, changed, self._tag(tag))
        for i, episode in corpus.episodes.items():
            created = episode.published_at or episode.changed_at
            yield _page(
                self._titles[f"episode:{i}"], created, episode.changed_at, self._episode(episode)
            )
        for i, card in corpus.cards.items():
            yield _page(
                self._titles[f"card:{i}"], card.first_seen_at, card.changed_at, self._card(card)
            )

    def _to(self, key: str) -> str:
        return f"[{self._titles[key]}]"

    def _play(self, episode_id: str, start_s: float | None) -> str:
        address = player_address(self._corpus.episodes[episode_id].link, start_s)
        time = clock(start_s)
        return f"[{_bare(address)} {time}]" if address and time else time

    def _card(self, card: Card) -> Iterator[str]:
        if card.shown_body:
            yield from _lines(card.shown_body)
            yield ""
        yield f"> 「{plain(card.quote)}」"
        who = plain(card.speaker)
        yield f"{who} {self._play(card.episode_id, card.start_s)}".strip()
        yield ""
        yield f"回 {self._to(f'episode:{card.episode_id}')}"
        yield f"種類 {KINDS[card.kind]}"
        yield f"求めているもの {REQUESTS[card.request]}"
        if card.tags:
            yield " ".join(["タグ", *(self._to(f"tag:{tag}") for tag in card.tags)])
        yield from self._beside(card)
        yield f"番号 {card.card_id}"

    def _beside(self, card: Card) -> Iterator[str]:
        if card.related:
            yield "関連するカード"
            for other in card.related:
                yield f" {self._to(f'card:{other.card_id}')}（{other.reason}）"
        if card.sources:
            yield "同じ主張の根拠"
            for source in card.sources:
                where = f"{self._to(f'episode:{source.episode_id}')} {self._play(source.episode_id, source.start_s)}"
                yield f" 「{plain(source.quote)}」{where.strip()}"

    def _episode(self, episode: Episode) -> Iterator[str]:
        address = web_address(episode.link)
        if address:
            yield f"[{_bare(address)} この回を再生する]"
        if episode.published_at:
            yield f"公開日 {episode.published_at.date().isoformat()}"
        if episode.guests:
            yield f"ゲスト {'、'.join(plain(guest) for guest in episode.guests)}"
        yield "カード"
        for card in self._by_episode[episode.episode_id]:
            time = self._play(card.episode_id, card.start_s)
            yield f" {time} {self._to(f'card:{card.card_id}')}".replace("  ", " ")

    def _tag(self, tag: str) -> Iterator[str]:
        cards = self._by_tag[tag]
        requests = Counter(card.request for card in cards)
        yield from _lines(self._corpus.tags[tag].definition)
        yield ""
        yield "求めの兆候"
        yield from _lines(signal_text(tag), " ")
        yield from (f" {REQUESTS[name]} {requests[name]}" for name in schema.REQUESTS)
        yield "カード"
        yield from (f" {self._to(f'card:{card.card_id}')}（{KINDS[card.kind]}）" for card in cards)

    def _glossary(self) -> Iterator[str]:
        for word in self._corpus.words:
            yield f"{plain(word.term)}（{word.reading}）"
            if word.variants:
                yield f" ほかの書き方 {'、'.join(plain(v) for v in word.variants)}"
            if word.misheard:
                heard = "、".join(f"{plain(text)}（{count}）" for text, count in word.misheard)
                yield f" 認識の書き違い {heard}"

    def _index(self) -> Iterator[str]:
        yield "タグ"
        yield from (f" {self._to(f'tag:{t}')}（{len(self._by_tag[t])}）" for t in self._corpus.tags)
        yield "回"
        for i in self._corpus.episodes:
            yield f" {self._to(f'episode:{i}')}（{len(self._by_episode[i])}）"
        yield f"[{_GLOSSARY}]"


def _bare(address: str) -> str:
    """An address within brackets: none of them in it."""
    return address.replace("[", "%5B").replace("]", "%5D")


def _page(
    title: str, created: datetime, updated: datetime, lines: Iterable[str]
) -> dict[str, object]:
    return {
        "title": title, "created": int(created.timestamp()), "updated": int(updated.timestamp()),
        "lines": [title, *lines],
    }  # fmt: skip
