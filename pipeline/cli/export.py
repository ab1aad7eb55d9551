"""``bansou export``: mediawiki, markdown, cosense, csv, jsonl, chapters, srt, vtt."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from pipeline.cli import common
from pipeline.cli.common import ConfigOption, DataOption, DebugOption

if TYPE_CHECKING:
    from pipeline.export.deliver import Exported

_HELP = """Write the cards for a wiki, a spreadsheet or a player.

Private episodes never leave, samples only with --samples. The same cards make the same bytes. Without
--out the files go to export/ in the data folder.

[bold]Examples[/bold]

  bansou export mediawiki --out dump.xml

  bansou export markdown --flavour obsidian --out ~/vault/CS

  bansou export csv

  bansou export vtt --episode 第1回
"""
_MEDIAWIKI_HELP = """Write a MediaWiki dump (export-0.11) of cards, episodes, tags, glossary and template.

Import it with maintenance/importDump.php or Special:Import. An import replaces what people changed in
these pages: for a wiki that people edit, push instead.

[bold]Examples[/bold]

  bansou export mediawiki

  bansou export mediawiki --prefix Knowledge: --templatestyles --out dump.xml
"""
_MARKDOWN_HELP = """Write a folder of Markdown files with YAML front matter.

obsidian links by [[name]]; git by relative paths of files; growi and wikijs by relative paths of pages.
Files in the folder that somebody changed, or that are not Bansou's, are left as they are and listed
(exit code 1); --force writes over them.

[bold]Examples[/bold]

  bansou export markdown --flavour obsidian --out ~/vault/CS

  bansou export markdown --flavour git --out ../wiki
"""
_COSENSE_HELP = """Write the JSON that Cosense (Scrapbox) takes under Project Settings, Import Pages.

[bold]Examples[/bold]

  bansou export cosense --out cosense.json
"""
_CSV_HELP = """Write all cards as CSV with Japanese headings; it opens in Excel by a double click.

A text that a spreadsheet would run as a formula has an apostrophe before it.

[bold]Examples[/bold]

  bansou export csv --out cards.csv
"""
_JSONL_HELP = """Write all cards as JSON lines, with the tables' own names.

[bold]Examples[/bold]

  bansou export jsonl --out cards.jsonl
"""
_CHAPTERS_HELP = """Write chapters as the podcast namespace has them, a JSON file an episode.

[bold]Examples[/bold]

  bansou export chapters

  bansou export chapters --episode 第1回 --out chapters.json
"""
_SRT_HELP = """Write repaired subtitles (SubRip), a file an episode; --raw writes them as recognised.

[bold]Examples[/bold]

  bansou export srt

  bansou export srt --episode 第1回 --out ep1.srt
"""
_VTT_HELP = """Write repaired subtitles (WebVTT), a file an episode; --raw writes them as recognised.

[bold]Examples[/bold]

  bansou export vtt

  bansou export vtt --episode 第1回 --raw --out ep1.vtt
