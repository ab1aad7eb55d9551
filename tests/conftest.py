"""A data folder with small transcript episodes, for whole runs without audio."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.config import Settings, load_settings

HOST_TEXT = """00:01
今日は担当を引き継ぐときの話をします。
前の担当が集計を全部代わりにやってあげていて、
お客さんは自分で回せないままだったんです。
そこで手順書を一緒に作って、隣で見ながら進めました。
03:02
こういうときってどう考えればいいですかって、
お客さんが意見を求めてくれるようになりました。
答えではなく意見を聞かれるのは、信頼されてきた兆候だと思っています。
できないことはできないと正直に言うのも大事です。
06:00
最後は自分たちだけで締められるようになりました。
"""

DIALOGUE = """佐藤：来月の会議までに操作を覚えてもらえますか。
田中：正直に言うと、現場だけで回せるか不安です。
佐藤：最初の月は隣で一緒に進めて、少しずつ手を離していきましょう。
田中：佐藤さんは、どの順番で教えるのがいいと思いますか。
佐藤：まず請求の担当から始めるのがいいと思います。
"""


@pytest.fixture(autouse=True)
def _plain_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No settings of the machine's owner reach the tests; the model's cache stays shared."""
    for name in list(os.environ):
        if name.startswith("BANSOU_") and name != "BANSOU_CACHE":
            monkeypatch.delenv(name)
    monkeypatch.setenv("BANSOU_JOBS", "1")  # fakes do not reach other processes
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data folder with two transcript episodes."""
    folder = tmp_path / "data"
    (folder / "raw").mkdir(parents=True)
    (folder / "raw" / "第1回.txt").write_text(HOST_TEXT, encoding="utf-8")
    (folder / "raw" / "定例.txt").write_text(DIALOGUE, encoding="utf-8")
    return folder


@pytest.fixture
def settings(data: Path) -> Settings:
    return load_settings(data=data)


Tree = dict[str, bytes]


@pytest.fixture
def tables() -> Callable[[Path], Tree]:
    """The bytes of every table, the ledger with its clock columns aside."""

    def read(folder: Path) -> Tree:
        processed = folder / "processed"
        return {
            str(path.relative_to(processed)): path.read_bytes()
            for path in sorted(processed.rglob("*.parquet"))
            if "_state" not in path.parts and path.parent.name != "card_ledger"
        }

    return read
