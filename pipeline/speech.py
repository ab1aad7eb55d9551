"""Adapter to speech recognition: the only place that imports faster-whisper and CTranslate2."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from copy import copy
from functools import cached_property
from importlib.metadata import version
from itertools import pairwise
from typing import Any, TypeAlias

from pipeline.audio import SAMPLE_RATE, Audio
from pipeline.config import EMBEDDED_MODEL, Settings
from pipeline.errors import ModelError, first_line
from pipeline.models import model_path
from pipeline.recognition import RecognisedSegment, RecognisedWord, Recognition
from pipeline.voiced import cut_clips, find_gaps, find_speech, merge

# Whisper keeps at most half of its 448 positions, less one, for the prompt and cuts the rest off
# in the middle of a word (faster-whisper `get_prompt`); a hint list that long also starts to show
# up in the output, so little more than half of that is used.
HOTWORD_TOKENS = 128
# The end of a prompt weighs most, and the beginning more than the middle: the most important words
# stand at both. As running text, because after a bare list the model writes no punctuation.
_AT_BOTH_ENDS = 4
# On a CPU four clips at a time are heard as fast as eight, in two thirds of the memory (docs/long-audio.md).
_BATCH_SIZES = {"cpu": 4, "cuda": 8}
# One core each leaves less of them idle than two cores on one batch; each lane holds a batch in memory.
_MOST_LANES = 4
_Clips: TypeAlias = Sequence[tuple[float, float]]
# The encoder takes as long for a clip of one second as for one of thirty, unless what is empty is cut
# off. With a few seconds left behind it the words stay the same (docs/long-audio.md); with none they do not.
_LEAST_FRAMES = 1000  # of 10 ms
_FRAMES_BEHIND = 300


class Recogniser:
    """A speech recognition model, loaded when first used.

    Args:
        settings: model, device, compute type, batch and beam size.
        model: model name; overrides the settings'.
        threads: CPU threads; 0 for all cores.

    Raises:
        ModelError: the model is missing or does not load.
    """

    def __init__(self, settings: Settings, *, model: str | None = None, threads: int = 0) -> None:
        self.name = model or settings.model or EMBEDDED_MODEL
        self._settings = settings
        self._threads = threads or os.cpu_count() or 1

    @cached_property
    def _model(self) -> Any:
        from faster_whisper import WhisperModel

        device, compute_type = choose_device(self._settings)
        path = model_path(self.name, cache=self._settings.cache)
        try:
            model = WhisperModel(
                path, device=device, compute_type=compute_type,
                cpu_threads=self._threads // self._lanes, num_workers=self._lanes,
            )  # fmt: skip
        except Exception as error:  # hub, network, CUDA and format errors have no common root
            raise ModelError(
                f"model {self.name!r} does not load on {device}/{compute_type} ({first_line(error)}); "
                "name a folder in CTranslate2 form or `base` by --model, and see `bansou doctor`"
            ) from error
        return model

    @cached_property
    def _model_for_short_clips(self) -> Any:
        """The same model; a batch is encoded only as far as it is filled, and somewhat further."""
        import numpy as np

        short, encode = copy(self._model), self._model.encode

        def encode_filled(features: Any) -> Any:
            filled = np.flatnonzero(np.any(features, axis=(0, 1)))
            length = max(_LEAST_FRAMES, int(filled[-1]) + 1 + _FRAMES_BEHIND if filled.size else 0)
            return encode(np.ascontiguousarray(features[..., : length + length % 2]))

        short.encode = encode_filled
        return short

    @property
    def _lanes(self) -> int:
        """How many batches are heard side by side."""
        device, _ = choose_device(self._settings)
        return min(self._threads, _MOST_LANES) if device == "cpu" else 1

    @property
    def batch_size(self) -> int:
        """How many clips are heard at a time."""
        device, _ = choose_device(self._settings)
        return self._settings.batch_size or _BATCH_SIZES[device]

    def conditions(self) -> dict[str, Any]:
        """What recognition depends on beside the audio, its language and the hints."""
        device, compute_type = choose_device(self._settings)
        return {
            "model": self.name,
            "device": device,
            "compute_type": compute_type,
            "beam_size": self._settings.beam_size,
            "batch_size": self.batch_size,
            "versions": [version(name) for name in ("faster-whisper", "ctranslate2")],
        }

    def hinted(self, terms: Sequence[str]) -> list[str]:
        """The words to hint at: as many, in order, as the token budget takes."""
        chosen: list[str] = []
        for term in dict.fromkeys(terms):
            candidate = hint_text([*chosen, term])
            if len(self._model.hf_tokenizer.encode(" " + candidate).ids) > HOTWORD_TOKENS:
                break
            chosen.append(term)
        return chosen

    def hotwords(self, terms: Sequence[str]) -> str | None:
        """The hint as the model gets it; null where there is nothing to hint at."""
        return hint_text(self.hinted(terms)) or None

    def recognise(
        self,
        audio: Audio,
        *,
        language: str,
        terms: Sequence[str] = (),
        on_progress: Callable[[float], None] | None = None,
    ) -> Recognition:
        """Recognise speech: batched, silence cut by voice activity detection, with word times.

        What the batched decoder skipped is recognised again (:mod:`pipeline.voiced`).

        Args:
            audio: mono samples at 16 kHz.
            language: language code.
            terms: words to hint at, the most important first.
            on_progress: is told the second of audio reached; it never goes back.
        """
        hinted = self.hinted(terms)
        hint = hint_text(hinted) or None
        speech = find_speech(audio)
        told = _forward(on_progress or (lambda _done_s: None))
        first = self._hear(audio, cut_clips(speech, audio.duration_s), language, hint, told)
        gaps = find_gaps(speech, [word for segment in first for word in segment.words])
        clips = cut_clips(gaps, audio.duration_s, joins_over_s=0)
        again = self._hear(audio, clips, language, hint, told, model=self._model_for_short_clips)
        return Recognition(tuple(merge(first, again, gaps)), self.name, " ".join(hinted) or None)

    def try_out(self) -> None:
        """Load the model and decode two seconds of silence with it.

        Raises:
            ModelError: it does not load.
        """
        import numpy as np

        silence = Audio(np.zeros(2 * SAMPLE_RATE, np.float32), 2.0, None)
        self._hear(silence, [(0.0, 2.0)], self._settings.language, None, lambda _done_s: None)

    def _hear(
        self,
        audio: Audio,
        clips: _Clips,
        language: str,
        hint: str | None,
        told: Callable[[float], None],
        *,
        model: Any = None,
    ) -> list[RecognisedSegment]:
        from faster_whisper import BatchedInferencePipeline

        if not clips:
            return []
        model = model or self._model  # loaded here: the lanes share it

        def hear(batch: _Clips) -> list[RecognisedSegment]:
            # A pipeline of its own: it notes the last word's time. Without timestamps: with them, what
            # follows the last one in a clip is never decoded.
            found, _ = BatchedInferencePipeline(model).transcribe(
                audio.samples,
                language=language,
                batch_size=self.batch_size,
                beam_size=self._settings.beam_size,
                clip_timestamps=[{"start": a, "end": b} for a, b in batch],
                without_timestamps=True,
                word_timestamps=True,
                hotwords=hint,
            )
            return [_segment(segment, audio.duration_s) for segment in found]

        segments = []
        for heard in _side_by_side(hear, self._batches(clips), self._lanes):
            segments += heard
            told(max((segment.end_s for segment in heard), default=0.0))
        return segments

    def _batches(self, clips: _Clips) -> list[_Clips]:
        """Clips in batches of about one size; on a CPU two at least, however many cores there are.

        What is heard depends a little on the batch, so it must not depend on the cores.
        """
        device, _ = choose_device(self._settings)
        least = min(2, len(clips)) if device == "cpu" else 1
        count = max(least, -(-len(clips) // self.batch_size))
        ends = [round(n * len(clips) / count) for n in range(count + 1)]
        return [clips[a:b] for a, b in pairwise(ends)]


def _side_by_side(
    hear: Callable[[_Clips], list[RecognisedSegment]], batches: Sequence[_Clips], lanes: int
) -> Iterator[list[RecognisedSegment]]:
    """What is heard in each batch, in order; when one fails, those not begun are left."""
    with ThreadPoolExecutor(lanes) as pool:
        try:
            yield from pool.map(hear, batches)
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


def _forward(tell: Callable[[float], None]) -> Callable[[float], None]:
    """Tell the furthest second reached: what is heard again lies behind it."""
    reached_s = 0.0

    def told(done_s: float) -> None:
        nonlocal reached_s
        reached_s = max(reached_s, done_s)
        tell(reached_s)

    return told


def hint_text(terms: Sequence[str]) -> str:
    """What recognition is told before it listens: a sentence of the kind it is to write; "" for no words."""
    if not terms:
        return ""
    ends = terms[:_AT_BOTH_ENDS]
    listed = "、".join([*terms[_AT_BOTH_ENDS:], *reversed(ends)])
    return f"{'、'.join(ends)}。{listed}について話します。"


def _segment(segment: Any, duration_s: float) -> RecognisedSegment:
    words = tuple(
        RecognisedWord(w.word, float(w.start), min(float(w.end), duration_s), float(w.probability))
        for w in segment.words or ()
    )
    return RecognisedSegment(
        segment.text, float(segment.start), min(float(segment.end), duration_s),
        float(segment.avg_logprob), float(segment.no_speech_prob), words,
    )  # fmt: skip


def choose_device(settings: Settings) -> tuple[str, str]:
    """Device and compute type: CUDA float16 where there is a GPU, else CPU int8."""
    import ctranslate2

    device = settings.device
    if device == "auto":
        device = "cuda" if ctranslate2.get_cuda_device_count() else "cpu"
    compute_type = settings.compute_type
    if compute_type == "auto":
        compute_type = "float16" if device == "cuda" else "int8"
    return device, compute_type
