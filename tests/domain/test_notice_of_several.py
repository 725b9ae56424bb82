"""A notice of several flags says of each how it is, and OFF of none that is on."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, cast, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appconfig_rollback.notices.facts import Facts
from appconfig_rollback.notices.failure import FailedRun, FlagState, failure_notice
from appconfig_rollback.notices.outcome import outcome_notice
from appconfig_rollback.state import FlagOutcome, strongest, to_turn_off
from tests import samples
from tests.samples import ARN, NAMED

if TYPE_CHECKING:
    from appconfig_rollback.notices.sns import Notice
    from appconfig_rollback.state import FlagResult, State

NOW = datetime(2026, 3, 2, 17, 5, tzinfo=UTC)
OFF = ("rolled_back", "already_off", "rollout_stopped", "experiment_stopped")
MIXED: dict[str, FlagState] = {"a-rather-long-name-of-a-flag": "on", "b": "off"}
MANY = [f"a-rather-long-name-of-a-flag-{number}" for number in range(20)]


def _outcome(*results: FlagResult, **alarm: Any) -> Notice:
    named = [each["flag"] for each in results]
    told = {"flags": named, "namedBy": "tag", "alarmName": "service errors", **alarm}
    config = samples.config(flags=list(results), reason="the stack is set to tell")
    state: dict[str, object] = {
        "alarm": samples.alarm(**told),
        "config": config,
        "result": samples.result(strongest(results), flags=list(results)),
    }
    if to_turn_off(config):
        state |= {"version": samples.version(), "deployment": samples.confirmed()}
    return outcome_notice(cast("State", state), NAMED, ARN, NOW)


def _result(flag: str, outcome: FlagOutcome = "rolled_back", **more: Any) -> FlagResult:
    return samples.flag_result(flag, outcome, **more)


def _failure(**flags: FlagState) -> Notice:
    facts = Facts(NAMED, ARN, list(flags), "service errors")
    run = FailedRun(facts, "FlagStillOnError", "why", "CheckDeployment", 1, flags)
    return failure_notice(run, NOW)


def _many(state: FlagState) -> dict[str, FlagState]:
    return dict.fromkeys(MANY, state)


def _section(notice: Notice, name: str) -> str:
    found = re.search(rf"^{name}:\n  (.*)$", notice.messages["email"], re.MULTILINE)
    assert found, f"no {name}"
    return found[1]


def test_people_are_told_of_each_flag_what_became_of_it() -> None:
    notice = _outcome(
        _result("a"),
        _result("b", sweptBy="run-2"),
        _result("c", "already_off"),
        _result("d", "dry_run", reason="the flag is set to tell, and to do nothing"),
        _result("e", "opted_out", reason="the flag says rollback: off"),
        _result("f", "not_found", reason="version 3 has no flag of that name"),
        _result("g", "rollout_stopped"),
        _result("h", "experiment_stopped"),
    )

    assert notice.subject == "OFF prod 2 of 8 flags: rolled back (a, b)"
    assert _section(notice, "Flags") == (
        "a: turned OFF; b: turned OFF by another execution, run-2; c: was OFF already; "
        "d: still ON (the flag is set to tell, and to do nothing); e: left as it is (the flag says "
        "rollback: off); f: not found (version 3 has no flag of that name); g: OFF, its rollout "
        "was stopped; h: OFF, its experiment was stopped"
    )
    assert notice.attributes == {
        "outcome": "rolled_back",
        "flagName": list("abcdefgh"),
        "urgency": "info",
    }


def test_programs_are_told_of_each_flag() -> None:
    results = [_result("a"), _result("b", "dry_run", reason="why")]
    document = json.loads(_outcome(*results).messages["default"])

    assert (document["outcome"], document["flags"]) == ("rolled_back", results)
    assert (document["namedBy"], document["contributor"]) == ("tag", None)


def test_one_flag_has_no_list() -> None:
    assert "Flags:" not in _outcome(_result("a")).messages["email"]


@pytest.mark.parametrize(
    ("alarm", "says"),
    [
        ({"namedBy": "name"}, "Its name names the flag."),
        ({"namedBy": "tag"}, "Its tags name the flags."),
        (
            {
                "namedBy": "contributor",
                "contributor": {"id": "1", "attributes": {"FeatureFlagName": "a", "Host": "h"}},
            },
            "Its series FeatureFlagName=a, Host=h names the flag by FeatureFlagName.",
        ),
        (
            {"namedBy": "tag", "contributor": {"id": "1", "attributes": {"Host": "h"}}},
            "Its tags name the flags.",
        ),
    ],
)
def test_people_are_told_what_of_the_alarm_names_the_flags(
    alarm: dict[str, Any], says: str
) -> None:
    assert _section(_outcome(_result("a"), **alarm), "Why").endswith(says)


_OUTCOMES = st.lists(st.sampled_from(get_args(FlagOutcome)), min_size=2, max_size=20)


@given(_OUTCOMES)
def test_off_is_said_of_no_flag_that_users_may_still_get(outcomes: list[FlagOutcome]) -> None:
    results = [_result(f"flag-{at}", outcome) for at, outcome in enumerate(outcomes)]
    if strongest(results) == "ignored":
        return
    notice = _outcome(*results)

    said = dict(each.split(": ", 1) for each in _section(notice, "Flags").split("; "))
    assert {flag for flag, text in said.items() if "OFF" in text} == {
        each["flag"] for each in results if each["outcome"] in OFF
    }
    headline = _section(notice, "Users").partition(" in prod")[0]
    named = set(re.findall(r'"(.*?)"', headline))
    assert named == {each["flag"] for each in results if each["outcome"] == strongest(results)}
    for title in (notice.subject, headline):
        assert ("OFF" in title) is (strongest(results) in OFF)
    assert (f"{len(named)} of {len(results)}" in notice.subject) is (len(named) < len(results))


@given(st.lists(st.sampled_from(get_args(FlagState)), min_size=2, max_size=20))
def test_a_failure_says_first_which_flags_may_be_on(states: list[FlagState]) -> None:
    flags = {f"flag-{at}": state for at, state in enumerate(states)}
    notice = _failure(**flags)

    first = next(state for state in ("on", "unknown", "off") if state in states)
    headline = _section(notice, "Users").partition(" in prod")[0]
    assert set(re.findall(r'"(.*?)"', headline)) == {
        flag for flag, state in flags.items() if state == first
    }
    for title in (notice.subject, headline):
        assert ("OFF" in title) is (first == "off")
    words = {"on": "still ON", "off": "OFF", "unknown": "cannot be told"}
    assert _section(notice, "Flags") == "; ".join(
        f"{flag}: {words[state]}" for flag, state in flags.items()
    )
    assert ("flag-rollback off" in notice.messages["email"]) is (first != "off")


@pytest.mark.parametrize(
    "notice",
    [
        _outcome(*map(_result, MANY)),
        _outcome(*(_result(flag, "dry_run", reason="x" * 100) for flag in MANY)),
        _failure(**_many("on")),
        _failure(**_many("off")),
        _failure(**_many("unknown")),
        _outcome(_result(MANY[0]), _result("b", "already_off")),
        _failure(**MIXED),
    ],
)
def test_every_form_keeps_its_limits_with_the_state_in_sight(notice: Notice) -> None:
    chat = json.loads(notice.messages["https"])
    content = chat["content"]

    assert len(notice.subject) <= 99
    assert len(notice.messages["sms"]) <= 140
    assert len(content["title"]) <= 250
    assert len(content["description"]) <= 8000
    assert all(len(keyword) <= 75 for keyword in content["keywords"])
    for text in (notice.subject, notice.messages["sms"], content["title"]):
        assert re.match(r"(ON|OFF|\?) prod ", text), text
