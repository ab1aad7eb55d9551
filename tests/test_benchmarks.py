"""The page of benchmarks tells plainly what is met, what is not and what did not run."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).parent.parent / "benchmarks"


@pytest.fixture
def page(monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    from figures import Figure
    from run import page

    language = [
        Figure("rate", 25_000.0, "characters/s", "≥ 20000", "how it was measured"),
        Figure("ratio", 7.5, "×", "≥ 10", "how it was measured"),
        Figure("cost", 1.05, "×", "≤ 1.1", "another way"),
        Figure("size", 36.2, "MB", "", "another way"),
    ]
    return str(page("a machine", {"language": (language, ""), "search": ([], "no room left")}))


def test_the_page_says_what_is_met_and_what_is_not(page: str) -> None:
    assert "2 of 3 figures that something is asked of are met; not met: ratio." in page
    assert "| rate | 25,000 characters/s | ≥ 20000 | met |" in page
    assert "| ratio | 7.50 × | ≥ 10 | **not met** |" in page
    assert "| cost | 1.05 × | ≤ 1.1 | met |" in page
    assert "| size | 36.2 MB |  |  |" in page


def test_a_benchmark_that_did_not_run_is_told_with_its_reason(page: str) -> None:
    assert "`benchmarks/search.py` did not run here: no room left" in page


@pytest.mark.parametrize(
    "name", ["transcribe", "language", "link", "export", "search", "push_mediawiki"]
)
def test_every_benchmark_takes_the_option_of_the_collector(name: str) -> None:
    done = subprocess.run(
        [sys.executable, BENCHMARKS / f"{name}.py", "--help"],
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert "--json" in done.stdout
