"""Patience with servers: who asks, which answers mean "later", and how long to wait between tries."""

from __future__ import annotations

import contextlib
import datetime as dt
import email.utils
import logging
from collections.abc import Callable, Mapping
from typing import TypeVar

from pipeline import __version__

log = logging.getLogger("bansou")

AGENT = f"bansou/{__version__} (knowledge cards; one request at a time)"
BUSY_STATUSES = (408, 425, 429, 500, 502, 503, 504)
FIRST_PAUSE_S = 1.0
LONGEST_PAUSE_S = 120.0

Answer = TypeVar("Answer")


class BusyServerError(Exception):
    """The server asks for patience or broke off; ``pause_s`` None where it names no time."""

    def __init__(self, why: str, pause_s: float | None = None) -> None:
        super().__init__(why)
        self.pause_s = pause_s


class StillBusyError(Exception):
    """Every try met a busy or broken server; the message is the last reason and how often."""


def patiently(
    ask: Callable[[], Answer], *, who: str, tries: int, sleep: Callable[[float], None]
) -> Answer:
    """Ask, again and again where the server is busy or broken, after growing pauses or the one it names.

    Args:
        ask: sends one request and reads its answer; raises :class:`BusyServerError` for patience.
        who: which server, for the log.
        tries: how often at most.
        sleep: waits so many seconds.

    Raises:
        StillBusyError: it stays so.
    """
    why, pause_s = "", FIRST_PAUSE_S
    for left in reversed(range(tries)):
        try:
            return ask()
        except BusyServerError as error:
            why, asked_s = str(error), error.pause_s
        if left:
            wait_s = min(max(asked_s or 0.0, pause_s), LONGEST_PAUSE_S)
            log.info("%s: %s; trying again in %.0f s", who, why, wait_s)
            sleep(wait_s)
            pause_s *= 2
    raise StillBusyError(f"{why}, {tries} times")


def pause_of(headers: Mapping[str, str]) -> float | None:
    """Seconds that a ``Retry-After`` asks for, as a number or a date; nonsense counts for nothing."""
    value = headers.get("Retry-After") or ""
    with contextlib.suppress(ValueError):
        return max(0.0, float(value))
    with contextlib.suppress(ValueError, TypeError, OverflowError):
        then = email.utils.parsedate_to_datetime(value)
        return max(0.0, (then - dt.datetime.now(dt.UTC)).total_seconds())
    return None
