"""What the fuzz tests of foreign input share: strange files, and what every reader owes for them."""

from __future__ import annotations

import functools
import json
import resource
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import yaml
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from pipeline.annotate import annotate_lines
from pipeline.config import load_settings
from pipeline.errors import BansouError
from pipeline.glossary import load_glossary
from pipeline.run.tools import Tools
from pipeline.schema import TAGS
from pipeline.sources import read_sidecar, read_transcript
from pipeline.taxonomy import load_taxonomy

SLOWEST_S = 2.0
HANGS_S = 20.0  # given up then: a reader that never ends must fail, not stop the tests
MOST_BYTES = 400 << 20  # above what the process held before

SUFFIXES = (".txt", ".md", ".srt", ".vtt", ".json")
SPOKEN = (
    "00:01|1:02:03|99:99:99|[00:12]|(00:12)|00:00:01,000 --> 00:00:02,000|00:01.000 --> 00:02.000"
    "|WEBVTT|NOTE x|STYLE|<v 田中>|</v>|<i>|{\\an8}|&amp;|&#x110000;|田中：|鈴木: |https://a.b|\n|\n\n|\r\n|\r| |\u3000|1|- "
    "|# |> |```|---|title: x|**|[a](b)|<!--|-->|あいう|伴走です。|「|」|\x0b|\x1c|\u2028|\x1b$B|話者1  00:12|【田中】|{|}|[|]"
    '|"|:|,|\\ud800|1e999|NaN|null|{"segments": [|"start": |"end": |"text": |&a |*a |!!python/object:x |? |%YAML 1.1|\0'
)
PIECES = st.sampled_from(SPOKEN.split("|"))
TEXTS = st.lists(st.one_of(PIECES, PIECES, st.text(max_size=8)), max_size=40).map("".join)
CODECS = st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "cp932", "euc_jp", "iso2022_jp"])
LONG = st.tuples(PIECES, st.integers(1, 20_000)).map(
    lambda p: p[0] * min(p[1], 60_000 // max(1, len(p[0])))
)
SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=8), PIECES,
    st.sampled_from(["伴走", "バンソウ", "noun", "rare", 10**400, -1, "1e999", "2024-02-31"]),
)  # fmt: skip
NAMES = (
    "segments", "start", "end", "text", "startTime", "endTime", "body", "speaker", "words", "word", "avg_logprob",
    "terms", "domain", "fields", "id", "term", "reading", "kind", "homophones", "hotword", "variants", "before", "for",
    "against_fields", "strong", "weak", "version", "threshold", "tags", "concepts", "frames", "rules", "any", "all",
    "score", "window", "times", "name", "definition", "unless", "concept", "words", "exempt", "title", "date", "guests",
)  # fmt: skip
KEYS = st.one_of(st.sampled_from(NAMES), st.sampled_from(TAGS), st.text(max_size=4))
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(KEYS, inner, max_size=5)),
    max_leaves=25,
)
TEXT_FILES = st.one_of(
    st.builds(lambda text, codec: text.encode(codec, "replace"), TEXTS, CODECS),
    st.binary(max_size=300),
    LONG.map(lambda text: text.encode("utf-8", "replace")),
)


def _mutate(lines: list[str], changes: list[tuple[int, str, str]]) -> bytes:
    """A sound file with some of its lines gone, doubled or written over."""
    made = list(lines)
    for at, how, piece in changes:
        index = at % len(made)
        indent = made[index][: len(made[index]) - len(made[index].lstrip())]
        made[index] = {
            "gone": "",
            "twice": f"{made[index]}\n{made[index]}",
            "over": indent + piece,
            "on": made[index] + piece,
        }[how]
    return "\n".join(made).encode("utf-8", "replace")  # fmt: skip


def mutations(path: Path) -> st.SearchStrategy[bytes]:
    """Changed copies of a sound file: they come further into its reader than noise does."""
    lines = path.read_text(encoding="utf-8").splitlines()
    change = st.tuples(
        st.integers(0, 9_999), st.sampled_from(["gone", "twice", "over", "on"]), PIECES
    )
    return st.lists(change, min_size=1, max_size=4).map(functools.partial(_mutate, lines))


