"""Name and password for a wiki: from the environment or the machine's keyring, never from a file."""

from __future__ import annotations

import importlib
import os
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from pipeline.errors import ConfigError

USER, PASSWORD, TOKEN = "BANSOU_WIKI_USER", "BANSOU_WIKI_PASSWORD", "BANSOU_WIKI_TOKEN"
SERVICE = "bansou"


@dataclass(frozen=True, slots=True)
class Login:
    """Who writes; the secret is in no ``repr``."""

    user: str
    secret: str = field(repr=False)


def find_login(url: str) -> Login:
    """Name and bot password for a MediaWiki.

    Raises:
        ConfigError: there is none.
    """
    host = urlsplit(url).netloc
    user, password = os.environ.get(USER, "").strip(), os.environ.get(PASSWORD, "").strip()
    if not (user and password):
        user, password = _from_keyring(host, user) or (user, "")
    if not (user and password):
        raise ConfigError(
            f"no name and password for {host}; make a bot password at Special:BotPasswords and set {USER} and "
            f"{PASSWORD}, or `keyring set {SERVICE}:{host} NAME@bansou`"
        )
    return Login(user, password)


def find_token(url: str) -> Login:
    """Access token for a GROWI.

    Raises:
        ConfigError: there is none.
    """
    host = urlsplit(url).netloc
    token = os.environ.get(TOKEN, "").strip() or (_from_keyring(host, "token") or ("", ""))[1]
    if not token:
        raise ConfigError(
            f"no access token for {host}; make one in GROWI's user settings and set {TOKEN}, or "
            f"`keyring set {SERVICE}:{host} token`"
        )
    return Login("token", token)


def _from_keyring(host: str, user: str) -> tuple[str, str] | None:
    try:
        keyring = importlib.import_module("keyring")
    except ImportError:
        return None
    try:
        found = keyring.get_credential(f"{SERVICE}:{host}", user or None)
    except keyring.errors.NoKeyringError:  # a server without any: as if the package were not there
        return None
    except Exception as error:  # a backend of the machine's; each has errors of its own
        raise ConfigError(
            f"the keyring cannot be read ({type(error).__name__}); unlock it, or set {USER} and {PASSWORD}"
        ) from error
    return (str(found.username), str(found.password)) if found else None
