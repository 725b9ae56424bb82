"""How long users were exposed is measured from the alarm's own data, and never guessed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from appconfig_rollback.exposed_for import exposed_for, first_breach
from appconfig_rollback.times import iso
from tests import samples

if TYPE_CHECKING:
    from appconfig_rollback.state import State

GREATER = "2 out of the last 3 datapoints [...] were greater than the threshold (5.0)"
OR_EQUAL = "1 out of the last 1 datapoints [...] was less than or equal to the threshold (5.0)"


def data(*values: float, **changed: Any) -> dict[str, Any]:
    """Data points of a minute each, the last of which ended just before the alarm was evaluated."""
    return {
        "queryDate": f"2026-03-02T17:{len(values):02}:40.985+0000",
        "startDate": "2026-03-02T17:00:00.000+0000",
        "period": 60,
        "recentDatapoints": list(values),
        "threshold": 5.0,
        **changed,
    }


@pytest.mark.parametrize(
    ("known", "reason", "began"),
    [
        (data(1.0, 9.0, 12.7), GREATER, "17:01:00"),
        (data(9.0, 1.0, 12.7), GREATER, "17:00:00"),
        (data(6.0, 5.0, 4.0), OR_EQUAL, "17:01:00"),
        (data(5.0, 5.5), GREATER, "17:01:00"),
        (data(9.0, evaluatedDatapoints={"value": 1.0}), GREATER, "17:00:00"),
        (data(9.0, 12.7), "was less than the threshold (5.0)", None),
        (data(5.0), GREATER, None),
        (data(9.0), "1 datapoint was outside the band", None),
        (data(9.0, threshold=None), GREATER, None),
        (data(9.0, threshold="5"), GREATER, None),
        (data(), GREATER, None),
        ({}, GREATER, None),
        (data(9.0, period="x"), GREATER, None),
        (data(9.0, startDate="x"), GREATER, None),
        (data(None, 9.0), GREATER, None),  # type: ignore[arg-type]
        # A minute is missing, and nobody knows which.
        (data(9.0, 9.0, queryDate="2026-03-02T17:05:40.000+0000"), GREATER, None),
        (data(9.0, 9.0, queryDate="2026-03-02T17:01:00.000+0000"), GREATER, None),
        # To the second: it was asked as soon as the last period ended, or when one more had.
        (data(9.0, 9.0, queryDate="2026-03-02T17:02:00.000+0000"), GREATER, "17:00:00"),
        (data(9.0, 9.0, queryDate="2026-03-02T17:03:59.999+0000"), GREATER, "17:00:00"),
        (data(9.0, 9.0, queryDate="2026-03-02T17:04:00.000+0000"), GREATER, None),
        (data(9.0, evaluatedDatapoints=[]), GREATER, "17:00:00"),
    ],
)
def test_the_first_data_point_that_breached_is_found(
    known: dict[str, Any], reason: str, began: str | None
) -> None:
    found = first_breach(known, reason)

    assert (iso(found)[11:19] if found else None) == began


def test_data_points_with_times_of_their_own_count_before_those_without() -> None:
    evaluated = [
        {"timestamp": "2026-03-02T17:07:00.000+0000", "sampleCount": 2.0, "value": 12.7},
        {"timestamp": "2026-03-02T17:06:00.000+0000"},
        {"timestamp": "2026-03-02T17:05:00.000+0000", "sampleCount": 2.0, "value": 9.0},
        {"timestamp": "2026-03-02T17:04:00.000+0000", "sampleCount": 2.0, "value": 1.0},
    ]

    found = first_breach(data(9.0, evaluatedDatapoints=evaluated), GREATER)

    assert found
    assert iso(found)[11:19] == "17:05:00"


def state(began: str | None, **result: Any) -> State:
    return {
        "alarm": samples.alarm(breachedSince=began),
        "config": samples.config(),
        "deployment": samples.confirmed("2026-03-02T17:04:47.489Z"),
        "result": samples.result(**result),
    }


def test_it_is_split_into_noticing_and_rolling_back() -> None:
    found = exposed_for(state("2026-03-02T17:03:00.000Z"))

    assert found
    assert found.noticing == pytest.approx(100.989)
    assert found.rolling_back == pytest.approx(6.5)
    assert str(found) == (
        "Users were exposed for 107 seconds: 101 until the alarm fired, 6 until the flag was off; "
        "each client until its next poll, too."
    )


def test_an_alarm_that_fired_as_it_began_noticed_at_once() -> None:
    found = exposed_for(state("2026-03-02T17:04:40.989Z"))

    assert found
    assert found.noticing == 0


@pytest.mark.parametrize(
    "unknown",
    [
        state(None),
        state("2026-03-02T17:03:00.000Z", outcome="already_off"),
        state("2026-03-02T17:05:00.000Z"),  # after the alarm: the clocks disagree
    ],
)
def test_where_it_is_not_known_nothing_is_said(unknown: State) -> None:
    assert exposed_for(unknown) is None
