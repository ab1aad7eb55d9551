"""Asks servers for feeds and files: redirects checked one by one, patient, within limits."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, TypeVar

import requests
import urllib3

from pipeline.errors import first_line
from pipeline.feeds.address import FeedError, PublicAdapter, check_url, shown
from pipeline.web import AGENT, BUSY_STATUSES, BusyServerError, StillBusyError, patiently, pause_of

if TYPE_CHECKING:
    from requests import Response
    from requests.adapters import HTTPAdapter

log = logging.getLogger("bansou")

_REDIRECTS = (301, 302, 303, 307, 308)
_MOST_REDIRECTS = 10
_CHUNK_BYTES = 2**16
# Less than this in so many seconds is no download but a way to keep us waiting.
_STALL_S, _STALL_BYTES = 60.0, 16 * 1024
_CONNECT_S, _READ_S = 15.0, 60.0
MIB = 2**20
Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class Page:
    """A whole answer; ``content`` None where nothing has changed."""

    url: str
    content: bytes | None
    headers: Mapping[str, str]
    moved_to: str | None = None


class Client:
    """A session of requests, one at a time, without cookies, proxies or the machine's logins."""

    def __init__(
        self,
        *,
        allow_private: bool = False,
        tries: int = 5,
        read_s: float = _READ_S,
        stall_s: float = _STALL_S,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.tries, self.sleep = tries, sleep
        self._read_s, self._stall_s = read_s, stall_s
        self._adapter: HTTPAdapter = (
            requests.adapters.HTTPAdapter() if allow_private else PublicAdapter()
        )

    def close(self) -> None:
        self._adapter.close()

    def read(
        self, url: str, *, most_bytes: int, what: str, headers: Mapping[str, str] | None = None
    ) -> Page:
        """The whole of a small file.

        Args:
            most_bytes: how large it may be, unpacked.
            what: what it should be, for messages.
            headers: such as ``If-None-Match``.

        Raises:
            FeedError: unreachable, refused, too large, or not there.
        """

        def ask() -> Page:
            with self.get(url, headers or {}) as (got, last_url, moved_to):
                if got.status_code == HTTPStatus.NOT_MODIFIED:
                    return Page(last_url, None, got.headers, moved_to)
                parts, size = [], 0
                for part in self.chunks(got):
                    size += len(part)
                    if size > most_bytes:
                        raise FeedError(
                            f"{shown(url)}: more than {most_bytes // MIB} MiB is no {what}; "
                            "check the address"
                        )
                    parts.append(part)
                return Page(last_url, b"".join(parts), got.headers, moved_to)

        return self.patiently(ask, url)

    def patiently(self, ask: Callable[[], Answer], url: str) -> Answer:
        """Ask again where the server is busy.

        Raises:
            FeedError: it stays so.
        """
        try:
            return patiently(ask, who=shown(url), tries=self.tries, sleep=self.sleep)
        except StillBusyError as error:
            raise FeedError(f"{shown(url)}: {error}; run again later to go on") from error

    @contextmanager
    def get(
        self, url: str, headers: Mapping[str, str]
    ) -> Iterator[tuple[Response, str, str | None]]:
        """Ask once, following redirects; yields the open answer, its address, and where it moved to.

        Raises:
            FeedError: refused for good.
            BusyServerError: worth another try.
        """
        asked, moved_to, is_permanent = check_url(url), None, True
        for _ in range(_MOST_REDIRECTS + 1):
            with self._ask(asked, headers) as got:
                status = got.status_code
                if status not in _REDIRECTS:
                    _check_status(got, asked)
                    yield got, asked, moved_to
                    return
                location = got.headers.get("Location")
            if not location:
                raise FeedError(f"{shown(asked)}: HTTP {status} without saying where to; check it")
            # Servers send the bytes of an address; http.client reads them as Latin-1.
            asked = check_url(_as_utf8(location), base=asked)
            is_permanent = is_permanent and status in (301, 308)
            moved_to = asked if is_permanent else moved_to
        raise FeedError(
            f"{shown(url)}: more than {_MOST_REDIRECTS} redirects, the last to {shown(asked)}; "
            "check the address"
        )

    @contextmanager
    def _ask(self, url: str, headers: Mapping[str, str]) -> Iterator[Response]:
        given = {"User-Agent": AGENT, "Accept": "*/*", **headers}
        try:
            prepared = requests.Request("GET", url, headers=given).prepare()
            # The adapter itself: a session would read the whole body of a redirect.
            got = self._adapter.send(
                prepared, stream=True, timeout=(_CONNECT_S, self._read_s), verify=True
            )
        except (
            requests.exceptions.InvalidURL,
            requests.exceptions.InvalidSchema,
            ValueError,
        ) as error:
            raise FeedError(f"{shown(url)}: {first_line(error)}; check the address") from error
        except requests.exceptions.SSLError as error:
            raise FeedError(
                f"{shown(url)}: its certificate cannot be trusted ({first_line(error)})"
            ) from error
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
            raise BusyServerError(f"no answer ({_reason(error)})") from error
        with got:
            yield got

    def chunks(self, got: Response) -> Iterator[bytes]:
        """The body of an answer, unpacked, piece by piece.

        Raises:
            BusyServerError: it breaks off, stands still, or crawls.
        """
        began, since = time.monotonic(), 0
        expected = _length(got)
        size = 0
        try:
            while part := got.raw.read1(_CHUNK_BYTES, decode_content=True):
                size, since = size + len(part), since + len(part)
                yield part
                now = time.monotonic()
                if now - began > self._stall_s:
                    if since < _STALL_BYTES * (self._stall_s / _STALL_S):
                        raise BusyServerError(f"only {since} bytes in {now - began:.0f} s")
                    began, since = now, 0
        except (urllib3.exceptions.DecodeError, requests.exceptions.ContentDecodingError) as error:
            raise FeedError(
                f"{shown(got.url or '')}: is packed in a way that cannot be read; try again later"
            ) from error
        except (urllib3.exceptions.HTTPError, OSError) as error:
            raise BusyServerError(f"broke off after {size} bytes ({_reason(error)})") from error
        if expected is not None and size < expected:
            raise BusyServerError(f"broke off after {size} of {expected} bytes")


def _check_status(got: Response, url: str) -> None:
    status = got.status_code
    if status in (200, 206, 304, 416):
        return
    if status in BUSY_STATUSES:
        raise BusyServerError(f"HTTP {status}", pause_of(got.headers))
    remedy = {
        401: "it asks for a login, which is not supported",
        403: "the server refuses; check the address",
        404: "nothing is there; check the address",
        410: "it is gone for good; take it off your list",
    }.get(status, "check the address")
    raise FeedError(f"{shown(url)}: HTTP {status}: {remedy}")


def _length(got: Response) -> int | None:
    """The announced length of a body that comes as it is."""
    value = got.headers.get("Content-Length", "")
    packed = got.headers.get("Content-Encoding", "identity").lower() != "identity"
    return int(value) if value.isascii() and value.isdigit() and not packed else None


def _as_utf8(location: str) -> str:
    try:
        return location.encode("latin-1").decode("utf-8")
    except (UnicodeEncodeError, UnicodeDecodeError):
        return location


def _reason(error: BaseException) -> str:
    """What went wrong in a few words, without the addresses that libraries repeat."""
    inner = error
    while inner.args and isinstance(inner.args[-1], BaseException):
        inner = inner.args[-1]
    reason = getattr(inner, "reason", None)
    if isinstance(reason, BaseException):
        inner = reason
    return type(inner).__name__
