"""What a watch makes of a look, when it looks, and what begins one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appconfig_rollback.aftercare.pace import first_wait, next_wait
from appconfig_rollback.aftercare.verdict import judge, of_alarms
from appconfig_rollback.aftercare.watch import (
    begin,
    machine_of_watches,
    turned_off,
    watch_of,
)
from tests import samples, watches
from tests.watches import AGAIN, LOOKED_AT, OK_AT, alarm, begun, flag

if TYPE_CHECKING:
    from appconfig_rollback.aftercare.watch import (
        AftercareResult,
        AlarmSeen,
        Look,
        TurnedOnAgain,
    )

JITTERS = st.floats(0, 1)
MINUTES = st.integers(1, 120)
OK, FIRING, SILENT, GONE = (alarm(state) for state in ("OK", "ALARM", "INSUFFICIENT_DATA", "GONE"))


def look(before: Look, *alarms: AlarmSeen, on: TurnedOnAgain | None = None) -> Look:
    state = "on" if on else "off"
    return judge(begun()["watch"], before, alarms, [flag(state)], on, LOOKED_AT, 0.5)


def before(*told: AftercareResult, waited: int = 0, wait: int = 120, **more: Any) -> Look:
    changed: Any = {"waitedSeconds": waited, "waitSeconds": wait, "told": list(told), **more}
    found: Look = {**begun()["look"], **changed}
    return found


LAST = before(waited=840, wait=60)


@pytest.mark.parametrize(
    ("alarms", "result"),
    [
        ([OK], "recovered"),
        ([OK, OK], "recovered"),
        ([OK, FIRING], "still_firing"),
        ([FIRING, SILENT], "still_firing"),
        ([OK, SILENT], "no_data"),
        ([OK, GONE], "no_data"),
        ([], "no_data"),
    ],
)
def test_recovered_takes_all_alarms_and_none_is_no_data(
    alarms: list[AlarmSeen], result: AftercareResult
) -> None:
    assert of_alarms(alarms) == result


def test_recovery_is_told_when_it_is_seen_and_the_watch_goes_on() -> None:
    found = look(before(), OK)

    assert (found["result"], found["told"], found["over"]) == ("recovered", ["recovered"], False)
    assert found["recoveredAt"] == OK_AT
    later = look({**found, "waitSeconds": 60}, FIRING)
    assert (later["result"], later["told"], later["over"]) == (None, ["recovered"], False)
    assert later["recoveredAt"] == OK_AT


@pytest.mark.parametrize(
    ("seen", "result"), [(FIRING, "still_firing"), (SILENT, "no_data"), (GONE, "no_data")]
)
def test_what_is_not_recovery_is_told_at_the_end_alone(
    seen: AlarmSeen, result: AftercareResult
) -> None:
    assert look(before(), seen)["result"] is None

    found = look(LAST, seen)

    assert (found["result"], found["over"], found["recoveredAt"]) == (result, True, None)


def test_a_flag_that_is_on_again_is_told_at_once_once_and_the_end_besides() -> None:
    first = look(before(), FIRING, on=AGAIN)
    assert (first["result"], first["over"]) == ("turned_on_again", False)
    second = look(first, FIRING, on=AGAIN)
    assert (second["result"], second["over"]) == (None, False)

    last = look({**second, "waitedSeconds": 840, "waitSeconds": 60}, FIRING, on=AGAIN)

    assert last["told"] == ["turned_on_again", "still_firing"]
    assert last["over"] is True
    assert last["turnedOnAgain"] == AGAIN


def test_a_flag_may_be_turned_on_long_after_its_alarm_has_recovered() -> None:
    found = look(before("recovered", recoveredAt=OK_AT), FIRING, on=AGAIN)

    assert found["told"] == ["recovered", "turned_on_again"]
    assert (found["result"], found["over"]) == ("turned_on_again", True)


def test_the_end_is_silent_where_all_was_told() -> None:
    found = look({**LAST, "told": ["recovered"]}, FIRING)

    assert (found["result"], found["over"]) == (None, True)


def test_an_alarm_that_was_ok_before_it_fired_measures_nothing() -> None:
    assert look(before(), alarm(since="2026-03-02T17:00:00Z"))["recoveredAt"] is None
    assert look(before(), alarm(since=None))["recoveredAt"] == LOOKED_AT


@given(period=st.none() | st.integers(10, 86400), minutes=MINUTES, jitter=JITTERS)
def test_the_first_look_is_never_in_the_first_minute(
    period: int | None, minutes: int, jitter: float
) -> None:
    wait = first_wait(period, minutes * 60, jitter)

    assert 60 <= wait <= minutes * 60
    assert wait >= min(60 + (period or 60), minutes * 60)


@given(minutes=MINUTES, jitter=JITTERS)
def test_a_watch_ends_when_its_time_is_over_and_looks_ever_more_rarely(
    minutes: int, jitter: float
) -> None:
    seconds = minutes * 60
    waits = [first_wait(60, seconds, jitter)]
    while sum(waits) < seconds:
        waits.append(next_wait(len(waits), sum(waits), seconds, jitter))

    assert sum(waits) == seconds
    assert len(waits) <= 50
    assert waits[1:-1] == sorted(waits[1:-1])


def test_a_watch_begins_with_what_the_rollback_knew_and_without_a_look() -> None:
    stopped = [samples.stopped_deployment(reverted=True)]

    state = begun(swept=["search"], stoppedDeployments=stopped)

    own = f"FeatureFlag-{samples.FLAG}-ErrorRate"
    assert state == {
        "watch": {
            "rollback": samples.ARN,
            "alarm": samples.alarm(),
            "flags": [samples.FLAG, "search"],
            "sweptFlags": ["search"],
            "rolledBack": [samples.FLAG, "search"],
            "alarmNames": [own, "FeatureFlag-search-ErrorRate"],
            "profileType": "AWS.Freeform",
            "deploymentNumber": 9,
            "offAt": "2026-03-02T17:04:47.989Z",
            "watchSeconds": 900,
            "release": samples.RELEASE,
            "background": samples.config()["background"],
            "stopped": {"stoppedDeployments": [8], "revertedDeployments": [8]},
        },
        "look": {
            "looks": 0,
            "waitedSeconds": 0,
            "waitSeconds": 120,
            "lookedAt": None,
            "alarms": [],
            "flags": [],
            "recoveredAt": None,
            "turnedOnAgain": None,
            "result": None,
            "told": [],
            "over": False,
        },
    }


def test_a_watch_of_what_knew_less_begins_all_the_same() -> None:
    config: Any = samples.config()
    del config["release"], config["background"]

    watch = begun(config=config, alarm=samples.alarm(measured=None))["watch"]

    assert (watch["release"], watch["background"]) == (None, {})


@pytest.mark.parametrize(
    ("period", "watch", "jitter", "seconds"),
    [
        (60, 900, 0.0, 120),
        (60, 900, 0.5, 135),
        (60, 900, 1.0, 150),
        (None, 900, 0.0, 120),
        (300, 900, 0.0, 360),
        (60, 1, 0.0, 1),
        (60, 0, 0.0, 1),
    ],
)
def test_the_first_look_comes_after(
    period: int | None, watch: int, jitter: float, seconds: int
) -> None:
    assert first_wait(period, watch, jitter) == seconds


@pytest.mark.parametrize(
    ("looks", "waited", "jitter", "seconds"),
    [
        (5, 300, 0.5, 60),
        (6, 300, 0.5, 120),
        (10, 900, 0.5, 120),
        (11, 900, 0.5, 300),
        (1, 0, 0.0, 48),
        (1, 0, 1.0, 72),
        (1, 3570, 0.5, 30),
        (1, 3600, 0.5, 1),
    ],
)
def test_the_next_look_comes_after(looks: int, waited: int, jitter: float, seconds: int) -> None:
    assert next_wait(looks, waited, 3600, jitter) == seconds


def test_a_look_is_counted_and_says_when_it_was() -> None:
    found = look(before(looks=3), OK)

    assert (found["looks"], found["lookedAt"]) == (4, LOOKED_AT)


def test_the_last_alarm_to_recover_says_when_however_its_time_is_written() -> None:
    fired = begun()["watch"]["alarm"]["transitionedAt"]
    early, late = "2026-03-02T18:05:00+01:00", "2026-03-02T17:06:00Z"

    assert look(before(), alarm(since=early), alarm(since=late))["recoveredAt"] == late
    assert look(before(), alarm(since=fired))["recoveredAt"] == fired


SWEPT = {"flag": "swept", "outcome": "rolled_back", "sweptBy": "arn:other"}
OWN = {"flag": "own", "outcome": "rolled_back"}


@pytest.mark.parametrize(
    ("result", "flags"),
    [
        ({"outcome": "rolled_back", "flags": [OWN, SWEPT]}, ["own"]),
        ({"outcome": "rolled_back", "flags": [SWEPT]}, []),
        ({"outcome": "rolled_back", "flags": [OWN, {**OWN, "outcome": "dry_run"}]}, ["own"]),
        ({"outcome": "already_off", "flags": [{**OWN, "outcome": "already_off"}]}, []),
        ({"outcome": "dry_run", "flags": [{**OWN, "outcome": "dry_run"}]}, []),
        ({"outcome": "duplicate", "flags": []}, []),
        ({"outcome": "ignored", "flags": []}, []),
        ({"outcome": "a new one", "flags": [OWN]}, []),
        ({}, []),
    ],
)
def test_only_what_an_execution_turned_off_itself_is_watched(
    result: dict[str, Any], flags: list[str]
) -> None:
    assert turned_off(result) == flags


def test_a_watch_is_over_all_flags_of_the_deployment_and_their_alarms() -> None:
    watch = begun(swept=["search"])["watch"]

    assert watch["flags"] == [samples.FLAG, "search"]
    assert watch["alarmNames"] == [
        f"FeatureFlag-{samples.FLAG}-ErrorRate",
        "FeatureFlag-search-ErrorRate",
    ]
    assert watch["offAt"] == samples.confirmed()["confirmedAt"]


def test_of_a_great_many_swept_flags_some_are_watched_and_the_rest_is_counted() -> None:
    swept = [f"flag-{number}" for number in range(1000)]

    watch = begun(swept)["watch"]

    assert len(watch["flags"]) == 1 + 200
    assert watch["notWatched"] == 800
    assert "notWatched" not in begun(swept[:200])["watch"]


def test_its_first_look_comes_after_the_clients_poll_and_a_period_of_the_alarm() -> None:
    slow = samples.alarm(measured={**samples.MEASURED, "periodSeconds": 300})

    assert begun()["look"]["waitSeconds"] == 120
    assert begun(alarm=slow)["look"]["waitSeconds"] == 360
    assert (
        begin(samples.ARN, watches.ended(), [], watches.NAMES, 60, 1)["look"]["waitSeconds"] == 60
    )


def test_a_watch_is_found_by_the_name_of_its_rollback() -> None:
    assert watch_of(samples.ARN) == (
        "arn:aws:states:eu-west-1:123456789012:execution:flag-rollback-aftercare:run-1"
    )
    assert machine_of_watches(samples.ARN) == (
        "arn:aws:states:eu-west-1:123456789012:stateMachine:flag-rollback-aftercare"
    )
