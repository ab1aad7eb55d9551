"""Every table and every enumeration: the single source of what the parquet files hold.

Spans are half-open and counted in code points; ``_s`` columns are seconds from the start of the
episode; scores run from 0 to 1. ``docs/tables.md`` is generated from this file.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

from pipeline.errors import TableError

if TYPE_CHECKING:
    import pyarrow as pa

_MANY_ROWS = 2000
Row = Mapping[str, Any]

SOURCE_KINDS = (
    "audio",
    "host_text",
    "dialogue",
    "subtitles",
    "podcast_json",
    "whisper_json",
    "article",
)
VISIBILITIES = ("public", "private")
DROPPED_REASONS = ("phantom_phrase", "repetition_loop")
REQUESTS = ("opinion", "answer", "action", "none")
CARD_KINDS = (
    "definition",
    "principle",
    "method",
    "caution",
    "signal",
    "criterion",
    "example",
    "question",
)
LINK_REASONS = ("example_of", "condition_for", "contrast", "answer_to", "restates", "continues")
KNOWN_BY = ("named", "voice", "transcript", "unknown")
REVIEW_STATUSES = ("unreviewed", "accepted", "edited", "rejected")
LEDGER_STATUSES = ("live", "merged", "vanished", "rejected")
REVIEW_DECISIONS = ("accept", "edit", "reject", "merge")
ROLES = ("customer", "csm", "other")
TRUST_VERDICTS = ("growing", "flat", "doing_for", "recovered", "eroded", "unclear")
TAGS = (
    "bansou", "daisou", "jisou", "balance", "scope", "flat", "oneteam", "candor",
    "signal.opinion", "signal.answer", "signal.reliance",
    "trust.weakness", "trust.hardship", "trust.recovery", "trust.honesty", "trust.promise",
    "trust.respect", "trust.rapport", "trust.credibility", "trust.erosion",
    "standardize", "fit", "motivation", "touch", "position",
)  # fmt: skip

ColumnType = Literal["string", "int32", "float64", "bool", "timestamp", "strings", "spans"]


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its type, unit, meaning, and what values it may take.

    A late one may be left out by who makes rows, as by older files: null then.
    """

    name: str
    type: ColumnType
    meaning: str
    unit: str = ""
    nullable: bool = False
    values: tuple[str, ...] = ()
    is_score: bool = False
    is_late: bool = False


@dataclass(frozen=True, slots=True)
class TableSpec:
    """One table: its key, its columns in order, and which stage writes it."""

    name: str
    meaning: str
    scope: Literal["episode", "corpus"]
    writer: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]

    @property
    def column_names(self) -> list[str]:
        return [column.name for column in self.columns]


def _text(name: str, meaning: str, **more: Any) -> Column:
    return Column(name, "string", meaning, **more)


def _index(name: str, meaning: str, **more: Any) -> Column:
    return Column(name, "int32", meaning, **more)


def _seconds(name: str, meaning: str, **more: Any) -> Column:
    return Column(name, "float64", meaning, unit="s", **more)


def _score(name: str, meaning: str, **more: Any) -> Column:
    return Column(name, "float64", meaning, unit="0 to 1", is_score=True, **more)


_EPISODE = _text("episode_id", "the episode: stem of its file (NFC) or the feed's guid")
_TIMES = (
    _seconds("start_s", "start; null where the source has no times", nullable=True),
    _seconds("end_s", "end; null where the source has no times", nullable=True),
)
_SPAN = (
    _index("first_segment", "segment_index of the first segment"),
    _index("first_char", "first character within that segment's raw text", unit="code points"),
    _index("last_segment", "segment_index of the last segment"),
    _index("last_char", "end (exclusive) within the last segment's raw text", unit="code points"),
)
_SPEAKER = _text("speaker", "who speaks; null where unknown", nullable=True)

_VOICE = _text(
    "voice",
    "the voice or label behind it, as in the table speakers; null where there is none",
    nullable=True,
    is_late=True,
)

