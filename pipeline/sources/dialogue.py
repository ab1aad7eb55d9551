"""Who speaks: labels such as ``名前：`` at the head of lines, told from headings and notes.

One line cannot tell ``田中：`` from ``注意：``; the file can: speakers are short names that come
again and again.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

# Sentence marks, quotes and markup never stand in a name; brackets only at its end (田中（CSM）).
_NAME_CHAR = r"[^\s:：。、，．！？!?「」『』【】［］\[\](){}（）<>＜＞/\\=#*|｜\"'`…]"
_NAME = rf"{_NAME_CHAR}+(?:[ \u3000]{_NAME_CHAR}+){{0,2}}(?:[（(]{_NAME_CHAR}{{1,12}}[)）])?"
_LABEL = re.compile(rf"(?P<name>{_NAME})[ \u3000]?(?P<colon>[:：])(?P<rest>.*)", re.DOTALL)
_BRACKETED = re.compile(r"【(?P<name>[^【】]{1,24})】(?P<rest>.*)", re.DOTALL)
# 「田中さんは言った：」 is a clause, not a name.
_CLAUSE = re.compile(r"(?:.*[^ぁ-ん]|.*さん)[はがを].*[たるていうくすだ]")
# 「方法2：」 is a numbered heading; a name with a number is a letter or one of these.
_NUMBERED = re.compile(r"(?P<base>.*[^0-9０-９_\s-])[_\s-]*[0-9０-９]+")
_SPEAKER_WORDS = """
話者 参加者 発言者 発話者 質問者 回答者 司会 進行 聞き手 話し手 ゲスト ホスト ユーザー ユーザ メンバー
顧客 お客様 客 社員 担当 担当者 学生 生徒 先生 男性 女性
"""
_NUMBERED_SPEAKERS = frozenset(_SPEAKER_WORDS.split())
_MAX_NAME_CHARS = 24
_MAX_WIDE_NAME_CHARS = 14

# Words that head a note, a field or a paragraph, and never speak.
_NOTES = """
注 注意 注記 注釈 例 例文 例題 具体例 補足 備考 参考 参照 出典 引用 引用元 出所 典拠 監修 執筆
取材 編集 撮影 写真 画像 図 表 動画 日時 日付 場所 会場 時間 時刻 期間 期限 定員 料金 価格 費用
住所 電話 電話番号 連絡先 宛先 件名 差出人 送信者 受信者 メール タイトル 題名 題 見出し テーマ
議題 概要 要約 まとめ 目次 内容 本文 目的 効果 結論 結果 原因 理由 背景 現状 課題 問題 問題点
対策 対応 対象 条件 前提 方法 手順 手段 使い方 用途 特徴 特長 長所 短所 利点 欠点 メリット
デメリット ポイント ヒント コツ 重要 必須 任意 定義 意味 用語 名称 名前 氏名 役職 所属 会社
会社名 部署 業種 従業員数 資本金 設立 資料 リンク 関連 関連記事 関連リンク 更新日 公開日 作成日
作成者 著者 版 バージョン 追記 訂正 予告 次回 前回 今回 決定事項 宿題 担当者名 出席者 参加者一覧
出演 出演者 ルール 質問内容 回答内容 解説 説明 TEL FAX URL E-mail Email Mail Tel Fax http https
ftp mailto PS P.S NB Note NOTE Notes TODO Todo FIXME Example Tip Tips Warning Title Date Time
Author Source Subject From To Cc Re RE Summary
"""
_NOT_A_NAME = frozenset(_NOTES.split())
_MIN_LABELS = 3
# The same names carry the conversation.
_MIN_RECURRING_SHARE = 0.5
# A turn may go on over many lines, but not for ever.
_MIN_LABELLED_SHARE = 0.1
# A name that comes once counts where nearly every line has a label.
_DENSE_SHARE = 0.5
_MONOLOGUE_SHARE = 0.8


def split_label(line: str) -> tuple[str, str] | None:
    """A line's label and what follows it; None where it does not begin like ``名前：``."""
    bracketed = _BRACKETED.match(line)
    if bracketed is not None:
        name, rest = bracketed["name"].strip(), bracketed["rest"]
        return (name, rest.strip()) if name and is_name(name) else None
    # A name ends within its first few characters: the rest of a long line is not searched.
    colon = min((at for at in (line.find(":"), line.find("：")) if at >= 0), default=-1)
    if not 0 < colon <= _MAX_NAME_CHARS + 16:
        return None
    match = _LABEL.fullmatch(line)
    if match is None or not is_name(match["name"]):
        return None
    rest = match["rest"]
    if match["colon"] == ":" and rest.startswith(("//", "\\")):
        return None
    return match["name"], rest.strip()


def is_name(name: str) -> bool:
    """Could this be what a speaker is called?"""
    wide = sum(char > "\x7f" for char in name)
    if len(name) > _MAX_NAME_CHARS or wide > _MAX_WIDE_NAME_CHARS:
        return False
    if name in _NOT_A_NAME or name.startswith(("・", "-", "•", "※", "■", "●", "→", "－", "―")):
        return False
    numbered = _NUMBERED.fullmatch(name)
    if numbered is not None and not (
        numbered["base"].isascii() or numbered["base"] in _NUMBERED_SPEAKERS
    ):
        return False
    if _CLAUSE.fullmatch(name):
        return False
    # 10:30 is a clock; 〇〇 and ○○ hide a name.
    return any(char.isalpha() or char in "〇○◯●△□" for char in name)


def find_speakers(lines: Sequence[str], *, timed: bool = False) -> frozenset[str]:
    """The speakers of a file, by the shape of all its lines.

    Args:
        lines: its non-empty lines without their times.
        timed: every line has its own time, so one label each is enough.

    Returns:
        Labels that are speakers; empty where the file is no dialogue.
    """
    counts = Counter(label[0] for label in map(split_label, lines) if label is not None)
    labelled = sum(counts.values())
    if timed and labelled and labelled == len(lines):
        return frozenset(counts)
    recurring = {name for name, count in counts.items() if count > 1}
    covered = sum(counts[name] for name in recurring)
    if labelled < _MIN_LABELS or covered < labelled * _MIN_RECURRING_SHARE:
        return frozenset()
    # One label again and again is a rubric, unless labels head most lines.
    least = _MIN_LABELLED_SHARE
    if len(recurring) == 1:
        least = _MONOLOGUE_SHARE if len(counts) == 1 else _DENSE_SHARE
    if labelled < len(lines) * least:
        return frozenset()
    return frozenset(counts if labelled >= len(lines) * _DENSE_SHARE else recurring)
