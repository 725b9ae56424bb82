"""The table of engine cases on AWS, a state at a time: TestState, with its services mocked.

It makes no state machine (Step Functions developer guide, "Testing state machines with
TestState"). A walk is put together here: TestState says what a state does with its mock, and names
the next one.
"""

from __future__ import annotations

import json
import time
from collections import Counter
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from proofs.aws.report import Observation
from tests.contract.shipped import DEFINITION, TASKS
from tests.engines.case import REDRIVEN, Case
from tests.engines.cases import CASES
from tests.engines.definition import ROLE_ARN, runnable_definition
from tests.engines.engine import ALARM_EVENT
from tests.engines.mocks import TEST_CASES, Return, tries
from tests.engines.pace import retrier_of

if TYPE_CHECKING:
    from proofs.aws.account import Account

#: TestState allows 10 calls a second (Step Functions developer guide, "Service quotas").
_PAUSE = 0.12
_ENTERED = "$$.State.EnteredTime"
_MOMENT = "2026-03-02T17:04:41.123Z"
_CONTEXT = json.dumps(
    {
        "Execution": {
            "Id": "arn:aws:states:us-east-1:123456789012:execution:Rollback:case",
            "Input": json.loads(ALARM_EVENT),
            "Name": "case",
            "RoleArn": ROLE_ARN,
            "StartTime": _MOMENT,
        },
        "State": {"EnteredTime": _MOMENT, "Name": "Task", "RetryCount": 0},
        "StateMachine": {
            "Id": "arn:aws:states:us-east-1:123456789012:stateMachine:Rollback",
            "Name": "Rollback",
        },
    }
)


def calls() -> int:
    """Count the calls that the table needs: one for each state and each further try."""
    return sum(len(case.trail) for case in CASES)


@cache
def definition() -> str:
    """The definition that ships, but for the moment in Pass states, which is always the same.

    TestState takes a context object only together with a mock, which a Pass state cannot have
    (API reference, TestState: context, mock).
    """
    changed = json.loads(runnable_definition())
    for state in changed["States"].values():
        if state["Type"] == "Pass" and state.get("Parameters", {}).get("at.$") == _ENTERED:
            del state["Parameters"]["at.$"]
            state["Parameters"]["at"] = _MOMENT
    return json.dumps(changed)


def agreement(account: Account, role: str) -> Observation:
    """Walk every case, and tell which do not go as the table says."""
    walker = Walker(account, role)
    apart = [told for case in CASES if (told := walker.difference(case))]
    seen = f"{len(CASES) - len(apart)} of {len(CASES)} agree"
    return Observation(
        "engine cases",
        "state by state, with TestState",
        f"all {len(CASES)} cases walk as the table says",
        "; ".join([seen, *apart]),
        "NOT as promised" if apart else "as promised",
    )


@dataclass
class Walker:
    """Walks cases of the table."""

    account: Account
    role: str  # its ARN; states without a mock need one

    def difference(self, case: Case) -> str:
        """Say where the walk leaves the table; empty where it does not."""
        trail, last = self._walk(case)
        for number, (seen, expected) in enumerate(zip(trail, case.trail, strict=False)):
            if seen != expected:
                return f"{case.name}, step {number + 1}: {seen}, not {expected}"
        if len(trail) != len(case.trail):
            return f"{case.name}: {len(trail)} steps, not {len(case.trail)}"
        if case.output is not None and json.loads(last.get("output", "null")) != case.output:
            return f"{case.name}: output {last.get('output')}"
        if last.get("error") != case.error:
            return f"{case.name}: error {last.get('error')}, not {case.error}"
        return ""

    def _walk(self, case: Case) -> tuple[list[str], Any]:
        """Walk until the end, or one step further than the table."""
        left = {state: tries(response) for state, response in TEST_CASES[case.name].items()}
        state, data = DEFINITION["StartAt"], "{}"
        trail: list[str] = [state]
        used: Counter[str] = Counter()
        redrives = case.redrives
        while True:
            mock = left[state].pop(0) if left.get(state) else None
            retries = 0
            if mock is not None and not isinstance(mock, Return):
                trail.append(f"{state}!{mock.error}")
                retrier = str(retrier_of(state, mock.error))
                retries, used[retrier] = used[retrier], used[retrier] + 1
            told = self._test(state, data, mock, retries)
            if told["status"] == "RETRIABLE":
                continue
            used.clear()
            if told["status"] == "FAILED" and redrives:
                redrives -= 1
                trail.append(REDRIVEN)  # it is tried again, on the same data
                continue
            if "nextState" not in told or len(trail) > len(case.trail):
                return trail, told
            state, data = told["nextState"], told["output"]
            trail.append(state)

    def _test(self, state: str, data: str, mock: Any, retries: int) -> Any:  # noqa: ANN401
        request: dict[str, Any] = {"stateName": state, "input": data}
        if state in TASKS:
            if mock is None:
                return {"status": "FAILED", "error": "no mock is left"}
            told = (
                {"result": json.dumps(mock.answer)}
                if isinstance(mock, Return)
                else {"errorOutput": {"error": mock.error, "cause": mock.cause}}
            )
            request |= {
                # A function's answer is ours: there is no API model to hold it to.
                "mock": {**told, "fieldValidationMode": "NONE"},
                "context": _CONTEXT,
                "stateConfiguration": {"retrierRetryCount": retries},
            }
        if not self.account.rehearsal:
            time.sleep(_PAUSE)
        return self.account.client("stepfunctions").test_state(
            definition=definition(), roleArn=self.role, **request
        )
