"""Write ``train.jsonl`` and ``test.jsonl`` from ``own.txt`` and from other authors' texts.

``python training/segments/make_data.py AUTHOR=FILE …``: a file of tagged passages where its name
begins with ``t``, else of single sentences. Every fourth text of every author is held out; single
sentences only train.
"""

from __future__ import annotations

import json
import random
import sys
from pathlib import Path

from data import HERE, Text, read_own, read_singles, read_tagged, strip_marks

# How the held-out texts are written: commas kept or not, in one line or cut anywhere.
_VARIANTS = ((True, ""), (False, ""), (True, "any"), (False, "any"))


def main() -> int:
    """Read, split, write."""
    texts = list(read_own())
    for argument in sys.argv[1:]:
        author, _, name = argument.partition("=")
        read = read_tagged if Path(name).name.startswith("t") else read_singles
        texts += read(Path(name), author)
    held_out = [t for n, t in enumerate(texts) if n % 4 == 3 and t.register != "singles"]
    kept = [t for n, t in enumerate(texts) if n % 4 != 3 or t.register == "singles"]
    with (HERE / "train.jsonl").open("w", encoding="utf-8") as out:
        for number, t in enumerate(kept):
            row = {
                "id": f"s{number:05d}",
                "author": t.author,
                "register": t.register,
                "text": t.text,
            }
            out.write(json.dumps(row, ensure_ascii=False) + "\n")
    with (HERE / "test.jsonl").open("w", encoding="utf-8") as out:
        for number, group in enumerate(_in_groups(held_out)):
            for commas, lines in _VARIANTS:
                gold = strip_marks(group, commas=commas, lines=lines)
                row = {
                    "id": f"g{number:04d}-{gold.variant}", "author": gold.author,
                    "register": gold.register, "variant": gold.variant,
                    "text": gold.text, "boundaries": gold.boundaries,
                }  # fmt: skip
                out.write(json.dumps(row, ensure_ascii=False) + "\n")
    return 0


def _in_groups(texts: list[Text]) -> list[list[Text]]:
    """One to three texts of one author and register behind each other."""
    rng = random.Random(0)  # noqa: S311 - nothing secret
    found: list[list[Text]] = []
    room = 0
    for text in texts:
        if room and (found[-1][0].author, found[-1][0].register) == (text.author, text.register):
            found[-1].append(text)
            room -= 1
        else:
            found.append([text])
            room = rng.randint(0, 2)
    return found


if __name__ == "__main__":
    sys.exit(main())
