"""Numbers on docs/production.md are the template's, the price list's, or the measurement's."""

from __future__ import annotations

import re
from typing import Any

from flag_rollback.cli import main
from local.policies import PLACEHOLDERS, names
from proofs.benchmarks.prices import ALARM_MONTH, DASHBOARD_MONTH
from tests.contract.shipped import RESOURCES, ROOT, TEMPLATE
from tests.contract.test_papers import table, tables

PAGE = (ROOT / "docs" / "production.md").read_text("utf-8")
SPEED = (ROOT / "docs" / "proof" / "speed.md").read_text("utf-8")


def _all(kind: str) -> list[dict[str, Any]]:
    return [each["Properties"] for each in RESOURCES.values() if each["Type"] == kind]


def _measured(start: str) -> float:
    """The price of a rollback in USD that `make bench` measured."""
    (rows,) = (rows for first, *rows in tables(SPEED) if first[-1] == "$ per 1,000")
    (price,) = (row[-1] for row in rows if row[:2] == ["this project", start])
    return float(price) / 1_000


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
    ]


def test_what_is_kept_is_kept_as_long_as_the_template_says() -> None:
    kept = {row[0]: row[2] for row in table(PAGE, "what", "carries", "kept for")}

    (days,) = {group["RetentionInDays"] for group in _all("AWS::Logs::LogGroup")}
    assert kept["logs of the functions"] == kept["logs of executions"] == f"{days} days"
    (seconds,) = {queue["MessageRetentionPeriod"] for queue in _all("AWS::SQS::Queue")}
    assert kept["dead letters"] == f"{seconds // 86_400} days"


def test_every_policy_is_on_the_page() -> None:
    assert {f"policies/{name}.json" for name in names()} <= set(re.findall(r"`([^`\n]+)`", PAGE))
    (loop,) = re.findall(r"^for command in (.*); do$", PAGE, re.M)
    assert loop.split() == sorted(main.commands)


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
