"""Take the pictures of docs/img/ anew: the sample episode pushed to a real MediaWiki, seen by headless Chromium.

Needs what ``tests/integration/install_mediawiki.sh`` installs, ``chromium`` and a font with kanji
(``fonts-noto-cjk``).

    python tests/integration/make_screenshots.py
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from urllib.parse import quote

import mediawiki

ROOT = Path(__file__).resolve().parent.parent.parent

BANSOU = Path(sys.executable).with_name("bansou")
SAMPLE = "sample-host"
PICTURES = {
    "mediawiki-card": ("知識カード/耳の痛いことを言ったあとのほうが、電話が増える", 1000, 800),
    "mediawiki-tag": ("知識カード/タグ/代走", 1000, 980),
}


def main() -> None:
    chromium = (
        shutil.which("chromium")
        or shutil.which("chromium-browser")
        or shutil.which("google-chrome")
    )
    if why := mediawiki.why_not() or ("" if chromium else "chromium is not installed"):
        raise SystemExit(why)
    out = ROOT / "docs" / "img"
    out.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "raw").mkdir()
        for path in (ROOT / "data" / "raw").glob(f"{SAMPLE}.*"):
            shutil.copy(path, folder / "raw")
        subprocess.run([BANSOU, "ingest", "--data", folder], check=True)
        with mediawiki.running(folder / "wiki") as wiki:
            env = {**os.environ, **wiki.environment}
            subprocess.run(
                [BANSOU, "push", "mediawiki", wiki.url, "--data", folder, "--samples"],
                check=True,
                env=env,
            )
            wiki.run("runJobs.php")
            for picture, (title, width, height) in PICTURES.items():
                subprocess.run(
                    [chromium, "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking",
                     "--hide-scrollbars", f"--user-data-dir={folder / 'chromium'}", f"--window-size={width},{height}",
                     f"--screenshot={out / picture}.png", f"{wiki.url}/index.php?title={quote(title)}"],
                    check=True, capture_output=True,
                )  # fmt: skip


if __name__ == "__main__":
    main()
