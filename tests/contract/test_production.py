"""Numbers on docs/production.md are the template's, the price list's, or the measurement's."""

from __future__ import annotations

import re
from typing import Any

import botocore.session

from flag_rollback.cli import main
from local.policies import DEPLOYER, PLACEHOLDERS, names
from local.policy_sets import SETS
from proofs.benchmarks.prices import ALARM_MONTH, DASHBOARD_MONTH, METRIC_MONTH
from proofs.benchmarks.prices import STATE_TRANSITION as _STEP
from tests.contract.shipped import RESOURCES, ROOT, TEMPLATE
from tests.contract.test_papers import table, tables

PAGE = (ROOT / "docs" / "production.md").read_text("utf-8")
SPEED = (ROOT / "docs" / "proof" / "speed.md").read_text("utf-8")
STORMS = (ROOT / "docs" / "proof" / "storms.md").read_text("utf-8")


def _all(kind: str) -> list[dict[str, Any]]:
    return [each["Properties"] for each in RESOURCES.values() if each["Type"] == kind]


def _measured(start: str) -> float:
    """The price of a rollback in USD that `make bench` measured."""
    (rows,) = (rows for first, *rows in tables(SPEED) if first[-1] == "$ per 1,000")
    (price,) = (row[-1] for row in rows if row[:2] == ["this project", start])
    return float(price) / 1_000


def _with_watch() -> float:
    """The price in USD of a rollback and of its watch, as `make storms` added it up."""
    (rows,) = (rows for first, *rows in tables(STORMS) if first == ["what", "USD"])
    (price,) = (usd for what, usd in rows if what == "1,000 rollbacks with their watches: all")
    return float(price) / 1_000


def _watched() -> int:
    """The state transitions of the watch that `make storms` priced: all but the rollback's own."""
    (both,) = re.findall(r"its calls, (\d+) transitions", STORMS)
    (own,) = {
        row[first.index("transitions")]
        for first, *rows in tables(STORMS)
        for row in rows
        if row[0].startswith("1 alarm, seed")
    }
    return int(both) - round(float(own))


def test_the_costs_are_those_of_the_price_list_and_of_the_measurement() -> None:
    alarms, dashboards = (
        len(_all("AWS::CloudWatch::Alarm")),
        len(_all("AWS::CloudWatch::Dashboard")),
    )

    assert table(PAGE, "what", "how many", "USD") == [
        ["at rest: the stack's alarms, a month", str(alarms), f"{alarms * ALARM_MONTH:.2f}"],
        ["at rest: its dashboard, a month", str(dashboards), f"{dashboards * DASHBOARD_MONTH:.2f}"],
        ["at rest: everything else of the stack", "", "0.00"],
        ["a rollback, its functions warm", "1", f"{_measured('warm'):.5f}"],
        ["a rollback, its functions cold", "1", f"{_measured('cold'):.5f}"],
        ["a rollback with its watch of 15 minutes, simulated", "1", f"{_with_watch():.5f}"],
        ["of it the watch's state transitions", str(_watched()), f"{_watched() * _STEP:.5f}"],
        ["a custom metric, each month in which it has data", "1", f"{METRIC_MONTH:.2f}"],
    ]


def test_what_is_kept_is_kept_as_long_as_the_template_says() -> None:
    kept = {row[0]: row[2] for row in table(PAGE, "what", "carries", "kept for")}

    (days,) = {group["RetentionInDays"] for group in _all("AWS::Logs::LogGroup")}
    assert kept["logs of the functions"] == kept["logs of executions"] == f"{days} days"
    (seconds,) = {queue["MessageRetentionPeriod"] for queue in _all("AWS::SQS::Queue")}
    assert kept["dead letters"] == f"{seconds // 86_400} days"


def test_every_policy_is_on_the_page() -> None:
    assert {f"policies/{name}.json" for name in names()} <= set(re.findall(r"`([^`\n]+)`", PAGE))
    deployer, people, *_ = re.findall(r"^for policy in (.*); do$", PAGE, re.M)
    assert deployer.split() == list(DEPLOYER)
    assert people.split() == list(SETS)


def test_each_kind_of_person_has_one_policy_of_the_commands_that_they_run() -> None:
    rows = table(PAGE, "who", "policy", "made of")
    made: dict[str, set[str]] = {}
    before: tuple[str, ...] = ()
    for _, policy, commands in rows[: len(SETS)]:
        own = re.findall(r"`policies/(\w+)\.json`", commands)
        before = (*before, *own) if commands.startswith("those") else (*own,)
        made[policy] = set(before)

    assert made == {f"`policies/sets/{name}.json`": set(each) for name, each in SETS.items()}
    assert made["`policies/sets/change.json`"] == set(main.commands)


def test_every_placeholder_is_explained() -> None:
    rows = table(PAGE, "placeholder", "stands for")

    assert {name for row in rows for name in re.findall(r"`([A-Z_]+)`", row[0])} == set(
        PLACEHOLDERS
    )


def test_the_modes_of_the_list_are_the_templates() -> None:
    first = [row[0] for row in table(PAGE, "step", "look at", "go on when")]

    for mode in ("notify", "auto"):
        assert mode in TEMPLATE["Parameters"]["Mode"]["AllowedValues"]
        assert any(f"`Mode` is `{mode}`" in step for step in first)


def test_a_stacks_name_is_as_short_as_its_strategys_has_to_be() -> None:
    model = botocore.session.get_session().get_service_model("appconfig")
    made = model.operation_model("CreateDeploymentStrategy").input_shape
    assert made

    (most,) = re.findall(r"The stack's name has at most (\d+) characters", PAGE)
    assert int(most) == made.members["Name"].metadata["max"]
    (strategy,) = _all("AWS::AppConfig::DeploymentStrategy")
    assert strategy["Name"] == {"Ref": "AWS::StackName"}
