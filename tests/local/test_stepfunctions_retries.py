"""The waits between the tries of a state: bounded, and jittered where the retrier says so."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.local.gaps import on_both_clouds
from tests.local.machines import create_machine, ended, start

if TYPE_CHECKING:
    from local.cloud import EmbeddedCloud

pytestmark = [pytest.mark.cloud, on_both_clouds]

FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:never-made"


def seconds_until_it_gives_up(cloud: EmbeddedCloud, **retrier: Any) -> float:
    retry = [{"ErrorEquals": ["States.ALL"], **retrier}]
    call = {"Type": "Task", "Resource": FUNCTION, "Retry": retry, "End": True}
    machine = create_machine(cloud, {"StartAt": "Call", "States": {"Call": call}})
    described = ended(cloud, start(cloud, machine), seconds=20)
    return (described["stopDate"] - described["startDate"]).total_seconds()


def test_full_jitter_draws_between_nothing_and_the_interval(cloud: EmbeddedCloud) -> None:
    retrier = {"IntervalSeconds": 1, "BackoffRate": 1, "MaxAttempts": 4}
    # Four draws add up to more than 3.8 of 4 seconds once in 15,000 times.
    assert seconds_until_it_gives_up(cloud, **retrier, JitterStrategy="FULL") < 3.8


def test_no_wait_is_longer_than_the_longest_delay(cloud: EmbeddedCloud) -> None:
    retrier = {"IntervalSeconds": 5, "MaxAttempts": 1}
    assert 1 <= seconds_until_it_gives_up(cloud, **retrier, MaxDelaySeconds=1) < 4
