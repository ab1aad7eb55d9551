"""Find cards and passages: full text by Sudachi's words, and words that are used alike.

An embedded index (SQLite FTS5, beside the tables) that follows the tables by itself; docs/search.md.
"""

from pipeline.search.find import DEFAULT_LIMIT, Filters, Hit, search
from pipeline.search.index import FILE_NAME, purge
from pipeline.search.query import QueryError

__all__ = ["DEFAULT_LIMIT", "FILE_NAME", "Filters", "Hit", "QueryError", "purge", "search"]