_SPECS = (
    TableSpec(
        "episodes", "One row an episode: what it is and where it came from.", "episode",
        "source", ("episode_id",),
        (
            _EPISODE,
            _text("title", "title from the sidecar, else the stem"),
            _text("source_path", "file it was read from, relative to the data folder where it lies inside"),
            _text("source_kind", "what kind of source", values=SOURCE_KINDS),
            _text("source_sha256", "hash of the source file"),
            _seconds("duration_s", "length; null where the source has no times", nullable=True),
            Column("published_at", "timestamp", "when it was published (UTC)", nullable=True),
            _text("language", "language code of the speech"),
            _text("model", "recognition model that wrote the transcript; null where none is known", nullable=True),
            _text("hotwords", "hint words given to recognition; null where there were none", nullable=True),
            _text("visibility", "may it leave this machine", values=VISIBILITIES),
            Column("is_sample", "bool", "is it one of the samples shipped with the project"),
            _text("relation", "customer whose meeting this is", nullable=True),
            Column("guests", "strings", "guests named by the sidecar"),
            _text("link", "web page of the episode", nullable=True),
            _text("feed_url", "feed it was announced in", nullable=True),
            _text("pipeline_version", "version of bansou that read the source"),
            _text("roles", "speaker → customer, csm or other, as JSON; null where the sidecar gives none",
                  nullable=True, is_late=True),
        ),
    ),
    TableSpec(
        "segments", "What recognition or the transcript wrote, untouched, in order.", "episode",
        "transcribe", ("episode_id", "segment_index"),
        (
            _EPISODE, _index("segment_index", "0-based position"), *_TIMES,
            Column("time_is_interpolated", "bool", "the times are estimated between two marks of the source"),
            _index("source_line", "0-based line of a text source, its time marks counted; null for audio",
                   nullable=True),
            _text("text", "as recognised"), _SPEAKER,
            Column("avg_logprob", "float64", "mean log probability of recognition", nullable=True),
            _score("no_speech_prob", "how likely there was no speech", nullable=True),
            _text("dropped_reason", "why it is kept out of what follows; null where it is used",
                  nullable=True, values=DROPPED_REASONS),
        ),
    ),
    TableSpec(
        "words", "Words with times, where recognition gives them.", "episode", "transcribe",
        ("episode_id", "segment_index", "word_index"),
        (
            _EPISODE, _index("segment_index", "segment the word stands in"),
            _index("word_index", "0-based position within the segment"), *_TIMES,
            _text("text", "as recognised; a segment's words joined rebuild its text"),
            _score("probability", "of recognition", nullable=True),
        ),
    ),
    TableSpec(
        "turns", "Who speaks when, where voices were told apart.", "episode", "speakers",
        ("episode_id", "turn_index"),
        (_EPISODE, _index("turn_index", "0-based position"), *_TIMES, _SPEAKER,
         _score("score", "how much nearer this voice is than the next one", nullable=True), _VOICE),
    ),
    TableSpec(
        "speakers", "Every voice of an episode, and who it is.", "episode", "speakers",
        ("episode_id", "voice"),
        (
            _EPISODE, _text("voice", "SPEAKER_01 speaks most; or the label of a transcript"), _SPEAKER,
            _text("known_by", "how the name is known", values=KNOWN_BY),
            _score("score", "how sure; of an unknown voice, how near the nearest known person is"),
            _seconds("spoken_s", "seconds of speech; null for a transcript's labels", nullable=True),
        ),
    ),
    TableSpec(
        "repairs", "Words that recognition misspelled, with what they were meant to be.", "episode",
        "repair", ("episode_id", "segment_index", "start_char"),
        (
            _EPISODE, _index("segment_index", "segment the span stands in"),
            _index("start_char", "start in the segment's raw text", unit="code points"),
            _index("end_char", "end (exclusive)", unit="code points"),
            _text("before", "as recognised"), _text("after", "as meant"),
            _text("reading", "the sound (katakana) both share or nearly share"),
            _text("term_id", "glossary entry"), _text("rule", "which kind of evidence decided"),
            _score("score", "how sure"), _text("evidence", "the words and figures that decided"),
        ),
    ),
    TableSpec(
        "utterances", "Sentences rebuilt from the segments, repaired, with what they ask for.", "episode",
        "segment", ("utterance_id",),
        (
            _text("utterance_id", "episode_id#u and the index"), _EPISODE,
            _index("utterance_index", "0-based position"), _SPEAKER, *_TIMES, *_SPAN,
            Column("parts", "spans", "the spans of raw text it is made of, in order: a list of segment_index, "
                   "start_char, end_char (exclusive); a listener's words may stand between two of them", unit="code points"),
            _text("text", "repaired text"), _text("raw_text", "raw text of its parts, joined by a newline"),
            _text("request", "what it asks of somebody", values=REQUESTS),
            _score("request_score", "how sure"),
            Column("request_abstained", "bool", "the score is below the threshold"),
            _index("request_start_char", "start of the evidence in text; null where there is none",
                   unit="code points", nullable=True),
            _index("request_end_char", "end (exclusive) of the evidence", unit="code points", nullable=True),
            _VOICE,
        ),
    ),
    TableSpec(
        "passages", "Utterances on one point.", "episode", "segment", ("passage_id",),
        (
            _text("passage_id", "episode_id#p and the index"), _EPISODE,
            _index("passage_index", "0-based position"),
            _index("first_utterance", "utterance_index of the first utterance"),
            _index("last_utterance", "utterance_index of the last utterance (inclusive)"), *_TIMES,
            _text("text", "repaired text, one utterance a line"),
        ),
    ),
    TableSpec(
        "tags", "What a passage is about, with the words that show it.", "episode", "tag",
        ("passage_id", "tag", "start_char"),
        (
            _text("passage_id", "passage"), _text("tag", "tag of the taxonomy", values=TAGS),
            _index("start_char", "start of the evidence in the passage's text", unit="code points"),
            _index("end_char", "end (exclusive)", unit="code points"), _score("score", "how sure"),
            _text("evidence", "the words that show it"), _text("rule", "which cue or model decided"),
        ),
    ),
    TableSpec(
        "cards", "Knowledge cards: one claim each, with a verbatim quote.", "episode", "card", ("card_id",),
        (
            _text("card_id", "stays when the episode is read again"), _EPISODE,
            _text("passage_id", "passage it was found in"), _text("kind", "what kind of claim", values=CARD_KINDS),
            _text("title", "the claim, at most 45 characters"), _text("body", "1 to 4 sentences"),
            _text("quote", "verbatim quote, repaired"),
            _text("quote_raw", "verbatim quote as recognised: the span's segments joined by a newline"),
            *_SPAN, *_TIMES, _SPEAKER, Column("tags", "strings", "what its quote is about: the tags its words get by themselves, from a score of 0.5"),
            _text("request", "what is asked for in what it tells", values=REQUESTS), _score("score", "how sure"),
            _text("antecedent_passage_id", "passage a reference was resolved from", nullable=True),
            _text("review_status", "what a reviewer decided", values=REVIEW_STATUSES),
            _text("content_sha256", "hash of what a reader sees"),
            _text("taxonomy_version", "version of the taxonomy its tags come from"),
        ),
    ),
    TableSpec(
        "card_links", "Related cards, with the reason.", "corpus", "link", ("card_id", "other_card_id"),
        (_text("card_id", "card"), _text("other_card_id", "related card"),
         _text("reason", "how the first relates to the other", values=LINK_REASONS), _score("score", "how sure")),
    ),
    TableSpec(
        "card_sources", "Further evidence of a card's claim.", "corpus", "link",
        ("card_id", "episode_id", "passage_id"),
        (_text("card_id", "card"), _EPISODE, _text("passage_id", "passage"), *_TIMES,
         _text("quote", "verbatim quote, repaired")),
    ),
    TableSpec(
        "card_ledger", "Every card id ever given, and what became of it.", "corpus", "link", ("card_id",),
        (
            _text("card_id", "card"), _EPISODE,
            Column("first_seen_at", "timestamp", "when the card first appeared (clock)"),
            Column("content_changed_at", "timestamp", "when what a reader sees last changed (clock)"),
            _text("content_sha256", "hash of what a reader saw last"),
            _text("status", "what became of it", values=LEDGER_STATUSES),
            _text("merged_into", "card that holds its claim now", nullable=True),
            _text("title", "title seen last", nullable=True, is_late=True),
            *(replace(c, meaning=f"{c.meaning}; as seen last", nullable=True, is_late=True)
              for c in (*_TIMES, _SPAN[0], _SPAN[2])),
            _text("split_from", "card whose claim it was a part of", nullable=True, is_late=True),
            Column("events", "strings", "what happened to it, oldest first, as JSON: at, event (renamed, merged, unmerged, "
                   "joined, split_from, split_into, vanished, returned), before and after (titles), other (card)",
                   nullable=True, is_late=True),
        ),
    ),
    TableSpec(
        "reviews", "What reviewers decided; the latest row of a card counts.", "corpus", "review", ("review_id",),
        (
            _text("review_id", "review"), _text("card_id", "card"), _EPISODE, _text("reviewer", "who"),
            Column("decided_at", "timestamp", "when (clock)"),
            _text("decision", "what", values=REVIEW_DECISIONS),
            _text("content_sha256", "hash of the card as the pipeline made it when it was decided on"),
            _text("prior_review_id", "review that stood when the card was shown to the reviewer", nullable=True),
            _text("before", "title, body, kind, tags and quote as the pipeline had them, as JSON"),
            _text("after", "the same as the reviewer left them, and merged_into for a merge, as JSON"),
            _text("comment", "what the reviewer noted", nullable=True),
        ),
    ),
    TableSpec(
        "relations", "Conversations grouped by customer, and how trust in them went.", "corpus", "trust",
        ("relation",),
        (
            _text("relation", "customer"), _text("roles", "speaker → customer, csm or other, as JSON"),
            _text("verdict", "the story its meetings tell; unclear where they tell none", values=TRUST_VERDICTS),
            _score("confidence", "probability of the verdict; 0 where it is unclear"),
        ),
    ),
    TableSpec(
        "trust_points", "Requests of the customer, meeting by meeting.", "corpus", "trust",
        ("relation", "episode_id"),
        (
            _text("relation", "customer"), _EPISODE,
            _index("n", "customer's utterances"),
            *(_index(name, f"customer's utterances that ask for {name}") for name in REQUESTS),
            *(_score(f"{name}_share{end}", f"{what}share of {name} among requests", nullable=True)
              for name in REQUESTS[:3] for end, what in
              (("", ""), ("_low", "lower end of the 95% interval (Wilson) of the "), ("_high", "its upper end: "))),
            _score("trend", "opinion share smoothed over all meetings"),
            _score("trend_low", "lower end of its 95% interval"),
            _score("trend_high", "upper end of its 95% interval"),
            _score("strain", "how likely the relation is strained then"),
            _text("signals", "passages with the customer by signal, as JSON"),
        ),
    ),
)  # fmt: skip

