"""An account whose concurrency is spent: a run waits for its functions, a failed one does not."""

from __future__ import annotations

import time

import pytest

from flag_rollback.waiting import wait_for
from local.faults import Fault
from local.site import FLAG, Site, alarm_event

pytestmark = pytest.mark.cloud

THROTTLED = "Lambda.TooManyRequestsException"
#: How long Lambda throttles, before waits are scaled.
SECONDS = 180


def throttle(site: Site, function: str) -> None:
    """Throttle a function, or all."""
    site.cloud.faults.set(
        Fault("lambda:InvokeFunction", code="TooManyRequestsException", about=function)
    )


@pytest.mark.parametrize("function", ["", "-StartDeploymentFunction", "-NotifyFunction"])
def test_a_run_that_meets_three_minutes_of_throttling_ends_green(site: Site, function: str) -> None:
    throttle(site, function)
    execution = site.start(alarm_event())

    site.await_state(execution, "Notify" if "Notify" in function else "ParseAlarm")
    time.sleep(SECONDS * site.cloud.wait_scale)
    hits = site.cloud.faults.hits
    wait_for(lambda: hits("lambda:InvokeFunction") > 6, "seven tries", seconds=60)
    site.cloud.faults.clear()
    run = site.await_end(execution)

    assert run.output["outcome"] == "rolled_back"
    assert site.served()["flags"][FLAG]["enabled"] is False
    assert [notice["action"] for notice in site.notices(run.arn)] == ["rollback"]


def test_a_failed_run_that_is_throttled_ends_and_is_told_by_the_other_way(site: Site) -> None:
    throttle(site, "-NotifyFailureFunction")
    throttle(site, "-AwaitRedriveFunction")

    run = site.run(alarm_event("no-such-flag"))

    # Waits are scaled, so tries are counted; how far apart they are, the definition says.
    assert (run.status, run.error) == ("FAILED", THROTTLED)
    assert run.states[-2:] == ["NotifyFailure", "AwaitRedrive"]
    assert site.cloud.faults.hits("lambda:InvokeFunction") == 2 * 8
    (notice,) = site.notices(run.arn)
    assert notice["executionArn"] == run.arn

    site.cloud.faults.clear()
    site.release({"flags": {"no-such-flag": {"enabled": True}}})
    assert site.redrive(run.arn).output["outcome"] == "rolled_back"
