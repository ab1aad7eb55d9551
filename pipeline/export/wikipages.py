"""Writes the pages of a wiki out of a corpus."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from pipeline import schema
from pipeline.export.corpus import Card, Corpus, Episode
from pipeline.export.labels import KINDS, REQUESTS, STATUSES, TAG_GROUPS, clock
from pipeline.export.names import safe_name
from pipeline.export.pages import Kind, Page, PageOptions, stored_text
from pipeline.export.read import ExportError
from pipeline.export.signals import signal_text
from pipeline.export.templating import render
from pipeline.export.wikitext import Wikitext, escape, external, link, player_address, web_address

TEMPLATE = "知識カード"
STYLES = f"{TEMPLATE}/styles.css"
# When the texts of these pages last changed; move it when a template changes.
TEMPLATE_CHANGED_AT = datetime(2026, 11, 22, 10, tzinfo=UTC)
_VERSION_DIGITS = 12
_SEPARATOR = Wikitext("、")


class Writer:
    """All pages of a corpus."""

    def __init__(self, corpus: Corpus, options: PageOptions) -> None:
        self._corpus = corpus
        self._prefix = options.prefix
        self._root = f"Category:{options.root}"
        self._has_styles = options.templatestyles
        self._by_episode: dict[str, list[Card]] = defaultdict(list)
        self._by_tag: dict[str, list[Card]] = defaultdict(list)
        for card in corpus.cards.values():
            self._by_episode[card.episode_id].append(card)
            for tag in card.tags:
                self._by_tag[tag].append(card)
        self._guests = self._name_guests()

    def pages(self) -> list[Page]:
        """See :func:`pipeline.export.pages.pages`."""
        made = [
            *self._templates(),
            self._index(),
            self._glossary(),
            *(self._tag(tag) for tag in self._corpus.tags),
            *(self._episode(episode) for episode in self._corpus.episodes.values()),
            *(self._card(card) for card in self._corpus.cards.values()),
            *self._categories(),
        ]
        seen: dict[str, str] = {}
        for page in made:
            if page.title in seen:
                raise ExportError(
                    f"{seen[page.title]} and {page.key} would both be the page {page.title!r}; "
                    "choose another --prefix"
                )
            seen[page.title] = page.key
        return made

    # -- titles -----------------------------------------------------------------------------

    def _title(self, *parts: str) -> str:
        title = self._prefix + "/".join(parts)
        return title[:1].upper() + title[1:]

    def _card_title(self, card_id: str) -> str:
        return self._title(self._corpus.cards[card_id].name)

    def _episode_title(self, episode_id: str) -> str:
        return self._title("回", self._corpus.episodes[episode_id].name)

    def _tag_title(self, tag: str) -> str:
        return self._title("タグ", self._corpus.tag_names[tag])

    def _category(self, *parts: str) -> str:
        return "/".join([self._root, *parts])

    def _name_guests(self) -> dict[str, str]:
        """Guests whose names differ in signs alone share a category."""
        found = {g for e in self._corpus.episodes.values() for g in e.guests}
        return {guest: name for guest in sorted(found) if (name := safe_name(guest))}

    # -- links ------------------------------------------------------------------------------

    def _to_card(self, card_id: str) -> Wikitext:
        return link(self._card_title(card_id), self._corpus.cards[card_id].title)

    def _to_episode(self, episode_id: str) -> Wikitext:
        return link(self._episode_title(episode_id), self._corpus.episodes[episode_id].title)

    def _to_tag(self, tag: str) -> Wikitext:
        return link(self._tag_title(tag), self._corpus.tags[tag].name)

    def _play(self, episode_id: str, start_s: float | None) -> Wikitext:
        """The time, a link that plays it where the episode has one."""
        address = player_address(self._corpus.episodes[episode_id].link, start_s)
        return external(address, Wikitext(clock(start_s)))

    # -- pages ------------------------------------------------------------------------------

    def _page(
        self, kind: Kind, key: str, title: str, template: str, *, changed_at: datetime | None = None,
        categories: Sequence[str] = (), **values: object,
    ) -> Page:  # fmt: skip
        text = render(template, escape, categories=[Wikitext(c) for c in categories], **values)
        return Page(
            title, stored_text(text), kind, changed_at or self._corpus.changed_at, key,
            categories=tuple(categories),
        )  # fmt: skip

    def _card(self, card: Card) -> Page:
        episode = self._corpus.episodes[card.episode_id]
        categories = [
            self._category("種類", KINDS[card.kind]),
            *(self._category("タグ", self._corpus.tag_names[tag]) for tag in card.tags),
            self._category("回", episode.name),
            *self._guest_categories(episode),
        ]
        values = {
            "template": Wikitext(TEMPLATE), "kind": KINDS[card.kind],
            "episode": self._to_episode(card.episode_id),
            "time": self._play(card.episode_id, card.start_s), "published": _day(episode.published_at),
            "tags": _joined(self._to_tag(tag) for tag in card.tags) or "なし",
            "request": REQUESTS[card.request], "status": STATUSES[card.review_status],
            "related": self._related(card) or "なし", "sources": self._sources(card) or "なし",
            "version": card.content_sha256[:_VERSION_DIGITS],
        }  # fmt: skip
        text = render(
            "card.wiki", escape, card=card, categories=[Wikitext(c) for c in categories], **values
        )
        return Page(
            self._card_title(card.card_id), stored_text(text), "card", card.changed_at,
            f"card:{card.card_id}", card.card_id, card.episode_id, None, tuple(categories),
            card.content_sha256,
        )  # fmt: skip

    def _related(self, card: Card) -> Wikitext:
        return _joined(
            Wikitext(f"{self._to_card(other.card_id)}（{escape(other.reason)}）")
            for other in card.related
        )

    def _sources(self, card: Card) -> Wikitext:
        return _joined(
            Wikitext(
                f"「{escape(source.quote)}」（{self._to_episode(source.episode_id)} "
                f"{self._play(source.episode_id, source.start_s)}）"
            )
            for source in card.sources
        )

    def _guest_categories(self, episode: Episode) -> list[str]:
        names = [self._guests[guest] for guest in episode.guests if guest in self._guests]
        return [self._category("ゲスト", name) for name in dict.fromkeys(names)]

    def _episode(self, episode: Episode) -> Page:
        episode_id, address = episode.episode_id, web_address(episode.link)
        facts = [
            ("公開日", _day(episode.published_at) or "不明"),
            ("長さ", Wikitext(clock(episode.duration_s)) or "不明"),
            ("ゲスト", _joined(
                link(self._category("ゲスト", self._guests[g]), g) for g in episode.guests if g in self._guests
            ) or "なし"),
            ("音声認識", episode.model or "文字起こしを使用"),
            ("番号", episode_id),
        ]  # fmt: skip
        page = self._page(
            "episode", f"episode:{episode_id}", self._episode_title(episode_id), "episode.wiki",
            changed_at=episode.changed_at,
            categories=[self._category("回", episode.name), *self._guest_categories(episode)],
            player=external(address, "この回を再生する") if address else "", facts=facts,
            chapters=[
                (self._play(episode_id, c.start_s), self._to_card(c.card_id) if c.card_id else c.title)
                for c in episode.chapters
            ],
            cards=[
                (self._play(episode_id, c.start_s), self._to_card(c.card_id), KINDS[c.kind])
                for c in self._by_episode[episode_id]
            ],
        )  # fmt: skip
        return _with(page, episode_id=episode_id)

    def _tag(self, tag: str) -> Page:
        cards = self._by_tag[tag]
        requests = Counter(card.request for card in cards)
        groups = [
            (KINDS[kind], [(self._to_card(c.card_id), self._to_episode(c.episode_id)) for c in cards if c.kind == kind])
            for kind in schema.CARD_KINDS
        ]  # fmt: skip
        page = self._page(
            "tag", f"tag:{tag}", self._tag_title(tag), "tag.wiki",
            changed_at=self._newest(cards), categories=[self._category("タグ")],
            definition=self._corpus.tags[tag].definition, signal=signal_text(tag),
            requests=[(REQUESTS[name], requests[name]) for name in schema.REQUESTS],
            groups=[group for group in groups if group[1]],
        )  # fmt: skip
        return _with(page, tag=tag)

    def _newest(self, cards: Iterable[Card]) -> datetime:
        """A tag's page changes with its cards, also when one of them is gone: with its episode."""
        episodes = {card.episode_id for card in cards}
        moments = [self._corpus.episodes[i].changed_at for i in episodes]
        return max(moments, default=self._corpus.changed_at)

    def _glossary(self) -> Page:
        tags = {definition.name: tag for tag, definition in self._corpus.tags.items()}
        words = [
            {
                "term": self._to_tag(tags[word.term]) if word.term in tags else word.term,
                "reading": word.reading, "variants": "、".join(word.variants),
                "misheard": "、".join(f"{text}（{count}）" for text, count in word.misheard),
                "cards": len(word.card_ids),
            }
            for word in self._corpus.words
        ]  # fmt: skip
        return self._page(
            "glossary", "glossary", self._title("用語集"), "glossary.wiki", words=words,
            categories=[self._root],
        )  # fmt: skip

    def _index(self) -> Page:
        kinds = Counter(card.kind for card in self._corpus.cards.values())
        return self._page(
            "index", "index", self._title("目次"), "index.wiki", categories=[self._root],
            kinds=[
                (link(self._category("種類", KINDS[kind]), KINDS[kind]), kinds[kind])
                for kind in schema.CARD_KINDS
            ],
            tags=[(self._to_tag(tag), len(self._by_tag[tag])) for tag in self._corpus.tags],
            episodes=[
                (self._to_episode(i), len(self._by_episode[i])) for i in self._corpus.episodes
            ],
            glossary=link(self._title("用語集"), "用語集"),
        )  # fmt: skip

    def _templates(self) -> list[Page]:
        styles = Wikitext(STYLES) if self._has_styles else ""
        page = self._page(
            "template", "template", f"Template:{TEMPLATE}", "template.wiki", styles=styles,
            changed_at=TEMPLATE_CHANGED_AT, categories=[self._root],
        )  # fmt: skip
        if not self._has_styles:
            return [page]
        text = stored_text(render("styles.css", escape))
        css = Page(
            f"Template:{STYLES}", text, "style", TEMPLATE_CHANGED_AT, "style",
            model="sanitized-css", format="text/css",
        )  # fmt: skip
        return [page, css]

    # -- categories -------------------------------------------------------------------------

    def _categories(self) -> Iterable[Page]:
        yield self._category_page("番組から取り出した知識カードのページです。", parents=())
        for group, text in (
            ("種類", "主張の種類で分けた知識カードです。"), ("タグ", "主題で分けた知識カードです。"),
            ("回", "番組の回で分けた知識カードです。"), ("ゲスト", "ゲストで分けた知識カードです。"),
        ):  # fmt: skip
            yield self._category_page(text, group)
        for kind in schema.CARD_KINDS:
            yield self._category_page(
                f"種類が「{KINDS[kind]}」の知識カードです。", "種類", KINDS[kind]
            )
        for tag, definition in self._corpus.tags.items():
            group = TAG_GROUPS.get(tag.partition(".")[0], "")
            note = Wikitext(f"{self._to_tag(tag)}{f'（{group}）' if group else ''}：{escape(definition.definition)}")  # fmt: skip
            yield self._category_page(note, "タグ", self._corpus.tag_names[tag])
        for episode_id, episode in self._corpus.episodes.items():
            note = Wikitext(f"{self._to_episode(episode_id)}の知識カードです。")
            yield self._category_page(note, "回", episode.name)
        for name in sorted(set(self._guests.values())):
            yield self._category_page(f"{name}さんがゲストの回の知識カードです。", "ゲスト", name)

    def _category_page(self, text: str, *parts: str, parents: Sequence[str] | None = None) -> Page:
        title = self._category(*parts)
        above = [self._category(*parts[:-1])] if parents is None else parents
        key = ":".join(["category", *parts])
        return self._page(
            "category", key, title, "category.wiki", text=text, categories=above,
            changed_at=TEMPLATE_CHANGED_AT,
        )  # fmt: skip


def _with(page: Page, **more: str) -> Page:
    import dataclasses

    return dataclasses.replace(page, **more)  # type: ignore[arg-type]


def _joined(parts: Iterable[Wikitext]) -> Wikitext:
    return Wikitext(_SEPARATOR.join(parts))


def _day(moment: datetime | None) -> str:
    return moment.date().isoformat() if moment else ""
