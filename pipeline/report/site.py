"""The pages of a site that are of no single episode: episodes, tags, cards, search."""

from __future__ import annotations

import functools
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from pipeline.export.corpus import Card, Corpus
from pipeline.report.html import json_within, render
from pipeline.report.model import Moment
from pipeline.report.palette import in_order, in_rows

_AROUND = 60  # characters shown on either side of a tag's evidence


@dataclass(frozen=True, slots=True)
class Site:
    """What is shown, and the file of each episode, relative to the site's top."""

    corpus: Corpus
    pages: Mapping[str, str]

    def page_href(self, episode_id: str) -> str:
        """The address of an episode's page."""
        return quote(self.pages[episode_id])

    def card_href(self, card_id: str) -> str | None:
        """The address of a card; None where the site has none of that id."""
        card = self.corpus.cards.get(card_id)
        return f"{self.page_href(card.episode_id)}#c-{card_id}" if card else None

    def tag_file(self, tag: str) -> str:
        return f"tags/{self.corpus.tag_names[tag]}.html"


@dataclass(frozen=True, slots=True)
class Seen:
    """A passage on a tag's page: what stands before its evidence, the evidence, what stands behind."""

    moment: Moment
    before: str
    evidence: str
    after: str


def make_site_pages(site: Site, moments: Sequence[Moment]) -> dict[str, Callable[[], bytes]]:
    """Makers of the pages, by file."""
    by_tag: dict[str, list[Seen]] = defaultdict(list)
    for moment in moments:
        for tag in moment.evidence:
            by_tag[tag].append(_seen(moment, tag))
    of_tag: dict[str, list[Card]] = defaultdict(list)
    for card in site.corpus.cards.values():
        for tag in card.tags:
            of_tag[tag].append(card)
    used = in_order(set(by_tag) | set(of_tag))
    made: dict[str, Callable[[], bytes]] = {
        "index.html": functools.partial(_index, site),
        "tags.html": functools.partial(_tags, site, used, by_tag, of_tag),
        "cards.html": functools.partial(_cards, site),
        "search.html": functools.partial(_search, site, moments),
    }
    for tag in used:
        made[site.tag_file(tag)] = functools.partial(_tag, site, tag, by_tag[tag], of_tag[tag])
    return made


def _seen(moment: Moment, tag: str) -> Seen:
    evidence, text = moment.evidence[tag], " ".join(moment.texts)
    at = text.find(evidence) if evidence else -1
    if at < 0:  # it runs over the end of an utterance
        return Seen(moment, "", "", text[: 2 * _AROUND])
    end = at + len(evidence)
    before = ("…" if at > _AROUND else "") + text[max(0, at - _AROUND) : at]
    after = text[end : end + _AROUND] + ("…" if len(text) > end + _AROUND else "")
    return Seen(moment, before, evidence, after)


def _index(site: Site) -> bytes:
    counts = Counter(card.episode_id for card in site.corpus.cards.values())
    tags: dict[str, Counter[str]] = defaultdict(Counter)
    for card in site.corpus.cards.values():
        tags[card.episode_id].update(card.tags)
    top = {
        i: [tag for tag, _ in sorted(found.items(), key=lambda f: (-f[1], f[0]))[:4]]
        for i, found in tags.items()
    }  # fmt: skip
    return render(
        "index.html", (), site=site, root="", here="index.html", counts=counts, top=top,
        tags=site.corpus.tags,
    )  # fmt: skip


def _tags(
    site: Site, used: Sequence[str], by_tag: Mapping[str, list[Seen]], of_tag: Mapping[str, list[Card]]
) -> bytes:  # fmt: skip
    rows = {tag: (len(by_tag.get(tag, ())), len(of_tag.get(tag, ()))) for tag in used}
    return render(
        "tags.html", (), site=site, root="", here="tags.html", rows=rows,
        groups=in_rows(set(used)), tags=site.corpus.tags,
        hrefs={tag: quote(site.tag_file(tag)) for tag in used},
    )  # fmt: skip


def _tag(site: Site, tag: str, seen: Sequence[Seen], cards: Sequence[Card]) -> bytes:
    by_episode: dict[str, list[Seen]] = defaultdict(list)
    for found in seen:
        by_episode[found.moment.episode_id].append(found)
    return render(
        "tag.html", (), site=site, root="../", here="", tag=tag, seen=by_episode, cards=cards,
        tags=site.corpus.tags,
    )  # fmt: skip


def _cards(site: Site) -> bytes:
    cards = list(site.corpus.cards.values())
    kinds = Counter(card.kind for card in cards)
    tags = Counter(tag for card in cards for tag in card.tags)
    return render(
        "cards.html", ("base.js", "cards.js"), site=site, root="", here="cards.html", cards=cards,
        kinds=kinds, used=[(tag, tags[tag]) for tag in in_order(set(tags))], tags=site.corpus.tags,
    )  # fmt: skip


def _search(site: Site, moments: Sequence[Moment]) -> bytes:
    """The index holds each text once: cards, and passages with their utterances in order."""
    numbers = {episode_id: number for number, episode_id in enumerate(site.corpus.episodes)}
    content = {
        "episodes": [
            [site.page_href(i), e.title, e.published_at.date().isoformat() if e.published_at else ""]
            for i, e in site.corpus.episodes.items()
        ],
        "cards": [
            [numbers[c.episode_id], c.card_id, c.title, c.shown_body, c.quote]
            for c in site.corpus.cards.values()
        ],
        "passages": [
            [numbers[m.episode_id], m.first_line, [s if s is None else int(s) for s in m.starts], list(m.texts)]
            for m in moments
        ],
    }  # fmt: skip
    return render(
        "search.html", ("base.js", "search.js"), site=site, root="", here="search.html",
        index=json_within(content),
    )  # fmt: skip
