"""Take the pictures of pages in docs/img/ anew, of the sample episodes: ``python tests/report/make_screenshots.py``.

Needs chromium with its driver and a font with kanji (``fonts-noto-cjk``).
"""

from __future__ import annotations

import shutil
import tempfile
import time
from pathlib import Path

from browsers import start_chrome

from pipeline.config import load_settings
from pipeline.report.deliver import report_episode
from pipeline.run.ingest import ingest

ROOT = Path(__file__).resolve().parents[2]
WIDE = (1280, 860)
PICTURES = {
    "report-light": ("sample-conversation", "light", WIDE, "one('.card h3').click(); hear(one('#u8'), {play: false})"),
    "report-dark": ("sample-host", "dark", WIDE, "one(\"[data-filter='tag:daisou']\").click(); show(one('.passage:not([hidden])'), 'start')"),
}  # fmt: skip


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        data = Path(name) / "data"
        (data / "raw").mkdir(parents=True)
        for path in (ROOT / "data" / "raw").glob("sample-*"):
            shutil.copy(path, data / "raw")
        settings = load_settings(data=data)
        ingest(settings)
        browser = start_chrome(Path(name) / "profile")
        for picture, (episode, mode, (width, height), script) in PICTURES.items():
            size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
            browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
            scheme = {"features": [{"name": "prefers-color-scheme", "value": mode}]}
            browser.execute_cdp_cmd("Emulation.setEmulatedMedia", scheme)
            browser.get(report_episode(settings, episode, samples=True).out.as_uri())
            browser.execute_script(script)
            time.sleep(1.5)  # scrolling is smooth
            browser.save_screenshot(str(ROOT / "docs" / "img" / f"{picture}.png"))
        browser.quit()


if __name__ == "__main__":
    main()
