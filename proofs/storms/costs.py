"""What rollbacks cost with all that follows them, and what the stack costs at rest."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from proofs.benchmarks import prices
from proofs.benchmarks.tables import Table
from proofs.storms.storm import ALARM_SECONDS, INVOCATION_SECONDS
from tests.contract.shipped import RESOURCES

if TYPE_CHECKING:
    from proofs.storms.ended import Ended

_MANY = 1_000


def table(alone: Ended) -> Table:
    """Lay out the price of rollbacks and watches, by one alarm that fired alone; and of a month."""
    usage = alone.usage
    watch_transitions = usage.transitions - round(alone.transitions)
    parts = {
        "all": usage,
        "of it Lambda": replace(usage, transitions=0, actions=()),
        "of it Step Functions": replace(usage, invocations=0, billed_milliseconds=0, actions=()),
        "of it CloudWatch and SNS": replace(
            usage, invocations=0, billed_milliseconds=0, transitions=0
        ),
    }
    rows = [
        (f"{_MANY:,} rollbacks with their watches: {part}", f"{_MANY * prices.price(used):.2f}")
        for part, used in parts.items()
    ]
    kinds = [each["Type"] for each in RESOURCES.values()]
    alarms, dashboards = (
        kinds.count(f"AWS::CloudWatch::{kind}") for kind in ("Alarm", "Dashboard")
    )
    rows += [
        (f"at rest: the stack's {alarms} alarms, a month", f"{alarms * prices.ALARM_MONTH:.2f}"),
        (
            f"at rest: its dashboard ({dashboards}), a month",
            f"{dashboards * prices.DASHBOARD_MONTH:.2f}",
        ),
        ("at rest: everything else of the stack", "0.00"),
    ]
    note = (
        f"List prices of us-east-1 ({prices.AS_OF}, `proofs/benchmarks/prices.py`) without any "
        f"free tier. One alarm alone, simulated as above: {usage.invocations} invocations with "
        f"warm-ups and the watch's {alone.watch_invocations}, each {INVOCATION_SECONDS} s and its "
        f"calls, {usage.transitions} transitions, {watch_transitions} of them the watch's, which "
        f"takes the usual 15 minutes; its alarm is OK after {ALARM_SECONDS / 60:g}. What is not "
        "counted is in "
        "[production.md](../production.md#what-it-costs)."
    )
    return Table("What it costs, in USD", ("what", "USD"), tuple(rows), note)
