"""Name and password from the machine's keyring: the real package, with a backend that only remembers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from fakewiki import PASSWORD, USER, FakeWiki, serving
from typer.testing import CliRunner
from wikiarchive import make_team

from pipeline.cli import app
from pipeline.errors import ConfigError
from pipeline.wiki.secrets import find_login, find_token

keyring = pytest.importorskip(
    "keyring", reason="keyring is not installed (pip install 'bansou[keyring]')"
)
backend = pytest.importorskip("keyring.backend")
URL = "https://wiki.example.org/w"
SERVICE = "bansou:wiki.example.org"


class Memory(backend.KeyringBackend):  # type: ignore[misc, name-defined]
    """Finds a password by its name, as every backend does."""

    priority = -1  # never chosen by itself: every subclass is a candidate

    def __init__(self) -> None:
        super().__init__()
        self.kept: dict[tuple[str, str], str] = {}

    def set_password(self, service: str, username: str, password: str) -> None:
        self.kept[service, username] = password

    def get_password(self, service: str, username: str) -> str | None:
        return self.kept.get((service, username))

    def delete_password(self, service: str, username: str) -> None:
        del self.kept[service, username]


class Searching(Memory):
    """Finds it without its name too, as those of desktops do."""

    def get_credential(self, service: str, username: str | None) -> object:
        found = [u for s, u in self.kept if s == service and username in (None, u)]
        if not found:
            return None
        return keyring.credentials.SimpleCredential(found[0], self.kept[service, found[0]])


class Locked(Memory):
    """Somebody has not unlocked it."""

    def get_credential(self, service: str, username: str | None) -> object:
        raise keyring.errors.KeyringLocked(f"locked, and so is {PASSWORD}")


@pytest.fixture(autouse=True)
def ring() -> Iterator[None]:
    before = keyring.get_keyring()
    yield
    keyring.set_keyring(before)


def use(ring: Memory, *kept: tuple[str, str, str]) -> None:
    keyring.set_keyring(ring)
    for service, user, secret in kept:
        keyring.set_password(service, user, secret)


def test_name_and_password_are_found_by_the_wikis_host() -> None:
    use(Searching(), ("bansou:other.example.org", "Other@bansou", "no"), (SERVICE, USER, PASSWORD))
    login = find_login(URL)
    assert (login.user, login.secret) == (USER, PASSWORD)
    assert PASSWORD not in repr(login)
    with pytest.raises(ConfigError, match="keyring set bansou:third"):
        find_login("https://third.example.org")


def test_a_backend_that_cannot_search_is_asked_by_the_name_in_the_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    use(Memory(), (SERVICE, USER, PASSWORD))
    with pytest.raises(ConfigError, match="BANSOU_WIKI_USER"):
        find_login(URL)
    monkeypatch.setenv("BANSOU_WIKI_USER", USER)
    assert find_login(URL).secret == PASSWORD


def test_the_environment_comes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    use(Searching(), (SERVICE, USER, PASSWORD))
    monkeypatch.setenv("BANSOU_WIKI_USER", "Env@bansou")
    monkeypatch.setenv("BANSOU_WIKI_PASSWORD", "of the environment")
    login = find_login(URL)
    assert (login.user, login.secret) == ("Env@bansou", "of the environment")


def test_a_token_is_kept_under_its_own_name() -> None:
    use(Searching(), (SERVICE, "token", "of-growi"))
    assert find_token(URL).secret == "of-growi"  # noqa: S105


def test_a_locked_keyring_is_named_and_gives_nothing_away() -> None:
    use(Locked())
    with pytest.raises(ConfigError, match=r"KeyringLocked.*unlock it") as told:
        find_login(URL)
    assert PASSWORD not in str(told.value)


def test_a_push_takes_its_password_from_the_keyring(tmp_path: Path) -> None:
    team = make_team(tmp_path / "data")
    with serving(FakeWiki()) as wiki:
        use(Searching(), (f"bansou:{urlsplit(wiki.url).netloc}", USER, PASSWORD))
        done = CliRunner().invoke(
            app, ["push", "mediawiki", wiki.url, "--data", str(team.folder), "-v"]
        )
        assert done.exit_code == 0, done.output
        assert "知識カード/最初の月は隣で手を動かす" in wiki.titles()
    files = [path.read_bytes() for path in team.folder.rglob("*") if path.is_file()]
    assert PASSWORD not in done.output
    assert not any(PASSWORD.encode() in data for data in files)
