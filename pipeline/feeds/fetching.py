"""``fetch``: new episodes of the feeds come into ``data/raw/``."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from pipeline.config import Settings
from pipeline.errors import BansouError
from pipeline.feeds.address import FeedError, check_url, shown
from pipeline.feeds.client import MIB, Client
from pipeline.feeds.episode import Desk, fetch_episode, refresh_episode
from pipeline.feeds.items import Feed, Item
from pipeline.feeds.naming import folded, stem_for
from pipeline.feeds.read import read_feed
from pipeline.feeds.report import Fetched, FetchReport, Report
from pipeline.feeds.state import Known, State, feed_key
from pipeline.store import sweep_half_written

log = logging.getLogger("bansou")

_MOST_FEED = 64 * MIB


@dataclass(frozen=True, slots=True)
class Choice:
    """Which episodes of a feed are wanted.

    Attributes:
        since: published on this day (as the feed writes it) or later; those without a date are left out then.
        limit: the newest so many of each feed.
    """

    since: dt.date | None = None
    limit: int | None = None
    max_bytes: int = 2048 * MIB

    def of(self, items: Sequence[Item]) -> list[Item]:
        """The wanted items, the newest first; a feed's own order decides between equals."""
        old = dt.datetime.min.replace(tzinfo=dt.UTC)
        newest = sorted(items, key=lambda item: item.published_at or old, reverse=True)
        if self.since is not None:
            since = self.since
            newest = [i for i in newest if i.published_at and i.published_at.date() >= since]
        return newest[: self.limit] if self.limit is not None else newest


def fetch(
    settings: Settings,
    urls: Sequence[str],
    choice: Choice | None = None,
    *,
    allow_private: bool = False,
    dry_run: bool = False,
    client: Client | None = None,
    report: Report = lambda _step: None,
) -> FetchReport:
    """Download what the feeds have and ``data/raw/`` has not.

    Args:
        urls: the feeds' addresses.
        choice: which episodes; all where None.
        allow_private: also from addresses of private networks.
        dry_run: ask the feeds, write nothing, and say what would come (``planned``).
        client: for tests.
        report: hears of downloads.

    Returns:
        The report; a feed or an episode that fails never stops the others.

    Raises:
        BusyError: another fetch is running.
        OSError: the data folder cannot be written.
    """
    made = FetchReport()
    own = client or Client(allow_private=allow_private)
    state = State(settings.data / "feeds")
    run = _Run(settings, state, own, choice or Choice(), report, made)
    try:
        if dry_run:
            state.load(settings.raw)
            for url in dict.fromkeys(urls):
                run.feed(url, is_dry=True)
            return made
        with state.lock():
            settings.raw.mkdir(parents=True, exist_ok=True)
            for folder in (settings.raw, state.folder):
                sweep_half_written(folder)
            state.load(settings.raw)
            made.warnings += [state.damage] if state.damage else []
            for url in dict.fromkeys(urls):
                run.feed(url, is_dry=False)
    finally:
        if client is None:
            own.close()
    return made


def fetch_configured(
    settings: Settings, *, dry_run: bool = False, report: Report = lambda _step: None
) -> FetchReport:
    """Fetch what the settings name: ``feeds`` and what stands beside it.

    Raises:
        BusyError: another fetch is running.
        OSError: the data folder cannot be written.
    """
    choice = Choice(settings.feeds_since, settings.feeds_limit, settings.feeds_max_mib * MIB)
    return fetch(
        settings, settings.feeds, choice, allow_private=settings.feeds_allow_private,
        dry_run=dry_run, report=report,
    )  # fmt: skip


def forget_fetched(data: Path, episode_ids: Collection[str]) -> dict[str, list[str]]:
    """Take episodes out of what is remembered of feeds; they do not come back by themselves.

    Args:
        data: the data folder.

    Returns:
        The names of their files in ``raw/``, by stem.

    Raises:
        BusyError: a fetch is running.
    """
    state = State(data / "feeds")
    if state.path.exists():
        with state.lock():
            state.load(data / "raw")
            return state.forget(episode_ids)
    return {}


