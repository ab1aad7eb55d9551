"""Podcast feeds: new episodes come into ``data/raw/`` by themselves."""

from pipeline.feeds.fetching import Choice, fetch, fetch_configured, forget_fetched
from pipeline.feeds.report import Fetched, FetchReport, Step

__all__ = [
    "Choice",
    "FetchReport",
    "Fetched",
    "Step",
    "fetch",
    "fetch_configured",
    "forget_fetched",
]
