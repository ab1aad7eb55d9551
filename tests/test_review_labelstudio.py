"""Label Studio: tasks it imports, a config that fits them, and its export read back."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reviewing import EPISODES, TAGS, Desk, card

from pipeline.review import ReviewError
from pipeline.review.labelstudio import make_config, make_tasks, read_tasks
from pipeline.review.queue import find_items

PATH = Path("export.json")
TEXTS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=40)
Task = dict[str, Any]


@pytest.fixture
def desk() -> Desk:
    return Desk(
        card("c1"), card("c2", "解約の兆候は問い合わせの減り方に出る", tags=[], episode_id="e2")
    )


def tasks(desk: Desk) -> list[Task]:
    made = make_tasks(find_items(desk.reviewed), episodes=EPISODES, tags=TAGS)
    return list(json.loads(made))


def annotated(task: Task, **values: list[str]) -> Task:
    """What Label Studio exports when somebody submits: the prediction, with changes."""
    result = json.loads(json.dumps(task["predictions"][0]["result"]))
    for name, words in values.items():
        kind = "choices" if name in ("decision", "new_kind", "new_tags") else "text"
        result = [r for r in result if r["from_name"] != name]
        result.append(
            {"id": "x", "from_name": name, "to_name": "title", "type": kind, "origin": "manual",
             "value": {kind: words}}
        )  # fmt: skip
    annotation = {"id": 7, "completed_by": 1, "was_cancelled": False, "result": result}
    return task | {"id": 3, "annotations": [annotation], "predictions": []}


def read(*made: Task) -> Any:
    return read_tasks(json.dumps(list(made)).encode(), PATH)


def test_the_config_shows_what_the_tasks_hold_and_asks_what_the_predictions_answer(
    desk: Desk,
) -> None:
    config = ET.fromstring(make_config(TAGS))  # noqa: S314  made here
    shown = {e.attrib["value"][1:] for e in config.iter("Text")}
    asked = {e.attrib["name"]: e for e in config if e.tag in ("TextArea", "Choices")}
    names = {e.attrib["name"] for e in config if "name" in e.attrib}
    for task in tasks(desk):
        assert shown <= task["data"].keys()
        assert all(isinstance(task["data"][name], str) and task["data"][name] for name in shown)
        (prediction,) = task["predictions"]
        assert 0 <= prediction["score"] <= 1
        for result in prediction["result"]:
            control = asked[result["from_name"]]
            assert result["to_name"] == control.attrib["toName"]
            assert result["to_name"] in names
            choices = {c.attrib["alias"] for c in control}
            assert set(result["value"].get("choices", [])) <= choices
            assert result["from_name"] != "decision"


def test_what_was_submitted_as_predicted_is_no_decision(desk: Desk) -> None:
    made = desk.take(*read(*(annotated(task) for task in tasks(desk))))
    assert (made.empty, made.problems) == (2, [])
    assert desk.take(*read(*tasks(desk))).empty == 2


def test_decisions_come_back(desk: Desk) -> None:
    first, second = tasks(desk)
    made = desk.take(
        *read(
            annotated(first, decision=["accept"], new_tags=["bansou", "fit"], new_kind=["方法"]),
            annotated(second, decision=["merge"], merge_into=["c1"]),
        )
    )
    assert (made.problems, made.counts) == ([], {"edit": 1, "merge": 1})
    shown = desk.shown("c1")
    assert shown is not None
    assert (shown["tags"], shown["kind"]) == (["bansou", "fit"], "method")
    assert desk.shown("c2") is None


def test_tags_can_be_emptied(desk: Desk) -> None:
    desk.take(*read(annotated(tasks(desk)[0], decision=["edit"], new_tags=["none"])))
    shown = desk.shown("c1")
    assert shown is not None
    assert shown["tags"] == []


@settings(max_examples=100, deadline=None)
@given(title=TEXTS, body=TEXTS)
def test_texts_come_back_exactly(title: str, body: str) -> None:
    title, body = title.strip() or "題", body.strip() or "本文"
    desk = Desk(card("c1"))
    (task,) = tasks(desk)
    made = desk.take(*read(annotated(task, decision=["edit"], new_title=[title], new_body=[body])))
    assert made.problems == []
    shown = desk.shown("c1")
    assert shown is not None
    assert (shown["title"], shown["body"]) == (title, body)


def test_two_annotators_must_agree(desk: Desk) -> None:
    one = annotated(tasks(desk)[0], decision=["accept"])
    other = annotated(tasks(desk)[0], decision=["reject"])
    one["annotations"] += one["annotations"]
    assert desk.take(*read(one)).counts == {"accept": 1}
    one["annotations"] += other["annotations"]
    with pytest.raises(ReviewError, match="task 1"):
        read(one)
    one["annotations"][-1]["was_cancelled"] = True
    assert len(read(one)) == 1


def test_half_a_surrogate_pair_is_refused(desk: Desk) -> None:
    made = desk.take(*read(annotated(tasks(desk)[0], new_body=["\ud83d"])))
    assert "U+D83D" in made.problems[0].message


@pytest.mark.parametrize(
    "text",
    ["{", "[" * 100_000, '{"a": 1}', "[1]", '[{"data": {}}]', '[{"data": {"card_id": "c1", "version": 2}}]',
     '[{"data": {"card_id": "c", "version": "v"}, "annotations": 3}]',
     '[{"data": {"card_id": "c", "version": "v"}, "annotations": [null]}]',
     '[{"data": {"card_id": "c", "version": "v"}, "annotations": [{"result": [1]}]}]',
     ('[{"data": {"card_id": "c", "version": "v"}, "annotations": [{"result": [{"from_name": "decision",'
     ' "value": {"choices": [1]}}]}]}]'),
     '[{"card_id": "c1", "decision": "accept", "annotation_id": 1}]'],
)  # fmt: skip
def test_a_damaged_export_is_a_sentence(text: str) -> None:
    with pytest.raises(ReviewError, match=r"export\.json"):
        read_tasks(text.encode(), PATH)
