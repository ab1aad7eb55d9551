"""What speech adds behind the verb: 九割青なんですよ、最初の月が。"""

from __future__ import annotations

import re
from collections.abc import Sequence

from pipeline import morph
from pipeline.morph import Token
from pipeline.stages.card.titles import begins_inside
from pipeline.stages.card.written import has_predicate

_LONGEST_CHARS = 20
_PARTICLES = frozenset(["は", "が", "を", "に", "で", "も"])
_CALLS = "よねわのさ"
_AGREED = re.compile(r"(?:わけ)?(?:でしょう?|じゃん|もん)$")
_BEGINS = frozenset(["名詞", "接頭辞", "動詞", "形容詞", "形状詞"])


# Who acts, named behind: 忙しい外注先なんですよね、私たち
_WHO = re.compile(
    r"(?:うちの|その)?(?:(?:私|わたし|僕|俺|自分)(?:たち|ら)?|うち|こっち|向こう|相手|先方|お客(?:さん|様)(?:たち)?|担当者?|現場|社長|部長|店長|上司|営業)"
)


def with_particle(added: str) -> str:
    """What stands behind, with the は that speech leaves out where it names who acts."""
    return f"{added}は" if _WHO.fullmatch(added) else added


def belongs_before(added: str, told: str) -> bool:
    """Whether words added behind a clause can be written in front of it.

    Args:
        added: what stands behind, without marks.
        told: the clause, as it stands when a sentence ends there.
    """
    return (
        # What needs no words looked up comes first: most clauses are no afterthoughts.
        len(added) <= _LONGEST_CHARS
        and added.endswith(tuple(_PARTICLES))
        and _is_noun_with_particle(morph.tokens(added))
        and has_predicate(_AGREED.sub("", told.rstrip(_CALLS)))
        # 売られた、と感じますよね、お客さんは: nothing tells where it would stand.
        and not begins_inside(told)
    )


def _is_noun_with_particle(words: Sequence[Token]) -> bool:
    """Whether words are a noun with its particle, no mere 私が or それは."""
    if len(words) < 2 or words[-1].pos[0] != "助詞" or words[-1].surface not in _PARTICLES:
        return False
    if words[-2].pos[1] == "準体助詞":  # 怖い、自分の考えを言うのが
        return words[0].pos[0] in _BEGINS
    noun = next((w for w in reversed(words) if w.pos[0] != "助詞"), words[0])
    is_group = noun.pos[0] == "代名詞" and noun.surface.endswith(("たち", "ら"))
    return is_group or (noun.pos[0] in {"名詞", "接尾辞"} and words[0].pos[0] in _BEGINS)
