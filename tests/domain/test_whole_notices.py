"""Notices in full, as an operator reads them: all that is in a section, and in which order.

The texts in `whole_notices/` were read and found good. Whoever changes a notice on purpose reads
the new text, and writes it there with `python -m tests.domain.test_whole_notices`.
"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast, get_args

import pytest

from appconfig_rollback.case import Decision
from appconfig_rollback.experiments import stop_command
from appconfig_rollback.mark import Mark
from appconfig_rollback.notices.facts import Facts
from appconfig_rollback.outcome import settled
from appconfig_rollback.state import Outcome
from tests import samples
from tests.domain.test_notice import (
    ALREADY_OFF,
    DRY_RUN,
    DUPLICATE,
    EXPERIMENT_STOPPED,
    FACTS,
    MONITORS,
    NOTHING_KNOWN,
    ROLLED_BACK,
    ROLLOUT_STOPPED,
    RUN,
    STOPPED,
    SWEPT,
    _failure,
    _outcome,
)
from tests.samples import ARN, NAMED

if TYPE_CHECKING:
    from collections.abc import Callable

    from appconfig_rollback.notices.sns import Notice

_FOLDER = Path(__file__).with_name("whole_notices")
_WRITE = "run `python -m tests.domain.test_whole_notices`, read what it wrote, and commit it"
_TWO = [
    samples.flag_result(),
    samples.flag_result("search", "opted_out", reason="the flag says rollback: off"),
]
_REVERTED = samples.stopped_deployment(version=6, reverted=True, description="release 4.1 by Ada")


def _everything() -> Notice:
    return _outcome(
        samples.result(flags=_TWO),
        alarm=samples.alarm(
            flags=["new-checkout", "search"],
            namedBy="tag",
            breachedSince="2026-03-02T17:03:00.000Z",
            drill=True,
        ),
        version=samples.version(
            sweptFlags=2, bare=True, refusedReason="no notes", notSweptReason="no right to ask"
        ),
        stoppedDeployments=[STOPPED, _REVERTED],
        monitors={"suspended": MONITORS, "restored": True},
    )


def _held_back() -> Notice:
    reason = (
        "1 flag is to go off, and of the 3 that alarms may turn off in an hour (MaxFlagsPerHour) "
        "0 are left"
    )
    decision = Decision("settle", reason, (samples.flag_result(outcome="held_back"),))
    config = samples.config(reason=reason)
    return _outcome(settled(decision, samples.alarm(), 3), config=config)


#: Each is made in its test.
NOTICES: dict[str, Callable[[], Notice]] = {
    "rolled_back": lambda: _outcome(ROLLED_BACK),
    "rolled_back_with_everything": _everything,
    "swept": lambda: _outcome(SWEPT),
    "already_off": lambda: _outcome(ALREADY_OFF),
    "off_since_the_alarm": lambda: _outcome(
        samples.undeployed(
            "already_off",
            flags=[
                samples.flag_result(
                    outcome="already_off",
                    reason="deployment 8, which began after the alarm fired, turned it off",
                )
            ],
        )
    ),
    "rollout_stopped": lambda: _outcome(ROLLOUT_STOPPED),
    "release_reverted": lambda: _outcome(
        {**ROLLOUT_STOPPED, "deploymentNumber": 8}, stoppedDeployments=[_REVERTED]
    ),
    "experiment_stopped": lambda: _outcome(EXPERIMENT_STOPPED),
    "held_back": lambda: _held_back(),
    "dry_run": lambda: _outcome(DRY_RUN),
    "duplicate": lambda: _outcome(DUPLICATE, stoppedDeployments=[STOPPED]),
    "ignored": lambda: _outcome(
        samples.undeployed("ignored", flags=[]), stoppedDeployments=[_REVERTED]
    ),
    "failed": lambda: _failure(),
    "failed_off": lambda: _failure(
        flags={samples.FLAG: "off"}, attempts=3, stopped=[STOPPED, _REVERTED]
    ),
    "failed_with_everything": lambda: _failure(
        flags={samples.FLAG: "on", "search": "unknown", "other": "off"},
        facts=replace(FACTS, flags=(samples.FLAG, "search", "other")),
        missing_monitors=MONITORS,
        restore_monitors_command="aws appconfig update-environment",
        experiments={
            "run 3 of experiment 'checkout-test' (exp1234)": stop_command(
                "app1234", RUN, "eu-west-1"
            )
        },
    ),
    "failed_in_the_dark": lambda: _failure(
        flags={}, facts=NOTHING_KNOWN, failed_state=None, attempts=0
    ),
    "failed_for_good": lambda: _failure(error="StartAnewError", cause="too old a definition"),
}


def whole(notice: Notice) -> str:
    """A notice as people get it by mail, on a phone and in a chat, and as a filter sees it."""
    return "\n".join(
        [
            notice.messages["email"],
            "----- to a phone:",
            notice.messages["sms"],
            "----- to a chat:",
            json.dumps(json.loads(notice.messages["https"]), indent=2, ensure_ascii=False),
            "----- attributes:",
            json.dumps(notice.attributes),
            "",
        ]
    )


@pytest.mark.parametrize("name", NOTICES)
def test_the_whole_notice_is_as_it_was_read_and_found_good(name: str) -> None:
    found = _FOLDER / f"{name}.txt"

    assert found.exists(), f"no {found.name} yet: {_WRITE}"
    assert whole(NOTICES[name]()) == found.read_text("utf-8"), f"if it is as it should be: {_WRITE}"


def test_there_is_a_whole_notice_of_each_outcome() -> None:
    assert set(get_args(Outcome)) <= NOTICES.keys()


@pytest.mark.parametrize("name", ["rolled_back_with_everything", "failed_with_everything"])
def test_the_whole_document_is_as_programs_read_it(name: str) -> None:
    document = json.loads(NOTICES[name]().messages["default"])

    assert document == json.loads((_FOLDER / f"{name}.json").read_text("utf-8"))


def test_no_text_is_there_that_nobody_compares() -> None:
    names = {path.stem for path in _FOLDER.glob("*.txt") if not path.stem.startswith("aftercare")}

    assert names == set(NOTICES)


def test_state_data_that_does_not_say_so_is_of_no_drill_and_has_no_background() -> None:
    alarm: Any = samples.alarm()
    config: Any = samples.config()
    del alarm["drill"]
    del config["background"]

    facts = Facts.of({"alarm": alarm, "config": config}, NAMED, ARN)

    assert (facts.drill, facts.background) == (False, {})


@pytest.mark.parametrize(
    ("reason", "why"),
    [
        ("over the MAX.", "went to ALARM. over the MAX. "),
        (" over ", "went to ALARM. over. "),
        ("", "went to ALARM. "),
    ],
)
def test_what_the_alarm_says_ends_with_one_full_stop(reason: str, why: str) -> None:
    said = replace(FACTS, reason=reason).why()

    assert said.startswith(f"Alarm FeatureFlag-{samples.FLAG}-ErrorRate {why}Measured: ")


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({}, "Measured: 9.5, 12.7 (threshold 5, Average of 60 s)."),
        ({"threshold": None}, "Measured: 9.5, 12.7 (no threshold is given, Average of 60 s)."),
        ({"statistic": None}, "Measured: 9.5, 12.7 (threshold 5, value of 60 s)."),
        ({"periodSeconds": None}, "Measured: 9.5, 12.7 (threshold 5)."),
        (
            {"values": [7.0] * 20},
            f"Measured: {', '.join(['7'] * 5)} (threshold 5, Average of 60 s).",
        ),
    ],
)
def test_what_was_measured_is_said_as_far_as_the_alarm_says_it(
    changed: dict[str, Any], said: str
) -> None:
    measured: Any = {**cast("Any", samples.MEASURED), **changed}

    assert replace(FACTS, measured=measured).why().endswith(f"5.0. {said}")


_BY_HAND = str(Mark.of(samples.alarm(namedBy="person"), samples.execution("by-hand-1"), 3))


@pytest.mark.parametrize(
    ("background", "release", "before"),
    [
        ({"a": {}}, None, "a was on."),
        ({"a": {"percentage": 12.5}}, None, "a was on for 12.5 % of the traffic."),
        (
            {"a": {"owner": "web"}, "b": {"ticket": "S-1"}},
            None,
            "a was on, owner web. b was on, ticket S-1.",
        ),
        (
            {},
            {"description": ""},
            "Version 3 was served, by deployment 7 (no description) at {at}.",
        ),
        ({}, {"at": None}, 'Version 3 was served, by deployment 7 ("to everybody in Spain").'),
        (
            {},
            {"description": samples.mark(2, "run-0")},
            "Version 3 was served, by deployment 7 (rollback run-0) at {at}.",
        ),
        (
            {},
            {"description": _BY_HAND},
            "Version 3 was served, by deployment 7 (by hand, by-hand-1) at {at}.",
        ),
        ({}, None, None),
    ],
)
def test_what_users_had_is_said_as_far_as_it_is_known(
    background: Any,  # noqa: ANN401 - what is known of flags
    release: dict[str, Any] | None,
    before: str | None,
) -> None:
    known: Any = None if release is None else {**cast("Any", samples.RELEASE), **release}

    sections = replace(FACTS, background=background, release=known).sections()

    at = cast("Any", samples.RELEASE)["at"]
    assert sections.get("Before") == (before and before.replace("{at}", at))


if __name__ == "__main__":
    for each, make in NOTICES.items():
        (_FOLDER / f"{each}.txt").write_text(whole(make()), "utf-8")
