"""A media file into ``<stem>.part``: goes on where it broke off, never joins what does not belong."""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.errors import SourceError
from pipeline.feeds.address import FeedError, shown
from pipeline.feeds.client import MIB, Client
from pipeline.sources import check_audio
from pipeline.store import naming_file
from pipeline.web import BusyServerError

if TYPE_CHECKING:
    from requests import Response

log = logging.getLogger("bansou")

Progress = Callable[[int, int | None], None]
_RANGE = re.compile(r"bytes\s+(?:(\d+)-(\d+)|\*)/(\d+|\*)")
# A try that brought this much is a success of its own: the next one counts as the first.
_GAIN = MIB


class Download:
    """One media file.

    Args:
        part: the file to write.
        mark: what is known of what stands in it (``etag``, ``modified``, ``total``); None where
            nothing is.
        keep_mark: stores the mark, before the first byte is written.
    """

    def __init__(
        self, client: Client, url: str, part: Path, *, mark: dict[str, Any] | None,
        keep_mark: Callable[[dict[str, Any]], None], most_bytes: int, progress: Progress,
    ) -> None:  # fmt: skip
        self.client, self.url, self.part = client, url, part
        self.mark, self.keep_mark = mark, keep_mark
        self.most_bytes, self.progress = most_bytes, progress
        self.served_type = ""
        self.last_url = url

    def run(self) -> None:
        """Download, or go on with it.

        Raises:
            FeedError: refused, too large, no audio, or it stays unreachable.
        """
        while True:
            before = self._have()
            try:
                self.client.patiently(self._once, self.url)
                break
            except FeedError:
                if not self.part.exists() or self._have() - before < _GAIN:
                    raise
        try:
            check_audio(self.part)
        except SourceError as error:
            self.part.unlink(missing_ok=True)
            reason = str(error).removeprefix(f"{self.part}: ")
            raise FeedError(f"{shown(self.url)}: {reason}") from error

    def _have(self) -> int:
        return self.part.stat().st_size if self.part.exists() else 0

    def _once(self) -> None:
        have = self._have()
        headers = {"Accept-Encoding": "identity", **self._range(have)}
        have = have if "Range" in headers else 0
        with self.client.get(self.url, headers) as (got, last_url, _):
            self.last_url = last_url
            if got.status_code == 416:
                total = _content_range(got)[1]
                if have and total == have:
                    return  # nothing was missing
                self.part.unlink(missing_ok=True)
                raise BusyServerError("has another length than before, begun anew")
            if got.status_code == 304:
                raise FeedError(
                    f"{shown(self.url)}: HTTP 304 without being asked; check the address"
                )
            self._check_type(got)
            start, total = self._where(got, have)
            self._check_size(total)
            if not start:
                self._begin(got, total)
            self._write(got, start, total)

    def _range(self, have: int) -> dict[str, str]:
        """Ask for the rest only where a change of the file would show."""
        mark = self.mark
        if not have or mark is None:
            return {}
        validator = mark.get("etag") or mark.get("modified")
        if not validator and not mark.get("total"):
            return {}
        asked = {"Range": f"bytes={have}-"}
        return asked | ({"If-Range": validator} if validator else {})

    def _where(self, got: Response, have: int) -> tuple[int, int | None]:
        """At which byte the answer begins, and how long the whole is."""
        if got.status_code == 206:
            start, total = _content_range(got)
            known = (self.mark or {}).get("total")
            if start == have and (total is None or known is None or total == known):
                return have, total if total is not None else known
            self.part.unlink(missing_ok=True)
            raise BusyServerError("sent another part than asked for, begun anew")
        packed = got.headers.get("Content-Encoding", "identity").lower() != "identity"
        length = got.headers.get("Content-Length", "")
        return 0, int(length) if length.isascii() and length.isdigit() and not packed else None

    def _check_type(self, got: Response) -> None:
        self.served_type = got.headers.get("Content-Type", "").partition(";")[0].strip().lower()
        if self.served_type in ("text/html", "application/xhtml+xml"):
            raise FeedError(
                f"{shown(self.url)}: the server sends a web page instead of the audio; "
                "open the address in a browser to see what it says"
            )

    def _check_size(self, total: int | None) -> None:
        if total is not None and total > self.most_bytes:
            raise FeedError(self._too_large(total))

    def _too_large(self, size: int) -> str:
        return (
            f"{shown(self.url)}: {size / MIB:,.0f} MiB is more than the {self.most_bytes / MIB:,.0f} "
            "allowed; --max-size allows more"
        )

    def _begin(self, got: Response, total: int | None) -> None:
        etag = got.headers.get("ETag", "")
        is_packed = got.headers.get("Content-Encoding", "identity").lower() != "identity"
        self.mark = None if is_packed else {
            # A weak tag promises no equal bytes.
            "etag": etag if etag.startswith('"') else None,
            "modified": got.headers.get("Last-Modified"), "total": total,
        }  # fmt: skip
        self.part.unlink(missing_ok=True)  # the old bytes must never stand beside the new mark
        self.keep_mark(self.mark or {})

    def _write(self, got: Response, start: int, total: int | None) -> None:
        size = start
        with naming_file(self.part), self.part.open("ab" if start else "wb") as out:
            self.progress(size, total)
            for piece in self.client.chunks(got):
                size += len(piece)
                if size > self.most_bytes:
                    break
                out.write(piece)
                self.progress(size, total)
            out.flush()
            os.fsync(out.fileno())
        if size > self.most_bytes:
            self.part.unlink(missing_ok=True)
            raise FeedError(self._too_large(size))
        if total is not None and size < total:
            raise BusyServerError(f"broke off after {size} of {total} bytes")
        if total is not None and size > total:
            self.part.unlink(missing_ok=True)
            raise BusyServerError("sent more than it announced, begun anew")


def _content_range(got: Response) -> tuple[int | None, int | None]:
    match = _RANGE.fullmatch(got.headers.get("Content-Range", "").strip())
    if match is None:
        return None, None
    start, _, total = match.groups()
    return (int(start) if start else None), (int(total) if total != "*" else None)
