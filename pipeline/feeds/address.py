"""Where a feed may lead: http(s) to public addresses, whatever a link, redirect or name server says.

A name is looked up once, every address it has is checked, and the connection goes to a checked one: a
name that changes its address between check and connection gains nothing.
"""

from __future__ import annotations

import ipaddress
import re
import socket
from typing import Any
from urllib.parse import unquote, urljoin, urlsplit

from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import ConnectTimeoutError, NameResolutionError, NewConnectionError
from urllib3.util.connection import create_connection

from pipeline.errors import BansouError

_LOGIN = re.compile(r"^(\s*(?:[a-zA-Z][a-zA-Z0-9+.-]*:)?//)[^/]*@")
_NAT64 = ipaddress.ip_network("64:ff9b::/96")


class FeedError(BansouError):
    """A feed, or what it points to, cannot be had or is refused."""


def shown(url: str) -> str:
    """An address without name, password and query, which may hold a subscriber's token."""
    return _LOGIN.sub(r"\1", url.split("?", 1)[0].split("#", 1)[0])


def check_url(url: str, *, base: str = "") -> str:
    """A complete address that may be asked for.

    Args:
        url: as it stands in a feed, a redirect or on the command line.
        base: what a relative address is relative to.

    Raises:
        FeedError: not http(s), no host, a password in it, or nonsense.
    """
    try:
        full = urljoin(base, url.strip())
        parts = urlsplit(full)
        host, _ = parts.hostname, parts.port
    except ValueError as error:
        raise FeedError(f"{shown(url)!r} is no address; correct it") from error
    if parts.scheme not in ("http", "https") or not host:
        raise FeedError(
            f"{shown(full)!r} is refused: only http:// and https:// addresses are fetched"
        )
    if "@" in parts.netloc:
        raise FeedError(
            f"the address of {host} holds a name or password, which files and logs would keep; "
            "take it out"
        )
    return full


def join(base: str, url: str) -> str:
    """A complete address, unchecked; what is no address stays as it is, for :func:`check_url` to tell."""
    try:
        return urljoin(base, url.strip())
    except ValueError:
        return url


def path_of(url: str) -> str:
    """The path of an address, empty where it is none."""
    try:
        return unquote(urlsplit(url).path)
    except ValueError:
        return ""


def is_public(address: str) -> bool:
    """Is this an address of the open internet, also where one address wraps another?"""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)
        if inner is None and ip in _NAT64:
            inner = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(str(inner))
    return ip.is_global and not ip.is_multicast and not ip.is_reserved


def _connect(connection: Any) -> socket.socket:
    """Open a connection's socket, to checked addresses alone.

    Raises:
        FeedError: one of the host's addresses is private.
    """
    host, port = connection.host.strip("[]"), connection.port
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (socket.gaierror, UnicodeError) as error:
        why = error if isinstance(error, socket.gaierror) else socket.gaierror(str(error))
        raise NameResolutionError(host, connection, why) from error
    addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
    for address in addresses:
        if not is_public(address):
            raise FeedError(
                f"{host} is {address}, an address of a private network, and was not contacted; "
                "--allow-private allows it where the feed is your own"
            )
    last: OSError = OSError("no address")
    for address in addresses:
        try:
            return create_connection(
                (address, port), connection.timeout, socket_options=connection.socket_options
            )
        except OSError as error:
            last = error
    if isinstance(last, TimeoutError):
        raise ConnectTimeoutError(connection, f"{host} does not answer") from last
    raise NewConnectionError(connection, f"{host}: {last}") from last


class _PublicHTTPConnection(HTTPConnection):
    def _new_conn(self) -> socket.socket:
        return _connect(self)


class _PublicHTTPSConnection(HTTPSConnection):
    def _new_conn(self) -> socket.socket:
        return _connect(self)


class _PublicHTTPPool(HTTPConnectionPool):
    ConnectionCls = _PublicHTTPConnection


class _PublicHTTPSPool(HTTPSConnectionPool):
    ConnectionCls = _PublicHTTPSConnection


class PublicAdapter(HTTPAdapter):
    """Sends requests to public addresses alone."""

    def init_poolmanager(self, *args: Any, **more: Any) -> None:
        super().init_poolmanager(*args, **more)
        self.poolmanager.pool_classes_by_scheme = {
            "http": _PublicHTTPPool, "https": _PublicHTTPSPool,
        }  # fmt: skip
