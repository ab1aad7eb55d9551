"""``bansou speakers``: the voices of an episode, and whose they are."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Annotated

import typer

from pipeline.cli import common
from pipeline.cli.common import ConfigOption, DataOption, DebugOption, VerboseOption

_HELP = """See whose voices were told apart, name them, and delete voice prints.

[bold]Examples[/bold]

  bansou ingest --speakers                        tell the voices of audio apart

  bansou speakers list ep12                       SPEAKER_01 …, with what each says

  bansou speakers name ep12 SPEAKER_01 "桐谷"      later episodes know this voice

  bansou speakers delete "桐谷"                    delete the person's voice prints
"""
_KNOWN_BY = {
    "named": "人が確認",
    "voice": "声の照合",
    "transcript": "文字起こし",
    "unknown": "不明",
}
_RULES = {
    "self_introduction": "自己紹介", "addressed": "名前を呼ばれて", "asks": "質問", "answers": "質問への返事",
}  # fmt: skip

EpisodeArgument = Annotated[str, typer.Argument(metavar="EPISODE", help="Id of an episode.")]


def register(app: typer.Typer) -> None:
    speakers = typer.Typer(help=_HELP, no_args_is_help=True, rich_markup_mode="rich")
    speakers.command("list")(list_)
    speakers.command("name")(name)
    speakers.command("known")(known)
    speakers.command("delete")(delete)
    app.add_typer(speakers, name="speakers")


def list_(
    episode: EpisodeArgument,
    data: DataOption = None,
    config: ConfigOption = None,
    debug: DebugOption = False,
) -> None:
    """List the voices of an episode, with what each of them says.

    Of a transcript that names nobody: suggestions of who may speak, each with how often its rule is
    right. They are kept nowhere.

    Example: bansou speakers list ep12
    """
    with common.errors_told(debug=debug):
        settings = common.settings_from(config, data=data)
        from pipeline.run.naming import list_voices

        voices = list_voices(settings, episode)
        if not voices:
            typer.echo("声を分けていない回です。音声なら bansou ingest --speakers で分けます。")
            _suggest(settings.data, episode)
        for voice in voices:
            spoken = "" if voice.spoken_s is None else f" {clock(voice.spoken_s)}"
            how = f"{_KNOWN_BY[voice.known_by]} {voice.score:.2f}"
            typer.echo(common.one_line(f"{voice.voice} {voice.speaker or '不明'}（{how}）{spoken}"))
            for start_s, text in voice.said:
                typer.echo(common.one_line(f"  {clock(start_s)} {text}"))


def _suggest(data: Path, episode: str) -> None:
    """Who may speak: for the owner of the data, so of a private episode too."""
    from pipeline.query import guess_speakers

    for guess in guess_speakers(episode, data=data, private=True).to_dict("records"):
        who = f"{guess['speaker']}？" if isinstance(guess["speaker"], str) else "別の人？"
        how = f"推測・{_RULES[guess['rule']]} {guess['score']:.2f}"
        at_s = float(guess["start_s"])
        at = clock(None if math.isnan(at_s) else at_s)
        typer.echo(common.one_line(f"  {at} {who}（{how}）「{guess['evidence']}」"))


def clock(seconds: float | None) -> str:
    """Seconds as m:ss; a dash where they are not known."""
    return "-" if seconds is None else f"{int(seconds) // 60}:{int(seconds) % 60:02d}"


def name(
    episode: EpisodeArgument,
    voice: Annotated[str, typer.Argument(metavar="VOICE", help="SPEAKER_01 and so on.")],
    person: Annotated[
        str | None, typer.Argument(metavar="NAME", help="Who it is; in the tables as written.")
    ] = None,
    unknown: Annotated[bool, typer.Option("--unknown", help="Take the name away.")] = False,
    data: DataOption = None,
    config: ConfigOption = None,
    verbose: VerboseOption = False,
    debug: DebugOption = False,
) -> None:
    """Say whose voice it is, and carry the name into the tables of all episodes.

    Example: bansou speakers name ep12 SPEAKER_01 "桐谷"
    """
    if (person is None) != unknown:
        raise typer.BadParameter("give a NAME, or --unknown", param_hint="NAME")
    with common.errors_told(debug=debug):
        settings = common.settings_from(config, data=data)
        from pipeline.run.ingest import ingest
        from pipeline.run.naming import name_voice
        from pipeline.store import Store

        name_voice(settings, episode, voice, person)
        common.start_logging(Store(settings.processed).log_file, verbose=verbose)
        made = ingest(settings)
        changed = [o.episode_id for o in made.outcomes if "speakers" in o.stages_run]
        typer.echo(
            common.one_line(f"{voice} は {person or '不明'}: {'、'.join(changed) or '変更なし'}")
        )
        for outcome in made.failed:
            typer.echo(common.one_line(f"failed: {outcome.episode_id}: {outcome.error}"), err=True)
        if not made.is_ok:
            raise typer.Exit(common.EXIT_FAILED)


def known(data: DataOption = None, config: ConfigOption = None, debug: DebugOption = False) -> None:
    """List the people whose voices are known, and from which episodes.

    Example: bansou speakers known
    """
    with common.errors_told(debug=debug):
        settings = common.settings_from(config, data=data)
        from pipeline.run.voices import known_rows, known_voices
        from pipeline.store import Store

        found = known_voices(known_rows(Store(settings.processed)))
        if not found:
            typer.echo("知っている声はまだありません。bansou speakers name で名前を付けます。")
        for voice in found:
            typer.echo(
                common.one_line(f"{voice.speaker} {clock(voice.spoken_s)}（{voice.episode_id}）")
            )


def delete(
    person: Annotated[
        str | None, typer.Argument(metavar="NAME", help="Whose voice prints to delete.")
    ] = None,
    everybody: Annotated[bool, typer.Option("--all", help="Delete all voice prints.")] = False,
    data: DataOption = None,
    config: ConfigOption = None,
    debug: DebugOption = False,
) -> None:
    """Delete voice prints from this machine.

    Names that people gave stay; those known by a deleted print are unknown after the next ingest.

    Example: bansou speakers delete "桐谷"
    """
    if (person is None) != everybody:
        raise typer.BadParameter("give a NAME, or --all", param_hint="NAME")
    with common.errors_told(debug=debug):
        settings = common.settings_from(config, data=data)
        from pipeline.run.naming import forget_prints

        count = forget_prints(settings, person)
        typer.echo(f"声紋を {count} 件消しました")
