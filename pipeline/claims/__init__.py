"""What a claim asserts, so that two claims can be compared: are they one, or opposed?

Words carry weights that do not depend on what else was said, so that what two claims have in common
never changes because a third one was made.
"""

from pipeline.claims.comparing import TELLING, Comparison, apart, compare, held, opposed, same_unit
from pipeline.claims.lexicon import BUILT_IN, Lexicon, lexicon
from pipeline.claims.reading import Assertion, Word, make_assertion, read, words_of

__all__ = [
    "BUILT_IN", "TELLING", "Assertion", "Comparison", "Lexicon", "Word", "apart", "compare", "held", "lexicon",
    "make_assertion", "opposed", "read", "same_unit", "words_of",
]  # fmt: skip
