"""Events, documents, marks and histories at their limits and over: cut, or refused by name."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

import parse_alarm
from appconfig_rollback.adapters import alarms
from appconfig_rollback.adapters.settings import settings
from appconfig_rollback.alarm import read_alarm
from appconfig_rollback.errors import (
    BooleanFeatureRequiredError,
    FlagNotFoundError,
    FlagsAtRequiredError,
    NotAnAlarmError,
    RollbackError,
    SwitchRequiredError,
    TooManyFlagsError,
    UnreadableDocumentError,
)
from appconfig_rollback.flag_document import FEATURE_FLAGS, FlagDocument
from appconfig_rollback.history import read_attempt
from appconfig_rollback.json_text import DEEPEST
from appconfig_rollback.mark import read_mark
from flag_rollback.execution.visits import culprits, read_visits
from flag_rollback.picture.path import path
from tests import samples
from tests.domain.documents import NOW, feature_flags, freeform
from tests.hostile.counting import steps
from tests.operators.reports import MACHINE
from tests.settings import SETTINGS

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.thorough


#: Step Functions quotas: the state data, in bytes.
_STATE_DATA = 256 * 1024
LONG = "x" * 200_000
HUGE = 10**400


@pytest.fixture(autouse=True)
def _in_place_of_aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name, value in SETTINGS.items():
        monkeypatch.setenv(name, value)
    settings.cache_clear()
    monkeypatch.setattr(alarms, "current_state", lambda *_: "ALARM")
    monkeypatch.setattr(alarms, "tags", lambda _: {})
    yield
    settings.cache_clear()


def event(name: str = "FeatureFlag-a-ErrorRate", **more: Any) -> dict[str, Any]:
    state = {"value": "ALARM", **more.pop("state", {})}
    return {"detail": {"alarmName": name, "state": state, **more}}


def parsed(source: object) -> Any:  # noqa: ANN401 - what goes into the state data
    return parse_alarm.handler(samples.task(samples.execution(Input=source)), samples.CONTEXT)


# --- Alarms --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "source",
    [
        event(state={"reason": LONG}),
        event(state={"reason": LONG, "actionsSuppressedBy": LONG}),
        event(state={"reasonData": json.dumps({"recentDatapoints": [1.5] * 60_000})}),
        event(muteDetail={"mutedByArn": LONG}),
        event(muteDetail={"mutedByArn": [[LONG]]}),
        event(alarmContributor={"id": LONG, "attributes": {"a": LONG}}),
        event(alarmContributor={"attributes": {f"{n}": "x" * 2_000 for n in range(100)}}),
        event(alarmTags={f"{n}": "x" * 200 for n in range(1_000)}),
        {**event(), "alarmArn": LONG, "region": LONG, "account": LONG, "resources": [LONG]},
        {"AlarmName": "FeatureFlag-a-ErrorRate", "NewStateValue": "ALARM", "NewStateReason": LONG},
    ],
    ids=lambda source: str(list(source.get("detail", source)))[:60],
)
def test_what_is_kept_of_an_event_is_small_whatever_is_in_it(source: dict[str, Any]) -> None:
    assert len(json.dumps(parsed(source))) < 50_000 < _STATE_DATA / 4


@pytest.mark.parametrize(
    ("source", "error"),
    [
        (event("FeatureFlag-" + LONG), NotAnAlarmError),
        (event("x" * 256), NotAnAlarmError),
        (event(state={"value": LONG}), NotAnAlarmError),
        (event(alarmTags={"feature-flag": "a " * 1_100}), NotAnAlarmError),
        (
            event(
                alarmTags={
                    f"feature-flag{(n and f'-{n + 1}') or ''}": " ".join(
                        f"f{n}{each}" for each in range(12)
                    )
                    for n in range(5)
                }
            ),
            TooManyFlagsError,
        ),
        ({LONG: LONG}, NotAnAlarmError),
        ({"detail": LONG}, NotAnAlarmError),
        ({"Message": "[" * 100_000}, NotAnAlarmError),
        ({"Message": '{"AlarmName": ' + "1" * 100_000 + "}"}, NotAnAlarmError),
    ],
    ids=lambda each: each.__name__ if isinstance(each, type) else "",
)
def test_what_is_too_much_to_be_an_alarm_is_refused_by_name_and_in_short(
    source: dict[str, Any], error: type[RollbackError]
) -> None:
    with pytest.raises(error) as raised:
        parsed(source)

    assert len(str(raised.value)) < 1_200


def test_the_longest_names_and_tags_that_there_are_are_taken() -> None:
    names = [" ".join(f"flag-{n}-{each:02}" for each in range(10)) for n in range(5)]
    tags = {f"feature-flag{(n and f'-{n + 1}') or ''}": names[n] for n in range(5)}

    assert len(parsed(event("x" * 255, alarmTags=tags))["flags"]) == 50


def test_series_whose_ids_differ_only_behind_the_limit_are_two() -> None:
    one, other = (
        read_alarm(event(alarmContributor={"id": LONG + end})).contributor for end in "12"
    )

    assert one
    assert other
    assert one["id"] != other["id"]


@pytest.mark.parametrize("number", [HUGE, -HUGE, 1e308, float("inf"), float("nan"), True, "1"])
@pytest.mark.parametrize("where", ["threshold", "period", "recentDatapoints", "value", "startDate"])
def test_no_number_of_an_alarm_ends_in_an_error_without_a_name(number: object, where: str) -> None:
    data: dict[str, Any] = {
        "threshold": 5,
        "period": 60,
        "recentDatapoints": [9],
        "startDate": "2026-03-02T17:00:00Z",
        "queryDate": "2026-03-02T17:01:30Z",
    }
    if where == "value":
        data["evaluatedDatapoints"] = [{"timestamp": data["startDate"], "value": number}]
    elif where == "startDate":
        data |= {where: "9999-12-31T23:59:59Z", "period": number}
    else:
        data[where] = [9, number] if where == "recentDatapoints" else number
    reason = "1 datapoint was greater than the threshold"

    alarm = parsed(event(state={"reasonData": json.dumps(data), "reason": reason}))

    assert json.loads(json.dumps(alarm, allow_nan=False)) == alarm
    if alarm["measured"]["periodSeconds"] is not None:
        assert 0 < alarm["measured"]["periodSeconds"] <= 604_800


# --- Documents -----------------------------------------------------------------------------------


def _nested(depth: int) -> str:
    lists = depth - 3
    return f'{{"flags": {{"a": {{"enabled": true, "x": {"[" * lists}{"]" * lists}}}}}}}'


def test_a_document_may_be_nested_so_deeply_and_no_deeper() -> None:
    assert freeform(_nested(DEEPEST)).is_on("a")
    for depth in (DEEPEST + 1, 970, 980, 985, 990, 100_000):
        with pytest.raises(UnreadableDocumentError, match="nested too deeply"):
            freeform(_nested(depth)).is_on("a")


def test_brackets_in_texts_nest_nothing() -> None:
    text = r'{"a": true, "b": "[[[{{{\"[\\", "c": "' + "[{" * 10_000 + '"}'

    assert freeform(text).is_on("a")


@pytest.mark.parametrize(
    ("document", "error"),
    [
        (freeform(f'{{"{LONG}": true}}'), FlagNotFoundError),
        (freeform(f'{{"flags": {{"{LONG}": {{"a": true}}}}}}'), FlagNotFoundError),
        (feature_flags(f'{{"values": {{"{LONG}": {{}}}}}}'), FlagNotFoundError),
        (feature_flags(f'{{"{LONG}": true}}'), UnreadableDocumentError),
        (feature_flags(f'{{"values": {{"a": "{LONG}"}}}}'), UnreadableDocumentError),
        (freeform(f'{{"a": "{LONG}"}}'), SwitchRequiredError),
        (freeform(f'"{LONG}"'), UnreadableDocumentError),
        (
            freeform(json.dumps({"flags": [{"name": "a", "enabled": True}] * 2_000})),
            FlagsAtRequiredError,
        ),
        (
            freeform(json.dumps([{"id": "a", "default": 1, "boolean_type": False}] * 2_000)),
            BooleanFeatureRequiredError,
        ),
    ],
    ids=lambda each: each.__name__ if isinstance(each, type) else "",
)
def test_an_error_never_carries_a_document_with_it(
    document: FlagDocument, error: type[RollbackError]
) -> None:
    with pytest.raises(error) as raised:
        document.is_on("a")

    assert len(str(raised.value)) < 2_000


@pytest.mark.parametrize("number", ["1e400", "-1e400", "1" * 5_000, "0." + "1" * 5_000])
def test_a_number_that_no_float_holds_is_left_as_it_is(number: str) -> None:
    text = f'{{"a": {{"enabled": true, "rolloutPercentage": 5, "n": {number}}}}}'

    assert number in freeform(text).turned_off({"a": "why"}, NOW).decode()
    percentage = freeform(text.replace("5,", f"{number},", 1)).percentage("a")
    assert json.dumps(percentage, allow_nan=False)


@pytest.mark.parametrize(
    "text",
    [
        'a: &a ["x","x"]\nb: &b [*a,*a]\nc: [*b,*b]\nflags: {enabled: true}',
        "flags:\n  a: &x {enabled: true}\n  b: *x",
        "!!python/object/apply:os.system [true]",
    ],
)
@pytest.mark.parametrize("profile_type", ["AWS.Freeform", FEATURE_FLAGS])
def test_yaml_is_never_expanded_but_refused(text: str, profile_type: str) -> None:
    with pytest.raises(UnreadableDocumentError, match="store the flags as JSON"):
        FlagDocument(text.encode(), "application/x-yaml", profile_type).is_on("a")


@pytest.mark.parametrize("name", ["\ud800", "\x00", "a\x00b", "\ufeff", "\u202ea"])
def test_a_flag_of_any_name_goes_off(name: str) -> None:
    document = freeform(json.dumps({"flags": {name: {"enabled": True}}}))

    off = FlagDocument(document.turned_off({name: name}, NOW), "application/json", "AWS.Freeform")

    assert not off.is_on(name)
    assert off.is_rollback_of(document)


# --- Marks and histories -------------------------------------------------------------------------


@pytest.mark.parametrize("digits", [11, 1_000, 10_000])
def test_a_forged_mark_with_a_number_that_nobody_has_is_none(digits: int) -> None:
    many = "9" * digits
    end = "alarm=a transition=t execution=e base="

    assert read_mark(f"Automated rollback: flags={many} {end}1") is None
    assert read_mark(f"Automated rollback: flags=1 {end}{many}") is None
    assert read_mark(f"Automated rollback: flags=\u0967 {end}1") is None


def _history(events: int) -> list[dict[str, Any]]:
    """A run that is redriven and looks on; 25,000 events are the quota of Step Functions."""
    found: list[dict[str, Any]] = []
    for number in range(events // 5):
        name = ("CheckDeployment", "HowDidItEnd?", "WaitForDeployment")[number % 3]
        found += [
            {"type": "TaskStateEntered", "stateEnteredEventDetails": {"name": name, "input": "{}"}},
            {"type": "LambdaFunctionScheduled"},
            {
                "type": "LambdaFunctionFailed",
                "lambdaFunctionFailedEventDetails": {"error": "E", "cause": "{}"},
            },
            {"type": "TaskStateExited", "stateExitedEventDetails": {"name": name}},
            {"type": "ExecutionRedriven"} if number % 50 == 49 else {"type": "WaitState"},
        ]
    return [{**each, "id": n, "timestamp": samples.FIRED} for n, each in enumerate(found, 1)]


def test_reading_a_history_takes_steps_in_proportion_to_its_length() -> None:
    def read(events: list[dict[str, Any]]) -> None:
        visits = read_visits(events)
        culprits(visits)
        path(visits, MACHINE)
        read_attempt(events)

    short, long = _history(2_500), _history(25_000)

    assert len(read_visits(long)) == 5_000
    assert steps(lambda: read(long)) < 15 * steps(lambda: read(short))
