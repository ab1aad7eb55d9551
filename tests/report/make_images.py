"""Write the reference images of docs/img/plots/ anew: ``python -m tests.report.make_images``."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

import pipeline as bs
from pipeline.report import plots
from pipeline.trust.measure import measure
from tests.plotting import make_archive
from tests.trust.meetings import conversation

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "img" / "plots"
EPISODE = "第9回"


def charts(data: Path) -> dict[str, Callable[[], plots.Chart]]:
    """Every plot, by the name of its image, of the archive in a data folder."""
    (data / "references").mkdir(exist_ok=True)
    for number in (1, 2):
        said = "".join(
            bs.utterances(data=data, private=True).query(f"episode_id == '第{number}回'")["text"]
        )
        (data / "references" / f"第{number}回.txt").write_text(
            said.replace("番目", "ばんめ"), encoding="utf-8"
        )
    bs.use(data, private=True)
    titles = bs.episodes().set_index("episode_id")["title"].to_dict()
    one = {"utterances": bs.utterances(), "passages": bs.passages(), "tags": bs.tags()}
    return {
        "episode_timeline": lambda: plots.episode_timeline(
            EPISODE, **one, cards=bs.cards(), title=titles[EPISODE]
        ),
        "road_balance": lambda: plots.road_balance(EPISODE, **one, title=titles[EPISODE]),
        "tags_by_episode": lambda: plots.tags_by_episode(bs.tag_shares(), titles=titles),
        "tags_over_time": lambda: plots.tags_over_time(bs.tag_shares()),
        "tag_network": lambda: plots.tag_network(bs.tag_pairs()),
        "tag_changes": lambda: plots.tag_changes(bs.tag_changes()),
        "request_balance": lambda: plots.request_balance(bs.request_shares(), names=titles),
        "request_balance_speakers": lambda: plots.request_balance(bs.request_shares("speaker")),
        "request_balance_relations": lambda: plots.request_balance(bs.request_shares("relation")),
        "repair_scores": lambda: plots.repair_scores(bs.repairs()),
        "tag_scores": lambda: plots.tag_scores(bs.tags()),
        "error_rates": lambda: plots.error_rates(bs.error_rates()),
        "trust_trajectory": lambda: plots.trust_trajectory(
            [measure(conversation("aaaa", "aaxo", "aaoo", "aoox", "oooo"))]
        ),
    }


def main() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        for name, draw in charts(make_archive(Path(folder))).items():
            draw().savefig(FOLDER / f"{name}.png", dpi=110, metadata={"Software": None})


if __name__ == "__main__":
    main()
