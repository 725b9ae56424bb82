"""Events that are forged, too large or too deep are an alarm, or refused; logs are lines."""

from __future__ import annotations

import copy
import io
import json
import logging
from pathlib import Path
from typing import Any

import pytest
from awslambdaric.lambda_runtime_log_utils import JsonFormatter  # type: ignore[import-untyped]

import parse_alarm
from appconfig_rollback.adapters import alarms
from appconfig_rollback.adapters.settings import settings
from appconfig_rollback.errors import RollbackError
from appconfig_rollback.guarding import MOST_FLAGS
from tests import samples
from tests.hostile.texts import TEXTS
from tests.samples import CONTEXT, task
from tests.settings import SETTINGS

EVENT: dict[str, Any] = json.loads(
    (Path(__file__).parents[1] / "events" / "metric_alarm.json").read_text("utf-8")
)


@pytest.fixture(autouse=True)
def _surroundings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in SETTINGS.items():
        monkeypatch.setenv(name, value)
    settings.cache_clear()
    monkeypatch.setattr(alarms, "current_state", lambda *_: "ALARM")
    monkeypatch.setattr(alarms, "tags", lambda _: {})


def parsed(event: object) -> Any:  # noqa: ANN401 - the answer, or the error
    """What ParseAlarm makes of an event; only errors of ours are an answer."""
    try:
        return parse_alarm.handler(task(samples.execution(Input=event)), CONTEXT)
    except RollbackError as error:
        return error


def places(value: object, *way: Any) -> list[tuple[Any, ...]]:
    """Every place of an event that holds a value."""
    if isinstance(value, dict):
        return [found for key, item in value.items() for found in places(item, *way, key)]
    return [way]


def with_value(way: tuple[Any, ...], value: object) -> dict[str, Any]:
    event = copy.deepcopy(EVENT)
    holder = event
    for key in way[:-1]:
        holder = holder[key]
    holder[way[-1]] = value
    return event


ODD: list[Any] = [*TEXTS.values(), None, True, -1, 1e308, [], {}, [[[[]]]], {"": {}}, "x" * 3_000]


@pytest.mark.parametrize("way", places(EVENT), ids=lambda way: ".".join(map(str, way)))
def test_whatever_stands_in_a_place_of_an_event_it_is_read_or_refused(way: tuple[Any, ...]) -> None:
    for value in ODD:
        answer = parsed(with_value(way, value))

        if not isinstance(answer, RollbackError):
            # A state holds 256 KiB (Step Functions quotas).
            assert len(json.dumps(answer)) < 64_000
        else:
            assert len(str(answer)) < 8_000


@pytest.mark.parametrize("count", [MOST_FLAGS, MOST_FLAGS + 1, 5_000])
def test_an_alarm_guards_so_many_flags_and_no_more(count: int) -> None:
    event = copy.deepcopy(EVENT)
    names = " ".join(f"f{number}" for number in range(count))
    event["detail"] |= {"alarmTags": {"feature-flag": names}, "alarmTagsStatus": "SUCCESS"}

    answer = parsed(event)

    assert isinstance(answer, RollbackError) is (count > MOST_FLAGS), answer
    if count > MOST_FLAGS:
        assert type(answer).__name__ == "TooManyFlagsError"


def test_an_event_in_an_event_in_an_event_is_refused() -> None:
    event: object = EVENT
    for _ in range(200):
        event = {"Records": [{"Sns": {"Message": json.dumps({"detail": event})[:200_000]}}]}

    assert isinstance(parsed(event), RollbackError)


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_a_line_of_the_log_is_one_object_whatever_was_written(text: str) -> None:
    stream, root = io.StringIO(), logging.getLogger()
    handler, level = logging.StreamHandler(stream), root.level
    handler.terminator = ""
    handler.setFormatter(JsonFormatter())
    root.addHandler(handler)
    root.setLevel("INFO")
    try:
        parsed(with_value(("detail", "alarmName"), text))
    finally:
        root.setLevel(level)
        root.removeHandler(handler)

    lines = stream.getvalue().split("\n")
    assert lines.pop() == ""
    assert len(lines) == 2
    assert all(isinstance(json.loads(line), dict) for line in lines)