@dataclass(slots=True)
class _Run:
    settings: Settings
    state: State
    client: Client
    choice: Choice
    report: Report
    made: FetchReport

    def feed(self, url: str, *, is_dry: bool) -> None:
        """One feed, from its address to its episodes."""
        try:
            feed = self._read(check_url(url), is_dry=is_dry)
            feed = replace(feed, url=url, language=feed.language or self.settings.language)
        except FeedError as error:
            log.error("feed: %s", error)  # noqa: TRY400  the message says it all
            self.made.failed.append(str(error))
            return
        for warning in feed.warnings:
            self.made.warnings.append(f"{shown(url)}: {warning}")
            log.warning("%s: %s", shown(url), warning)
        wanted = self.choice.of(feed.items)
        self.made.passed_over += len(feed.items) - len(wanted)
        taken = self._stems()
        for item in wanted:
            known = self.state.find(item, feed_key(url))
            if known is None:
                known = self._new(item, url, taken)
            if is_dry:
                self._plan(known)
                continue
            try:
                self._episode(feed, item, known)
            except BansouError as error:
                log.error("%s: %s", known.stem, error)  # noqa: TRY400
                self.made.failed.append(f"{item.title}: {error}")

    def _read(self, url: str, *, is_dry: bool) -> Feed:
        key = feed_key(url)
        page = self.client.read(
            url, most_bytes=_MOST_FEED, what="feed", headers=self.state.conditions(key)
        )
        if page.moved_to:
            self.made.warnings.append(
                f"{shown(url)}: has moved for good to {shown(page.moved_to)}; write that into your "
                "settings"
            )
        if page.content is None:
            self.made.unchanged_feeds += 1
            kind = self.state.feeds[key].get("type") or ""
            return read_feed(
                self.state.copy_path(key).read_bytes(), url=page.url, content_type=kind
            )
        kind = page.headers.get("Content-Type", "")
        feed = read_feed(page.content, url=page.url, content_type=kind)
        if not is_dry:
            self.state.keep_copy(key, page.content, page.headers, shown(url))
        return feed

    def _stems(self) -> set[str]:
        """Stems in use, whoever made the files."""
        taken = {folded(known.stem) for known in self.state.episodes}
        if self.settings.raw.is_dir():
            for path in self.settings.raw.iterdir():
                name = folded(path.name)
                taken.update(name[:at] for at, sign in enumerate(name) if sign == ".")
        return taken

    def _new(self, item: Item, url: str, taken: set[str]) -> Known:
        stem = stem_for(item, taken)
        taken.add(folded(stem))
        known = Known(
            feed=feed_key(url), identity=item.identity, guid=item.guid, title=item.title,
            published_at=item.when,
            media=item.media_path, stem=stem,
        )  # fmt: skip
        self.state.add(known)
        return known

    def _plan(self, known: Known) -> None:
        if known.is_done:
            self.made.known += 1
        else:
            self.made.planned.append(Fetched(known.title, self.settings.raw / known.stem))

    def _episode(self, feed: Feed, item: Item, known: Known) -> None:
        desk = Desk(self.client, self.state, self.settings.raw, self.choice.max_bytes, self.report)
        if known.is_done:
            self.made.known += 1
            changed, problems = refresh_episode(desk, feed, item, known)
            if changed:
                self.made.updated.append(f"{item.title}: {', '.join(changed)}")
        else:
            path, problems = fetch_episode(desk, feed, item, known)
            self.made.fetched.append(
                Fetched(item.title, path, path.stat().st_size, "transcript" in known.files)
            )
        for problem in problems:
            self.made.warnings.append(f"{item.title}: {problem}")
            log.warning("%s: %s", known.stem, problem)
