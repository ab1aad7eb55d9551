"""A data folder without episodes, a server, and a fetch that loses no time."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.config import Settings, load_settings
from pipeline.feeds import Choice, FetchReport, fetch
from tests.feeds.server import Fetch, Server, quick_client, serving


@pytest.fixture
def server() -> Iterator[Server]:
    with serving() as running:
        yield running


@pytest.fixture
def empty(tmp_path: Path) -> Settings:
    return load_settings(data=tmp_path / "data")


@pytest.fixture
def run(empty: Settings) -> Fetch:
    def go(*urls: str, **more: object) -> FetchReport:
        choice = {k: more.pop(k) for k in ("since", "limit", "max_bytes") if k in more}
        client = more.pop("client", None) or quick_client()[0]
        return fetch(empty, urls, Choice(**choice), client=client, **more)  # type: ignore[arg-type]

    return go
