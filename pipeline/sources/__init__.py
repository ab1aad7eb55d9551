"""What an episode can come from: audio, and finished transcripts of every kind."""

from pipeline.sources.discover import Discovery, Problem, Source, discover, discover_some
from pipeline.sources.encoding import decode_text, split_lines
from pipeline.sources.names import stem_of
from pipeline.sources.rawfile import AUDIO_SUFFIXES, check_audio
from pipeline.sources.rows import SegmentRow, Transcript, WordRow
from pipeline.sources.scan import Scan, in_order, scan
from pipeline.sources.sidecar import Sidecar, read_sidecar, yaml_mapping
from pipeline.sources.times import Span, read_times, write_times
from pipeline.sources.transcript import read_transcript

__all__ = [
    "AUDIO_SUFFIXES",
    "Discovery",
    "Problem",
    "Scan",
    "SegmentRow",
    "Sidecar",
    "Source",
    "Span",
    "Transcript",
    "WordRow",
    "check_audio",
    "decode_text",
    "discover",
    "discover_some",
    "in_order",
    "read_sidecar",
    "read_times",
    "read_transcript",
    "scan",
    "split_lines",
    "stem_of",
    "write_times",
    "yaml_mapping",
]
