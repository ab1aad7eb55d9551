"""Episodes for the tests of pages: written straight into tables, hostile ones and long ones too."""

from __future__ import annotations

import wave
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from archive import Archive, card

from pipeline.config import Settings, load_settings
from pipeline.store import write_json

HOSTILE = (
    "<script>document.title='x'</script>", '"><img src=x onerror="document.title=1">', "</li></ol></main><h1>x",
    "--></style></script><b>b</b>", "{{ 7 * 7 }}{% raw %}", "javascript:alert(1)", "&lt;b&gt;&amp;amp;",
    "' onmouseover='alert(1)", "\u202e逆向き\u202c", "\u200fא", "]]>", "<!--", "\x1b[31m", "\u2028", "`${1}`", "$1\\n",
)  # fmt: skip
_TOPICS = (
    "引き継ぎ",
    "定例会",
    "棚卸し",
    "操作研修",
    "請求の締め",
    "更新の面談",
    "手順書",
    "問い合わせ",
)
_SAYINGS = (
    "{}の話なんですけど、前の担当が全部代わりにやっていて、お客さんは自分で回せないままだったんです。",
    "なるほど。",
    "{}については、隣で一緒に手を動かして、少しずつ手を離していくのがいいと思います。",
    "それ、どう考えればいいですか。",
    "答えではなく意見を聞かれるようになったら、信頼されてきた兆候だと思っています。",
)
Said = dict[str, Any]


class Pages(Archive):
    """Episodes with all tables of a page, and the record that says they are finished."""

    @property
    def settings(self) -> Settings:
        return load_settings(data=self.folder)

    def told(self, episode_id: str, *said: Said, per_passage: int = 2, **more: Any) -> None:
        """Write an episode, a segment an utterance.

        Args:
            episode_id: the episode.
            said: ``text`` of each utterance and other columns of ``utterances``; ``fix`` as (as recognised, as
                meant); ``tag`` of its passage, shown by the whole line; ``title`` of a card that quotes it.
            per_passage: utterances in a passage.
            more: columns of ``episodes``.
        """
        self.episode(episode_id, **more)
        names = ("segments", "words", "repairs", "utterances", "passages", "tags", "cards")
        rows: dict[str, list[Said]] = {name: [] for name in names}
        for first in range(0, len(said), per_passage):
            group = said[first : first + per_passage]
            _passage(rows, episode_id, first, per_passage, group)
        for name in names:
            self.write(name, episode_id, rows[name])
        mark = {"path": f"raw/{episode_id}.txt", "size": 1, "mtime_ns": 1, "sha256": "0"}
        record = {
            "episode_id": episode_id, "files": {"primary": mark, "sidecar": None},
            "stages": {"card": {"key": "k", "parts": {}, "tables": {}}},
        }  # fmt: skip
        write_json(self.store.record_path(episode_id), record)


def _passage(
    rows: dict[str, list[Said]], episode_id: str, first: int, size: int, group: tuple[Said, ...]
) -> None:
    number = first // size
    passage_id = f"{episode_id}#p{number:05d}"
    at = 0
    for index, said in enumerate(group, start=first):
        before, after = said.get("fix", ("", ""))
        raw = said["text"].replace(after, before, 1) if after else said["text"]
        times = {"start_s": said.get("start_s"), "end_s": said.get("end_s")}
        span = {"segment_index": index, "start_char": 0, "end_char": len(raw)}
        who = {"speaker": said.get("speaker")}
        rows["segments"].append(
            {"episode_id": episode_id, "segment_index": index, "text": raw, "time_is_interpolated": False}
            | times | who
        )  # fmt: skip
        if after:
            start = said["text"].index(after)
            rows["repairs"].append(
                {"episode_id": episode_id, "segment_index": index, "start_char": start, "score": 0.9,
                 "end_char": start + len(before), "before": before, "after": after, "reading": "ヨミ",
                 "term_id": "t", "rule": "r", "evidence": "e"}
            )  # fmt: skip
        rows["utterances"].append(
            {"utterance_id": f"{episode_id}#u{index:05d}", "episode_id": episode_id, "utterance_index": index,
             "first_segment": index, "first_char": 0, "last_segment": index, "last_char": len(raw), "parts": [span],
             "text": said["text"], "raw_text": raw, "request": said.get("request", "none"), "request_score": 0.9,
             "request_abstained": said.get("unsure", False), "request_start_char": said.get("asks", (None, None))[0],
             "request_end_char": said.get("asks", (None, None))[1]} | times | who
        )  # fmt: skip
        if "tag" in said:
            rows["tags"].append(
                {"passage_id": passage_id, "tag": said["tag"], "start_char": at, "score": 0.9, "rule": "r",
                 "end_char": at + len(said["text"]), "evidence": said["text"]}
            )  # fmt: skip
        if "title" in said:
            rows["cards"].append(
                card(
                    episode_id, card_id=f"c{episode_id}{index}", title=said["title"], quote=said["text"],
                    quote_raw=raw, passage_id=passage_id, first_segment=index, last_segment=index,
                    last_char=len(raw), tags=[said["tag"]] if "tag" in said else [], **times,
                    body=said.get("body", f"{said['title']}。"), **who,
                )
            )  # fmt: skip
        at += len(said["text"]) + 1
    rows["passages"].append(
        {"passage_id": passage_id, "episode_id": episode_id, "passage_index": number, "first_utterance": first,
         "last_utterance": first + len(group) - 1, "start_s": group[0].get("start_s"),
         "end_s": group[-1].get("end_s"), "text": "\n".join(said["text"] for said in group)}
    )  # fmt: skip


