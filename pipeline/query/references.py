"""Character error rates where somebody wrote down what was really said."""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.errors import SourceError
from pipeline.query.session import DataFolder, find_settings
from pipeline.query.tables import episodes, segments, utterances

if TYPE_CHECKING:
    import pandas as pd

FOLDER = "references"
_NOT_LETTERS = re.compile(r"[\W_]+")
_COLUMNS = {
    "episode_id": "str", "title": "str", "model": "str", "characters": "int64",
    "errors_recognised": "int64", "errors_repaired": "int64",
    "cer_recognised": "float64", "cer_repaired": "float64",
}  # fmt: skip


def error_rates(*, data: DataFolder = None, private: bool | None = None) -> pd.DataFrame:
    """How far recognition, and recognition after repair, are from what was really said.

    For episodes with a text ``references/<episode_id>.txt`` (UTF-8) in the data folder: all that was
    said, in order, without names and times. Punctuation, white space and width count for nothing.

    Columns:
        episode_id, title (string): episode
        model (string): recognition model; null where none is known
        characters (int64): letters of the reference
        errors_recognised, errors_repaired (int64): letters to change, add or remove, before and after repair
        cer_recognised, cer_repaired (float64, share of characters): the same, as a rate; may exceed 1

    Args:
        data: data folder; see ``bs.use``.
        private: private episodes too; as ``bs.use`` set it where not given.

    Raises:
        SourceError: a reference cannot be read or says nothing.
        TableError: a stored table is damaged.
    """
    import numpy as np
    import pandas as pd

    folder = find_settings(data).data / FOLDER
    shown = episodes(data=data, private=private)
    kept = shown[[(folder / f"{i}.txt").is_file() for i in shown["episode_id"]]]
    rows = []
    if len(kept):
        heard = segments(data=data, private=private)
        said = utterances(data=data, private=private)
        used = heard[heard["dropped_reason"].isna()]
        for episode in kept.itertuples():
            of = [frame[frame["episode_id"] == episode.episode_id] for frame in (used, said)]
            rows.append(_row(episode, folder, "".join(of[0]["text"]), "".join(of[1]["text"])))
    text = pd.StringDtype(na_value=np.nan)
    made = pd.DataFrame(rows, columns=list(_COLUMNS))
    return made.astype({n: text if t == "str" else t for n, t in _COLUMNS.items()})


def _row(episode: Any, folder: Path, recognised: str, repaired: str) -> dict[str, Any]:
    from rapidfuzz.distance import Levenshtein

    wanted = _letters(_read(folder / f"{episode.episode_id}.txt"))
    errors = [Levenshtein.distance(wanted, _letters(text)) for text in (recognised, repaired)]
    return {
        "episode_id": episode.episode_id, "title": episode.title, "model": episode.model,
        "characters": len(wanted), "errors_recognised": errors[0], "errors_repaired": errors[1],
        "cer_recognised": errors[0] / len(wanted), "cer_repaired": errors[1] / len(wanted),
    }  # fmt: skip


def _read(path: Path) -> str:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise SourceError(
            f"{path}: cannot be read as UTF-8 text ({error}); save it as UTF-8"
        ) from error
    if not _letters(text):
        raise SourceError(f"{path}: holds no words; write down what was said, or remove the file")
    return text


def _letters(text: str) -> str:
    return _NOT_LETTERS.sub("", unicodedata.normalize("NFKC", text)).casefold()