TABLES: Mapping[str, TableSpec] = {spec.name: spec for spec in _SPECS}


@functools.cache
def arrow_schema(name: str) -> pa.Schema:
    """The pyarrow schema of a table; column meanings and units stand in the field metadata."""
    import pyarrow as pa

    types = {
        "string": pa.string(), "int32": pa.int32(), "float64": pa.float64(), "bool": pa.bool_(),
        "timestamp": pa.timestamp("s", tz="UTC"), "strings": pa.list_(pa.string()),
        "spans": pa.list_(
            pa.struct([pa.field(name, pa.int32()) for name in ("segment_index", "start_char", "end_char")])
        ),
    }  # fmt: skip
    return pa.schema(
        [
            pa.field(c.name, types[c.type], nullable=c.nullable, metadata={"meaning": c.meaning, "unit": c.unit})
            for c in TABLES[name].columns
        ],
        metadata={"table": name, "meaning": TABLES[name].meaning},
    )  # fmt: skip


def to_table(name: str, rows: Iterable[Row]) -> pa.Table:
    """Build a table of rows and check it.

    Args:
        name: a table of :data:`TABLES`.
        rows: mappings with exactly the table's columns.

    Raises:
        TableError: naming episode, column and row of the first value that breaks the schema.
    """
    import pyarrow as pa

    spec = TABLES[name]
    listed = list(rows)
    names = set(spec.column_names)
    late = {column.name for column in spec.columns if column.is_late}
    for number, row in enumerate(listed):
        if set(row) | late != names:
            odd = sorted(names.symmetric_difference(row))
            raise TableError(
                f"{_where(name, row, number)}: columns missing or unknown: {', '.join(odd)}"
            )
    try:
        table = pa.Table.from_pylist(listed, schema=arrow_schema(name))
    except (pa.ArrowInvalid, pa.ArrowTypeError, TypeError, ValueError):
        _find_wrong_type(spec, listed)
        raise
    check(name, table)
    return table


