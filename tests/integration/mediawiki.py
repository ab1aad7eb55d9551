"""A real MediaWiki in a folder: Debian's code, SQLite, ``php -S`` on 127.0.0.1."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

CODE = Path("/usr/share/mediawiki")
USER = "Bansou"
APP = "push"
SECRET = "0123456789abcdef0123456789abcdef"  # a bot password has 32 characters  # noqa: S105
_WORKERS = 2
_PASSWORD = "Kn0wledge-cards-4-all"  # noqa: S105
_GRANTS = "basic,highvolume,editpage,createeditmovepage,editprotected,editmyoptions,editinterface,editsiteconfig"
_SETTINGS = """
$wgMainCacheType = CACHE_NONE;
$wgLanguageCode = 'ja';
$wgJobRunRate = 1;
$wgShowExceptionDetails = true;
$wgLogos = ['1x' => 'data:image/gif;base64,R0lGODlhAQABAAAAACH5BAEKAAEALAAAAAABAAEAAAICTAEAOw=='];
wfLoadExtension( 'ParserFunctions' );
wfLoadSkin( 'Vector' );
$wgDefaultSkin = 'vector';
"""


def why_not() -> str:
    """Why no wiki can be started here; empty where one can."""
    if not (CODE / "maintenance" / "install.php").is_file():
        return "Debian's mediawiki is not installed (tests/integration/install_mediawiki.sh)"
    return "" if shutil.which("php") else "php is not installed"


@dataclass
class Wiki:
    """A wiki that runs."""

    folder: Path
    url: str
    user: str = f"{USER}@{APP}"
    password: str = SECRET

    @property
    def environment(self) -> dict[str, str]:
        return {"BANSOU_WIKI_USER": self.user, "BANSOU_WIKI_PASSWORD": self.password}

    def run(self, script: str, *args: object, stdin: str | None = None) -> str:
        """Run one of MediaWiki's maintenance scripts."""
        return _php(
            self.folder, script, *args, "--conf", self.folder / "LocalSettings.php", stdin=stdin
        )

    def edit_as_human(self, title: str, text: str, *, user: str = "Admin") -> None:
        self.run("edit.php", "--user", user, "--summary", "手で直した", title, stdin=text)

    def text(self, title: str) -> str:
        return self.run("getText.php", title)

    def get(self, **params: Any) -> Any:
        """What the API answers to anybody."""
        given = {"format": "json", "formatversion": "2", **params}
        return requests.post(f"{self.url}/api.php", data=given, timeout=60).json()

    def parsed(self, titles: Iterable[str]) -> dict[str, Mapping[str, Any]]:
        """Pages as the wiki reads them: text, links, templates, categories and so on."""
        prop = (
            "text|links|templates|categories|externallinks|images|properties|parsewarnings|wikitext"
        )

        def parse(title: str) -> Mapping[str, Any]:
            found: Mapping[str, Any] = self.get(action="parse", page=title, prop=prop)
            assert "parse" in found, f"{title}: {found}"
            return dict(found["parse"])

        wanted = list(titles)
        with ThreadPoolExecutor(_WORKERS) as pool:
            return dict(zip(wanted, pool.map(parse, wanted), strict=True))

    def sha1s(self, titles: Iterable[str]) -> dict[str, str]:
        """The wiki's own hashes (hex) of the pages that it has."""
        wanted, found = list(titles), {}
        for at in range(0, len(wanted), 50):
            some = wanted[at : at + 50]
            query = self.get(
                action="query", titles="|".join(some), prop="revisions", rvprop="sha1"
            )["query"]
            names = {pair["to"]: pair["from"] for pair in query.get("normalized", ())}
            for page in query["pages"]:
                if page.get("revisions"):
                    title = page["title"]
                    found[names.get(title, title)] = page["revisions"][0]["sha1"]
        return found

    def revisions(self) -> int:
        found = self.get(action="query", meta="siteinfo", siprop="statistics")
        return int(found["query"]["statistics"]["edits"])

    def last_revid(self) -> int:
        """Id of the newest revision of any page."""
        found = self.get(
            action="query", list="recentchanges", rclimit=1, rcprop="ids", rctype="edit|new|log"
        )
        return max((c["revid"] for c in found["query"]["recentchanges"]), default=0)

    def revisions_in_database(self) -> int:
        """The same counted: imports do not count as edits."""
        found = self.run("sql.php", "--json", "--query", "SELECT count(*) AS n FROM revision")
        return int(json.loads(found)[0]["n"])


@contextlib.contextmanager
def running(folder: Path, *, workers: int = _WORKERS) -> Iterator[Wiki]:
    """Install a wiki under a folder and serve it until the end."""
    folder.mkdir(parents=True, exist_ok=True)
    port = _free_port()
    url = f"http://127.0.0.1:{port}"
    _php(
        folder, "install.php", "--dbtype", "sqlite", "--dbpath", folder / "db", "--dbname", "wiki",
        "--server", url, "--scriptpath", "", "--lang", "ja", "--confpath", folder, "--pass", _PASSWORD,
        "試験用ウィキ", "Admin",
    )  # fmt: skip
    with (folder / "LocalSettings.php").open("a", encoding="utf-8") as settings:
        settings.write(_SETTINGS)
    wiki = Wiki(folder, url)
    wiki.run("createAndPromote.php", "--bot", "--sysop", "--interface-admin", USER, _PASSWORD)
    wiki.run("createBotPassword.php", "--appid", APP, "--grants", _GRANTS, USER, SECRET)
    log = (folder / "server.log").open("wb")
    # Its workers outlive it, so that the whole group is ended.
    server = subprocess.Popen(
        ["php", "-S", f"127.0.0.1:{port}", "-t", str(CODE)],
        env=_environment(folder) | {"PHP_CLI_SERVER_WORKERS": str(workers)},
        stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True, cwd=folder,
    )  # fmt: skip
    try:
        _wait_for(url, server, folder / "server.log")
        yield wiki
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(server.pid, signal.SIGTERM)
        server.wait(10)
        log.close()


def _environment(folder: Path) -> dict[str, str]:
    return {**os.environ, "MW_CONFIG_FILE": str(folder / "LocalSettings.php")}


def _php(folder: Path, script: str, *args: object, stdin: str | None = None) -> str:
    env = dict(os.environ) if script == "install.php" else _environment(folder)
    done = subprocess.run(
        ["php", str(CODE / "maintenance" / script), *map(str, args)],
        input=stdin, capture_output=True, text=True, check=False, env=env, cwd=folder,
    )  # fmt: skip
    assert done.returncode == 0, f"{script}: {done.stdout[-2000:]}{done.stderr[-2000:]}"
    return done.stdout


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def _wait_for(url: str, server: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + 60
    while time.monotonic() < end:
        assert server.poll() is None, log.read_text(errors="replace")[-2000:]
        with contextlib.suppress(requests.RequestException):
            if requests.get(f"{url}/api.php?action=query&format=json", timeout=20).ok:
                return
        time.sleep(0.1)
    raise AssertionError(f"the wiki does not answer: {log.read_text(errors='replace')[-2000:]}")
