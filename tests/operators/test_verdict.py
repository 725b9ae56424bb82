"""What is said first of an execution: what users get, in the words of the notices."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any, get_args
from unittest.mock import create_autospec

import pytest

from appconfig_rollback.notices.effect import BECAUSE
from appconfig_rollback.state import FlagOutcome, Outcome
from flag_rollback.dashboard.pages import _look
from flag_rollback.execution.report import _change
from flag_rollback.execution.verdict import one_line, verdict
from flag_rollback.flags.served import Profile
from flag_rollback.picture import page
from tests.operators.reports import (
    FAILURE,
    OFF,
    ON,
    OTHER_FLAG,
    SHOWN,
    UNKNOWN,
    execution,
    report,
    visits,
)
from tests.operators.scenes import SCENES

if TYPE_CHECKING:
    from flag_rollback.flags.served import Standing

ROLLING_OUT = replace(ON, by="rollout")


@pytest.mark.parametrize(
    ("outcome", "standing", "effect", "said"),
    [
        ("rolled_back", OFF, "OFF", '"new-checkout" is OFF in prod: it was rolled back.'),
        ("already_off", OFF, "OFF", '"new-checkout" is OFF in prod: it was off already.'),
        ("dry_run", ON, "ON", '"new-checkout" is still ON in prod: its rollback is only told of.'),
        (
            "rolled_back",
            ON,
            "ON",
            '"new-checkout" is ON again in prod: it was rolled back, and has been turned on since.',
        ),
        (
            "rolled_back",
            SHOWN,
            "ON",
            '"new-checkout" is ON again in prod: it was rolled back, and an experiment shows it '
            "since.",
        ),
        (
            "rollout_stopped",
            ROLLING_OUT,
            "ON",
            '"new-checkout" is ON again in prod: its rollout was stopped, and a rollout is turning '
            "it on.",
        ),
        (
            "rolled_back",
            UNKNOWN,
            "?",
            'Users may still get "new-checkout" in prod: it was rolled back.',
        ),
        ("", OFF, "OFF", '"new-checkout" is OFF in prod: its rollback ended red all the same.'),
        ("", ON, "ON", '"new-checkout" is still ON in prod: rollback FAILED.'),
        ("", UNKNOWN, "?", 'Users may still get "new-checkout" in prod: rollback FAILED.'),
    ],
)
def test_what_users_get_comes_first_and_why(
    outcome: str, standing: Standing, effect: str, said: str
) -> None:
    failure = None if outcome else FAILURE
    told = verdict(report(outcome, standing, failure=failure))

    assert (told.effect, told.now) == (effect, said)


@pytest.mark.parametrize("standing", [ON, UNKNOWN], ids=["on", "unknown"])
@pytest.mark.parametrize("outcome", [*get_args(Outcome), *get_args(FlagOutcome)])
@pytest.mark.parametrize("failed", [False, True])
def test_off_is_never_said_where_users_may_get_it(
    outcome: str, standing: Standing, *, failed: bool
) -> None:
    told = verdict(report(outcome, standing, failure=FAILURE if failed else None))

    assert told.effect != "OFF"
    assert "OFF" not in told.now + told.then


def test_of_several_flags_the_worst_comes_first() -> None:
    told = verdict(report("rolled_back", OFF, ON, failure=FAILURE))

    assert told.effect == "ON"
    assert told.now == (
        f'"{OTHER_FLAG}" is still ON in prod: rollback FAILED. "new-checkout" is OFF in prod: its '
        "rollback ended red all the same."
    )
    assert told.then == (
        f'At 2026-03-02 17:05:00 UTC: "{OTHER_FLAG}" was ON in prod; "new-checkout" was OFF in '
        "prod."
    )


def test_each_flag_is_told_by_its_own_outcome() -> None:
    results = [
        {"flag": "new-checkout", "outcome": "rolled_back"},
        {"flag": OTHER_FLAG, "outcome": "opted_out"},
    ]
    told = replace(
        report("rolled_back", OFF, ON),
        execution=execution({"outcome": "rolled_back", "flags": results}),
    )

    assert verdict(told).now == (
        f'"{OTHER_FLAG}" is still ON in prod: its owner wants it left as it is. "new-checkout" is '
        "OFF in prod: it was rolled back."
    )


def test_while_it_runs_nothing_is_over() -> None:
    told = replace(report("", ON), execution=execution(status="RUNNING"))

    assert verdict(told).now == '"new-checkout" is still ON in prod: the rollback is still running.'


def test_where_the_input_names_no_flag_nobody_can_tell() -> None:
    told = replace(report("", failure=FAILURE), standings={})

    assert verdict(told).effect == "?"
    assert verdict(told).now == "Users may still get a flag in prod: rollback FAILED."


def test_a_drill_says_so() -> None:
    results = [{"flag": "new-checkout", "outcome": "rolled_back"}]
    output = {"outcome": "rolled_back", "flags": results, "drill": True}
    told = replace(report("rolled_back", OFF), execution=execution(output))

    assert verdict(told).now.startswith("This was a drill. ")
    assert one_line(told) == "OFF DRILL prod new-checkout"


def test_every_outcome_has_words() -> None:
    assert BECAUSE.keys() == set(get_args(Outcome))


@pytest.mark.parametrize("scene", SCENES)
def test_a_page_is_green_only_where_users_do_not_get_the_flag(scene: str) -> None:
    report = SCENES[scene]()
    (look,) = re.findall(r'<header id="summary" class="(\w+)">', page.of(report))

    if look == "succeeded":
        assert verdict(report).effect == "OFF"


@pytest.mark.parametrize("outcome", get_args(Outcome))
def test_a_row_is_green_only_where_no_flag_was_left_on(outcome: str) -> None:
    looks = _look(execution({"outcome": outcome}))

    assert looks == ("caught" if outcome in ("dry_run", "held_back") else "succeeded")


@pytest.mark.parametrize(
    ("output", "states", "title"),
    [
        ({"fromVersion": 3, "toVersion": 4, "deploymentNumber": 8}, (), "What it changed"),
        (None, ("COMPLETE",), "What it changed"),
        (None, ("DEPLOYING", "ROLLED_BACK"), "What it wrote, which is not known to be deployed"),
        (None, (), "What it wrote, which is not known to be deployed"),
    ],
)
def test_what_was_only_written_has_changed_nothing(
    output: dict[str, Any] | None, states: tuple[str, ...], title: str
) -> None:
    left: list[dict[str, Any]] = [{"version": {"fromVersion": 3, "toVersion": 4}}]
    left += [{**left[0], "deployment": {"state": state}} for state in states]
    seen = visits("CreateVersion" + " CheckDeployment" * len(states))
    for visit, data in zip(seen, left, strict=True):
        visit.output = json.dumps(data)
    store = create_autospec(Profile, instance=True)
    store.document.return_value.content = b"{}"

    change = _change(execution(output), seen, store)

    assert change
    assert change.title == f"{title}: version 3 to 4"