def from_columns(name: str, columns: Iterable[Sequence[Any]]) -> pa.Table:
    """Build a table of its columns' values in order and check it; no columns are no rows.

    Raises:
        TableError: as :func:`to_table` does.
    """
    import pyarrow as pa

    wanted = arrow_schema(name)
    listed = list(columns) or [()] * len(wanted)
    table = pa.Table.from_arrays(
        [pa.array(values, field.type) for values, field in zip(listed, wanted, strict=True)],
        schema=wanted,
    )
    check(name, table)
    return table


def check(name: str, table: pa.Table) -> None:
    """Check a table against its schema: types, nulls, enumerations, score ranges and unique keys.

    Raises:
        TableError: naming episode, column and row.
    """
    import pyarrow.compute as pc

    spec = TABLES[name]
    if table.schema.names != spec.column_names or table.schema.types != arrow_schema(name).types:
        raise TableError(
            f"table {name}: its columns are not those of the schema; rebuild it with `bansou ingest --force`"
        )
    for column in spec.columns:
        data = table[column.name]
        bad = None
        if not column.nullable and data.null_count:
            bad, why = pc.is_null(data), "is null"
        elif column.values and data.null_count < len(data):
            import pyarrow as pa

            known = pc.is_in(data, value_set=pa.array(column.values))
            bad, why = (
                pc.and_(pc.is_valid(data), pc.invert(known)),
                f"is none of {', '.join(column.values)}",
            )
        elif column.is_score:
            bad, why = (
                pc.invert(pc.and_(pc.greater_equal(data, 0.0), pc.less_equal(data, 1.0))),
                "is not within 0 to 1",
            )
        if bad is not None and pc.any(bad).as_py():
            number = pc.index(bad.combine_chunks(), True).as_py()
            row = table.slice(number, 1).to_pylist()[0]
            raise TableError(
                f"{_where(name, row, number)}, column {column.name}: {row[column.name]!r} {why}"
            )
    _check_key(spec, table)


