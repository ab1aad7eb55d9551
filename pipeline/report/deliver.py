"""Pages from the store to files: what ``bansou report`` does."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import quote

from pipeline.config import Settings
from pipeline.export.corpus import Corpus
from pipeline.export.files import Written, write_file, write_folder
from pipeline.export.names import give_all
from pipeline.export.read import ExportError, read_corpus, read_episodes
from pipeline.export.tags import read_tags
from pipeline.report.audio import Sound, embedded, find_audio, linked
from pipeline.report.page import make_episode
from pipeline.report.read import Row, find_episode, read_moments, read_page, read_private_cards
from pipeline.report.site import Site, make_site_pages
from pipeline.store import Store, file_stem

SoundChoice = Literal["beside", "embed", "none"]


@dataclass(frozen=True, slots=True)
class Reported:
    """What was made.

    Attributes:
        out: the page, or the folder of the site.
        audio: the sound written beside the page; None where there is none or it is within.
        has_sound: the page has a player.
        count: episodes.
        private, samples: episodes left out for being so.
        folder: what became of a site's files.
    """

    out: Path
    audio: Path | None = None
    has_sound: bool = False
    is_private: bool = False
    count: int = 1
    private: int = 0
    samples: int = 0
    folder: Written | None = None


def report_episode(
    settings: Settings, episode_id: str, out: Path | None = None, *,
    sound: SoundChoice = "beside", samples: bool = False, private: bool = False, force: bool = False,
) -> Reported:  # fmt: skip
    """Write the page of an episode, its sound beside it.

    Args:
        settings: for the tables and the taxonomy.
        episode_id: as ``bansou status`` lists it.
        out: file to write; ``export/report/<episode>.html`` in the data folder where not given.
        sound: a copy beside the page, within the page, or none.
        samples, private: the episode may be a sample, a private one.
        force: write over another file that has the name of the sound.

    Raises:
        ExportError: there is no such episode, or it may not be shown.
        TableError: a table is missing or damaged.
    """
    store = Store(settings.processed)
    episode = find_episode(store, episode_id, samples=samples, private=private)
    out = out or settings.data / "export" / "report" / f"{file_stem(episode_id)}.html"
    if out.is_dir():
        raise ExportError(f"{out} is a folder; name a file by --out, as in {out / 'page.html'}")
    audio = None if sound == "none" else find_audio(settings.data, episode["source_path"])
    copy = None
    player: Sound | None = None
    if audio and sound == "embed":
        player = embedded(audio)
    elif audio:
        copy = out.with_name(f"{out.stem}{audio.suffix.lower()}")
        player = linked(audio, quote(copy.name))
    if episode["visibility"] == "public":
        corpus = read_corpus(store, settings, samples=samples)
        data = _public_page(store, corpus, episode, player)
    else:
        cards = read_private_cards(store, episode_id)
        titles = {card_id: card.title for card_id, card in cards.items()}
        page = read_page(store, episode, list(cards.values()))
        tags, _ = read_tags(settings.taxonomy)
        data = make_episode(page, player, tags, titles=titles, episode_titles={})
    if audio and copy:
        _copy(audio, copy, force=force)
    write_file(out, data)
    return Reported(out, copy, player is not None, episode["visibility"] != "public")


def report_all(
    settings: Settings, out: Path | None = None, *, copy_audio: bool = False,
    samples: bool = False, force: bool = False,
) -> Reported:  # fmt: skip
    """Write the site of all episodes that may be shown.

    Args:
        settings: for the tables and the taxonomy.
        out: folder; ``export/site/`` in the data folder where not given.
        copy_audio: copy every sound into the site; else it plays the originals from where they lie,
            for as long as the site stays where it was made.
        samples: also the samples.
        force: write over files that somebody changed.

    Raises:
        ExportError: ``out`` is a file, or there is nothing to show.
        TableError: a table is missing or damaged.
    """
    store = Store(settings.processed)
    corpus = read_corpus(store, settings, samples=samples)
    every = read_episodes(store)
    out = out or settings.data / "export" / "site"
    left = [row for i, row in every.items() if i not in corpus.episodes]
    private = sum(row["visibility"] != "public" for row in left)
    if not corpus.episodes:
        raise ExportError(
            f"no episode in {store.root} may be shown ({private} private, {len(left) - private} samples); "
            "`bansou ingest` makes episodes, --samples takes the samples in"
        )
    files = _Files(_site_files(settings, store, corpus, every, out, copies=copy_audio))
    folder = write_folder(out, files, force=force)
    return Reported(
        out, None, count=len(corpus.episodes), private=private, samples=len(left) - private,
        folder=folder,
    )  # fmt: skip


class _Files(Mapping[str, bytes]):
    """Files that are made when they are written: a site with its sound need not fit into memory."""

    def __init__(self, makers: Mapping[str, Callable[[], bytes]]) -> None:
        self._makers = makers

    def __getitem__(self, path: str) -> bytes:
        return self._makers[path]()

    def __iter__(self) -> Iterator[str]:
        return iter(self._makers)

    def __len__(self) -> int:
        return len(self._makers)


def _site_files(
    settings: Settings, store: Store, corpus: Corpus, every: Mapping[str, Row], out: Path, *,
    copies: bool,
) -> dict[str, Callable[[], bytes]]:  # fmt: skip
    names = give_all((i, i) for i in sorted(corpus.episodes))
    site = Site(corpus, {i: f"episodes/{name}.html" for i, name in names.items()})
    makers: dict[str, Callable[[], bytes]] = {}
    for episode_id in corpus.episodes:
        audio = find_audio(settings.data, every[episode_id]["source_path"])
        player = None
        if audio and copies:
            name = f"{names[episode_id]}{audio.suffix.lower()}"
            makers[f"audio/{name}"] = audio.read_bytes
            player = linked(audio, quote(f"../audio/{name}"))
        elif audio:
            player = linked(audio, _way(audio, out / "episodes"))
        makers[site.pages[episode_id]] = functools.partial(
            _public_page, store, corpus, every[episode_id], player, site
        )
    moments = [m for i in corpus.episodes for m in read_moments(store, i)]
    return makers | make_site_pages(site, moments)


def _public_page(
    store: Store, corpus: Corpus, episode: Row, player: Sound | None, site: Site | None = None
) -> bytes:
    episode_id = episode["episode_id"]
    page = read_page(
        store, episode, [c for c in corpus.cards.values() if c.episode_id == episode_id]
    )
    return make_episode(
        page, player, corpus.tags,
        titles={card_id: card.title for card_id, card in corpus.cards.items()},
        episode_titles={i: shown.title for i, shown in corpus.episodes.items()},
        href=(lambda card_id: f"../{site.card_href(card_id)}") if site else lambda _: None,
        root="../" if site else None,
    )  # fmt: skip


def _copy(audio: Path, copy: Path, *, force: bool) -> None:
    """Put the sound beside its page; nobody named that file, so what is there is not written over."""
    data = audio.read_bytes()
    if copy.exists() and not force and not copy.samefile(audio) and copy.read_bytes() != data:
        raise ExportError(
            f"{copy} is there and is not the sound of this episode; name another page by --out, "
            "or write over it by --force"
        )
    write_file(copy, data)


def _way(audio: Path, folder: Path) -> str:
    """The address of a file as seen from a folder."""
    try:
        return quote(Path(os.path.relpath(audio.resolve(), folder.resolve())).as_posix())
    except ValueError:  # another drive
        return audio.resolve().as_uri()
