"""The page of an episode as HTML."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

from pipeline.report.audio import Sound
from pipeline.report.html import render
from pipeline.report.model import EpisodePage
from pipeline.report.palette import in_rows
from pipeline.schema import REQUESTS
from pipeline.taxonomy import TagDef

SCRIPTS = ("base.js", "sound.js", "filter.js", "find.js", "lines.js")


def make_episode(
    page: EpisodePage,
    sound: Sound | None,
    tags: Mapping[str, TagDef],
    *,
    titles: Mapping[str, str],
    episode_titles: Mapping[str, str],
    href: Callable[[str], str | None] = lambda _: None,
    root: str | None = None,
) -> bytes:
    """The page of an episode.

    Args:
        page: what it shows.
        sound: where its sound comes from; None for a page without a player.
        tags: names and definitions.
        titles: titles of its cards and of those they are related to, by id.
        episode_titles: titles of the episodes that its cards' further evidence is from.
        href: the address of another episode's card; None where there is none.
        root: the way to the top of the site the page is part of; None for a page of its own.
    """
    hrefs = {
        other.card_id: href(other.card_id) for placed in page.cards for other in placed.card.related
    } | {placed.card.card_id: f"#c-{placed.card.card_id}" for placed in page.cards}
    return render(
        "episode.html", SCRIPTS, page=page, sound=sound, tags=tags, titles=titles, hrefs=hrefs,
        episode_titles=episode_titles, site=root is not None, root=root, here="",
        notes=notes_of(page, has_sound=sound is not None), **counts_of(page),
    )  # fmt: skip


def notes_of(page: EpisodePage, *, has_sound: bool) -> list[str]:
    """What a reader must know to judge what he sees."""
    has_times = any(line.start_s is not None for line in page.lines)
    notes = []
    if not has_sound:
        notes.append(
            "音声ファイルがないので、文字だけのページです。"
            + ("" if has_times else "元の文字起こしに時刻がないので、番号は発言の順番です。")
        )
    elif not has_times:
        notes.append("元の文字起こしに時刻がないので、発言を選んでも音声は動きません。")
    if page.is_estimated:
        notes.append("時刻の一部は、元の文字起こしの前後の時刻から割り出した目安です。")
    if not page.has_speakers:
        notes.append("話者は分けていません。")
    if page.dropped:
        notes.append(
            f"話していない言葉を認識が作ったとみられる {page.dropped} か所は除いてあります。"
        )
    if page.model:
        notes.append(f"音声認識のモデル：{page.model}。")
    return notes


def counts_of(page: EpisodePage) -> dict[str, Any]:
    """How many passages each filter shows."""
    tagged = Counter(tag for passage in page.passages for tag in passage.tags)
    rows = [(name, [(tag, tagged[tag]) for tag in found]) for name, found in in_rows(set(tagged))]
    asked = Counter(request for passage in page.passages for request in passage.requests)
    return {
        "tag_rows": rows,
        "requests": [(name, asked[name]) for name in REQUESTS if asked[name]],
        "fixes": sum(passage.fixes for passage in page.passages),
        "with_cards": sum(bool(passage.cards) for passage in page.passages),
        "with_fixes": sum(bool(passage.fixes) for passage in page.passages),
    }
