"""One run of one of those who are compared, and what can be read from it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from proofs.benchmarks.calls import billed_milliseconds, covered_seconds, longest_sequence

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from local.invocations import Invocation
    from local.latency import Call

_START = "appconfig:StartDeployment"


@dataclass(frozen=True)
class MeasuredRun:
    """What happened after an alarm went off; all times are seconds since 1970.

    `fired` is when SetAlarmState was sent. `history` is empty where there is no state machine,
    `completed` None where there is no deployment.
    """

    fired: float
    calls: tuple[Call, ...]
    invocations: tuple[Invocation, ...]
    history: tuple[Mapping[str, Any], ...]
    completed: float | None

    @cached_property
    def started_at(self) -> float:
        """When StartDeployment had answered; without one, when the last function had.

        Each call then counts in full, however its network's time is split between its two ways.
        """
        if self.completed is None:
            return max(invocation.answered or 0.0 for invocation in self.invocations)
        return next(c.answered for c in self.calls if c.action == _START and c.succeeded)

    @property
    def started(self) -> float:
        """Seconds from the alarm to the deployment."""
        return self.started_at - self.fired

    @property
    def complete(self) -> float:
        """Seconds from the alarm until the deployment is complete, which nobody may have noticed.

        AppConfig's times have milliseconds, so one may seem to end before it began.
        """
        assert self.completed is not None
        return max(self.completed - self.fired, self.started)

    @property
    def confirmed(self) -> float | None:
        """Seconds from the alarm until it is confirmed that the flag is off; None where it is not.

        The state RolledBack is entered once CheckDeployment has read back what is served.
        """
        for event in self.history:
            if event.get("stateEnteredEventDetails", {}).get("name") == "RolledBack":
                return float(event["timestamp"].timestamp()) - self.fired
        return None

    @property
    def calls_to_start(self) -> list[Call]:
        """The AWS calls up to StartDeployment, with it."""
        return [call for call in self.calls if call.left < self.started_at]

    @property
    def calls_in_sequence(self) -> int:
        """The longest chain of them in which each waited for the one before."""
        return longest_sequence((call.left, call.answered) for call in self.calls_to_start)

    @property
    def calling(self) -> float:
        """Seconds up to StartDeployment during which at least one AWS call was under way."""
        return covered_seconds(
            (call.left, min(call.answered, self.started_at)) for call in self.calls_to_start
        )

    @property
    def invocations_to_start(self) -> int:
        """Function invocations on the way to StartDeployment, one after the other."""
        if not self.history:
            return 1
        return sum(event["type"] == "LambdaFunctionScheduled" for event in self._history_to_start())

    @property
    def billed(self) -> int:
        """Milliseconds that Lambda bills for all invocations: from asking to answering.

        A cold one is billed with the making of its environment.
        """
        return billed_milliseconds(
            (invocation.answered or 0.0) - invocation.asked for invocation in self.invocations
        )

    @property
    def transitions(self) -> int:
        """What Step Functions bills: states entered, and retries of tasks."""
        kinds = [str(event["type"]) for event in self.history]
        entered = sum(kind.endswith("StateEntered") for kind in kinds)
        retries = kinds.count("LambdaFunctionScheduled") - kinds.count("TaskStateEntered")
        return entered + retries

    def states_to_start(self) -> list[tuple[str, str]]:
        """Type and name of each state up to StartDeployment, as entered."""
        return [
            (event["type"].removesuffix("StateEntered"), event["stateEnteredEventDetails"]["name"])
            for event in self._history_to_start()
            if event["type"].endswith("StateEntered")
        ]

    def largest_state_data(self) -> int:
        """Bytes of the largest input or output of a state, a task or the execution."""
        texts = [
            details[key]
            for event in self.history
            for details in event.values()
            if isinstance(details, dict)
            for key in ("input", "output")
            if isinstance(details.get(key), str)
        ]
        return max(len(text.encode()) for text in texts)

    def _history_to_start(self) -> Iterator[Mapping[str, Any]]:
        state = None
        for event in self.history:
            yield event
            state = event.get("stateEnteredEventDetails", {}).get("name", state)
            if event["type"] == "LambdaFunctionScheduled" and state == "StartDeployment":
                return
