"""``bansou push mediawiki`` of 1,000 cards to a real MediaWiki, against a bare loop of API edits.

Installs a wiki of its own (Debian's MediaWiki, SQLite, ``php -S`` on 127.0.0.1; see
``tests/integration/install_mediawiki.sh``) and measures, in one run:

- the bare loop: one session, one edit a page, as a script of ten lines would do it; half of it before and
  half of it after the push, under titles of its own, with the same texts;
- the first push, as a command: pages a second against the loop's;
- the same again, which must make no revision, and once more with one card changed: one revision;
- on a second wiki a push ended by ``kill -9`` twice on its way, and run again: nothing doubled, nothing lost.

    python benchmarks/push_mediawiki.py [--cards 1000]

Exits with 1 where one of these does not hold.
"""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import requests
from export import BANSOU, make_archive, set_body
from figures import Figure, hand_over, with_json

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "tests" / "integration")]
import mediawiki  # noqa: E402

from pipeline.config import load_settings  # noqa: E402
from pipeline.export import Page, pages  # noqa: E402
from pipeline.store import Store  # noqa: E402
from pipeline.wiki.ledger import Ledger, ledger_path  # noqa: E402

LEAST_RATIO = 0.8
LONGEST_UNCHANGED_S = 10.0
KILLED_AT = (0.3, 0.6)  # of all pages


def bare_loop(wiki: mediawiki.Wiki, made: Sequence[Page], prefix: str) -> float:
    """Write pages by nothing but edits; seconds, logging in left out."""
    session = requests.Session()

    def ask(**data: object) -> dict[str, dict[str, object]]:
        given = {"format": "json", "formatversion": 2, **data}
        return session.post(f"{wiki.url}/api.php", data=given, timeout=60).json()

    def token(kind: str) -> object:
        return ask(action="query", meta="tokens", type=kind)["query"]["tokens"][f"{kind}token"]

    ask(action="login", lgname=wiki.user, lgpassword=wiki.password, lgtoken=token("login"))
    csrf = token("csrf")
    began = time.perf_counter()
    for number, page in enumerate(made):
        got = ask(action="edit", title=f"{prefix}/{number}", text=page.text, bot=1, token=csrf)
        if got.get("edit", {}).get("result") != "Success":
            raise SystemExit(f"the wiki refused an edit: {got}")
    return time.perf_counter() - began


def start(folder: Path, wiki: mediawiki.Wiki) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [BANSOU, "push", "mediawiki", wiki.url, "--data", folder], env={**os.environ, **wiki.environment},
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip


def push(folder: Path, wiki: mediawiki.Wiki) -> tuple[float, str]:
    """The whole command: seconds, and the last thing it said."""
    began = time.perf_counter()
    process = start(folder, wiki)
    out, _ = process.communicate()
    if process.returncode:
        raise SystemExit(out)
    return time.perf_counter() - began, out.strip().splitlines()[-1]


def made_of(folder: Path) -> list[Page]:
    return pages(Store(folder / "processed"), load_settings(data=folder))


def compare(scratch: Path, folder: Path) -> tuple[bool, list[Figure]]:
    """The loop against the push, and pushes that have little to do."""
    made = made_of(folder)
    half = len(made) // 2
    with mediawiki.running(scratch / "wiki") as wiki:
        bare_loop(wiki, made[:20], "Warm")
        bare_s = bare_loop(wiki, made[:half], "BareA")
        before = wiki.revisions()
        push_s, told = push(folder, wiki)
        is_whole = wiki.revisions() == before + len(made)
        bare_s += bare_loop(wiki, made[half:], "BareB")
        ratio = bare_s / push_s
        print(f"bare loop      {len(made)} pages {bare_s:7.1f} s {len(made) / bare_s:6.1f} pages/s")
        print(
            f"first push     {len(made)} pages {push_s:7.1f} s {len(made) / push_s:6.1f} pages/s, ratio {ratio:.2f}"
        )
        print(f"               {told}")
        before = wiki.revisions()
        again_s, told = push(folder, wiki)
        added = wiki.revisions() - before
        print(f"second push    {again_s:19.1f} s, {added:+d} revisions")
        print(f"               {told}")
        card_id = next(page.card_id for page in made if page.card_id)
        set_body(Store(folder / "processed"), card_id, "ほかのことを言う本文。急がない。")
        before = wiki.revisions()
        one_s, told = push(folder, wiki)
        changed = wiki.revisions() - before
        print(f"a card changed {one_s:19.1f} s, {changed:+d} revisions")
        print(f"               {told}")
    is_fast = ratio >= LEAST_RATIO and again_s < LONGEST_UNCHANGED_S
    how = (
        f"benchmarks/push_mediawiki.py, {len(made)} pages, MediaWiki on SQLite on the same machine"
    )
    found = [
        Figure("first push / a bare loop of edits", ratio, "×", f"≥ {LEAST_RATIO}", how),
        Figure("push with nothing new", again_s, "s", f"≤ {LONGEST_UNCHANGED_S}", how),
        Figure("push of one changed card", one_s, "s", "", how),
    ]
    return is_whole and is_fast and (added, changed) == (0, 1), found


def kill_and_go_on(scratch: Path, folder: Path) -> bool:
    """Pushes cut short without warning, and one that goes on."""
    made = made_of(folder)
    with mediawiki.running(scratch / "killed") as wiki:
        path = ledger_path(Store(folder / "processed"), f"{wiki.url}/api.php")
        for share in KILLED_AT:
            process = start(folder, wiki)
            while process.poll() is None and len(Ledger.at(path)) < share * len(made):
                time.sleep(0.02)
            process.send_signal(signal.SIGKILL)
            process.communicate()
            time.sleep(2)  # the wiki ends what it was at
            print(f"killed         after {wiki.revisions() - 1} of {len(made)} pages")
        seconds, told = push(folder, wiki)
        print(f"gone on        {seconds:19.1f} s, {told}")
        revisions = wiki.revisions() - 1  # the wiki's own main page
        same = sum(
            wiki.text(page.title).rstrip("\n") == page.text for page in made[:: len(made) // 50]
        )
        _, again = push(folder, wiki)
        print(f"revisions      {revisions} of {len(made)} pages; then {again}")
        return (
            revisions == len(made)
            and same == len(made[:: len(made) // 50])
            and f"{len(made)} unchanged" in again
        )


def main() -> None:
    parser = with_json(argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0]))
    parser.add_argument("--cards", type=int, default=1000)
    given = parser.parse_args()
    if why := mediawiki.why_not():
        raise SystemExit(why)
    with tempfile.TemporaryDirectory() as name:
        scratch = Path(name)
        make_archive(scratch / "one", given.cards)
        make_archive(scratch / "two", given.cards)
        is_as_told, found = compare(scratch, scratch / "one")
        holds = [is_as_told, kill_and_go_on(scratch, scratch / "two")]
    hand_over(found, given.json)
    print("all holds" if all(holds) else "something does not hold")
    raise SystemExit(0 if all(holds) else 1)


if __name__ == "__main__":
    main()
