"""A session with MediaWiki's action API: finds it, logs in, stays logged in, waits where it is asked to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pipeline.wiki.http import BusyServerError, Server, WikiError, pause_of
from pipeline.wiki.secrets import Login
from pipeline.wiki.site import ApiError

_MAXLAG_S = 5
_RATE_LIMITED_S = 15.0
_LOGGED_OUT = ("assertuserfailed", "assertnameduserfailed", "assertbotfailed", "notloggedin")


class _StaleTokenError(Exception):
    """The session's token is not good any more."""


@dataclass(slots=True)
class ActionApi:
    """A wiki's API and the account that uses it."""

    url: str
    login: Login
    server: Server
    api: str = ""
    user: str = ""
    rights: frozenset[str] = frozenset()
    site_name: str = ""
    name: str = "MediaWiki"
    batch: int = 50
    can_move_without_redirect: bool = False
    _token: str = field(default="", repr=False)

    def connect(self) -> None:
        """Find the API, log in, and learn what the account may do.

        Raises:
            WikiError: no MediaWiki there, or it does not let the account in.
        """
        self.api, general = self._find_api()
        self.site_name = str(general.get("sitename", ""))
        self._log_in()
        self._refresh()
        if "edit" not in self.rights:
            raise WikiError(
                f"{self.url}: {self.user} may not edit; give its bot password the rights to edit, create and "
                "move pages (Special:BotPasswords)"
            )

    def _find_api(self) -> tuple[str, Mapping[str, Any]]:
        base = self.url.removesuffix("/index.php")
        if base.endswith("/api.php"):
            tried = [base]
        else:
            tried = [f"{base}/api.php", f"{base}/w/api.php", f"{base}/mediawiki/api.php"]
        why: WikiError | None = None
        for api in tried:
            try:
                got = self._send(
                    api, {"action": "query", "meta": "siteinfo"}, tries=5, is_probe=True
                )
            except WikiError as error:
                why = why or error
                continue
            general = got.get("query", {}).get("general", {})
            if str(general.get("generator", "")).startswith("MediaWiki"):
                return api, general
        raise WikiError(
            f"no MediaWiki answers at {self.url}{f' ({why})' if why else ''}; give the address of its api.php"
        )

    def _log_in(self) -> None:
        token = self._send(self.api, {"action": "query", "meta": "tokens", "type": "login"})
        got = self._send(
            self.api,
            {
                "action": "login", "lgname": self.login.user, "lgpassword": self.login.secret,
                "lgtoken": token["query"]["tokens"]["logintoken"],
            },
        ).get("login", {})  # fmt: skip
        if got.get("result") != "Success":
            reason = got.get("reason", got.get("result", "no reason given"))
            reason = reason.get("text", reason) if isinstance(reason, dict) else reason
            raise WikiError(
                self.server.clean(
                    f"{self.url} does not let {self.login.user!r} in ({reason}); make a bot password at "
                    "Special:BotPasswords, its name is like Account@bansou"
                )
            )
        self.user = str(got["lgusername"])

    def _refresh(self) -> None:
        got = self.read(meta="tokens|userinfo", uiprop="rights")["query"]
        self._token = str(got["tokens"]["csrftoken"])
        self.rights = frozenset(got["userinfo"].get("rights", ()))
        self.batch = 500 if "apihighlimits" in self.rights else 50
        self.can_move_without_redirect = "suppressredirect" in self.rights

    def query(
        self, names: dict[str, str] | None = None, *, once: bool = False, **params: Any
    ) -> list[dict[str, Any]]:
        """The pages of a query, all parts of it, with the titles that the wiki writes otherwise."""
        pages: dict[Any, dict[str, Any]] = {}
        more: dict[str, Any] = {}
        while True:
            got = self.read(**params, **more)
            query = got.get("query", {})
            for pair in query.get("normalized", ()):
                if names is not None and not pair.get("fromencoded"):
                    names[str(pair["from"])] = str(pair["to"])
            for page in query.get("pages", ()):
                key = page.get("pageid") or page.get("title")
                known = pages.setdefault(key, {})
                lists = {k: known.get(k, []) + v for k, v in page.items() if isinstance(v, list)}
                known.update({**page, **lists})
            if once or "continue" not in got:
                return list(pages.values())
            more = got["continue"]

    def read(self, **params: Any) -> dict[str, Any]:
        return self._patiently({"action": "query", **params})

    def write(self, **params: Any) -> dict[str, Any]:
        self.server.pace.wait()
        return self._patiently(params, with_token=True)

    def _patiently(self, params: Mapping[str, Any], *, with_token: bool = False) -> dict[str, Any]:
        """Send under the account's name; once more with a new session where the old one has ended."""
        for is_last in (False, False, True):
            # The token stands last, so that a request cut short on its way writes nothing.
            given = {**params, "maxlag": _MAXLAG_S, "assertuser": self.user}
            if with_token:
                given["token"] = self._token
            try:
                return self._send(self.api, given)
            except _StaleTokenError as error:
                if is_last:
                    raise WikiError(
                        f"{self.url} ends every session ({error}); see whether the wiki can store sessions"
                    ) from error
                if str(error) in _LOGGED_OUT:
                    self._log_in()
                self._token = self._send(
                    self.api, {"action": "query", "meta": "tokens"}
                )["query"]["tokens"]["csrftoken"]  # fmt: skip
        raise AssertionError  # pragma: no cover

    def _send(self, api: str, params: Mapping[str, Any], **more: Any) -> dict[str, Any]:
        given = {**params, "format": "json", "formatversion": 2, "errorformat": "plaintext", "errorlang": "en"}  # fmt: skip
        if "token" in given:
            given["token"] = given.pop("token")
        got: dict[str, Any] = self.server.request("POST", api, data=given, read=_answer, **more)
        return got


def _answer(status: int, headers: Mapping[str, str], content: Any) -> dict[str, Any]:
    if not isinstance(content, dict):
        raise WikiError("this is not how MediaWiki's API answers; check the address")
    error = next(iter(content.get("errors", ())), None)
    if error is None:
        if status >= 400:
            raise BusyServerError(f"HTTP {status}", pause_of(headers))
        return content
    code = str(error.get("code", "unknown"))
    text = str(error.get("text", code))
    if code in ("maxlag", "readonly") or code.startswith("internal_api_error"):
        raise BusyServerError(f"{code}: {text}", pause_of(headers))
    if code in ("ratelimited", "actionthrottledtext"):
        raise BusyServerError(f"{code}: {text}", pause_of(headers) or _RATE_LIMITED_S)
    if code in ("badtoken", *_LOGGED_OUT):
        raise _StaleTokenError(code)
    raise ApiError(code, f"{code}: {text}")


def batched(items: Sequence[Any], size: int) -> Iterator[Sequence[Any]]:
    """Runs of at most ``size`` items."""
    for at in range(0, len(items), size):
        yield items[at : at + size]
