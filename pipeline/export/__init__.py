"""Cards for other people's tools: wikis, Markdown folders, spreadsheets, players.

:func:`pipeline.export.read.read_corpus` reads what may leave this machine; what follows are pure
renderers that make the same bytes of the same tables.
"""

from __future__ import annotations

from pipeline.export.pages import DEFAULT_PREFIX, Page, PageOptions, make_pages, pages
from pipeline.export.read import ExportError, read_corpus

__all__ = [
    "DEFAULT_PREFIX", "ExportError", "Page", "PageOptions", "make_pages", "pages", "read_corpus",
]  # fmt: skip
