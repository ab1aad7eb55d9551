"""A review in Label Studio: tasks with predictions, the labelling config, and its export read back.

Source of the formats: Label Studio's documentation of import, predictions and the JSON export.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any
from xml.sax.saxutils import quoteattr

from pipeline import __version__
from pipeline.review import labels
from pipeline.review.answers import Answer, line_feeds
from pipeline.review.labels import ReviewError
from pipeline.review.queue import Item
from pipeline.sources.encoding import decode_text

_TEXTS = {"new_title": "title", "new_body": "body", "new_quote": "quote"}


def make_tasks(
    items: Iterable[Item], *, episodes: Mapping[str, str], tags: Mapping[str, str]
) -> str:
    """Tasks for import into Label Studio, as JSON.

    Each has what the config shows under ``data`` and, as its prediction, the card as it stands, so that
    a reviewer corrects it instead of writing it anew. The decision is never predicted.
    """
    tasks = [_task(item, episodes, tags) for item in items]
    return json.dumps(tasks, ensure_ascii=False, indent=1) + "\n"


def _task(item: Item, episodes: Mapping[str, str], tags: Mapping[str, str]) -> dict[str, Any]:
    row, content = item.row or {}, item.content
    time = f"　{item.time}" if item.time else ""
    where = (
        f"{episodes.get(item.episode_id, item.episode_id)}{time}　{row.get('speaker') or '不明'}"
    )
    data = {
        "card_id": item.card_id, "version": item.version, "title": content.title, "body": content.body,
        "quote": content.quote, "where": where, "note": item.note or "－",
        "status": labels.STATUSES[item.status], "request": labels.REQUESTS[row.get("request") or "none"],
        "tags": labels.show_tags(content.tags, tags) or "なし",
        "kind": labels.KINDS.get(content.kind, content.kind), "score": round(item.score, 3),
        "kind_ids": content.kind, "tags_ids": "|".join(content.tags),
    }  # fmt: skip
    result = [
        _result(name, "textarea", [getattr(content, field)]) for name, field in _TEXTS.items()
    ]
    result.append(_result("new_kind", "choices", [content.kind]))
    if content.tags:
        result.append(_result("new_tags", "choices", list(content.tags)))
    prediction = {
        "model_version": f"bansou {__version__}", "score": round(item.score, 3), "result": result,
    }  # fmt: skip
    return {"data": data, "predictions": [prediction]}


def _result(name: str, kind: str, values: list[str]) -> dict[str, Any]:
    key = "text" if kind == "textarea" else "choices"
    return {
        "id": name, "from_name": name, "to_name": "title", "type": kind, "value": {key: values},
    }  # fmt: skip


def make_config(tags: Mapping[str, str]) -> str:
    """The labelling config that fits the tasks, as XML.

    Args:
        tags: tag → name.
    """
    kinds = "".join(_choice(kind, name) for kind, name in labels.KINDS.items())
    names = "".join(_choice(tag, name) for tag, name in {**tags, "none": "タグなし"}.items())
    decisions = "".join(_choice(key, name) for key, name in labels.DECISIONS.items())
    area = '<TextArea name={} toName="title" maxSubmissions="1" editable="true" rows="{}"/>'
    texts = {
        "new_title": ("新しいタイトル（45字まで）", 1), "new_body": ("新しい本文", 4),
        "new_quote": ("引用の聞き間違い訂正", 3), "merge_into": ("統合先のカードID", 1),
        "comment": ("コメント", 2),
    }  # fmt: skip
    areas = "".join(
        f'  <Header value={quoteattr(heading)} size="5"/>\n  {area.format(quoteattr(name), rows)}\n'
        for name, (heading, rows) in texts.items()
    )
    shown = "".join(
        f'  <Header value={quoteattr(heading)} size="5"/>\n  <Text name="{name}" value="${name}"/>\n'
        for name, heading in {
            "title": "タイトル", "body": "本文", "quote": "引用", "where": "どこで", "kind": "種類",
            "tags": "タグ", "request": "求めているもの", "status": "状態", "note": "食い違い",
        }.items()
    )  # fmt: skip
    return (
        f"<View>\n{shown}"
        f'  <Choices name="decision" toName="title" choice="single" showInline="true">\n{decisions}  </Choices>\n'
        f"{areas}"
        '  <Header value="新しい種類" size="5"/>\n'
        f'  <Choices name="new_kind" toName="title" choice="single" showInline="true">\n{kinds}  </Choices>\n'
        '  <Header value="新しいタグ" size="5"/>\n'
        f'  <Choices name="new_tags" toName="title" choice="multiple" showInline="true">\n{names}  </Choices>\n'
        "</View>\n"
    )


def _choice(value: str, shown: str) -> str:
    # Label Studio returns the alias where there is one, and shows the value.
    return f"    <Choice value={quoteattr(shown)} alias={quoteattr(value)}/>\n"


def read_tasks(data: bytes, path: Path) -> list[Answer]:
    """Read Label Studio's JSON export (not JSON-MIN).

    Args:
        data: the file's bytes.
        path: its name, for messages.

    Returns:
        An answer a task; tasks that nobody finished are empty answers.

    Raises:
        ReviewError: not JSON, not such an export, or two reviewers answered one task differently.
    """
    text, _ = decode_text(data, path)
    try:
        tasks = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ReviewError(
            f"{path} is no JSON ({error}); export again from Label Studio as JSON"
        ) from error
    if not isinstance(tasks, list):
        raise _wrong(path, "the file", "is no list of tasks")
    return [_answer(f"task {number}", task, path) for number, task in enumerate(tasks, 1)]


def _answer(place: str, task: Any, path: Path) -> Answer:
    data = task.get("data") if isinstance(task, dict) else None
    if not isinstance(data, dict) or not isinstance(task.get("annotations", []), list):
        raise _wrong(path, place, "has no data and annotations")
    ids = [value for key in ("card_id", "version") if isinstance(value := data.get(key), str)]
    if len(ids) != 2:
        raise _wrong(path, place, "has no card_id and version in its data")
    made = [
        _fields(annotation, place, path)
        for annotation in task.get("annotations", [])
        if not (isinstance(annotation, dict) and annotation.get("was_cancelled"))
    ]
    if any(fields != made[0] for fields in made[1:]):
        raise ReviewError(
            f"{path}: {place} (card {ids[0]}) was answered in two different ways; keep one annotation"
        )
    fields = made[0] if made else {}
    # What stands there as it was predicted is no answer.
    for name, shown in _TEXTS.items():
        if fields.get(name) == line_feeds(str(data.get(shown, ""))).strip():
            fields[name] = ""
    for name in ("kind", "tags"):
        if set(fields.get(f"new_{name}", "").split("|")) == set(
            str(data.get(f"{name}_ids", "")).split("|")
        ):
            fields[f"new_{name}"] = ""
    changes = {
        name: fields.get(f"new_{name}", "") for name in ("title", "body", "kind", "tags", "quote")
    }
    return Answer(
        place, ids[0], ids[1], fields.get("decision", ""), changes,
        fields.get("merge_into", ""), fields.get("comment", ""),
    )  # fmt: skip


def _fields(annotation: Any, place: str, path: Path) -> dict[str, str]:
    if not isinstance(annotation, dict) or not isinstance(annotation.get("result"), list):
        raise _wrong(path, place, "has an annotation without a result")
    found: dict[str, str] = {}
    for result in annotation["result"]:
        value = result.get("value") if isinstance(result, dict) else None
        if not isinstance(value, dict) or not isinstance(result.get("from_name"), str):
            raise _wrong(path, place, "has a result without a name and a value")
        words = value.get("text", value.get("choices", []))
        words = [words] if isinstance(words, str) else words
        if not isinstance(words, list) or not all(isinstance(word, str) for word in words):
            raise _wrong(path, place, f"has a {result['from_name']} that is no text")
        joiner = "\n" if "text" in value else "|"
        found[result["from_name"]] = line_feeds(joiner.join(words)).strip()
    return found


def _wrong(path: Path, place: str, what: str) -> ReviewError:
    return ReviewError(
        f"{path}: {place} {what}; export from Label Studio as JSON (not JSON-MIN), from tasks that "
        "`bansou review export --format label-studio` made"
    )
