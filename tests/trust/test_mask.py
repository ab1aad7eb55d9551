"""Masks: nobody's name stays, and the same name has the same mask."""

from __future__ import annotations

from pathlib import Path

from pipeline.trust import mask, trust
from pipeline.trust.measure import measure
from tests.trust.meetings import conversation


def test_no_name_stays(relations: Path) -> None:
    found = trust(relations).relations
    names = {name for one in found for name in one.roles} | {one.relation for one in found}
    shown = mask(found)
    for one in shown:
        text = repr(one)
        assert not [name for name in names if len(name) > 1 and name in text]
    assert sorted(one.relation for one in shown) == [f"取引先{letter}" for letter in "ABCDEFGH"]


def test_one_relation_alone_has_the_mask_it_has_among_all(relations: Path) -> None:
    everyone = trust(relations).relations
    together = {a.relation: b for a, b in zip(everyone, mask(everyone), strict=True)}
    alone = mask(trust(relations, "mizuho-kiko").relations, among=everyone)[0]
    assert alone.relation == together["mizuho-kiko"].relation
    assert alone.roles == together["mizuho-kiko"].roles
    assert alone.meetings == together["mizuho-kiko"].meetings


def test_names_in_quotes_and_of_third_parties() -> None:
    text = "小川さんはどう思いますか、山本部長は反対でして。"
    [shown] = mask([measure(conversation("oooo", "oooo", "oooo", o=text))])
    quote = shown.evidence[-1].quote
    assert "CSM1さんはどう思いますか" in quote
    assert "人物1部長" in quote
    assert shown.roles == {"顧客A": "customer", "CSM1": "csm"}
    assert shown.meetings[0].title == shown.meetings[0].episode_id == "取引先A-1"
