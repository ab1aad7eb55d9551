"""All plots of notebooks and documents: frames of ``import pipeline as bs`` in, a :class:`Chart` out.

A notebook shows a chart by itself; ``chart.savefig("流れ.png")`` (or ``.svg``, ``.pdf``) writes a file.
Each says what it draws, and in its place why it draws nothing where there is too little. Needs the extra
``plots`` (``pip install 'bansou[plots]'``).
"""

from pipeline.report.plots_balance import road_balance
from pipeline.report.plots_episode import episode_timeline
from pipeline.report.plots_quality import error_rates, repair_scores, tag_scores
from pipeline.report.plots_requests import request_balance
from pipeline.report.plots_tags import tag_changes, tag_network, tags_by_episode, tags_over_time
from pipeline.report.plots_trust import trust_trajectory
from pipeline.report.style import Chart

__all__ = [
    "Chart",
    "episode_timeline",
    "error_rates",
    "repair_scores",
    "request_balance",
    "road_balance",
    "tag_changes",
    "tag_network",
    "tag_scores",
    "tags_by_episode",
    "tags_over_time",
    "trust_trajectory",
]
