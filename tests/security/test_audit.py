"""The audit of dependencies: a known hole fails it, one borne for a reason does not, and silence is told."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

AUDIT = Path(__file__).parent.parent.parent / ".ci" / "audit.py"
HOLE = {
    "id": "PYSEC-2026-1",
    "fix_versions": ["2.1"],
    "aliases": ["CVE-2026-1"],
    "description": "x",
}
SOUND = {"name": "sound", "version": "1.0", "vulns": []}
HOLED = {"name": "holed", "version": "2.0", "vulns": [HOLE]}
UNHEARD = {"name": "unheard", "skip_reason": "not found"}


def audit(tmp_path: Path, *packages: dict[str, Any], ignored: str = "") -> tuple[int, str]:
    (tmp_path / "found.json").write_text(json.dumps({"dependencies": packages}), encoding="utf-8")
    (tmp_path / "ignored.toml").write_text(ignored, encoding="utf-8")
    command = [
        sys.executable,
        AUDIT,
        "--findings",
        tmp_path / "found.json",
        "--ignored",
        tmp_path / "ignored.toml",
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def test_no_known_hole_is_fine(tmp_path: Path) -> None:
    assert audit(tmp_path, SOUND) == (0, "1 of 1 packages asked for, 0 vulnerabilities not borne\n")


def test_a_known_hole_fails_and_says_what_mends_it(tmp_path: Path) -> None:
    code, said = audit(tmp_path, SOUND, HOLED, UNHEARD)
    assert code == 1
    assert "VULNERABLE: holed 2.0: PYSEC-2026-1 (fixed in 2.1)" in said


@pytest.mark.parametrize("name", ["PYSEC-2026-1", "CVE-2026-1"])
def test_a_hole_borne_for_a_reason_is_told_and_fails_nothing(tmp_path: Path, name: str) -> None:
    ignored = f'[[ignore]]\nid = "{name}"\nreason = "is not reached"\n'
    code, said = audit(tmp_path, HOLED, ignored=ignored)
    assert code == 0
    assert "borne: holed 2.0: PYSEC-2026-1 (fixed in 2.1): is not reached" in said
    assert "no longer met" in audit(tmp_path, SOUND, ignored=ignored)[1]


def test_a_hole_is_not_borne_without_a_reason(tmp_path: Path) -> None:
    code, said = audit(tmp_path, HOLED, ignored='[[ignore]]\nid = "PYSEC-2026-1"\nreason = " "\n')
    assert code == 1
    assert "needs an id and a reason" in said


def test_what_nobody_could_be_asked_about_is_no_good_news(tmp_path: Path) -> None:
    code, said = audit(tmp_path, SOUND, UNHEARD)
    assert code == 3
    assert "NOT AUDITED: the service knows nothing of 1 of 2 packages (unheard)" in said


def test_the_list_of_what_is_borne_can_be_read(tmp_path: Path) -> None:
    (tmp_path / "found.json").write_text(json.dumps({"dependencies": [SOUND]}), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, AUDIT, "--findings", tmp_path / "found.json"],
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0
