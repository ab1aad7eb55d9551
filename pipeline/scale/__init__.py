"""Runs beyond one machine: episodes fan out over a Ray cluster, data folders lie in object stores.

Neither changes what a stage does: a worker runs the same code over one episode in a folder of its own,
and the run that sent it publishes what comes back. docs/scale.md.
"""

from pipeline.scale.opening import opened

__all__ = ["opened"]
