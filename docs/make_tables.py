"""Write ``docs/tables.md`` from ``pipeline/schema.py``; ``--check`` only says whether it is true."""

from __future__ import annotations

import sys
from pathlib import Path

from pipeline import schema

TARGET = Path(__file__).parent / "tables.md"


def render() -> str:
    """The document as Markdown."""
    parts = [
        "# Tables\n",
        "Made from `pipeline/schema.py` by `make docs`; do not edit.\n",
        (
            "One folder a table under `data/processed/`, one parquet file an episode, or many in one after `bansou compact` (corpus tables: one "
            "file), so `pd.read_parquet('data/processed/cards')` reads all cards. Spans are half-open and "
            "counted in code points; `_s` columns are seconds from the start of the episode; scores run "
            "from 0 to 1. Columns of the key are bold.\n"
        ),
    ]
    for spec in schema.TABLES.values():
        parts.append(f"## {spec.name}\n")
        parts.append(f"{spec.meaning} Written by `{spec.writer}`, per {spec.scope}.\n")
        parts.append("| column | type | unit | may be null | meaning |\n|---|---|---|---|---|")
        for c in spec.columns:
            name = f"**{c.name}**" if c.name in spec.key else c.name
            values = f": {', '.join(f'`{v}`' for v in c.values)}" if c.values else ""
            null = "yes" if c.nullable else ""
            parts.append(f"| {name} | {c.type} | {c.unit} | {null} | {c.meaning}{values} |")
        parts.append("")
    return "\n".join(parts)


def main() -> int:
    if "--check" in sys.argv:
        return 0 if TARGET.read_text(encoding="utf-8") == render() else 1
    TARGET.write_text(render(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
