"""``push`` and ``pull``: from the data folder to a wiki, and what people wrote there back."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from filelock import FileLock, Timeout

from pipeline import schema
from pipeline.config import Settings
from pipeline.errors import BusyError, ConfigError
from pipeline.export.pages import PageOptions, pages
from pipeline.export.read import read_episodes
from pipeline.export.tags import read_tags
from pipeline.review.decide import decide
from pipeline.review.overlay import Review
from pipeline.review.tables import audience_of, read_ledger, read_reviewed, read_reviews
from pipeline.run.corpus import link_corpus
from pipeline.store import Store, write_parquet
from pipeline.wiki.cardpage import NoCardError
from pipeline.wiki.http import Pace, Server, check_url
from pipeline.wiki.ledger import Entry, Ledger
from pipeline.wiki.mediawiki import MediaWiki
from pipeline.wiki.notice import notices
from pipeline.wiki.plan import Wanted
from pipeline.wiki.pull import Edited, Found, Pulled, acknowledge, find_edited, read_edits
from pipeline.wiki.push import push_pages
from pipeline.wiki.rebuild import rebuild, too_many_gone
from pipeline.wiki.report import OnPage, Report, tell_nobody
from pipeline.wiki.secrets import find_login
from pipeline.wiki.site import Site

log = logging.getLogger("bansou")

TellGone = Callable[[Sequence[Entry], Mapping[str, Mapping[str, Any]]], list[Wanted]]


@dataclass(frozen=True, slots=True)
class PushOptions:
    """How to push and pull.

    Attributes:
        pages: prefix and the like.
        rate: pages a minute at most; 0 for as fast as the wiki answers.
        insecure: send the password unencrypted to another machine.
        dry_run: look, and write nothing, neither there nor here.
        recreate: make pages again that people have deleted.
        many_gone: go on where more than half of the pages would get a notice.
    """

    pages: PageOptions = field(default_factory=PageOptions)
    rate: float = 0.0
    insecure: bool = False
    dry_run: bool = False
    recreate: bool = False
    many_gone: bool = False


def push_mediawiki(
    settings: Settings,
    url: str,
    *,
    options: PushOptions | None = None,
    on_page: OnPage = tell_nobody,
    pace: Pace | None = None,
) -> Report:
    """Bring a MediaWiki up to date.

    Args:
        settings: data folder, taxonomy and glossary.
        url: of the wiki or its ``api.php``.
        options: how.
        on_page: told of each page: what becomes of it, and its title.
        pace: for tests.

    Raises:
        ConfigError: the address or the password is missing or wrong.
        WikiError: the wiki is out of reach or refuses; what is done is kept.
        BansouError: a table cannot be read.
    """
    options = options or PushOptions()
    store = Store(settings.processed)
    url = check_url(url, insecure=options.insecure)
    made = pages(store, settings, options=options.pages)
    with (
        _connected(url, pace or Pace(options.rate)) as site,
        held_ledger(store, site.api) as ledger,
    ):
        report = push_to(
            site, store, [Wanted.of(page) for page in made], ledger, options=options,
            tell_gone=lambda gone, ids: notices(gone, ids, made), on_page=on_page,
        )  # fmt: skip
    if not options.dry_run:
        log.info("wiki: pushed to %s: %s", site.api, report.summary)
    return report


def push_to(
    site: Site,
    store: Store,
    wanted: Sequence[Wanted],
    ledger: Ledger,
    *,
    options: PushOptions,
    tell_gone: TellGone,
    on_page: OnPage,
) -> Report:
    """Push pages to a wiki that is connected, whichever it is.

    Args:
        site: the wiki.
        store: for what became of cards.
        wanted: pages as they shall be.
        ledger: what was pushed before.
        options: how.
        tell_gone: makes the notices for pages whose cards are gone.
        on_page: told of each page.
    """
    ids = read_ledger(store).to_pylist()
    _find_lost(site, wanted, ids, ledger, options)
    keys = {page.key for page in wanted}
    gone = [entry for entry in ledger if entry.key not in keys]
    if too_many_gone(gone, wanted) and not options.many_gone:
        raise ConfigError(
            f"{len(gone)} of {len(ledger)} pages pushed to {site.name} have no card under {store.root} any "
            "more; is --data the right folder? --many-gone gives them all a notice"
        )
    told = tell_gone(gone, {row["card_id"]: row for row in ids})
    note = _broken(ledger)
    report = push_pages(
        site, wanted, told, ledger, dry_run=options.dry_run, recreate=options.recreate, on_page=on_page
    )  # fmt: skip
    report.notes += note
    if note and not options.dry_run:
        ledger.rewrite()  # else every push would look for the same gaps
    return report


def _broken(ledger: Ledger) -> list[str]:
    """What to say of a damaged ledger, which the wiki makes whole again but for what it cannot know."""
    if not ledger.broken:
        return []
    note = (
        f"{ledger.path}: {ledger.broken} line(s) cannot be read and are left out; the pages were looked up "
        "on the wiki, but what was pulled and which pages people deleted only a backup of it knows"
    )
    return [note]


def _find_lost(
    site: Site,
    wanted: Sequence[Wanted],
    ids: Sequence[Mapping[str, Any]],
    ledger: Ledger,
    options: PushOptions,
) -> None:
    """Make the ledger again where it is empty or has gaps."""
    if len(ledger) and not ledger.broken:
        return
    cards = [row["card_id"] for row in ids]
    found = rebuild(
        site, wanted, cards, ledger, prefix=options.pages.prefix, keep=not options.dry_run
    )
    log.info("wiki: %d pages of an earlier push found on %s", found, site.name)


def pull_mediawiki(
    settings: Settings, url: str, *, options: PushOptions | None = None, pace: Pace | None = None
) -> Pulled:
    """Turn what people edited on cards' pages into reviews. Twice brings nothing new.

    Args:
        settings: data folder and taxonomy.
        url: of the wiki or its ``api.php``.
        options: those that were pushed with.
        pace: for tests.

    Raises:
        ConfigError: the address or the password is missing or wrong.
        WikiError: the wiki is out of reach or refuses.
        BusyError: another process is writing.
        BansouError: a table cannot be read.
    """
    options = options or PushOptions()
    store = Store(settings.processed)
    url = check_url(url, insecure=options.insecure)
    made = pages(store, settings, options=options.pages)
    with (
        _connected(url, pace or Pace(options.rate)) as site,
        held_ledger(store, site.api) as ledger,
    ):
        wanted = [Wanted.of(page) for page in made]
        _find_lost(site, wanted, read_ledger(store).to_pylist(), ledger, options)
        edited, deleted = find_edited(site, ledger)
        pulled = Pulled(deleted=deleted)
        with store.lock():
            store.recover()
            desk = _Desk(settings, store, {page.card_id for page in made if page.card_id})
            found = desk.read(edited, pulled)
            taken = desk.decide(found, pulled, host=urlsplit(url).netloc)
            if not options.dry_run:
                _keep(store, taken)
                done = {review.card_id for review in taken}
                settled = [f for f in found if f.answer is None or f.edited.card_id in done]
                acknowledge(ledger, settled)
    return pulled


class _Desk:
    """Where people's edits are held against the cards as they are."""

    def __init__(self, settings: Settings, store: Store, shown: set[str]) -> None:
        self._reviewed = read_reviewed(store)
        self._shown = shown
        tags, _ = read_tags(settings.taxonomy)
        self._tags = {tag: definition.name for tag, definition in tags.items()}
        self._audience = {i: audience_of(row) for i, row in read_episodes(store).items()}
        self._gone = {row["card_id"]: row["status"] for row in read_ledger(store).to_pylist()}

    def read(self, edited: Sequence[Edited], pulled: Pulled) -> list[Found]:
        found = []
        for one in edited:
            try:
                read = read_edits(one, self._reviewed, self._tags, shown=self._shown)
            except NoCardError as error:
                pulled.problems.append((one.title, str(error)))
                continue
            found.append(read)
            pulled.known += read.answer is None and read.is_whole
            if read.left:
                pulled.left.append((one.title, read.left))
        return found

    def decide(self, found: Sequence[Found], pulled: Pulled, *, host: str) -> list[Review]:
        """The reviews that the edits are, each under the name of who made it."""
        now = datetime.now(UTC).replace(microsecond=0)
        taken: list[Review] = []
        for one in found:
            if one.answer is None:
                continue
            who = one.edited.page.user or "?"
            made = decide(
                [one.answer], self._reviewed, reviewer=f"{who}@{host}", now=now, tags=self._tags,
                audience=self._audience, gone=self._gone,
            )  # fmt: skip
            pulled.problems += [(one.edited.title, problem.message) for problem in made.problems]
            pulled.known += made.known
            taken += made.reviews
            pulled.taken += [(one.edited.title, who) for _ in made.reviews]
        return taken


def _keep(store: Store, taken: Sequence[Review]) -> None:
    if taken:
        rows = read_reviews(store).to_pylist() + [review.as_row() for review in taken]
        write_parquet(store.table_path("reviews", ""), "reviews", schema.to_table("reviews", rows))
        log.info("review: %d decision(s) pulled from a wiki", len(taken))
    link_corpus(store)  # also where a killed pull had kept the decisions, and no more


@contextlib.contextmanager
def _connected(url: str, pace: Pace) -> Iterator[MediaWiki]:
    login = find_login(url)
    server = Server(secret=login.secret, pace=pace)
    try:
        site = MediaWiki(url, login, server)
        site.connect()
        yield site
    finally:
        server.close()


@contextlib.contextmanager
def held_ledger(store: Store, api: str) -> Iterator[Ledger]:
    """The wiki's ledger, held against a second push."""
    ledger = Ledger.open(store, api)
    ledger.path.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(ledger.path.with_suffix(".lock"), timeout=0)
    try:
        lock.acquire()
    except Timeout as error:
        raise BusyError(
            f"another bansou is writing to {api}; wait until it is done and run again"
        ) from error
    try:
        yield Ledger.open(store, api)
    finally:
        lock.release()
