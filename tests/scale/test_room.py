"""How many workers a cluster takes, and what each may use. The clusters are told of, not there."""

from __future__ import annotations

import pytest

from pipeline.config import Settings, load_settings
from pipeline.scale.cluster import Room, room_for

GPU_BOX = {"CPU": 16.0, "GPU": 8.0, "memory": 1e12}
HEAD = {"CPU": 0.0, "memory": 1e10}


def settings(**values: object) -> Settings:
    return load_settings(**values)


@pytest.mark.parametrize(
    ("nodes", "values", "expected"),
    [
        ([{"CPU": 2.0}], {}, Room(workers=1, cores=2, gpus=0)),
        ([{"CPU": 2.0}], {"cores": 1}, Room(workers=2, cores=1, gpus=0)),
        ([{"CPU": 6.0}, {"CPU": 6.0}], {}, Room(workers=2, cores=4, gpus=0)),
        ([HEAD, {"CPU": 8.0}, {"CPU": 3.0}], {}, Room(workers=2, cores=4, gpus=0)),
        ([HEAD, {"CPU": 4.0, "GPU": 1.0}], {}, Room(workers=1, cores=4, gpus=1)),
        ([HEAD, GPU_BOX], {}, Room(workers=8, cores=2, gpus=1)),
        ([{"CPU": 1.0, "GPU": 2.0}], {}, Room(workers=2, cores=1, gpus=1)),
        ([{"CPU": 64.0}, GPU_BOX], {"cores": 1}, Room(workers=8, cores=1, gpus=1)),
        ([HEAD, GPU_BOX], {"device": "cpu"}, Room(workers=4, cores=4, gpus=0)),
        ([HEAD], {"device": "cuda", "workers": 32}, Room(workers=32, cores=4, gpus=1)),
        ([HEAD], {}, Room(workers=1, cores=4, gpus=0)),
    ],
    ids=[
        "two cores", "one core each", "never across machines", "a head that works nothing", "one GPU",
        "cores shared among GPUs", "fewer cores than GPUs", "fewer cores asked for", "not on the GPUs", "GPUs are still to come",
        "cores are still to come",
    ],
)  # fmt: skip
def test_every_worker_fits_and_a_gpu_has_one(
    nodes: list[dict[str, float]], values: dict[str, object], expected: Room
) -> None:
    assert room_for(nodes, settings(**values)) == expected
