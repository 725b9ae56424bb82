"""The waits between the tries of a state: bounded, and jittered where the retrier says so."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.local.gaps import on_both_clouds
from tests.local.machines import history, run

if TYPE_CHECKING:
    from local.cloud import EmbeddedCloud

pytestmark = [pytest.mark.cloud, on_both_clouds]

FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:never-made"


def waits_between_tries(cloud: EmbeddedCloud, **retrier: Any) -> list[float]:
    """The seconds from each failed try to the next one."""
    retry = [{"ErrorEquals": ["States.ALL"], **retrier}]
    call = {"Type": "Task", "Resource": FUNCTION, "Retry": retry, "End": True}
    execution = run(cloud, {"StartAt": "Call", "States": {"Call": call}})["executionArn"]
    events = history(cloud, execution)
    tried, failed = (
        [event["timestamp"] for event in events if event["type"] == f"LambdaFunction{what}"]
        for what in ("Scheduled", "Failed")
    )
    return [(n - f).total_seconds() for f, n in zip(failed, tried[1:], strict=False)]


def test_full_jitter_draws_between_nothing_and_the_interval(cloud: EmbeddedCloud) -> None:
    retrier = {"IntervalSeconds": 2, "BackoffRate": 1, "MaxAttempts": 6}

    waits = waits_between_tries(cloud, **retrier, JitterStrategy="FULL")

    # All six draws are longer than 1.9 of 2 seconds once in 64 million times.
    assert len(waits) == 6
    assert min(waits) < 1.9


def test_no_wait_is_longer_than_the_longest_delay(cloud: EmbeddedCloud) -> None:
    (wait,) = waits_between_tries(cloud, IntervalSeconds=600, MaxAttempts=1, MaxDelaySeconds=1)

    assert wait > 0.9