def _check_key(spec: TableSpec, table: pa.Table) -> None:
    names = list(spec.key)
    is_long = table.num_rows > _MANY_ROWS  # for few rows that takes longer than looking
    if is_long and _all_differ(table.select(names).columns):
        return
    seen: dict[tuple[Any, ...], int] = {}
    for number, key in enumerate(zip(*(table[k].to_pylist() for k in spec.key), strict=True)):
        if key in seen:
            row = table.slice(number, 1).to_pylist()[0]
            raise TableError(
                f"{_where(spec.name, row, number)}, column {'+'.join(spec.key)}: "
                f"{key!r} stands already in row {seen[key]}"
            )
        seen[key] = number


def _all_differ(columns: Sequence[pa.ChunkedArray]) -> bool:
    """Whether no two rows are surely alike: equal ones are equal as text; no group_by, which loads a tenth of a second."""
    import pyarrow as pa
    import pyarrow.compute as pc

    texts = [column.cast(pa.string()) for column in columns]
    whole = texts[0] if len(texts) == 1 else pc.binary_join_element_wise(*texts, "\0")
    return whole.null_count == 0 and len(pc.unique(whole)) == len(whole)


def _find_wrong_type(spec: TableSpec, rows: list[Row]) -> None:
    import pyarrow as pa

    schema = arrow_schema(spec.name)
    for number, row in enumerate(rows):
        for column in spec.columns:
            try:
                pa.array([row.get(column.name)], type=schema.field(column.name).type)
            except (pa.ArrowInvalid, pa.ArrowTypeError, TypeError, ValueError) as error:
                raise TableError(
                    f"{_where(spec.name, row, number)}, column {column.name}: "
                    f"{row.get(column.name)!r} is not of type {column.type}"
                ) from error


def _where(name: str, row: Row, number: int) -> str:
    episode = row.get("episode_id") or row.get("passage_id") or row.get("card_id") or "?"
    return f"table {name}, episode {episode}, row {number}"