def short(seconds: float = 4.0) -> list[Said]:
    """Six utterances in three passages: tags, requests, repairs, a card."""
    said: list[Said] = [
        {
            "text": "伴走の話です。",
            "fix": ("伴奏", "伴走"),
            "tag": "bansou",
            "title": "伴走は隣で支えることだ",
        },
        {"text": "はい。"},
        {"text": "どう思いますか。", "request": "opinion", "asks": (0, 7), "tag": "signal.opinion"},
        {"text": "何個ですか。", "request": "answer", "asks": (0, 5), "unsure": True},
        {"text": "ﾊﾞﾝｿｳとＣＳの話です。", "tag": "daisou"},
        {"text": "終わりです。"},
    ]
    for index, line in enumerate(said):
        line |= {"start_s": index * seconds, "end_s": (index + 1) * seconds - 0.5}
    return said


def long(hours: float = 3.0, chars: int = 60_000) -> list[Said]:
    """A long episode: utterances of so many characters in all, spread over the time, marked as real ones are."""
    said: list[Said] = []
    size = 0
    while size < chars:
        number = len(said)
        text = _SAYINGS[number % 5].format(_TOPICS[number // 5 % 8])
        line: Said = {"text": text, "speaker": ("佐藤", "田中")[number % 2]}
        if number % 5 == 3:
            line |= {"request": "opinion", "asks": (2, len(text) - 1)}
        if number % 5 == 2:
            line |= {
                "tag": ("bansou", "jisou", "fit", "trust.promise")[number // 5 % 4],
                "fix": ("側で", "隣で"),
            }
        if number % 10 == 4:
            line |= {
                "title": f"{_TOPICS[number // 5 % 8]}の{number}では意見を聞かれるのが信頼の兆候だ"
            }
        said.append(line)
        size += len(text)
    step = hours * 3600 / len(said)
    for index, line in enumerate(said):
        line |= {"start_s": round(index * step, 2), "end_s": round((index + 0.9) * step, 2)}
    return said


def write_silence(path: Path, seconds: float) -> None:
    """A sound file of this length; browsers play none of less than 3000 samples a second."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with wave.open(str(path), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(1)
        out.setframerate(3000)
        out.writeframes(b"\x80" * int(seconds * 3000))


class Outline(HTMLParser):
    """The elements of a page as a parser sees them: (name, attributes), and all text that is shown."""

    def __init__(self, page: bytes) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.texts: list[str] = []
        self._inside: list[str] = []
        self.feed(page.decode())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))
        self._inside.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in self._inside:
            del self._inside[len(self._inside) - 1 - self._inside[::-1].index(tag) :]

    def handle_data(self, data: str) -> None:
        if not {"script", "style"} & set(self._inside):
            self.texts.append(data)

    @property
    def text(self) -> str:
        return "".join(self.texts)

    def all(self, name: str, **attributes: str) -> list[dict[str, str]]:
        """Attributes of the elements of a name; a class matches as one of several."""
        wanted = {k.rstrip("_"): v for k, v in attributes.items()}
        return [
            found for tag, found in self.elements
            if tag == name and all(v in found.get(k, "").split() if k == "class" else found.get(k) == v for k, v in wanted.items())
        ]  # fmt: skip
