"""Whoever asks for nothing from the network gets nothing from it, and sends nothing."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from running import BANSOU

SAMPLES = Path(__file__).parent.parent.parent / "data" / "raw"
# Python reads this before the command begins: who looks a name up or connects is written down and stopped.
GUARD = """
import os, socket
def refuse(*args, **more):
    with open(os.environ["SEEN"], "a") as out:
        out.write(repr(args) + "\\n")
    raise AssertionError("the network was asked: " + repr(args))
class Guarded(socket.socket):
    def connect(self, *args): return refuse(*args)
    def connect_ex(self, *args): return refuse(*args)
    def sendto(self, *args): return refuse(*args)
socket.socket = Guarded
socket.create_connection = socket.getaddrinfo = socket.gethostbyname = refuse
"""
COMMANDS = (
    "ingest", "status --verify", "search 伴走", "search 伴走 --passages --json", "report --all --samples --out site",
    "export markdown --samples --out md", "export mediawiki --samples --out wiki.xml", "export csv --samples --out cards.csv",
    "review export cards-review.csv", "review conflicts", "review terms", "trust", "doctor",
)  # fmt: skip


def run_guarded(folder: Path, *names: str, commands: Sequence[str] = COMMANDS) -> dict[str, str]:
    """Every command on samples, in processes that cannot reach anything; what each said."""
    guard, seen = folder / "guard", folder / "seen"
    guard.mkdir()
    (guard / "sitecustomize.py").write_text(GUARD, encoding="utf-8")
    (folder / "data" / "raw").mkdir(parents=True)
    for name in names:
        shutil.copy(SAMPLES / name, folder / "data" / "raw")
    path = os.pathsep.join([str(guard), os.environ.get("PYTHONPATH", "")])
    environment = {
        **os.environ,
        "PYTHONPATH": path,
        "SEEN": str(seen),
        "http_proxy": "http://127.0.0.1:9",
    }
    said = {}
    for command in commands:
        done = subprocess.run(
            [BANSOU, *command.split()], cwd=folder, env=environment,
            capture_output=True, text=True, timeout=300, check=False,
        )  # fmt: skip
        assert "network" not in done.stderr, done.stderr
        assert "Traceback" not in done.stderr, done.stderr
        said[command] = f"{done.returncode} {done.stdout}{done.stderr}"
    assert not seen.exists(), seen.read_text()
    return said


def check_pages(folder: Path) -> None:
    pages = [p for p in (folder / "site").rglob("*") if p.suffix in (".html", ".js", ".css")]
    assert pages
    for page in pages:
        text = page.read_text(encoding="utf-8")
        loaded = re.findall(
            r"""(?:\bsrc|srcset|@import|url\()\s*=?\s*["'(]?\s*((?:https?:)?//[^"')\s]+)""", text
        )
        loaded += re.findall(
            r"""<(?:link|script|img|iframe|audio|video|form)\b[^>]*["']((?:https?:)?//[^"']+)""",
            text,
        )
        assert loaded == [], page.name


def test_the_guard_stops_who_asks(tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(GUARD, encoding="utf-8")
    code = "import urllib.request; urllib.request.urlopen('http://127.0.0.1:9/')"
    environment = {**os.environ, "PYTHONPATH": str(tmp_path), "SEEN": str(tmp_path / "seen")}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False)  # fmt: skip
    assert "the network was asked" in done.stderr
    assert "127.0.0.1" in (tmp_path / "seen").read_text()


@pytest.mark.integration
def test_a_transcript_is_worked_on_without_the_network(tmp_path: Path) -> None:
    said = run_guarded(tmp_path, "sample-host.txt", "sample-host.yaml")
    assert "1 done, 0 failed" in said["ingest"]
    assert said["search 伴走"].startswith("0 ")
    check_pages(tmp_path)


@pytest.mark.integration
def test_a_recording_is_heard_without_the_network(tmp_path: Path) -> None:
    names = ("sample-conversation.mp3", "sample-conversation.yaml")
    said = run_guarded(tmp_path, *names, commands=("ingest", "status"))
    assert "1 done, 0 failed" in said["ingest"]
