"""One sentence on an execution says what it did by then, and no more than is known."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any, cast, get_args

import pytest

from appconfig_rollback.alarm import DRILL_REASON
from appconfig_rollback.state import Outcome
from flag_rollback.execution.ending import Ending
from flag_rollback.execution.finding import Execution
from flag_rollback.execution.told import told

NOW = datetime(2026, 3, 2, 17, 5, tzinfo=UTC)
TURNED_OFF = {"outcome": "rolled_back", "flags": [{"flag": "new", "outcome": "rolled_back"}]}


def execution(
    output: dict[str, Any] | None = None,
    status: str = "SUCCEEDED",
    *,
    flags: tuple[str, ...] = ("new",),
    ending: Ending | None = None,
    **described: object,
) -> Execution:
    described = {
        "executionArn": "arn:aws:states:eu-west-1:123456789012:execution:rollback:run-1",
        "name": "run-1",
        "status": status,
        "startDate": NOW,
        "stopDate": NOW + timedelta(seconds=12),
        **({"output": json.dumps(output)} if output else {}),
        **described,
    }
    return Execution(cast("Any", described), flags, "an-alarm", ending)


@pytest.mark.parametrize("outcome", get_args(Outcome))
@pytest.mark.parametrize("flags", [(), ("new",), ("new", "old")])
def test_every_outcome_has_a_sentence(outcome: str, flags: tuple[str, ...]) -> None:
    results = [{"flag": flag, "outcome": outcome} for flag in flags]
    sentence = told(execution({"outcome": outcome, "flags": results}, flags=flags))

    assert "known here" not in sentence
    assert "{" not in sentence
    turned_off = outcome in ("rolled_back", "rollout_stopped", "experiment_stopped")
    assert ("turned OFF in 12.0 s" in sentence) == turned_off


@pytest.mark.parametrize(
    ("run", "sentence"),
    [
        (execution(TURNED_OFF), "new turned OFF in 12.0 s"),
        (execution(TURNED_OFF, redriveCount=2), "new turned OFF in 12.0 s, redriven 2 times"),
        (execution({**TURNED_OFF, "drill": True}), "DRILL: new turned OFF in 12.0 s"),
        (
            execution(
                {
                    "outcome": "rolled_back",
                    "flags": [
                        {"flag": "new", "outcome": "rolled_back", "sweptBy": "arn:other"},
                        {"flag": "old", "outcome": "not_found"},
                    ],
                }
            ),
            "new turned OFF in 12.0 s, by execution other; old: not found",
        ),
        (
            execution({"outcome": "held_back", "flags": [{"flag": "new", "outcome": "held_back"}]}),
            "new NOT turned off: held back, more flags than an hour allows",
        ),
        (
            execution({"outcome": "ignored", "flags": [], "reason": "the alarm went to OK"}),
            "nothing was done: the alarm went to OK",
        ),
        (execution({"outcome": "new_one"}), "ended without an outcome that is known here: new_one"),
        (execution(None, "RUNNING"), "RUNNING; new not confirmed OFF so far"),
        (
            execution(None, "RUNNING", ending=Ending("WaitForTurn", {})),
            "RUNNING at WaitForTurn; new not confirmed OFF so far",
        ),
        (
            execution(None, "FAILED", error="SomeError", ending=Ending("CreateVersion", {})),
            "FAILED at CreateVersion: SomeError; new may still be ON",
        ),
        (execution(None, "TIMED_OUT"), "TIMED OUT; new may still be ON"),
        (
            execution(None, "ABORTED", flags=(), ending=Ending("Notify", {})),
            "STOPPED by a person at Notify; which flag is unknown",
        ),
        (
            execution(None, "FAILED", error="NoticeNotSentError", ending=Ending("N", TURNED_OFF)),
            "FAILED at N: NoticeNotSentError; new turned OFF",
        ),
        (
            execution(None, "FAILED", ending=Ending("N", {**TURNED_OFF, "outcome": "dry_run"})),
            "FAILED at N; nothing was turned off: only said what would be done about new",
        ),
    ],
)
def test_the_sentence(run: Execution, sentence: str) -> None:
    assert told(run) == sentence


@pytest.mark.parametrize("output", [{"flags": 3}, {"flags": [3]}, {"outcome": 3}, {"a": "b"}])
def test_an_output_of_any_shape_is_told(output: dict[str, Any]) -> None:
    assert told(execution(output))


def test_a_drill_that_failed_or_runs_is_called_a_drill() -> None:
    detail = {"alarmName": "A", "state": {"value": "ALARM", "reason": DRILL_REASON}}
    source = json.dumps({"detail": detail})

    for status in ("FAILED", "RUNNING"):
        assert told(execution(None, status, input=source)).startswith("DRILL: ")
        assert not told(execution(None, status, input="{}")).startswith("DRILL: ")
