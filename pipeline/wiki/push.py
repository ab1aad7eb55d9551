"""Brings a wiki up to date: creates, updates and renames pages, and leaves to people what people wrote."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from pipeline.wiki.http import WikiError
from pipeline.wiki.ledger import Entry, Ledger
from pipeline.wiki.plan import Step, Wanted, decide, entry_of
from pipeline.wiki.report import Conflict, OnPage, Report, diff_of, tell_nobody
from pipeline.wiki.site import CONFLICT, TITLE_TAKEN, ApiError, PageState, Saved, Site

_FATAL = ("blocked", "autoblocked", "permissiondenied", "writeapidenied", "noapiwrite", "readapidenied")  # fmt: skip
_MAX_FAILURES = 20  # in a row: then it is not the pages
_FIRST = {"template": 0, "style": 0}
_WHAT = {"create": "新しいページ", "update": "更新", "notice": "カードがなくなったお知らせ"}


def push_pages(
    site: Site,
    wanted: Sequence[Wanted],
    notices: Sequence[Wanted],
    ledger: Ledger,
    *,
    dry_run: bool = False,
    recreate: bool = False,
    on_page: OnPage = tell_nobody,
) -> Report:
    """Write what changed.

    A page is written over only where the wiki still holds what was pushed last (or what was pulled since);
    the ledger has a page the moment the wiki has it, so that a run cut short is gone on with.

    Args:
        site: the wiki, logged in.
        wanted: pages as they shall be.
        notices: pages whose cards are gone.
        ledger: what was pushed before.
        dry_run: look, and write nothing.
        recreate: make pages again that people have deleted.
        on_page: told of each page: what becomes of it, and its title.

    Raises:
        WikiError: the wiki is out of reach or refuses the account; what is done is kept.
    """
    ordered = sorted(wanted, key=lambda page: _FIRST.get(page.kind, 1))
    steps = plan(site, [*ordered, *notices], ledger, recreate=recreate)
    pusher = _Pusher(site, ledger, on_page, {page.title for page in wanted}, dry_run=dry_run)
    return pusher.run(steps)


def plan(
    site: Site, wanted: Sequence[Wanted], ledger: Ledger, *, recreate: bool = False
) -> list[Step]:
    """What to do with each page, in the order given."""
    entries = {page.key: ledger.get(page.key) for page in wanted}
    by_id = site.pages_by_id(entry.page_id for entry in entries.values() if entry)
    states = {key: by_id.get(entry.page_id) if entry else None for key, entry in entries.items()}
    asked = [p.title for p in wanted if _asks_title(p, entries[p.key], states[p.key])]
    by_title = site.pages_by_title(asked)
    return [
        decide(
            page, entries[page.key], states[page.key], at_title=by_title.get(page.title), recreate=recreate
        )
        for page in wanted
    ]  # fmt: skip


def _asks_title(page: Wanted, entry: Entry | None, state: PageState | None) -> bool:
    """Whether it matters what stands at the title wanted."""
    is_there = entry is not None and state is not None and state.latest is not None
    return not is_there or (page.title not in (entry.title, state.title) if entry and state else True)  # fmt: skip


class _Pusher:
    def __init__(
        self, site: Site, ledger: Ledger, on_page: OnPage, titles: set[str], *, dry_run: bool
    ) -> None:
        self._site = site
        self._ledger = ledger
        self._on_page = on_page
        self._titles = titles
        self._is_dry = dry_run
        self._report = Report()
        self._left: list[tuple[Step, str, PageState | None]] = []
        self._unread: list[tuple[Wanted, Entry]] = []
        self._failures = 0

    def run(self, steps: Sequence[Step]) -> Report:
        self._move([step for step in steps if step.move_to])
        try:
            for step in steps:
                self._take(step)
        finally:
            # What was written is read back even where the run ends early, as far as the wiki lets us.
            self._read_back(is_last=True)
        self._tell_conflicts()
        if not self._is_dry:
            self._ledger.tidy()
        return self._report

    # -- titles -----------------------------------------------------------------------------

    def _move(self, steps: Sequence[Step]) -> None:
        """Rename pages, those first whose new title is free; one may wait for another's."""
        waiting = list(steps)
        while waiting:
            left = [step for step in waiting if not self._move_one(step, waiting)]
            if len(left) == len(waiting):
                for step in left:
                    why = f"cannot be renamed to {step.move_to}: another page has that title"
                    self._report.failed.append((self._title(step), why))
                return
            waiting = left

    def _move_one(self, step: Step, waiting: Sequence[Step]) -> bool:
        latest, entry = step.latest, step.entry
        if latest is None or entry is None:
            return True
        old = self._title(step)
        if self._is_dry:
            self._renamed(old, step.move_to)
            return True
        is_wanted = old in self._titles or any(old == other.move_to for other in waiting)
        try:
            written = self._site.move(
                latest.page_id, step.move_to, key=entry.key, sha1=latest.sha1,
                leave_redirect=not (is_wanted and self._site.can_move_without_redirect),
            )  # fmt: skip
        except ApiError as error:
            if error.code in (TITLE_TAKEN, "selfmove"):
                return False
            self._failed(step, error)
            return True
        # The revision that a move makes holds the same text: its id is learnt by reading back.
        moved = replace(entry, title=step.wanted.title, wiki_title=written)
        moved = replace(moved, kept_sha1=moved.kept_sha1 or latest.sha1)
        self._ledger.put(moved)
        self._renamed(old, written)
        return True

    def _renamed(self, old: str, new: str) -> None:
        self._report.renamed.append((old, new))
        self._on_page("rename", f"{old} → {new}")

    # -- texts ------------------------------------------------------------------------------

    def _take(self, step: Step) -> None:
        if step.action == "conflict":
            self._left.append((step, step.why, step.state))
        elif step.action == "fail":
            self._failed(step, ApiError("invalidtitle", step.why))
        elif step.action == "keep":
            self._report.unchanged += 1
            self._keep(step)
        elif self._is_dry:
            self._done(step, self._title(step))
        else:
            self._write(step)

    def _keep(self, step: Step) -> None:
        if self._is_dry:
            return
        if step.entry is None:  # a page that is gone, of a card that is gone
            self._ledger.drop(step.wanted.key)
            return
        known = self._ledger.get(step.wanted.key)
        if step.move_to:
            title, wiki_title = (known.title, known.wiki_title) if known else ("", "")
        else:
            title, wiki_title = step.wanted.title, self._title(step)
        self._ledger.put(replace(step.entry, title=title, wiki_title=wiki_title))

    def _write(self, step: Step) -> None:
        wanted, latest = step.wanted, step.latest
        try:
            base = self._base(step)
            saved = self._site.save(
                wanted.text, key=wanted.key, what=_WHAT[step.action], title=wanted.title,
                page_id=latest.page_id if latest else "", base_revid=base,
            )  # fmt: skip
        except ApiError as error:
            if error.code in (CONFLICT, TITLE_TAKEN):
                self._look_again(step)
            else:
                self._failed(step, error)
            return
        self._failures = 0
        if latest is not None and saved.revid and saved.base_revid not in (None, base):
            # The wiki laid our edit on somebody's who came in between: neither text stands alone now.
            now = self._site.pages_by_id([saved.page_id]).get(saved.page_id)
            self._left.append((step, "merged", now))
            return
        self._saved(step, saved)

    def _base(self, step: Step) -> str:
        """The revision that an edit is based on: after a rename, the one that the rename made."""
        latest = step.latest
        if latest is None:
            return ""
        if not step.move_to:
            return latest.revid
        now = self._site.pages_by_id([latest.page_id]).get(latest.page_id)
        is_same = now is not None and now.latest is not None and now.latest.sha1 == latest.sha1
        return now.latest.revid if is_same and now and now.latest else latest.revid

    def _saved(self, step: Step, saved: Saved) -> None:
        wanted, latest = step.wanted, step.latest
        revid = saved.revid or (latest.revid if latest else "")
        known = self._ledger.get(wanted.key)
        title = known.title if known and step.move_to else wanted.title
        entry = Entry(
            wanted.key, saved.page_id, title, saved.title, revid, wanted.sha1, "",
            wanted.episode_id,
        )  # fmt: skip
        self._ledger.put(entry)
        self._unread.append((wanted, entry))
        self._done(step, saved.title)
        if len(self._unread) >= self._site.batch:
            self._read_back()

    def _look_again(self, step: Step) -> None:
        """Where the wiki says that somebody was there before: it may have been this very edit, sent twice."""
        wanted, latest = step.wanted, step.latest
        if latest is not None:
            now = self._site.pages_by_id([latest.page_id]).get(latest.page_id)
        else:
            now = self._site.pages_by_title([wanted.title]).get(wanted.title)
        if now is not None and now.latest is not None and now.latest.sha1 == wanted.sha1:
            self._ledger.put(entry_of(wanted, now, now.latest))
            self._done(step, now.title)
            return
        self._left.append((step, "taken" if latest is None else "edited", now or step.state))

    # -- afterwards -------------------------------------------------------------------------

    def _read_back(self, *, is_last: bool = False) -> None:
        """See what the wiki made of the pages just written, many in one request."""
        unread, self._unread = self._unread, []
        if not unread:
            return
        try:
            states = self._site.pages_by_id(entry.page_id for _, entry in unread)
        except WikiError:
            if not is_last:
                raise
            return  # the next run looks at every page anyway
        for wanted, entry in unread:
            state = states.get(entry.page_id)
            latest = state.latest if state else None
            if latest is None or latest.revid != entry.revid:
                continue  # somebody came right after; the next run sees to it
            if latest.sha1 != wanted.sha1:
                self._report.altered.append(entry.wiki_title)
            self._ledger.put(replace(entry, kept_sha1=latest.sha1))

    def _tell_conflicts(self) -> None:
        revids = [now.latest.revid for _, _, now in self._left if now and now.latest]
        texts = self._site.texts(revids)
        for step, why, now in self._left:
            latest = now.latest if now else None
            there = texts[latest.revid].text if latest and latest.revid in texts else ""
            title = now.title if now and now.title else step.wanted.title
            self._report.conflicts.append(
                Conflict(
                    title, step.wanted.key, why, latest.user if latest else "",
                    latest.timestamp if latest else "", diff_of(there, step.wanted.text) if latest else "",
                )
            )  # fmt: skip
            self._on_page("conflict", title)

    def _done(self, step: Step, title: str) -> None:
        lists = {"create": self._report.created, "update": self._report.updated, "notice": self._report.noticed}  # fmt: skip
        lists[step.action].append(title)
        self._on_page(step.action, title)

    def _failed(self, step: Step, error: ApiError) -> None:
        if error.code in _FATAL:
            raise WikiError(f"{self._site.name}: {error}; what is done is kept") from error
        title = self._title(step)
        self._report.failed.append((title, str(error)))
        self._on_page("fail", title)
        self._failures += 1
        if self._failures >= _MAX_FAILURES:
            raise WikiError(
                f"{self._site.name} refused {self._failures} pages in a row, the last with {error}; what is "
                "done is kept"
            ) from error

    def _title(self, step: Step) -> str:
        known = self._ledger.get(step.wanted.key)
        if step.move_to and known and known.title == step.wanted.title:
            return known.wiki_title
        return step.state.title if step.state and step.state.title else step.wanted.title
