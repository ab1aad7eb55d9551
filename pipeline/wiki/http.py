"""The one way to a wiki's server: patient, and silent about the password.

One request at a time. What a busy or broken server answers (429, 5xx, an HTML error page, half an
answer, none at all) is tried again after a growing pause or the one that it asks for; the callers see
to it that a request done twice does no harm.
"""

from __future__ import annotations

import contextlib
import ipaddress
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from pipeline.errors import BansouError, ConfigError, first_line
from pipeline.web import AGENT, BUSY_STATUSES, BusyServerError, StillBusyError, patiently, pause_of

if TYPE_CHECKING:
    import requests

__all__ = ["BusyServerError", "Pace", "Server", "WikiError", "check_url", "pause_of"]

MAX_ANSWER_BYTES = 256 * 2**20
_TRIES = 7


class WikiError(BansouError):
    """The wiki cannot be reached, refuses, or answers what no wiki would."""


@dataclass(slots=True)
class Pace:
    """How fast pages are written.

    Attributes:
        per_minute: pages a minute at most; 0 for as fast as the wiki answers.
        sleep: for tests.
    """

    per_minute: float = 0.0
    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic
    _next_at: float = field(default=0.0)

    def wait(self) -> None:
        """Wait until the next page may be written."""
        if self.per_minute <= 0:
            return
        now = self.clock()
        if now < self._next_at:
            self.sleep(self._next_at - now)
        self._next_at = max(now, self._next_at) + 60.0 / self.per_minute


def check_url(url: str, *, insecure: bool = False) -> str:
    """A wiki's address without its trailing slash.

    Raises:
        ConfigError: not http(s), with a password in it, or unencrypted to another machine.
    """
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
    except ValueError as error:
        raise ConfigError("the wiki's address cannot be read; give it as https://wiki.example.org/w") from error  # fmt: skip
    if "@" in parts.netloc:
        raise ConfigError(
            "the wiki's address holds a name or password, which shells and logs keep; take it out and "
            "set BANSOU_WIKI_USER and BANSOU_WIKI_PASSWORD"
        )
    if parts.scheme not in ("http", "https") or not host:
        raise ConfigError(f"{url!r} is no address of a wiki; give it as https://wiki.example.org/w")
    if parts.scheme == "http" and not (insecure or _is_here(host)):
        raise ConfigError(
            f"{url} is not encrypted, so that anybody on the way could read the password; use https, or "
            "--insecure on a network of your own"
        )
    return url.rstrip("/")


def _is_here(host: str) -> bool:
    with contextlib.suppress(ValueError):
        return ipaddress.ip_address(host).is_loopback
    return host == "localhost" or host.endswith(".localhost")


class Server:
    """A session with a wiki's server."""

    def __init__(
        self, *, secret: str = "", timeout_s: float = 60.0, pace: Pace | None = None
    ) -> None:
        import requests

        self.pace = pace or Pace()
        self._secret = secret
        self._timeout_s = timeout_s
        self._session = requests.Session()
        # A .netrc of the machine's owner must not decide who writes.
        self._session.trust_env = False
        self._session.headers["User-Agent"] = AGENT

    def close(self) -> None:
        self._session.close()

    def request(
        self,
        method: str,
        url: str,
        *,
        read: Callable[[int, Mapping[str, str], Any], Any],
        tries: int = _TRIES,
        is_probe: bool = False,
        **more: Any,
    ) -> Any:
        """Send a request, again and again where the server is busy or broken.

        Args:
            method: ``GET``, ``POST`` or ``PUT``.
            url: where to.
            read: takes status, headers and JSON; returns the answer, or raises
                :class:`BusyServerError` where the body asks for patience.
            tries: how often at most.
            is_probe: it may well be the wrong address: what is no JSON is not asked for again.
            more: for requests: ``data``, ``json``, ``params``, ``headers``.

        Raises:
            WikiError: it stays unreachable, or answers no JSON.
        """

        def ask() -> Any:
            try:
                status, headers, content = self._send(method, url, more, is_probe=is_probe)
                return read(status, headers, content)
            except WikiError as error:  # the server may have repeated what we said
                error.args = tuple(self.clean(str(arg)) for arg in error.args)
                raise
            except BusyServerError as error:
                raise BusyServerError(self.clean(str(error)), error.pause_s) from error

        try:
            return patiently(ask, who="wiki", tries=tries, sleep=self.pace.sleep)
        except StillBusyError as error:
            raise WikiError(
                self.clean(f"{url}: {error}; what is done is kept, run again later to go on")
            ) from error

    def _send(
        self, method: str, url: str, more: Mapping[str, Any], *, is_probe: bool
    ) -> tuple[int, Any, Any]:
        import requests

        try:
            # Redirects are not followed: the password would go wherever the server says.
            got = self._session.request(
                method, url, timeout=self._timeout_s, allow_redirects=False, stream=True, **more
            )
            with got:
                body = _body(got)
        except (requests.exceptions.InvalidURL, requests.exceptions.InvalidSchema) as error:
            raise WikiError(self.clean(f"{url}: {first_line(error)}; check the address")) from error
        except requests.exceptions.SSLError as error:
            raise WikiError(
                self.clean(f"{url}: its certificate cannot be trusted ({first_line(error)}); give the wiki a "
                "valid one")
            ) from error  # fmt: skip
        except requests.RequestException as error:
            raise BusyServerError(f"no whole answer ({type(error).__name__})") from error
        if 300 <= got.status_code < 400:
            there = self.clean(got.headers.get("Location", "nowhere"))
            raise WikiError(f"{url} leads on to {there}; give that address instead")
        pause_s = pause_of(got.headers)
        try:
            return got.status_code, got.headers, json.loads(body)
        except (ValueError, RecursionError) as error:
            if got.status_code in BUSY_STATUSES or (got.ok and not is_probe):
                what = f"HTTP {got.status_code} without JSON"
                raise BusyServerError(what, pause_s) from error
            raise WikiError(f"{url}: HTTP {got.status_code}; check the address") from error

    def clean(self, text: str) -> str:
        """A text without the password, whoever put it there."""
        return text.replace(self._secret, "***") if self._secret else text


def _body(got: requests.Response) -> bytes:
    parts, size = [], 0
    for part in got.iter_content(2**16):
        size += len(part)
        if size > MAX_ANSWER_BYTES:
            raise WikiError(f"{got.url}: an answer of more than {MAX_ANSWER_BYTES >> 20} MB; check the address")  # fmt: skip
        parts.append(part)
    return b"".join(parts)
