"""A flag that cannot be turned off keeps no other flag of the same alarm on."""

from __future__ import annotations

from appconfig_rollback.errors import SwitchRequiredError
from appconfig_rollback.mark import Mark
from tests import samples
from tests.domain.situation import DecisionCase, Situation, case, flags

_ALARM = samples.alarm("a", flags=["a", "b"], namedBy="tag")
_NO_SWITCH = '{"size": 3}'
_ON, _OFF = flags("a", b=_NO_SWITCH), flags(off="a", b=_NO_SWITCH)

CASES: list[DecisionCase] = [
    case(
        "the flags that can be turned off are, and the other one is said to have failed",
        Situation({3: _ON}, alarm=_ALARM),
        "roll_back",
        becomes={"a": "rolled_back", "b": "failed"},
    ),
    case(
        "a redrive finds its own deployment, which is confirmed once more before it is red",
        Situation({3: _ON, 4: _OFF}, alarm=_ALARM).then(
            4, str(Mark.of(_ALARM, samples.execution(), 3))
        ),
        "roll_back",
        becomes={"a": "rolled_back", "b": "failed"},
    ),
    case(
        "it is red where the other flag is off already",
        Situation({3: _OFF}, alarm=_ALARM),
        SwitchRequiredError,
    ),
    case(
        "it is red where the other flag has opted out",
        Situation(
            {3: flags(a='{"enabled": true, "metadata": {"rollback": "off"}}', b=_NO_SWITCH)},
            alarm=_ALARM,
        ),
        SwitchRequiredError,
    ),
    case(
        "it is red at once where no flag of the alarm can be turned off",
        Situation({3: flags(a=_NO_SWITCH, b=_NO_SWITCH)}, alarm=_ALARM),
        SwitchRequiredError,
    ),
]
