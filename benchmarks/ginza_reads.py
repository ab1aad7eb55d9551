"""ja_ginza's whole pipeline over the lines of a file; without one it only loads. Runs where ginza is installed."""

import sys
from pathlib import Path

import spacy


def main() -> None:
    nlp = spacy.load("ja_ginza")
    if sys.argv[1:]:
        for made in nlp.pipe(Path(sys.argv[1]).read_text(encoding="utf-8").splitlines()):
            list(made.sents)


if __name__ == "__main__":
    main()
