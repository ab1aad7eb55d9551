"""``bansou report``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.cli import common
from pipeline.cli.common import ConfigOption, DataOption, DebugOption

if TYPE_CHECKING:
    from pipeline.report.deliver import Reported, SoundChoice

_HELP = """Make a page of an episode to read, hear and search in a browser; --all makes a small site.

The page needs no network. Its sound is copied beside it; --embed-audio puts it into the page, to be mailed
as one file. The site plays the sounds from where they lie, --copy-audio takes them along. A private episode
is in no site, and has a page only with --private. The same tables make the same bytes.

[bold]Examples[/bold]

  bansou report 第1回

  bansou report 第1回 --embed-audio --out 第1回.html

  bansou report --all --out site
"""


def register(app: typer.Typer) -> None:
    app.command("report", help=_HELP)(report)


def report(
    episode: Annotated[
        str | None, typer.Argument(metavar="EPISODE", help="As `bansou status` lists it.")
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="A site of all episodes.")] = False,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", metavar="PATH", help="File; folder of a site (default: in export/ of the data folder)."
        ),
    ] = None,
    embed_audio: Annotated[
        bool, typer.Option("--embed-audio", help="The sound within the page.")
    ] = False,
    no_audio: Annotated[bool, typer.Option("--no-audio", help="A page without its sound.")] = False,
    copy_audio: Annotated[
        bool, typer.Option("--copy-audio", help="With --all: copy the sounds into the site.")
    ] = False,
    private: Annotated[
        bool, typer.Option("--private", help="The episode may be a private one; do not pass the page on.")
    ] = False,
    samples: Annotated[bool, typer.Option("--samples", help="Also the samples that come with Bansou.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Write over files that somebody changed.")] = False,
    data: DataOption = None,
    config: ConfigOption = None,
    debug: DebugOption = False,
) -> None:  # fmt: skip
    """See ``_HELP``."""
    if everything == bool(episode):
        raise typer.BadParameter("name an EPISODE, or give --all")
    if everything and (embed_audio or no_audio or private):
        raise typer.BadParameter("--embed-audio, --no-audio and --private are for a single EPISODE")
    if copy_audio and not everything:
        raise typer.BadParameter(
            "--copy-audio goes with --all; the sound of one EPISODE is copied anyway"
        )
    if embed_audio and no_audio:
        raise typer.BadParameter("--embed-audio and --no-audio exclude each other")
    with common.errors_told(debug=debug):
        settings = common.settings_from(config, data=data)
        from pipeline.report.deliver import report_all, report_episode

        if episode:
            sound: SoundChoice = "embed" if embed_audio else "none" if no_audio else "beside"
            made = report_episode(
                settings, episode, out, sound=sound, samples=samples, private=private, force=force
            )  # fmt: skip
            _tell_episode(made, no_audio=no_audio)
        else:
            made = report_all(settings, out, copy_audio=copy_audio, samples=samples, force=force)
            _tell_site(made)


def _tell_episode(made: Reported, *, no_audio: bool) -> None:
    _say(f"page written to {made.out}")
    if made.audio:
        _say(f"its sound stands beside it: {made.audio}")
    elif not made.has_sound and not no_audio:
        _say("no audio file is known for this episode: the page has no player")
    if made.is_private:
        _say("this episode is private: do not pass the page on", err=True)


def _tell_site(made: Reported) -> None:
    _say(f"{made.count} episodes written to {made.out}; open {made.out / 'index.html'}")
    if made.private:
        _say(f"{made.private} private episodes left out")
    if made.samples:
        _say(f"{made.samples} samples left out; --samples takes them in")
    if made.folder is None:
        return
    counts = made.folder
    _say(f"{counts.written} written, {counts.unchanged} unchanged, {counts.removed} removed")
    for path in counts.kept:
        _say(f"left as it is (changed, or not Bansou's): {path}", err=True)
    if counts.kept:
        raise typer.Exit(common.EXIT_FAILED)


def _say(text: str, *, err: bool = False) -> None:
    typer.echo(common.one_line(text), err=err)