"""

OutFile = Annotated[Path | None, typer.Option("--out", metavar="FILE", help="File to write.")]
OutFolder = Annotated[
    Path | None,
    typer.Option("--out", metavar="DIR", help="Folder to write to; of one episode a file too."),
]
Samples = Annotated[bool, typer.Option("--samples", help="Also the samples that come with Bansou.")]
Episodes = Annotated[
    list[str] | None, typer.Option("--episode", help="Only this episode; repeatable.")
]
Force = Annotated[bool, typer.Option("--force", help="Write over files that somebody changed.")]
Raw = Annotated[bool, typer.Option("--raw", help="As recognised, without repairs.")]

_group = typer.Typer(
    name="export", help=_HELP, no_args_is_help=True, rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
)  # fmt: skip


def register(app: typer.Typer) -> None:
    app.add_typer(_group)
    _group.command("mediawiki", help=_MEDIAWIKI_HELP)(mediawiki)
    _group.command("markdown", help=_MARKDOWN_HELP)(markdown)
    _group.command("cosense", help=_COSENSE_HELP)(cosense)
    _group.command("csv", help=_CSV_HELP)(csv)
    _group.command("jsonl", help=_JSONL_HELP)(jsonl)
    _group.command("chapters", help=_CHAPTERS_HELP)(chapters)
    _group.command("srt", help=_SRT_HELP)(srt)
    _group.command("vtt", help=_VTT_HELP)(vtt)


def mediawiki(
    out: OutFile = None,
    prefix: Annotated[
        str | None,
        typer.Option(
            envvar="BANSOU_WIKI_PREFIX", help="What titles begin with (default: 知識カード/)."
        ),
    ] = None,
    templatestyles: Annotated[
        bool,
        typer.Option("--templatestyles", help="The wiki has TemplateStyles: add the stylesheet."),
    ] = False,
    samples: Samples = False,
    data: DataOption = None,
    config: ConfigOption = None,
    debug: DebugOption = False,
) -> None:
    """See ``_MEDIAWIKI_HELP``."""
    with common.errors_told(debug=debug):
        settings = common.settings_from(config, data=data)
        from pipeline.export.deliver import export_mediawiki
        from pipeline.export.pages import DEFAULT_PREFIX, PageOptions

        options = PageOptions(
            prefix=DEFAULT_PREFIX if prefix is None else prefix,
            templatestyles=templatestyles, samples=samples,
        )  # fmt: skip
        _tell(export_mediawiki(settings, out, options=options), "pages")


def markdown(
    flavour: Annotated[
        Literal["obsidian", "growi", "wikijs", "git"], typer.Option(help="What reads it.")
    ] = "obsidian",
    out: OutFolder = None,
    samples: Samples = False,
    force: Force = False,
    data: DataOption = None,
    config: ConfigOption = None,
    debug: DebugOption = False,
) -> None:
    """See ``_MARKDOWN_HELP``."""
    with common.errors_told(debug=debug):
        settings = common.settings_from(config, data=data)
        from pipeline.export.deliver import export_markdown

        _tell(export_markdown(settings, flavour, out, samples=samples, force=force), "cards")


def cosense(
    out: OutFile = None,
    samples: Samples = False,
    data: DataOption = None,
    config: ConfigOption = None,
    debug: DebugOption = False,
) -> None:
    """See ``_COSENSE_HELP``."""
    _export_file("cosense", out, samples, data, config, debug)


def csv(
    out: OutFile = None,
    samples: Samples = False,
    data: DataOption = None,
    config: ConfigOption = None,
    debug: DebugOption = False,
) -> None:
    """See ``_CSV_HELP``."""
    _export_file("csv", out, samples, data, config, debug)


def jsonl(
    out: OutFile = None,
    samples: Samples = False,
    data: DataOption = None,
    config: ConfigOption = None,
    debug: DebugOption = False,
) -> None:
    """See ``_JSONL_HELP``."""
    _export_file("jsonl", out, samples, data, config, debug)


def chapters(
    episode: Episodes = None,
    out: OutFolder = None,
    samples: Samples = False,
    force: Force = False,
    data: DataOption = None,
    config: ConfigOption = None,
    debug: DebugOption = False,
) -> None:
    """See ``_CHAPTERS_HELP``."""
    with common.errors_told(debug=debug):
        settings = common.settings_from(config, data=data)
        from pipeline.export.deliver import export_chapters

        made = export_chapters(settings, out, episodes=episode or (), samples=samples, force=force)
        _tell(made, "episodes")


def srt(
    episode: Episodes = None,
    out: OutFolder = None,
    raw: Raw = False,
    samples: Samples = False,
    force: Force = False,
    data: DataOption = None,
    config: ConfigOption = None,
    debug: DebugOption = False,
) -> None:
    """See ``_SRT_HELP``."""
    _export_subtitles("srt", episode, out, raw, samples, force, data, config, debug)


def vtt(
    episode: Episodes = None,
    out: OutFolder = None,
    raw: Raw = False,
    samples: Samples = False,
    force: Force = False,
    data: DataOption = None,
    config: ConfigOption = None,
    debug: DebugOption = False,
) -> None:
    """See ``_VTT_HELP``."""
    _export_subtitles("vtt", episode, out, raw, samples, force, data, config, debug)


def _export_file(
    form: Literal["cosense", "csv", "jsonl"], out: Path | None, samples: bool,
    data: Path | None, config: Path | None, debug: bool,
) -> None:  # fmt: skip
    with common.errors_told(debug=debug):
        settings = common.settings_from(config, data=data)
        from pipeline.export.deliver import export_file

        _tell(export_file(settings, form, out, samples=samples), "cards")


def _export_subtitles(
    form: Literal["srt", "vtt"], episode: list[str] | None, out: Path | None, raw: bool,
    samples: bool, force: bool, data: Path | None, config: Path | None, debug: bool,
) -> None:  # fmt: skip
    with common.errors_told(debug=debug):
        settings = common.settings_from(config, data=data)
        from pipeline.export.deliver import export_subtitles

        made = export_subtitles(
            settings, form, out, episodes=episode or (), samples=samples, raw=raw, force=force
        )
        _tell(made, "episodes")


def _tell(made: Exported, what: str) -> None:
    typer.echo(common.one_line(f"{made.count} {what} written to {made.out}"))
    left = "episodes" if what == "episodes" else "cards"
    of = "" if what == "episodes" else " of private episodes"
    if made.private:
        typer.echo(f"{made.private} {'private episodes' if not of else f'{left}{of}'} left out")
    if made.samples:
        typer.echo(f"{made.samples} sample {left} left out; --samples takes them in")
    if made.untimed:
        names = ", ".join(made.untimed[:5]) + (" …" if len(made.untimed) > 5 else "")
        typer.echo(common.one_line(f"without times, so left out: {names}"))
    if made.folder is None:
        return
    counts = made.folder
    typer.echo(f"{counts.written} written, {counts.unchanged} unchanged, {counts.removed} removed")
    for path in counts.kept:
        typer.echo(common.one_line(f"left as it is (changed, or not Bansou's): {path}"), err=True)
    if counts.kept:
        raise typer.Exit(common.EXIT_FAILED)
