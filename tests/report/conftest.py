"""A browser for the tests that need one, and where its pages are written."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from reporting import Pages

if TYPE_CHECKING:
    from selenium.webdriver import Chrome

_CHROMIUM = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
_FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", "--mute-audio",
    "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-extensions",
    "--autoplay-policy=no-user-gesture-required", "--lang=ja",
)  # fmt: skip


@pytest.fixture
def pages(tmp_path: Path) -> Pages:
    return Pages(tmp_path / "data")


@pytest.fixture(scope="session")
def chrome(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chrome]:
    """Headless Chromium, its profile empty; one for all tests."""
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service

    chromium = next(filter(None, map(shutil.which, _CHROMIUM)), None)
    driver = shutil.which("chromedriver")
    if not chromium or not driver:
        missing = " and ".join(name for name, found in (("chromium", chromium), ("chromedriver", driver)) if not found)  # fmt: skip
        pytest.skip(f"{missing} not found; apt-get install chromium chromium-driver")
    options = webdriver.ChromeOptions()
    options.binary_location = chromium
    for flag in (*_FLAGS, f"--user-data-dir={tmp_path_factory.mktemp('profile')}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    # The driver is named, so that nothing is looked for on the network.
    browser = webdriver.Chrome(options=options, service=Service(driver))
    browser.set_window_size(1280, 900)
    yield browser
    browser.quit()


@pytest.fixture
def browser(chrome: Chrome) -> Iterator[Chrome]:
    """The browser at an empty page; what a page complained of fails its test."""
    chrome.get("about:blank")
    chrome.get_log("browser")
    yield chrome
    assert [entry["message"] for entry in chrome.get_log("browser")] == []
