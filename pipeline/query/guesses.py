"""Who may speak where nobody is named, for notebooks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.errors import BansouError
from pipeline.query.session import DataFolder, find_settings, is_private_wanted

if TYPE_CHECKING:
    import pandas as pd

_COLUMNS = {
    "first_utterance": "int32", "last_utterance": "int32", "start_s": "float64", "end_s": "float64",
    "speaker": "str", "score": "float64", "rule": "str", "evidence": "str",
}  # fmt: skip


def guess_speakers(
    episode: str, *, data: DataFolder = None, private: bool | None = None
) -> pd.DataFrame:
    """Suggestions of who speaks in an episode that names nobody; never stored, never a fact.

    Empty where a speaker is known. Most utterances have no suggestion. Names are taken from the
    episode's guests and from what is said.

    Columns:
        first_utterance, last_utterance (int32): utterance_index of the first and the last one (inclusive)
        start_s, end_s (float64, s): from the start of the episode; null where there are no times
        speaker (string): a name; null where only another voice shows
        score (float64, 0 to 1): how often the rule is right, by talks whose speakers are known
        rule (string): self_introduction; addressed (the reply of who was asked by name); asks and answers
            (a question and the reply to it, which is another voice)
        evidence (string): the words that show it; of addressed, those of the question

    Args:
        episode: id of the episode.
        data: data folder; see ``bs.use``.
        private: allows a private episode; as ``bs.use`` set it where not given.

    Raises:
        BansouError: there is no such episode, or it is private and not asked for.
        TableError: a stored table is damaged.
    """
    import numpy as np
    import pandas as pd

    from pipeline.stages.speakers import guess_turns
    from pipeline.store import Store

    store = Store(find_settings(data).processed)
    if not store.has("episodes", episode):
        raise BansouError(f"no episode {episode!r} in {store.root}; bs.episodes() lists them")
    row = store.read("episodes", episode).to_pylist()[0]
    if row["visibility"] == "private" and not is_private_wanted(private):
        raise BansouError(f"the episode {episode!r} is private; ask for it with private=True")
    said = store.read("utterances", episode).to_pylist()
    by_index = {u["utterance_index"]: u for u in said}
    rows = [
        (
            g.first_utterance, g.last_utterance, by_index[g.first_utterance]["start_s"],
            by_index[g.last_utterance]["end_s"], g.speaker, g.score, g.rule, g.evidence,
        )
        for g in guess_turns(said, people=row["guests"] or ())
    ]  # fmt: skip
    text = pd.StringDtype(na_value=np.nan)
    made = pd.DataFrame(rows, columns=list(_COLUMNS))
    return made.astype({n: text if t == "str" else t for n, t in _COLUMNS.items()})
