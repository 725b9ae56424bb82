"""What `make verify-aws` costs at most, from AWS's list prices."""

from __future__ import annotations

import math
from dataclasses import dataclass

from rich import box
from rich.table import Table

#: As AWS published them that year for us-east-1; no free tier is counted. The bound has room for
#: dearer regions.
PRICES_OF = "2025"
_HOURS_PER_MONTH = 730


@dataclass(frozen=True)
class Item:
    """Something that is used: how often at most, and what one of it costs in USD."""

    what: str
    most: float
    price: float

    @property
    def usd(self) -> float:
        """What it costs at most."""
        return self.most * self.price


def items(test_states: int) -> list[Item]:
    """List what is used at most; `test_states` is the number of TestState calls.

    Resources live for less than an hour; an hour is the smallest time that CloudWatch bills.
    """
    hour = 1 / _HOURS_PER_MONTH
    return [
        Item("Lambda: requests", 200, 0.20e-6),
        Item("Lambda: GB-seconds on arm64 (200 invocations of 2 s, 0.5 GB)", 200, 0.0000133334),
        Item("Step Functions: state transitions", 240, 25e-6),
        Item("Step Functions: TestState, should it be billed as transitions", test_states, 25e-6),
        Item("Step Functions: TestState of a throttled function, likewise", 31, 25e-6),
        Item("AppConfig: configurations requested by a client", 20, 0.2e-6),
        Item("AppConfig: configurations received by a client", 20, 0.0008),
        Item("CloudWatch: 10 alarms for an hour", 10, 0.10 * hour),
        Item("CloudWatch: 10 custom metrics for an hour", 10, 0.30 * hour),
        Item("CloudWatch: a dashboard for an hour (three are free)", 1, 3.00 * hour),
        Item("CloudWatch: API requests", 600, 0.01e-3),
        Item("CloudWatch Logs: GB taken in", 0.005, 0.50),
        Item("X-Ray: traces", 200, 5e-6),
        Item("SNS and SQS: requests", 700, 0.50e-6),
        Item("S3: requests", 50, 0.005e-3),
    ]


def not_counted(runs: int) -> str:
    """Say what else costs something, at a price that is not known here.

    AppConfig user guide, "Experimentation terminology": a run is charged per hour, from its start
    to its end. Whether an hour that has begun is charged whole is not documented there.
    """
    return (
        f"That is without the runs of an AppConfig experiment: usually one, at most {runs}, of a "
        "few minutes each. AWS bills a run by the hour; this program does not know the price: "
        "see https://aws.amazon.com/systems-manager/pricing/. --no-experiments leaves them out."
    )


def upper_bound(listed: list[Item]) -> float:
    """Add up, in USD."""
    return sum(item.usd for item in listed)


def stated(listed: list[Item]) -> str:
    """Round the bound up to whole cents, so that it stays one."""
    return f"{math.ceil(upper_bound(listed) * 100) / 100:.2f}"


def table(listed: list[Item]) -> Table:
    """Lay the statement out."""
    shown = Table(box=box.SIMPLE_HEAD, title=f"At list prices of {PRICES_OF}, us-east-1, at most")
    shown.add_column("what")
    for column in ("how many", "USD each", "USD"):
        shown.add_column(column, justify="right")
    for item in listed:
        shown.add_row(item.what, f"{item.most:g}", f"{item.price:.7f}", f"{item.usd:.4f}")
    shown.add_section()
    shown.add_row("together", "", "", f"[bold]{upper_bound(listed):.4f}[/]")
    return shown
