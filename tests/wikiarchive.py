"""A team's archive for tests of wikis: episodes with records, so that exports and reviews work on it."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from archive import Archive

from pipeline.config import Settings, load_settings
from pipeline.store import write_json

TITLES = (
    "約束を守ると信頼が積み上がる",
    "最初の月は隣で手を動かす",
    "手順書は一緒に作る",
    "答えではなく意見を聞かれたら兆候",
)


class Team:
    """A data folder with cards; what is changed in it counts at the next push."""

    def __init__(self, folder: Path) -> None:
        self.archive = Archive(folder)
        self.folder = folder
        self._cards: dict[str, list[dict[str, Any]]] = {}
        self._ledger: dict[str, dict[str, Any]] = {}

    @property
    def settings(self) -> Settings:
        return load_settings(data=self.folder)

    def episode(self, episode_id: str, *titles: str, **more: Any) -> None:
        """An episode whose cards are ``c<episode><place>``."""
        self.archive.episode(episode_id, **more)
        self.archive.write("repairs", episode_id, [])
        self._cards[episode_id] = [
            {"card_id": f"c{episode_id}{n}", "title": t, "body": f"{t}。続けることが要る。", "quote": f"{t}と思います。"}
            for n, t in enumerate(titles)
        ]  # fmt: skip
        self._write(episode_id)

    def change(self, card_id: str, **new: Any) -> None:
        """The pipeline makes something else of a card."""
        for episode_id, cards in self._cards.items():
            for card in cards:
                if card["card_id"] == card_id:
                    card.update(new)
                    self._write(episode_id)

    def lose(self, card_id: str, *, merged_into: str | None = None) -> None:
        """The pipeline no longer finds a card."""
        for episode_id, cards in self._cards.items():
            if any(card["card_id"] == card_id for card in cards):
                self._cards[episode_id] = [c for c in cards if c["card_id"] != card_id]
                self._ledger[card_id] |= {
                    "status": "merged" if merged_into else "vanished", "merged_into": merged_into,
                }  # fmt: skip
                self._write(episode_id)

    def _write(self, episode_id: str) -> None:
        cards = self._cards[episode_id]
        for card in cards:
            said = "\0".join(str(card.get(k)) for k in ("title", "body", "quote", "kind", "tags"))
            card["content_sha256"] = hashlib.sha256(said.encode()).hexdigest()
            self._ledger[card["card_id"]] = {
                "card_id": card["card_id"], "episode_id": episode_id, "title": card["title"],
                "content_sha256": card["content_sha256"],
            }  # fmt: skip
        self.archive.cards(episode_id, *cards)
        self.archive.ledger(*self._ledger.values())
        mark = {"path": f"raw/{episode_id}.txt", "size": 1, "mtime_ns": 1, "sha256": "0"}
        content = hashlib.sha256(repr(cards).encode()).hexdigest()
        tables = {name: {"size": 1, "sha256": content} for name in ("cards", "episodes")}
        stage = {"key": "k", "parts": {}, "tables": tables}
        record = {
            "episode_id": episode_id, "files": {"primary": mark, "sidecar": None},
            "stages": {"source": stage, "card": stage}, "facts": {},
        }  # fmt: skip
        write_json(self.archive.store.record_path(episode_id), record)


def make_team(folder: Path, *, cards: int = 4) -> Team:
    """A team with a public episode of its own, and a customer's meeting that must never leave."""
    team = Team(folder)
    titles = [TITLES[n] if n < len(TITLES) else f"{n}番目の主張はここに書く" for n in range(cards)]
    team.episode("e1", *titles)
    team.episode("meeting", "秘密の取引条件を話す", visibility="private", relation="acme")
    return team
