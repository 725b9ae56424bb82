"""What docs/recipes.md has to paste is what CloudFormation, SNS and EventBridge take."""

from __future__ import annotations

import json
import re
import sys
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from subprocess import run
from typing import TYPE_CHECKING, Any, cast, get_args

import pytest
from moto.sns.utils import FilterPolicyMatcher

from appconfig_rollback.notices.aftercare import aftercare_notice
from appconfig_rollback.notices.facts import Facts
from appconfig_rollback.notices.failure import FailedRun, failure_notice
from appconfig_rollback.notices.outcome import outcome_notice
from appconfig_rollback.state import Outcome
from tests import samples
from tests.recipes import BLOCKS, COMMON, SUBSCRIPTIONS, TOOLS, resources, template, transformer
from tests.watches import recovered

if TYPE_CHECKING:
    from collections.abc import Callable

    from appconfig_rollback.notices.sns import Notice
    from appconfig_rollback.state import State

NOW = datetime(2026, 3, 2, tzinfo=UTC)
FACTS = Facts.of({"alarm": samples.alarm(), "config": samples.config()}, samples.NAMED, samples.ARN)
_CFN_LINT = Path(sys.executable).with_name("cfn-lint")
_PLACEHOLDER = re.compile(r"<([^<>]*)>")


def _outcome(outcome: Outcome) -> Notice:
    state = {
        "alarm": samples.alarm(),
        "config": samples.config(),
        "result": samples.undeployed(outcome),
        "version": samples.version(),
        "deployment": samples.confirmed(),
    }
    return outcome_notice(cast("State", state), samples.NAMED, samples.ARN, NOW)


def _failed() -> Notice:
    run = FailedRun(FACTS, "X", "why", "FetchConfig", 1, {samples.FLAG: "on"})
    return failure_notice(run, NOW)


#: One notice of each kind, made in its test.
NOTICES: dict[str, Callable[[], Notice]] = {
    **{outcome: partial(_outcome, outcome) for outcome in get_args(Outcome)},
    "rollback_failed": _failed,
    "recovered": lambda: aftercare_notice(recovered(), samples.NAMED, NOW),
}
#: Those for which somebody has to get up.
PAGE = {"held_back", "rollback_failed"}


# --- Subscriptions -----------------------------------------------------------------------------


def _passes(subscription: str, attributes: dict[str, str | list[str]]) -> bool:
    policy = template(SUBSCRIPTIONS)["Resources"][subscription]["Properties"]["FilterPolicy"]
    found = {
        name: {"Type": "String", "Value": value}
        if isinstance(value, str)
        else {"Type": "String.Array", "Value": json.dumps(value)}
        for name, value in attributes.items()
    }
    return bool(FilterPolicyMatcher(policy, "MessageAttributes").matches(found, ""))


@pytest.mark.parametrize("kind", NOTICES)
def test_a_notice_pages_or_is_mailed_and_never_both_or_neither(kind: str) -> None:
    notice, pages = NOTICES[kind](), kind in PAGE

    assert _passes("Page", notice.attributes) is pages
    assert _passes("MailTheRest", notice.attributes) is not pages


def test_a_notice_without_urgency_is_mailed() -> None:
    attributes: dict[str, str | list[str]] = {"outcome": "rolled_back", "flagName": ["a"]}

    assert _passes("MailTheRest", attributes)
    assert not _passes("Page", attributes)


# --- API destinations --------------------------------------------------------------------------


@pytest.mark.parametrize("tool", TOOLS)
def test_a_template_uses_what_it_takes_from_the_event_and_nothing_else(tool: str) -> None:
    found = transformer(tool)

    assert set(_PLACEHOLDER.findall(found["InputTemplate"])) == found["InputPathsMap"].keys()


@pytest.mark.parametrize("tool", TOOLS)
def test_a_template_takes_only_what_needs_no_escape(tool: str) -> None:
    """An input transformer escapes nothing: a quotation mark in a cause would break the JSON."""
    plain = {"$.detail.executionArn", "$.detail.name", "$.region", "$.time"}

    assert set(transformer(tool)["InputPathsMap"].values()) <= plain


@pytest.mark.parametrize("tool", TOOLS)
def test_a_template_is_json_and_says_that_the_flag_may_be_on(tool: str) -> None:
    filled = _PLACEHOLDER.sub("x", transformer(tool)["InputTemplate"])

    assert "may still be on" in json.dumps(json.loads(filled))


@pytest.mark.parametrize("tool", TOOLS)
def test_what_cannot_be_delivered_within_an_hour_is_kept(tool: str) -> None:
    (target,) = resources(tool)["Rule"]["Targets"]

    assert target["DeadLetterConfig"] == {"Arn": {"Fn::GetAtt": ["Undelivered", "Arn"]}}
    assert target["RetryPolicy"]["MaximumEventAgeInSeconds"] == 3600
    assert target["Arn"] == {"Fn::GetAtt": [f"{tool}Destination", "Arn"]}
    assert resources(tool)["Destination"]["Name"].startswith("flag-rollback-")


def test_all_tools_have_the_same_events() -> None:
    patterns = [resources(tool)["Rule"]["EventPattern"] for tool in TOOLS]

    assert all(pattern == patterns[0] for pattern in patterns)


# --- Templates ---------------------------------------------------------------------------------


def test_every_block_is_of_a_language_whose_blocks_are_known() -> None:
    assert {language for language, _ in BLOCKS} == {"yaml", "hcl", "ts"}


def _faults(text: str, directory: Path) -> str:
    """What cfn-lint says of a template; nothing where it finds no fault."""
    path = directory / "template.yaml"
    path.write_text(text)
    command: list[Any] = [_CFN_LINT, "--format", "parseable", path]
    return run(command, capture_output=True, text=True, timeout=110, check=False).stdout


@pytest.mark.thorough
@pytest.mark.parametrize(
    "text",
    [SUBSCRIPTIONS, COMMON + "".join(TOOLS.values())],
    ids=["subscriptions", "all tools"],
)
def test_cfn_lint_finds_no_fault(text: str, tmp_path: Path) -> None:
    assert _faults(text, tmp_path) == ""


@pytest.mark.thorough
def test_cfn_lint_finds_a_fault_that_is_there(tmp_path: Path) -> None:
    broken = COMMON.replace("AlarmActions", "AlarmAction")

    assert "AlarmAction" in _faults(broken, tmp_path)
