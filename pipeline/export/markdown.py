"""A folder of Markdown files with YAML front matter, for Obsidian, GROWI, Wiki.js or any git wiki."""

from __future__ import annotations

import json
import posixpath
import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from pipeline import schema
from pipeline.export.corpus import Card, Corpus, Episode
from pipeline.export.labels import KINDS, REQUESTS, STATUSES, clock
from pipeline.export.markdowntext import Markdown, escape, link, wikilink
from pipeline.export.signals import signal_text
from pipeline.export.templating import render
from pipeline.export.wikitext import player_address, web_address

Flavour = Literal["obsidian", "growi", "wikijs", "git"]
FLAVOURS: tuple[Flavour, ...] = ("obsidian", "growi", "wikijs", "git")

_FOLDERS = {"card": "カード", "episode": "回", "tag": "タグ"}
_WIKIJS_EPISODES = (
    "エピソード"  # Wiki.js takes a first folder of one letter for something of its own
)
_GLOSSARY, _INDEX = "用語集", "目次"
_NOT_TAG = re.compile(r"[^\w/]+")


@dataclass(frozen=True, slots=True)
class _File:
    kind: str
    path: str
    title: str


class MarkdownWriter:
    """All files of a corpus in one flavour.

    Args:
        corpus: what may be shown.
        flavour: obsidian links by name (``[[…]]``), git by relative paths with ``.md``, growi and wikijs
            by relative paths of pages, which have no extension there.
    """

    def __init__(self, corpus: Corpus, flavour: Flavour) -> None:
        self._corpus = corpus
        self._flavour = flavour
        self._by_episode: dict[str, list[Card]] = defaultdict(list)
        self._by_tag: dict[str, list[Card]] = defaultdict(list)
        for card in corpus.cards.values():
            self._by_episode[card.episode_id].append(card)
            for tag in card.tags:
                self._by_tag[tag].append(card)
        self._used: set[str] = set()
        self._files = self._name_files()

    def files(self) -> dict[str, str]:
        """Text by path within the folder."""
        made = [self._index(), self._glossary()]
        made += [self._tag(tag) for tag in self._corpus.tags]
        made += [self._episode(episode) for episode in self._corpus.episodes.values()]
        made += [self._card(card) for card in self._corpus.cards.values()]
        return dict(made)

    # -- names and links --------------------------------------------------------------------

    def _name_files(self) -> dict[str, _File]:
        files = {"index": _File("index", self._path("", _INDEX), _INDEX)}
        files["glossary"] = _File("glossary", self._path("", _GLOSSARY), _GLOSSARY)
        for tag, name in self._corpus.tag_names.items():
            files[f"tag:{tag}"] = _File("tag", self._path("tag", name), self._corpus.tags[tag].name)
        for i, episode in self._corpus.episodes.items():
            files[f"episode:{i}"] = _File(
                "episode", self._path("episode", episode.name), episode.title
            )
        # Oldest first, as their names were given: who is younger keeps making room.
        oldest = sorted(self._corpus.cards.values(), key=lambda c: (c.first_seen_at, c.card_id))
        for card in oldest:
            files[f"card:{card.card_id}"] = _File("card", self._path("card", card.name), card.title)
        return files

    def _path(self, kind: str, name: str) -> str:
        """A file's path without its extension.

        Obsidian finds a file by its name alone, so there a name is used once in all folders.
        """
        name = name.replace("%", "％")
        if self._flavour == "wikijs":  # it takes dots and spaces out of its paths
            name = name.replace(".", "．").replace(" ", "-")
        folder = _FOLDERS.get(kind, "")
        if kind == "episode" and self._flavour == "wikijs":
            folder = _WIKIJS_EPISODES
        key = name if self._flavour == "obsidian" else f"{folder}/{name}"
        if key.casefold() in self._used:
            name = f"{name}（{folder}）"
            key = name if self._flavour == "obsidian" else f"{folder}/{name}"
        self._used.add(key.casefold())
        return posixpath.join(folder, name)

    def _to(self, key: str, here: str) -> Markdown:
        file = self._files[key]
        if self._flavour == "obsidian":
            return wikilink(posixpath.basename(file.path), file.title)
        start = posixpath.dirname(self._files[here].path) or "."
        path = posixpath.relpath(file.path, start)
        if self._flavour == "git":
            path = f"{path}.md"
        elif not path.startswith("."):  # so that it is read as a path, never as an address
            path = f"./{path}"
        return link(path, file.title)

    def _play(self, episode_id: str, start_s: float | None) -> Markdown:
        address = player_address(self._corpus.episodes[episode_id].link, start_s)
        time = clock(start_s)
        return link(address, time) if address and time else Markdown(time)

    # -- files ------------------------------------------------------------------------------

    def _card(self, card: Card) -> tuple[str, str]:
        key = f"card:{card.card_id}"
        episode = self._corpus.episodes[card.episode_id]
        tags = [self._corpus.tags[tag].name for tag in card.tags]
        matter = {
            "card_id": card.card_id, "kind": KINDS[card.kind], "episode": episode.title,
            "speaker": card.speaker, "start_s": card.start_s, "request": REQUESTS[card.request],
            "review": STATUSES[card.review_status], "content_sha256": card.content_sha256,
        }  # fmt: skip
        body = render(
            "card.md", escape, card=card, kind=KINDS[card.kind], time=self._play(card.episode_id, card.start_s),
            episode=self._to(f"episode:{card.episode_id}", key), published=_day(episode.published_at),
            tags=[self._to(f"tag:{tag}", key) for tag in card.tags], request=REQUESTS[card.request],
            related=[(self._to(f"card:{other.card_id}", key), other.reason) for other in card.related],
            sources=[
                (s.quote, self._to(f"episode:{s.episode_id}", key), self._play(s.episode_id, s.start_s))
                for s in card.sources
            ],
        )  # fmt: skip
        return self._file(
            key, body, [KINDS[card.kind], *tags], card.first_seen_at, card.changed_at,
            describe=card.shown_body or f"「{card.quote}」", more=matter,
        )  # fmt: skip

    def _episode(self, episode: Episode) -> tuple[str, str]:
        key = f"episode:{episode.episode_id}"
        cards = self._by_episode[episode.episode_id]
        address = web_address(episode.link)
        body = render(
            "episode.md", escape, player=link(address, "この回を再生する") if address else "",
            published=_day(episode.published_at) or "不明", length=clock(episode.duration_s) or "不明",
            guests="、".join(episode.guests) or "なし",
            chapters=[
                (self._play(episode.episode_id, c.start_s), self._to(f"card:{c.card_id}", key) if c.card_id else c.title)
                for c in episode.chapters
            ],
            cards=[
                (self._play(c.episode_id, c.start_s), self._to(f"card:{c.card_id}", key), KINDS[c.kind])
                for c in cards
            ],
        )  # fmt: skip
        matter = {"episode_id": episode.episode_id, "guests": list(episode.guests)}
        if address:
            matter["link"] = address
        return self._file(
            key, body, ["回"], episode.published_at or episode.changed_at, episode.changed_at,
            describe="この回から取り出した知識カードの一覧です。", more=matter,
        )  # fmt: skip

    def _tag(self, tag: str) -> tuple[str, str]:
        key, cards = f"tag:{tag}", self._by_tag[tag]
        requests = Counter(card.request for card in cards)
        groups = [
            (KINDS[kind], [
                (self._to(f"card:{c.card_id}", key), self._to(f"episode:{c.episode_id}", key))
                for c in cards if c.kind == kind
            ])
            for kind in schema.CARD_KINDS
        ]  # fmt: skip
        definition = self._corpus.tags[tag]
        body = render(
            "tag.md", escape, definition=definition.definition, signal=signal_text(tag),
            requests=[(REQUESTS[name], requests[name]) for name in schema.REQUESTS],
            groups=[group for group in groups if group[1]],
        )  # fmt: skip
        moments = [self._corpus.episodes[c.episode_id].changed_at for c in cards]
        changed_at = max(moments, default=self._corpus.changed_at)
        return self._file(
            key, body, ["タグ"], changed_at, changed_at, describe=definition.definition, more={"tag": tag}
        )  # fmt: skip

    def _glossary(self) -> tuple[str, str]:
        tags = {definition.name: tag for tag, definition in self._corpus.tags.items()}
        words = [
            {
                "term": self._to(f"tag:{tags[w.term]}", "glossary") if w.term in tags else w.term,
                "reading": w.reading, "variants": "、".join(w.variants),
                "misheard": "、".join(f"{text}（{count}）" for text, count in w.misheard),
                "cards": len(w.card_ids),
            }
            for w in self._corpus.words
        ]  # fmt: skip
        # A pipe within a link would end the table's cell.
        for word in words:
            word["term"] = Markdown(escape(word["term"]).replace("|", r"\|"))
        return self._whole(
            "glossary",
            render("glossary.md", escape, words=words),
            "用語と読み、認識の書き違いです。",
        )

    def _index(self) -> tuple[str, str]:
        body = render(
            "index.md", escape, glossary=self._to("glossary", "index"),
            tags=[(self._to(f"tag:{tag}", "index"), len(self._by_tag[tag])) for tag in self._corpus.tags],
            episodes=[(self._to(f"episode:{i}", "index"), len(self._by_episode[i])) for i in self._corpus.episodes],
        )  # fmt: skip
        return self._whole("index", body, "番組から取り出した知識カードの目次です。")

    def _whole(self, key: str, body: str, describe: str) -> tuple[str, str]:
        moment = self._corpus.changed_at
        return self._file(key, body, [], moment, moment, describe=describe, more={})

    def _file(
        self, key: str, body: str, tags: Sequence[str], created: datetime, changed: datetime, *,
        describe: str, more: Mapping[str, Any],
    ) -> tuple[str, str]:  # fmt: skip
        file = self._files[key]
        matter = self._front_matter(file.title, tags, created, changed, describe) | dict(more)
        heading = "" if self._flavour == "wikijs" else f"# {escape(file.title)}\n\n"
        text = f"---\n{_yaml(matter)}---\n\n{heading}{body.strip()}\n"
        return f"{file.path}.md", re.sub(r"\n{3,}", "\n\n", text)

    def _front_matter(
        self, title: str, tags: Sequence[str], created: datetime, changed: datetime, describe: str
    ) -> dict[str, Any]:
        """The keys that each wiki reads; the rest of them ignores what it does not know."""
        if self._flavour == "wikijs":  # its importer wants a text, and both dates
            return {
                "title": title, "description": _short(describe), "published": True, "date": _moment(changed),
                "tags": ", ".join(tag.replace(",", "，") for tag in tags), "editor": "markdown",
                "dateCreated": _moment(created),
            }  # fmt: skip
        dates = {"created": _moment(created), "updated": _moment(changed)}
        if (
            self._flavour == "obsidian"
        ):  # it knows times without a zone; tags of letters, digits, _ - /
            dates = {name: moment.removesuffix(".000Z") for name, moment in dates.items()}
            return {"title": title, "aliases": [title], "tags": [_tag_of(t) for t in tags], **dates}
        return {"title": title, "tags": list(tags), **dates}


def write_markdown(corpus: Corpus, flavour: Flavour) -> dict[str, str]:
    """Markdown files of a corpus: text by path, ``/`` between folders."""
    return MarkdownWriter(corpus, flavour).files()


def _yaml(matter: Mapping[str, Any]) -> str:
    """Lines of YAML whose every value is JSON: no reader takes ``no`` or ``1e3`` for anything else."""
    return "".join(
        f"{key}: {json.dumps(value, ensure_ascii=False)}\n" for key, value in matter.items()
    )


def _tag_of(name: str) -> str:
    return _NOT_TAG.sub("-", name.replace("：", "/")).strip("-/")


def _short(text: str) -> str:
    text = text.replace("\n", " ")
    return text if len(text) <= 120 else f"{text[:119]}…"


def _moment(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")


def _day(moment: datetime | None) -> str:
    return moment.date().isoformat() if moment else ""
