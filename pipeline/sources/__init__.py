"""What an episode can come from: audio, and finished transcripts of every kind."""

from pipeline.sources.discover import Discovery, Problem, Source, discover
from pipeline.sources.encoding import decode_text, split_lines
from pipeline.sources.rawfile import AUDIO_SUFFIXES, check_audio
from pipeline.sources.rows import SegmentRow, Transcript, WordRow
from pipeline.sources.sidecar import Sidecar, read_sidecar
from pipeline.sources.transcript import read_transcript

__all__ = [
    "AUDIO_SUFFIXES",
    "Discovery",
    "Problem",
    "SegmentRow",
    "Sidecar",
    "Source",
    "Transcript",
    "WordRow",
    "check_audio",
    "decode_text",
    "discover",
    "read_sidecar",
    "read_transcript",
    "split_lines",
]
