"""Meetings made by hand, for tests of what is measured."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from pipeline.trust.read import Conversation, Meeting, Said

ASKS = {
    "opinion": "小川さんはどちらがいいと思いますか。",
    "answer": "この欄は何文字まで入りますか。",
    "action": "残りの入力もやっておいてもらえますか。",
    "none": "先週の分を確認しました。",
}


def meeting(number: int, requests: str, *, csm: str = "承知しました。", **more: str) -> Meeting:
    """A meeting of the customer's requests (o, a, d for a deed, anything else for none)."""
    names = {"o": "opinion", "a": "answer", "d": "action"}
    said = []
    for index, letter in enumerate(requests):
        request = names.get(letter, "none")
        text = more.get(letter, ASKS[request])
        said.append(
            Said(
                f"m{number}#u{2 * index:05d}",
                2 * index,
                "大林",
                "customer",
                10.0 * index,
                text,
                request,
                0.95,
            )
        )
        said.append(
            Said(
                f"m{number}#u{2 * index + 1:05d}",
                2 * index + 1,
                "小川",
                "csm",
                None,
                csm,
                "none",
                0.97,
            )
        )
    date = datetime(2025, number, 1, tzinfo=UTC)
    return Meeting(f"m{number}", f"第{number}回", date, tuple(said), (), True)


def conversation(*requests: str, **more: str) -> Conversation:
    """A relation of such meetings."""
    made = tuple(meeting(n, r, **more) for n, r in enumerate(requests, start=1))
    return Conversation("甲社", {"大林": "customer", "小川": "csm"}, 0, made)


def write_meeting(
    raw: Path, stem: str, lines: str, *, date: str, relation: str = "甲社",
    roles: str = "{田中: customer, 佐藤: csm}",
) -> None:  # fmt: skip
    """A transcript with its sidecar; its last line makes it unlike the others."""
    raw.mkdir(parents=True, exist_ok=True)
    text = f"{lines}佐藤：{relation}様の{stem}の回を終わります。\n"
    (raw / f"{stem}.txt").write_text(text, encoding="utf-8")
    (raw / f"{stem}.yaml").write_text(
        f"date: {date}\nrelation: {relation}\nroles: {roles}\n", encoding="utf-8"
    )


LINES = """佐藤：先週の続きから始めます。
田中：お願いします。佐藤さんはどの順番がいいと思いますか。
佐藤：請求からがいいと思います。
田中：締め日は何日でしたっけ。
佐藤：二十日です。
田中：わかりました。
"""
