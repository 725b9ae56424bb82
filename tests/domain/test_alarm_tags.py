"""An alarm's tags and its series are read out of every form in which they come along."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from appconfig_rollback.alarm import AlarmChange, read_alarm

Form = Callable[..., dict[str, Any]]

TAGS = {"feature-flag": "a b", "team": "shop"}
SERIES = {"id": "6d442278", "attributes": {"FeatureFlagName": "a", "Host": "i-1"}}
STATE = {"value": "ALARM", "timestamp": "2026-03-02T17:04:40.989+0000"}


def _event(**detail: Any) -> dict[str, Any]:
    return {"detail": {"alarmName": "x", "state": STATE, **detail}}


def _action(**data: Any) -> dict[str, Any]:
    return {"alarmArn": "arn:x", "alarmData": {"alarmName": "x", "state": STATE, **data}}


def _message(**more: Any) -> dict[str, Any]:
    named = {f"{key[0].upper()}{key[1:]}": value for key, value in more.items()}
    return {"AlarmName": "x", "NewStateValue": "ALARM", **named}


def _envelope(**more: Any) -> dict[str, Any]:
    return {"Message": json.dumps(_message(**more))}


def _record(**more: Any) -> dict[str, Any]:
    return {"Records": [{"Sns": _envelope(**more)}]}


FORMS = [_event, _action, _message, _envelope, _record]


def _read(form: Form, **more: Any) -> AlarmChange:
    return read_alarm(form(**more))


@pytest.mark.parametrize("form", FORMS)
def test_tags_that_came_along_are_read(form: Form) -> None:
    alarm = _read(form, alarmTags=TAGS, alarmTagsStatus="SUCCESS")

    assert (alarm.tags, alarm.tags_failed) == (TAGS, False)
    assert _read(form, alarmTags=TAGS).tags == TAGS


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("tags", [None, {}, TAGS])
def test_tags_that_could_not_be_read_are_unknown_and_it_is_said(form: Form, tags: object) -> None:
    alarm = _read(form, alarmTags=tags, alarmTagsStatus="ACCESS_DENIED")

    assert (alarm.tags, alarm.tags_failed) == (None, True)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("tags", [None, "a b", ["a"], 7])
def test_an_alarm_whose_tags_do_not_travel_has_unknown_ones(form: Form, tags: object) -> None:
    alarm = _read(form, **({} if tags is None else {"alarmTags": tags}))

    assert (alarm.tags, alarm.tags_failed) == (None, False)


@pytest.mark.parametrize("form", FORMS)
def test_an_alarm_without_any_tag_has_none(form: Form) -> None:
    alarm = _read(form, alarmTags={}, alarmTagsStatus="SUCCESS")

    assert (alarm.tags, alarm.tags_failed) == ({}, False)


def test_a_series_is_read_from_its_event() -> None:
    event = {
        "detail-type": "CloudWatch Alarm Contributor State Change",
        **_event(alarmContributor=SERIES),
    }

    assert read_alarm(event).contributor == SERIES


@pytest.mark.parametrize("form", FORMS)
def test_a_series_is_read_in_every_form(form: Form) -> None:
    assert _read(form, alarmContributor=SERIES).contributor == SERIES


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("series", [None, "x", ["x"]])
def test_news_of_an_alarm_as_a_whole_names_no_series(form: Form, series: object) -> None:
    assert _read(form, alarmContributor=series).contributor is None


def test_a_series_is_read_from_sns_however_its_keys_are_written() -> None:
    series = {"Id": SERIES["id"], "Attributes": SERIES["attributes"]}

    assert _read(_record, alarmContributor=series).contributor == SERIES


def test_series_without_an_id_are_told_apart_by_their_dimensions() -> None:
    def ids(*dimensions: dict[str, str]) -> set[str]:
        read = [_read(_event, alarmContributor={"attributes": each}) for each in dimensions]
        return {each.contributor["id"] for each in read if each.contributor}

    assert len(ids({"FeatureFlagName": "a"}, {"FeatureFlagName": "b"})) == 2
    assert (
        len(ids({"FeatureFlagName": "a", "Host": "h"}, {"Host": "h", "FeatureFlagName": "a"})) == 1
    )


@pytest.mark.parametrize("attributes", [None, "x", {"FeatureFlagName": None}, {"Host": 7}])
def test_a_series_with_dimensions_of_no_known_form_has_none(attributes: object) -> None:
    read = _read(_event, alarmContributor={"id": "1", "attributes": attributes})

    assert read.contributor == {"id": "1", "attributes": {}}
