"""Trust over time, from a team's own meetings: what customers ask for, and how that moves.

:func:`trust` measures relations; :func:`mask` takes names out of what it found.
"""

from pipeline.trust.intervals import Share, wilson
from pipeline.trust.mask import mask
from pipeline.trust.overview import Overview, UnknownRelationError, trust
from pipeline.trust.results import ROLE_NAMES, SIGNALS, VERDICTS, Point, Quote, RelationTrust

__all__ = [
    "ROLE_NAMES",
    "SIGNALS",
    "VERDICTS",
    "Overview",
    "Point",
    "Quote",
    "RelationTrust",
    "Share",
    "UnknownRelationError",
    "mask",
    "trust",
    "wilson",
]
