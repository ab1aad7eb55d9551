"""Asks pip-audit whether the locked packages have known vulnerabilities, and judges what it says.

Exit codes: 0 none is known; 1 at least one is, that ``.ci/audit-ignore.toml`` gives no reason to bear; 3 nobody
could be asked, or for some packages only: then nothing is known, which is no good news.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path
from typing import Any

IGNORED = Path(__file__).with_name("audit-ignore.toml")
FINE, VULNERABLE, UNKNOWN = 0, 1, 3


def read_ignored(path: Path) -> dict[str, str]:
    """Vulnerability → why it is borne.

    Raises:
        ValueError: one without a reason.
    """
    entries = tomllib.loads(path.read_text(encoding="utf-8")).get("ignore", [])
    for entry in entries:
        if not (entry.get("id") and str(entry.get("reason", "")).strip()):
            raise ValueError(f"{path}: {entry} needs an id and a reason")
    return {entry["id"]: entry["reason"] for entry in entries}


def judge(found: dict[str, Any], ignored: dict[str, str]) -> tuple[int, list[str]]:
    """What pip-audit's JSON means: the exit code, and lines that say it."""
    packages = found["dependencies"]
    skipped = [p for p in packages if "skip_reason" in p]
    lines, bad, met = [], 0, set()
    for package in packages:
        for hole in package.get("vulns", []):
            names = {hole["id"], *hole.get("aliases", [])}
            reason = next((ignored[name] for name in names if name in ignored), None)
            met |= names
            bad += reason is None
            fixed = ", ".join(hole.get("fix_versions", [])) or "no version yet"
            what = f"{package['name']} {package['version']}: {hole['id']} (fixed in {fixed})"
            lines.append(f"borne: {what}: {reason}" if reason else f"VULNERABLE: {what}")
    if not skipped:
        lines += [
            f"no longer met, take it off the list: {name}" for name in sorted(ignored.keys() - met)
        ]
    asked = len(packages) - len(skipped)
    if skipped:
        names = ", ".join(p["name"] for p in skipped[:5]) + (" …" if len(skipped) > 5 else "")
        lines.append(
            f"NOT AUDITED: the service knows nothing of {len(skipped)} of {len(packages)} packages ({names})"
        )
    lines.append(f"{asked} of {len(packages)} packages asked for, {bad} vulnerabilities not borne")
    if bad:
        return VULNERABLE, lines
    return (UNKNOWN if skipped or not packages else FINE), lines


def ask(locks: list[Path]) -> dict[str, Any] | None:
    """pip-audit's findings on locks; None where it could not ask.

    One package is asked for first: a service that does not know even that one is not asked for hundreds.
    """
    first = next(line for line in locks[0].read_text(encoding="utf-8").splitlines() if "==" in line)
    with tempfile.TemporaryDirectory() as folder:
        probe = Path(folder) / "probe.txt"
        probe.write_text(first.split(" ")[0] + "\n", encoding="utf-8")
        found = _ask([probe])
    if found is None or all("skip_reason" in package for package in found["dependencies"]):
        return None
    return _ask(locks)


def _ask(locks: list[Path]) -> dict[str, Any] | None:
    files = [part for lock in locks for part in ("-r", str(lock))]
    command = [sys.executable, "-m", "pip_audit", "--disable-pip", "--no-deps", "--format", "json",
               "--progress-spinner", "off", "--timeout", "20", *files]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    try:
        content = json.loads(done.stdout)
    except ValueError:
        last = (done.stderr.strip().splitlines() or ["no output"])[-1]
        print(f"pip-audit could not ask ({done.returncode}): {last}", file=sys.stderr)
        return None
    return content if isinstance(content, dict) and "dependencies" in content else None


def main(arguments: list[str]) -> int:
    """Audit locks, or judge findings made earlier."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("locks", nargs="*", type=Path)
    parser.add_argument("--findings", type=Path, help="pip-audit's JSON, instead of asking")
    parser.add_argument("--ignored", type=Path, default=IGNORED)
    given = parser.parse_args(arguments)
    ignored = read_ignored(given.ignored)
    found = (
        json.loads(given.findings.read_text(encoding="utf-8"))
        if given.findings
        else ask(given.locks)
    )
    if found is None:
        print(
            "NOT AUDITED: the vulnerability service could not be reached; nothing is known of the locked packages"
        )
        return UNKNOWN
    code, lines = judge(found, ignored)
    print("\n".join(lines))
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
