"""A lost ledger, made again from what stands on the wiki."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from pipeline.wiki.ledger import Entry, Ledger
from pipeline.wiki.plan import Wanted
from pipeline.wiki.site import Site

_MANY_GONE = 0.5
_FEW = 10


def rebuild(site: Site, wanted: Iterable[Wanted], known_cards: Iterable[str], ledger: Ledger, *, prefix: str, keep: bool = True) -> int:  # fmt: skip
    """Make a lost ledger again from the marks that stand on the wiki.

    Pages of another archive that the same account writes to are left out: known are the pages wanted, the
    cards ever given an id here, and what stands under the prefix.

    Args:
        site: the wiki.
        wanted: pages as they shall be.
        known_cards: every card ever given an id.
        ledger: empty so far, or with gaps; what it holds stays.
        prefix: of the titles wanted.
        keep: write the ledger's file, too.

    Returns:
        How many pages were found.
    """
    titles = {page.key: page.title for page in wanted}
    cards = {f"card:{card_id}" for card_id in known_cards}
    best: dict[str, Entry] = {}
    for mark, state in site.marked(prefix):
        latest = state.latest
        if latest is None or state.is_redirect:
            continue
        is_here = state.title.startswith(prefix) or state.title == titles.get(mark.key)
        if not (is_here or mark.key in cards):
            continue
        is_untouched = latest.sha1 == mark.sha1
        entry = Entry(
            mark.key,
            latest.page_id,
            "",
            state.title,
            latest.revid if is_untouched else "",
            mark.sha1,
        )
        if mark.key not in best or is_here:
            best[mark.key] = entry
    lost = [entry for entry in best.values() if ledger.get(entry.key) is None]
    for entry in lost:
        ledger.put(entry, keep=keep)
    return len(lost)


def too_many_gone(gone: Sequence[Entry], wanted: Sequence[Wanted]) -> bool:
    """Whether so many pages would get a notice that it looks like the wrong data folder."""
    return len(gone) > _FEW and len(gone) > _MANY_GONE * (len(gone) + len(wanted))
