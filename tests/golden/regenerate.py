"""Write the golden file of the host-text sample anew: what the language stages make of it.

A change here is a change a reader sees: look at the difference before you commit it.

    make golden
"""

from __future__ import annotations

import json
import shutil
import tempfile
from pathlib import Path

import pyarrow.parquet as pq

from pipeline.config import load_settings
from pipeline.run.ingest import ingest
from pipeline.store import Store

ROOT = Path(__file__).parent.parent.parent
TARGET = Path(__file__).parent / "sample-host.json"
EPISODE = "sample-host"
SHOWN = {
    "repairs": ("segment_index", "start_char", "before", "after", "rule"),
    "utterances": ("first_segment", "last_segment", "text", "request"),
    "passages": ("first_utterance", "last_utterance"),
    "tags": ("passage_id", "tag", "evidence"),
    "cards": ("card_id", "kind", "title", "body", "quote_raw", "tags", "request"),
}


def build(data: Path) -> dict[str, list[dict[str, object]]]:
    """Ingest the sample into an empty data folder and take the columns a reader sees."""
    (data / "raw").mkdir(parents=True)
    for path in (ROOT / "data" / "raw").glob(f"{EPISODE}.*"):
        shutil.copy(path, data / "raw")
    settings = load_settings(data=data)
    ingest(settings)
    store = Store(settings.processed)
    return {
        name: pq.read_table(store.table_path(name, EPISODE), columns=list(columns)).to_pylist()
        for name, columns in SHOWN.items()
    }


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        made = build(Path(folder) / "data")
    TARGET.write_text(json.dumps(made, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
