"""What an archive of so many hours takes: days of machines, storage, money. Prints a table in Markdown.

Measured on this project (docs/scale.md says how) and taken for granted here as defaults: seconds of audio
a core hears in a second with the model *base*, characters a second of the language stages, bytes of tables.
Assumptions, for you to change: everything of GPUs, the larger model, prices.

    python benchmarks/scale.py [--hours 1000000] [--gpus 32] [--gpu-speed 60] [--gpu-price 0.80] …
"""

from __future__ import annotations

import argparse
import math


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    add = parser.add_argument
    add("--hours", type=float, default=1e6, help="hours of audio")
    add("--minutes", type=float, default=60, help="minutes an episode")
    add("--audio-kbps", type=float, default=64, help="assumed: bit rate of the audio, kbit/s")
    add("--chars", type=float, default=MEASURED["chars_hour"], help="measured: characters an hour")
    add(
        "--core-speed",
        type=float,
        default=MEASURED["core_speed"],
        help="measured: base, one core, times real time",
    )
    add(
        "--language",
        type=float,
        default=MEASURED["chars_core_s"],
        help="measured: characters a core-second",
    )
    add(
        "--bytes-char",
        type=float,
        default=MEASURED["bytes_char"],
        help="measured: bytes of compacted tables a character",
    )
    add("--gpus", type=int, default=32)
    add(
        "--gpu-speed", type=float, default=60, help="ASSUMED: large model, one GPU, times real time"
    )
    add("--gpu-price", type=float, default=0.80, help="ASSUMED: a GPU machine an hour")
    add("--core-price", type=float, default=0.04, help="ASSUMED: a core an hour")
    add("--storage-price", type=float, default=0.023, help="ASSUMED: a GB a month")
    given = parser.parse_args()

    episodes = given.hours * 60 / given.minutes
    audio_gb = given.hours * given.audio_kbps * 1000 / 8 * 3600 / 1e9
    tables_gb = given.hours * given.chars * given.bytes_char / 1e9
    parts = math.ceil(tables_gb * 1e9 / (128 * 1024**2))
    gpu_hours = given.hours / given.gpu_speed
    language_hours = given.hours * given.chars / given.language / 3600
    core_hours = given.hours / given.core_speed + language_hours
    rows = [
        ("episodes", f"{episodes:,.0f}"),
        ("audio", f"{audio_gb:,.0f} GB"),
        ("tables, compacted", f"{tables_gb:,.0f} GB in about {parts:,} files of 128 MiB"),
        ("GPU hours, large model (assumed speed)", f"{gpu_hours:,.0f}"),
        (f"days on {given.gpus} GPUs", f"{gpu_hours / given.gpus / 24:,.1f}"),
        ("cost of the GPUs (assumed price)", f"{gpu_hours * given.gpu_price:,.0f}"),
        ("core hours of the language stages alone", f"{language_hours:,.0f}"),
        ("their cost (assumed price)", f"{language_hours * given.core_price:,.0f}"),
        ("core hours without GPUs, model base", f"{core_hours:,.0f}"),
        ("their cost (assumed price)", f"{core_hours * given.core_price:,.0f}"),
        ("storage a month (assumed price)", f"{(audio_gb + tables_gb) * given.storage_price:,.0f}"),
    ]
    print("| | |\n|---|---|")
    for name, value in rows:
        print(f"| {name} | {value} |")


MEASURED = {"chars_hour": 19_050.0, "core_speed": 3.56, "chars_core_s": 8800.0, "bytes_char": 21.7}

if __name__ == "__main__":
    main()
