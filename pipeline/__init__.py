"""Bansou: a Japanese customer-success podcast becomes knowledge cards a team can use."""

from __future__ import annotations

__version__ = "0.1.0"
