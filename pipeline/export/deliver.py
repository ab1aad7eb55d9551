"""Exports from the store to files: what each command of ``bansou export`` does."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pipeline.config import Settings
from pipeline.export.chapters import make_chapters_file
from pipeline.export.corpus import Corpus
from pipeline.export.cosense import make_cosense
from pipeline.export.files import Written, write_file, write_folder
from pipeline.export.markdown import Flavour, write_markdown
from pipeline.export.mediawiki import make_dump
from pipeline.export.pages import PageOptions, make_pages
from pipeline.export.read import ExportError, find_episodes, read_corpus, read_episodes
from pipeline.export.subtitles import Form, make_subtitles
from pipeline.export.tabular import make_csv, make_jsonl
from pipeline.store import Store, file_stem

FileForm = Literal["cosense", "csv", "jsonl"]
_MAKERS: Mapping[FileForm, Callable[[Corpus], bytes]] = {
    "cosense": make_cosense, "csv": make_csv, "jsonl": make_jsonl,
}  # fmt: skip
_FILES: Mapping[FileForm, str] = {
    "cosense": "cosense.json",
    "csv": "cards.csv",
    "jsonl": "cards.jsonl",
}


@dataclass(frozen=True, slots=True)
class Exported:
    """What was exported.

    Attributes:
        out: file or folder.
        count: cards; pages of a wiki; episodes of chapters and subtitles.
        private, samples: cards (episodes, for chapters and subtitles) left out for being so.
        untimed: episodes left out because their source has no times.
        folder: what became of a folder's files.
    """

    out: Path
    count: int
    private: int = 0
    samples: int = 0
    untimed: tuple[str, ...] = ()
    folder: Written | None = None


def export_mediawiki(
    settings: Settings, out: Path | None = None, *, options: PageOptions | None = None
) -> Exported:
    """Write a MediaWiki dump of all pages."""
    options = options or PageOptions()
    corpus = _corpus(settings, samples=options.samples)
    pages = make_pages(corpus, options)
    out = out or _folder(settings) / "mediawiki.xml"
    write_file(out, make_dump(pages))
    return Exported(out, len(pages), corpus.private_cards, corpus.sample_cards)


def export_file(
    settings: Settings, form: FileForm, out: Path | None = None, *, samples: bool = False
) -> Exported:
    """Write all cards into one file."""
    corpus = _corpus(settings, samples=samples)
    out = out or _folder(settings) / _FILES[form]
    write_file(out, _MAKERS[form](corpus))
    return Exported(out, len(corpus.cards), corpus.private_cards, corpus.sample_cards)


def export_markdown(
    settings: Settings, flavour: Flavour, out: Path | None = None, *, samples: bool = False,
    force: bool = False,
) -> Exported:  # fmt: skip
    """Write a folder of Markdown files."""
    corpus = _corpus(settings, samples=samples)
    out = out or _folder(settings) / f"markdown-{flavour}"
    files = {path: text.encode() for path, text in write_markdown(corpus, flavour).items()}
    made = write_folder(out, files, force=force)
    return Exported(out, len(corpus.cards), corpus.private_cards, corpus.sample_cards, folder=made)


def export_chapters(
    settings: Settings, out: Path | None = None, *, episodes: Sequence[str] = (),
    samples: bool = False, force: bool = False,
) -> Exported:  # fmt: skip
    """Write chapters of all episodes, or of those named."""
    corpus = _corpus(settings, samples=samples)

    def make(episode_id: str) -> bytes | None:
        is_timed = bool(corpus.episodes[episode_id].chapters)
        return make_chapters_file(corpus, episode_id) if is_timed else None

    return _by_episode(
        settings, out, "chapters", ".json", make, episodes=episodes, samples=samples, force=force
    )


def export_subtitles(
    settings: Settings, form: Form, out: Path | None = None, *, episodes: Sequence[str] = (),
    samples: bool = False, raw: bool = False, force: bool = False,
) -> Exported:  # fmt: skip
    """Write subtitles of all episodes, or of those named."""
    store = Store(settings.processed)
    name = f"{form}-raw" if raw else form

    def make(episode_id: str) -> bytes | None:
        return make_subtitles(store, episode_id, form, raw=raw)

    return _by_episode(
        settings, out, name, f".{form}", make, episodes=episodes, samples=samples, force=force
    )


def _by_episode(
    settings: Settings, out: Path | None, name: str, suffix: str,
    make: Callable[[str], bytes | None], *, episodes: Sequence[str], samples: bool, force: bool,
) -> Exported:  # fmt: skip
    """A file an episode in a folder; one named episode into the file named."""
    store = Store(settings.processed)
    rows = find_episodes(store, episodes, samples=samples)
    made = {i: make(i) for i in rows}
    untimed = tuple(i for i, data in made.items() if data is None)
    if episodes and untimed:
        raise ExportError(
            f"episode {untimed[0]!r} has no times; give it a transcript with times, or audio"
        )
    found = {i: data for i, data in made.items() if data is not None}
    if out and len(episodes) == 1 and out.suffix == suffix and not out.is_dir():
        write_file(out, next(iter(found.values())))
        return Exported(out, 1)
    out = out or _folder(settings) / name
    files = {f"{file_stem(i)}{suffix}": data for i, data in found.items()}
    folder = write_folder(out, files, force=force, is_partial=bool(episodes))
    left = [] if episodes else [r for i, r in read_episodes(store).items() if i not in rows]
    private = sum(row["visibility"] != "public" for row in left)
    return Exported(out, len(found), private, len(left) - private, untimed, folder)


def _corpus(settings: Settings, *, samples: bool) -> Corpus:
    return read_corpus(Store(settings.processed), settings, samples=samples)


def _folder(settings: Settings) -> Path:
    return settings.data / "export"