def _spoil(whole: bytes, changes: Sequence[tuple[float, int, bytes, int]]) -> bytes:
    for where, length, piece, times in changes:
        at = int(where * len(whole))
        whole = whole[:at] + piece * times + whole[at + length :]
    return whole


def spoiled(*wholes: bytes, pieces: str = "\0|\xff") -> st.SearchStrategy[bytes]:
    """Sound files with a few spans changed, up to some ten kilobytes more of one piece.

    Args:
        pieces: what is put in, with bars between.
    """
    piece = st.one_of(
        st.sampled_from([p.encode("utf-8", "replace") for p in pieces.split("|")]),
        st.binary(max_size=6),
    )
    times = st.one_of(st.just(1), st.just(1), st.integers(0, 4000))
    change = st.tuples(st.floats(0, 1), st.one_of(st.just(0), st.integers(0, 60)), piece, times)
    return st.builds(_spoil, st.sampled_from(wholes), st.lists(change, min_size=1, max_size=4))


# Signs that nest are left out of what is repeated: depth has a test of its own.
FLAT = LONG.filter(lambda text: not set("[{-?:>") & set(text))
YAML_FILES = st.one_of(
    st.builds(lambda text, codec: text.encode(codec, "replace"), TEXTS, CODECS),
    st.binary(max_size=300),
    FLAT.map(lambda text: text.encode("utf-8", "replace")),
    VALUES.map(lambda v: yaml.safe_dump(v, allow_unicode=True).encode("utf-8", "replace")),
)
JSON_FILES = st.one_of(TEXT_FILES, VALUES.map(lambda v: json.dumps(v).encode()))
LINES = st.one_of(
    TEXT_FILES,
    st.builds(lambda i, text, rest: json.dumps({**rest, "id": i, "text": text}).encode(), st.text(max_size=4), TEXTS,
              st.dictionaries(KEYS, SCALARS, max_size=3)),
    VALUES.map(lambda v: json.dumps(v).encode()),
)  # fmt: skip


@contextmanager
def within_bounds() -> Iterator[None]:
    """A reader owes its answer in time, and may not fill the memory for a small file."""

    def hang(*_: object) -> None:
        raise AssertionError(f"no answer after {HANGS_S} s of work")

    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    began = time.process_time()
    former = signal.signal(signal.SIGVTALRM, hang)
    signal.setitimer(signal.ITIMER_VIRTUAL, HANGS_S)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, former)
    spent_s = time.process_time() - began
    assert spent_s < SLOWEST_S, f"{spent_s:.1f} s"
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024
    assert grown < MOST_BYTES, f"{grown >> 20} MB"


def answers(read: Callable[[Path], object], path: Path, content: bytes) -> None:
    """A result or a named error, in bounds."""
    path.write_bytes(content)
    with within_bounds():
        message = None
        try:
            read(path)
        except BansouError as error:
            message = str(error)
    assert message is None or path.name in message, f"the message names no file: {message}"


def transcript(path: Path) -> None:
    made = read_transcript(path)
    assert made.segments
    for segment in made.segments:
        assert segment.text.strip()


def sidecar(path: Path) -> None:
    read_sidecar(path)


def glossary(path: Path) -> None:
    load_glossary(path)


def taxonomy(path: Path) -> None:
    load_taxonomy(path)


@functools.cache
def load_tools() -> Tools:
    """Models and lexicon, loaded before the clock runs."""
    tools = Tools(load_settings())
    list(
        annotate_lines([b'{"id": "1", "text": "\xe4\xbc\xb4\xe8\xb5\xb0"}'], tools=tools, name="x")
    )
    return tools


def annotation(path: Path) -> None:
    with path.open("rb") as lines:
        for made in annotate_lines(lines, tools=load_tools(), name=str(path)):
            assert json.loads(made)["text"] is not None


def amount(examples: int) -> settings:
    return settings(
        max_examples=examples,
        deadline=None,
        derandomize=False,
        suppress_health_check=[
            HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large,
            HealthCheck.large_base_example, HealthCheck.filter_too_much,
        ],
    )  # fmt: skip
