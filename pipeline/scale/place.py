"""A data folder under an address: ``s3://bucket/folder``, ``gs://bucket/folder``, read and written by pyarrow.

Who may do what is told the usual way: ``AWS_ACCESS_KEY_ID``, a role, ``~/.aws``, and
``AWS_ENDPOINT_URL`` for a store of one's own; ``GOOGLE_APPLICATION_CREDENTIALS`` for ``gs://``,
``STORAGE_EMULATOR_HOST`` for a stand-in of it.
"""

from __future__ import annotations

import functools
import hashlib
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

from pipeline.errors import BansouError, first_line

_PIECE = 8 * 1024 * 1024
_GS_PATIENCE_S = "60"


class PlaceError(BansouError):
    """An address cannot be read or written."""


@dataclass(frozen=True, slots=True)
class Remote:
    """A file of a place: its name below the address, size, and time of its last change."""

    name: str
    size: int
    mtime_ns: int


@dataclass(frozen=True, slots=True)
class Place:
    """Files under an address; every write puts a whole file, which readers see whole or not at all."""

    address: str
    _files: Any
    _root: str

    @classmethod
    def at(cls, address: str) -> Place:
        """The place under an address.

        Raises:
            PlaceError: no such kind of address, or its bucket cannot be found.
        """
        return _at(address)

    def list(self, folder: str) -> list[Remote]:
        """Every file below a folder; none where the folder is not there."""
        from pyarrow import fs

        with self._told("list"):
            wanted = fs.FileSelector(self._path(folder), recursive=True, allow_not_found=True)
            return [
                Remote(info.path[len(self._root) + 1 :], info.size, info.mtime_ns or 0)
                for info in self._files.get_file_info(wanted) if info.type == fs.FileType.File
            ]  # fmt: skip

    def look(self, name: str) -> Remote | None:
        """One file; None where it is not there."""
        from pyarrow import fs

        with self._told("look at"):
            info = self._files.get_file_info(self._path(name))
            is_file = info.type == fs.FileType.File
            return Remote(name, info.size, info.mtime_ns or 0) if is_file else None

    def read(self, name: str) -> bytes:
        with self._told("read"), self._files.open_input_stream(self._path(name)) as source:
            content: bytes = source.read()
            return content

    def fetch(self, name: str, target: Path) -> None:
        """Copy a file here; a cut-short copy never has its name."""
        with self._told("read"), self._files.open_input_stream(self._path(name)) as source:
            handle, part = tempfile.mkstemp(dir=target.parent, prefix=".", suffix=".tmp")
            try:
                with os.fdopen(handle, "wb") as out:
                    while piece := source.read(_PIECE):
                        out.write(piece)
                Path(part).replace(target)
            except BaseException:
                Path(part).unlink(missing_ok=True)
                raise

    def hash(self, name: str) -> str:
        """The SHA-256 of a file, read in pieces."""
        digest = hashlib.sha256()
        with self._told("read"), self._files.open_input_stream(self._path(name)) as source:
            while piece := source.read(_PIECE):
                digest.update(piece)
        return digest.hexdigest()

    def write(self, name: str, content: bytes) -> None:
        path = self._path(name)
        with self._told("write"):
            if self._files.type_name == "local":  # the others know no folders
                self._files.create_dir(path.rpartition("/")[0])
            with self._files.open_output_stream(path) as out:
                out.write(content)

    def delete(self, name: str) -> None:
        with self._told("delete"):
            self._files.delete_file(self._path(name))

    def _path(self, name: str) -> str:
        return f"{self._root}/{name}"

    @contextmanager
    def _told(self, doing: str) -> Iterator[None]:
        import pyarrow as pa

        try:
            yield
        except (OSError, pa.ArrowException) as error:
            raise PlaceError(_why(self.address, f"cannot {doing}", error)) from error


@functools.lru_cache(maxsize=8)
def _at(address: str) -> Place:
    import pyarrow as pa
    from pyarrow import fs

    try:
        files, root = fs.FileSystem.from_uri(_with_endpoint(address))
    except (OSError, pa.ArrowException) as error:
        raise PlaceError(_why(address, "cannot open", error)) from error
    return Place(address, files, root.rstrip("/"))


def _with_endpoint(address: str) -> str:
    """The address with what the environment says of a store of one's own, which pyarrow asks too late."""
    kind, _, rest = address.partition("://")
    query: dict[str, str] = {}
    if kind == "gs":
        query["retry_limit_seconds"] = _GS_PATIENCE_S  # its own is a quarter of an hour
        if own := os.environ.get("STORAGE_EMULATOR_HOST"):
            endpoint = urlsplit(own if "://" in own else f"http://{own}")
            rest = f"anonymous@{rest}"
            query |= {"scheme": endpoint.scheme, "endpoint_override": endpoint.netloc}
    elif kind == "s3":
        own = os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL")
        if own:
            endpoint = urlsplit(own)
            region = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION")
            query = {
                "scheme": endpoint.scheme,
                "endpoint_override": endpoint.netloc,
                "region": region or "us-east-1",
            }
    return f"{kind}://{rest}?{urlencode(query)}" if query else address


def _why(address: str, what: str, error: Exception) -> str:
    said = first_line(error)
    lower = said.lower()
    is_written_nowhere = what == "cannot write" and isinstance(error, FileNotFoundError)  # gs://
    if is_written_nowhere or any(
        sign in lower for sign in ("no such bucket", "nosuchbucket", "bucket does not exist")
    ):
        remedy = "there is no such bucket; make it, or correct the address"
    elif (
        "access_denied" in lower
        or "access denied" in lower
        or "403" in lower
        or "invalid_access_key" in lower
    ):
        remedy = "access is denied; give this user or role the right to list, read, write and delete there"
    elif "credentials" in lower or "401" in lower:
        remedy = (
            "no credentials were found; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or a role"
        )
    else:
        remedy = "check the address, the credentials and the network (AWS_ENDPOINT_URL or STORAGE_EMULATOR_HOST for a store of your own)"
    return f"{address}: {what}: {remedy} ({said})"
