"""One writer at a time under an address: a small file there that says who, and since when.

An object store that pyarrow writes to knows no "only if it is not there yet", so two runs that begin
within the same second could both believe to be first; each looks again after a moment. Before every
episode the run that holds the lock makes sure that it still does.
"""

from __future__ import annotations

import getpass
import json
import os
import secrets
import socket
import time
from datetime import UTC, datetime

from pipeline.errors import BusyError
from pipeline.scale.mirror import LOCK_NAME
from pipeline.scale.place import Place

SETTLE_S = 1.0
_NAME = f"processed/_state/{LOCK_NAME}"


class PlaceLock:
    """Holds a place against a second writer.

    Args:
        place: the data folder.
    """

    def __init__(self, place: Place) -> None:
        self._place = place
        self._token = secrets.token_hex(8)

    def acquire(self, *, break_it: bool = False) -> None:
        """Take the lock.

        Args:
            break_it: take it from whoever holds it.

        Raises:
            BusyError: somebody else holds it; says who, since when, and how to break it.
        """
        holder = self._holder()
        if holder and not break_it:
            raise BusyError(
                f"{holder.get('owner', 'somebody')} writes to {self._place.address} since "
                f"{holder.get('at', 'an unknown time')}; wait until it is done, or, where that run is "
                "dead, run again with --break-lock"
            )
        owner = f"{_user()}@{socket.gethostname()} (process {os.getpid()})"
        at = datetime.now(UTC).replace(microsecond=0).isoformat()
        told = {"owner": owner, "at": at, "token": self._token}
        self._place.write(_NAME, json.dumps(told).encode())
        time.sleep(SETTLE_S)  # did somebody else come at the same moment?
        self.check()

    def check(self) -> None:
        """Make sure that the lock is still held.

        Raises:
            BusyError: somebody has broken it.
        """
        holder = self._holder()
        if not holder or holder.get("token") != self._token:
            who = holder.get("owner", "somebody") if holder else "somebody"
            raise BusyError(
                f"{who} has taken the lock of {self._place.address}; this run stops, what is finished "
                "is kept"
            )

    def release(self) -> None:
        """Give the lock back, where it is still this run's."""
        holder = self._holder()
        if holder and holder.get("token") == self._token:
            self._place.delete(_NAME)

    def _holder(self) -> dict[str, str] | None:
        if self._place.look(_NAME) is None:
            return None
        try:
            told = json.loads(self._place.read(_NAME))
        except ValueError:
            return {"owner": "somebody"}
        return told if isinstance(told, dict) else {"owner": "somebody"}


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's user may have no name
        return "somebody"
