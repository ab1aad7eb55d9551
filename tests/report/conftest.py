"""A browser for the tests that need one, and where its pages are written."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from browsers import start_chrome
from reporting import Pages

if TYPE_CHECKING:
    from selenium.webdriver import Chrome


@pytest.fixture
def pages(tmp_path: Path) -> Pages:
    return Pages(tmp_path / "data")


@pytest.fixture(scope="session")
def chrome(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chrome]:
    """One browser for all tests."""
    browser = start_chrome(tmp_path_factory.mktemp("profile"))
    yield browser
    browser.quit()


@pytest.fixture
def browser(chrome: Chrome) -> Iterator[Chrome]:
    """The browser at an empty page; what a page complained of fails its test."""
    chrome.get("about:blank")
    chrome.get_log("browser")
    yield chrome
    assert [entry["message"] for entry in chrome.get_log("browser")] == []
