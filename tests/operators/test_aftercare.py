"""What a watch has found is told in words and to programs, and is unknown where none is found."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, cast

import pytest
from click.testing import CliRunner

from appconfig_rollback.aftercare.watch import watch_of
from flag_rollback.cli import main
from flag_rollback.execution.aftercare import Aftercare
from flag_rollback.execution.words import became
from tests import samples, watches
from tests.operators.canned_aws import canned, execution, serving
from tests.operators.test_any_input import ENVIRONMENT
from tests.watches import AGAIN, OK_AT

if TYPE_CHECKING:
    from collections.abc import Mapping

TURNED_OFF = json.dumps(samples.result())


def watch(*told: str, error: str | None = None, **look: Any) -> Aftercare:
    state = cast("Mapping[str, Any]", watches.looked(told=list(told), **look))
    return Aftercare("arn", "RUNNING", state["watch"], state["look"], error)


@pytest.mark.parametrize(
    ("found", "sentence"),
    [
        (watch(), "watched, nothing to tell so far"),
        (
            watch("recovered", recoveredAt=OK_AT),
            "its alarm recovered 2 min 0 s after it had fired",
        ),
        (watch("recovered"), "its alarm recovered"),
        (watch("still_firing"), "its alarm still fired at the end: probably not this flag"),
        (
            watch("no_data"),
            "its alarm had no data, so nothing can be said of whether it helped",
        ),
        (
            watch("turned_on_again", "still_firing", turnedOnAgain=AGAIN),
            "new-checkout turned ON again by deployment 12; then its alarm still fired at the end: "
            "probably not this flag",
        ),
        (watch(error="RetryLaterError"), "its watch FAILED (RetryLaterError): more is not known"),
        (watch("of another release"), "of another release"),
    ],
)
def test_what_was_told_is_said_in_its_order(found: Aftercare, sentence: str) -> None:
    assert became(found) == sentence


def inspected(*others: dict[str, Any], **answers: object) -> dict[str, Any]:
    run = execution("run-1", output=TURNED_OFF)
    with canned(serving(run, *others, **answers)):
        done = CliRunner(env=ENVIRONMENT).invoke(main, ["inspect", "run-1", "--json"])
    return cast("dict[str, Any]", json.loads(done.stdout))


def a_watch(status: str = "SUCCEEDED", **more: Any) -> dict[str, Any]:
    arn = watch_of(execution("run-1")["executionArn"])
    given = json.dumps(watches.begun())
    return {**execution("run-1", status=status, input=given, **more), "executionArn": arn}


def test_a_watch_is_found_by_the_name_of_its_rollback() -> None:
    look = watches.recovered()["look"]

    found = inspected(a_watch(output=json.dumps(look)))["aftercare"]

    assert (found["status"], found["results"]) == ("SUCCEEDED", ["recovered"])
    assert found["secondsToRecovery"] == pytest.approx(120.011)


def test_where_no_watch_is_found_nothing_is_known() -> None:
    assert inspected()["aftercare"] is None


def test_what_a_watch_has_told_before_it_is_over_or_failed_is_in_its_history() -> None:
    entered = {"name": "WaitToLook", "input": json.dumps(watches.recovered())}
    event = {"type": "WaitStateEntered", "stateEnteredEventDetails": entered}
    history = {"events": [{**event, "id": 1, "timestamp": samples.FIRED}]}

    running = inspected(a_watch("RUNNING"), GetExecutionHistory=history)["aftercare"]
    failed = inspected(a_watch("FAILED", error="X"), GetExecutionHistory=history)["aftercare"]

    assert (running["results"], running["error"]) == (["recovered"], None)
    assert (failed["results"], failed["error"]) == (["recovered"], "X")
