"""FetchConfig decides what its table says: see `decisions/`, a row for each case."""

from __future__ import annotations

import re
from importlib import import_module
from pkgutil import iter_modules
from typing import TYPE_CHECKING

import pytest

from appconfig_rollback.case import Decision
from tests import samples
from tests.domain import decisions
from tests.domain.decisions import kept_apart, written
from tests.domain.situation import Situation, becomes, ending, flags, stopped_experiments

if TYPE_CHECKING:
    from tests.domain.situation import DecisionCase

CASES: list[DecisionCase] = [
    case
    for module in iter_modules(decisions.__path__, f"{decisions.__name__}.")
    for case in import_module(module.name).CASES
]
#: What a case may ask for besides a decision's own fields.
ASKED = {"becomes": becomes, "stopped_experiments": stopped_experiments}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_in_each_case_the_decision_is_that_of_the_table(case: DecisionCase) -> None:
    if isinstance(case.kind, type):
        with pytest.raises(case.kind, match=case.fields.get("message_like")) as raised:
            case.situation.decide()
        assert type(raised.value) is case.kind
        return

    decision = case.situation.decide()

    assert ending(decision) == case.kind
    for name, expected in case.fields.items():
        if name.endswith("_like"):
            found = getattr(decision, name.removesuffix("_like"))
            assert re.search(expected, found), f"{found!r} is not like {expected!r}"
        elif name in ASKED:
            assert ASKED[name](decision) == expected
        else:
            assert getattr(decision, name) == expected


def test_a_case_is_named_once_and_asks_only_for_what_a_decision_has() -> None:
    fields = {*Decision.__dataclass_fields__, *ASKED, "reason_like", "message_like"}

    assert len({case.name for case in CASES}) == len(CASES)
    assert all(case.fields.keys() <= fields for case in CASES)


def test_what_is_served_is_no_draft_and_is_read_once() -> None:
    situation = written.served_and_nothing_newer()

    situation.decide()

    assert situation.read == [3]


def test_what_was_served_as_the_alarm_fired_is_read_once_for_several_flags() -> None:
    versions = {3: flags("a", "b"), 4: flags(off="ab")}
    situation = Situation(versions, alarm=samples.alarm(flags=["a", "b"]))

    situation.then(4, "released by hand").decide()

    assert situation.read.count(3) == 1


def test_a_flag_that_failed_says_why() -> None:
    _, failed = kept_apart.one_without_a_switch().decide().flags

    assert failed["reason"].startswith("expected a switch under the name 'b'; got {\"size\": 3}")
