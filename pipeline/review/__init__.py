"""Reviews: what people decide about cards, kept apart from what the pipeline makes and laid over it.

``bansou review export`` writes cards for a spreadsheet or Label Studio, ``bansou review import`` brings
the decisions back into the table ``reviews``, and readers take cards from :func:`reviewed_cards`.
"""

from __future__ import annotations

from pipeline.review.labels import ReviewError
from pipeline.review.overlay import Conflict, Reviewed, apply_reviews
from pipeline.review.tables import read_reviewed, reviewed_cards

__all__ = [
    "Conflict",
    "ReviewError",
    "Reviewed",
    "apply_reviews",
    "read_reviewed",
    "reviewed_cards",
]
