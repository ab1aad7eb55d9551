"""What readers see for the tables' ASCII names, and how times are written."""

from __future__ import annotations

KINDS = {
    "definition": "定義", "principle": "原則", "method": "方法", "caution": "注意",
    "signal": "兆候", "criterion": "判断基準", "example": "例", "question": "問い",
}  # fmt: skip
REQUESTS = {"opinion": "意見を求める", "answer": "答えを求める", "action": "行動を求める"}
REASONS = {
    "example_of": "例", "condition_for": "条件", "contrast": "対比", "answer_to": "答え",
    "restates": "言い換え", "continues": "続き",
}  # fmt: skip
REVIEW_STATUSES = {
    "unreviewed": "未確認", "accepted": "承認済み", "edited": "編集済み", "rejected": "却下",
}  # fmt: skip
EVENTS = {
    "appeared": "初めて現れた", "changed": "内容が最後に変わった", "merged": "別のカードにまとめられた",
    "vanished": "なくなった", "rejected": "却下された", "took_in": "別のカードをまとめた",
    "reviewed": "確認された", "renamed": "題が変わった", "unmerged": "まとめが解かれた",
    "split_from": "別のカードから分かれた", "split_into": "分けられた", "returned": "また現れた",
}  # fmt: skip


def clock(seconds: float | None) -> str:
    """mm:ss, h:mm:ss from an hour on; empty where there is no time."""
    if seconds is None:
        return ""
    minutes, second = divmod(int(seconds), 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours}:{minute:02d}:{second:02d}" if hours else f"{minute:02d}:{second:02d}"
