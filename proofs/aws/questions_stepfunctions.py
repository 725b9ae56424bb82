"""Step Functions' open questions, answered by the history of the run that was redriven."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from appconfig_rollback.history import read_attempt
from proofs.aws.report import Observation, answer

if TYPE_CHECKING:
    from collections.abc import Callable

#: The state that fails last, and that a redrive therefore re-enters.
_STATE = "AwaitRedrive"


@dataclass(frozen=True)
class Redriven:
    """The events of a run that failed in AwaitRedrive and was redriven to its end."""

    events: list[Any]
    is_green: bool

    @property
    def _redriven_at(self) -> int:
        kinds = [event["type"] for event in self.events]
        return kinds.index("ExecutionRedriven")

    @property
    def attempts(self) -> tuple[list[Any], list[Any]]:
        """The events before the redrive, and those from it on."""
        return self.events[: self._redriven_at], self.events[self._redriven_at :]

    def contexts(self) -> tuple[dict[str, Any], dict[str, Any] | None]:
        """What AwaitRedrive was told of its execution before the redrive and after it."""
        before, after = self.attempts
        told = [_parameters(part) for part in (before, after)]
        return told[0][-1]["execution"], told[1][0]["execution"] if told[1] else None


def redrive_count_before(run: Redriven) -> Observation:
    before, _ = run.contexts()
    seen = {key: before[key] for key in ("RedriveCount", "RedriveTime") if key in before}
    return answer(
        "What does $$.Execution say of redrives before the first one?",
        "RedriveCount absent or 0, no RedriveTime; the code reads RedriveTime alone",
        json.dumps(seen),
        "RedriveTime" not in before,
    )


def parameters_on_redrive(run: Redriven) -> Observation:
    _, after = run.contexts()
    seen = {key: (after or {}).get(key) for key in ("RedriveCount", "RedriveTime")}
    return answer(
        "Are a task's Parameters evaluated again on redrive?",
        "likely; DescribeExecution is asked as well, so nothing depends on it",
        json.dumps(seen) if after else "no parameters in the history",
        run.is_green,
    )


def entered_again(run: Redriven) -> Observation:
    _, after = run.attempts
    entered = [
        event["stateEnteredEventDetails"]["name"]
        for event in after
        if event["type"].endswith("StateEntered")
    ]
    again = entered[:1] == [_STATE]
    # The failed attempt is still found where the history goes on behind it.
    failed = read_attempt(run.events, 0).failed_state
    return answer(
        "Is TaskStateEntered written again for the state that a redrive re-enters?",
        "not documented; failures are read from the history either way",
        f"{'yes' if again else 'no'}; the failed attempt is read as failed in {failed}",
        failed == "FetchConfig",
    )


QUESTIONS: tuple[Callable[[Redriven], Observation], ...] = (
    redrive_count_before,
    parameters_on_redrive,
    entered_again,
)


def _parameters(events: list[Any]) -> list[dict[str, Any]]:
    """Read what AwaitRedrive's function was called with, as the history tells."""
    found, state = [], _STATE  # a redrive may re-enter without saying so
    for event in events:
        if event["type"].endswith("StateEntered"):
            state = event["stateEnteredEventDetails"]["name"]
        elif event["type"] == "LambdaFunctionScheduled" and state == _STATE:
            found.append(json.loads(event["lambdaFunctionScheduledEventDetails"]["input"]))
    return found
