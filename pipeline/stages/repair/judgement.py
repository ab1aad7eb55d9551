"""A candidate with what speaks for and against it: signs in points, summed.

At nought or above it is repaired. The points are set by hand: factors learned for them by logistic
regression found fewer words of an author who was left out.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from pipeline.glossary import Term
from pipeline.stages.repair.candidates import Candidate

# A wrong edit costs twice what a missed one costs, so the sum starts below nought.
PRIOR = -2.2
OUTWEIGHED = "as likely another word"
_RULES = ("rival", "misspelling", "non_word", "frame", "compound", "episode")


@dataclass(slots=True)
class Judgement:
    """A candidate with its points and why; ``surface`` is what stands there.

    ``signs`` holds the points of each sign; ``gain`` is how much
    cheaper the clause gets with the term, ``lead`` by how many points the term is likelier than another
    word of its sound, ``is_word`` whether a dictionary knows the surface, ``meant`` what was said where it
    was a word other than the term.
    """

    line: int
    candidate: Candidate
    term: Term
    surface: str
    gain: float = 0.0
    is_word: bool = False
    points: float = PRIOR
    signs: dict[str, float] = field(default_factory=dict)
    lead: float = math.inf
    meant: str = ""
    rules: set[str] = field(default_factory=set)
    _words: dict[str, str] = field(default_factory=dict)

    def add(self, sign: str, points: float, words: str = "", rule: str = "") -> None:
        """Count points for a sign; ``words`` say where it was seen."""
        if points:
            self.points += points
            self.signs[sign] = self.signs.get(sign, 0.0) + points
            self._words[sign] = words
            if rule and points > 0:
                self.rules.add(rule)

    def take_back(self, sign: str) -> None:
        """Count a sign no more."""
        self.points -= self.signs.pop(sign, 0.0)

    @property
    def score(self) -> float:
        """The points as a number from 0 to 1; 0.5 is the threshold."""
        return round(1.0 / (1.0 + math.exp(-self.points)), 4)

    @property
    def rule(self) -> str:
        """Which kind of evidence decided."""
        return next((rule for rule in _RULES if rule in self.rules), "context")

    @property
    def why(self) -> str:
        """The signs with their points."""
        return "; ".join(
            f"{' '.join(filter(None, (sign, self._words[sign])))} {points:+.1f}"
            for sign, points in self.signs.items()
        )
