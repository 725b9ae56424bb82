"""The trouble of one flag of an alarm is not the other's: it keeps no other flag on."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from appconfig_rollback.errors import NotConfirmedOffError, SwitchRequiredError
from appconfig_rollback.experiments import reason_to_stop
from appconfig_rollback.mark import Mark
from tests import samples
from tests.appconfig import SHOWING
from tests.domain.situation import DecisionCase, Situation, case, flags, mark

_ALARM = samples.alarm("a", flags=["a", "b"], namedBy="tag")
_NO_SWITCH = '{"size": 3}'
_ON, _OFF = flags("a", b=_NO_SWITCH), flags(off="a", b=_NO_SWITCH)
_TOLD_ONLY = '{"enabled": true, "metadata": {"rollback": "notify"}}'
_TOLD_AND_OFF = '{"enabled": false, "metadata": {"rollback": "notify"}}'


def _by(execution: str, base: int) -> str:
    """The description of what an execution for this alarm wrote on top of a version."""
    return str(Mark.of(_ALARM, samples.execution(execution), base))


def _two(documents: dict[int, str], **more: Any) -> Situation:
    return Situation(documents, alarm=_ALARM, **more)


def one_without_a_switch() -> Situation:
    """Flag a is on, and flag b has no switch."""
    return _two({3: _ON})


CASES: list[DecisionCase] = [
    # One of them has no switch.
    case(
        "the flags that can be turned off are, and the other one is said to have failed",
        one_without_a_switch(),
        "roll_back",
        becomes={"a": "rolled_back", "b": "failed"},
    ),
    case(
        "a redrive finds its own deployment, which is confirmed once more before it is red",
        _two({3: _ON, 4: _OFF}).then(4, _by("run-1", 3)),
        "roll_back",
        becomes={"a": "rolled_back", "b": "failed"},
    ),
    case(
        "it is red where the other flag is off already",
        _two({3: _OFF}),
        SwitchRequiredError,
    ),
    case(
        "it is red where the other flag has opted out",
        _two({3: flags(a='{"enabled": true, "metadata": {"rollback": "off"}}', b=_NO_SWITCH)}),
        SwitchRequiredError,
    ),
    case(
        "it is red at once where no flag of the alarm can be turned off",
        _two({3: flags(a=_NO_SWITCH, b=_NO_SWITCH)}),
        SwitchRequiredError,
    ),
    case(
        "a rollout that brings the one without a switch is stopped for the other one",
        _two({3: flags("a", "b"), 4: _ON}).while_it("DEPLOYING"),
        "stop_rollout",
    ),
    # AppConfig's own deployments.
    case(
        "one that is only told of, and may be on by AppConfig's own deployment, keeps none on",
        _two({3: flags("a", b=_TOLD_AND_OFF), 4: flags("a", "b")}).then(4, managed=True),
        "roll_back",
        becomes={"a": "rolled_back", "b": "dry_run"},
    ),
    case(
        "one that is not served is not called gone while AppConfig's own deployment has it on",
        _two({3: flags(off="a"), 4: flags("b", off="a")}).then(4, managed=True),
        NotConfirmedOffError,
    ),
    # What others did.
    case(
        "an earlier rollback whose base was deleted tells nothing, and hinders nothing",
        _two({4: flags(off="ab")}).then(4, mark("run-9", base=2, flag="c")),
        "settle",
        becomes={"a": "already_off", "b": "already_off"},
    ),
    case(
        "what a person turned off after the rollback is not called this execution's work",
        _two({3: flags("a", "b"), 4: flags("b", off="a"), 5: flags(off="ab")})
        .then(4, _by("run-1", 3))
        .then(5),
        "roll_back",
        becomes={"a": "rolled_back", "b": "already_off"},
    ),
    case(
        "a transition that was left undone is no duplicate because another flag is only told of",
        _two(
            {3: flags("a", b=_TOLD_ONLY), 4: flags(off="a", b=_TOLD_ONLY)},
            runs=[SHOWING],
            over=frozenset({"run-2"}),
        ).then(4, _by("run-2", 3)),
        "stop_experiment",
    ),
    case(
        "an execution whose deployment turned one off is no duplicate of who stopped an experiment",
        _two(
            {3: flags("b", off="a"), 4: flags(off="ab")},
            runs=[
                replace(
                    SHOWING,
                    running=False,
                    reasons=reason_to_stop(
                        Mark.of(_ALARM, samples.execution("run-2"), 3), "alarm", "12.7 > 5.0"
                    ),
                )
            ],
        ).then(4, _by("run-1", 3)),
        "roll_back",
        becomes={"a": "already_off", "b": "rolled_back"},
    ),
]
