"""A stack is updated, or taken back, while a rollback runs or waits for its redrive.

An execution and its redrive keep the definition that it was started with, and meet the functions
that are there (Step Functions developer guide, "Restarting state machine executions with redrive").
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from local.cloud import EmbeddedCloud
from local.faults import Fault
from local.site import DOCUMENT, FLAG, EndedExecution, Site, alarm_event, new_flags
from local.stack import update
from tests.contract.shipped import TASKS
from tests.workflow.test_rollback import HAPPY_PATH
from tests.workflow.told import outcomes, states

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.cloud

WAYS = [("last release", "this tree"), ("this tree", "last release")]
#: All states on the way: each task is entered with what another release has left in the state data.
HELD = ("ParseAlarm", "FetchConfig", "StartDeployment", "RecordMetric")
REDRIVEN = ("CreateVersion", "CheckDeployment", "Notify")


class Stack:
    """A stack that is updated from one release to another, and back."""

    def __init__(self, site: Site, releases: dict[str, Path]) -> None:
        self.site = site
        self._releases = releases
        self._now = "last release"

    def become(self, release: str) -> None:
        """Update to a release in place, where it is not that one already."""
        if release != self._now:
            parameters = self.site.flags.parameters() | {"WatchMinutes": "0"}
            template = self._releases[release] / "template.yaml"
            update(self.site.stack, parameters, template=template)
            self._now = release


@pytest.fixture(scope="module")
def shared(releases: dict[str, Path]) -> Iterator[Stack]:
    with EmbeddedCloud(iam=True, wait_scale=0.004) as cloud:
        template = releases["last release"] / "template.yaml"
        yield Stack(Site.build(cloud, new_flags(cloud), "upgraded", template=template), releases)


@pytest.fixture
def stack(shared: Stack) -> Stack:
    """The module's stack, with the flag on again and no faults."""
    shared.site.cloud.faults.clear()
    shared.site.release(DOCUMENT)
    return shared


def assert_told_truly(site: Site, run: EndedExecution) -> None:
    """It ended green with the flag off, or red with the command that starts anew."""
    off = site.served()["flags"][FLAG]["enabled"] is False
    (notice,) = site.notices(run.arn)
    if run.status == "SUCCEEDED":
        assert off
        assert outcomes(run.output) == outcomes(notice) == {FLAG: "rolled_back"}
    else:
        assert run.error == "StartAnewError", run.cause
        assert "Start a new execution with the same input: aws stepfunctions" in notice["cause"]
        assert states(notice) == {FLAG: "off" if off else "on"}


def test_the_path_is_of_the_tasks_that_a_rollback_enters() -> None:
    assert {*HELD, *REDRIVEN} == set(HAPPY_PATH) & TASKS.keys()


@pytest.mark.parametrize("state", HELD)
@pytest.mark.parametrize(("before", "after"), WAYS, ids=["upgraded", "taken back"])
def test_an_execution_that_runs_meets_the_functions_of_another_release(
    stack: Stack, before: str, after: str, state: str
) -> None:
    stack.become(before)
    stack.site.hold(state)
    execution = stack.site.start(alarm_event())
    stack.site.await_state(execution, state)

    stack.become(after)
    stack.site.let_go(state)

    assert_told_truly(stack.site, stack.site.await_end(execution))


@pytest.mark.parametrize("state", REDRIVEN)
@pytest.mark.parametrize(("before", "after"), WAYS, ids=["upgraded", "taken back"])
def test_a_failed_execution_is_redriven_with_the_functions_of_another_release(
    stack: Stack, before: str, after: str, state: str
) -> None:
    stack.become(before)
    denied = Fault("lambda:InvokeFunction", 403, "AccessDenied", about=f"-{state}Function")
    stack.site.cloud.faults.set(denied)
    failed = stack.site.run(alarm_event())
    (notice,) = stack.site.notices(failed.arn)
    assert (failed.status, notice["failedState"]) == ("FAILED", state)
    stack.site.cloud.faults.clear()

    stack.become(after)

    assert_told_truly(stack.site, stack.site.redrive(failed.arn))
