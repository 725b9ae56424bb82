"""Ten thousand alarms within a second, on paper: quotas, and what would be asked of them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from appconfig_rollback.flag_document import FlagDocument
from create_version import PATIENCE
from flag_rollback.by_hand.walk import definition
from proofs.benchmarks.tables import Table
from proofs.storms.aws import (
    APPCONFIG_GETS,
    APPCONFIG_OTHERS,
    CALL_SECONDS,
    DESCRIBE_ALARMS,
    START_EXECUTION,
    STATE_TRANSITIONS,
    Alarm,
)
from proofs.storms.storm import INVOCATION_SECONDS

if TYPE_CHECKING:
    from proofs.storms.ended import Ended

#: The quotas are those of docs/aws-semantics.md, "EventBridge and Lambda: delivery" and others.
ALARMS = 10_000
#: Of an execution that finds its flag off: what is served, and what that was made of.
_VERSIONS = 2
#: AppConfig endpoints and quotas: bytes of a hosted version, by default.
_MOST_BYTES = 2 * 1024 * 1024
_CONCURRENCY = 1000
_ALARMS_ON_A_PAGE = 100


@dataclass(frozen=True)
class Quota:
    """A quota, what ten thousand alarms ask of it, and what that comes to."""

    name: str
    allowed: str
    asked: str
    comes_to: str


def quotas(largest: Ended) -> list[Quota]:
    """Work out what each quota makes of it; `largest` is the largest storm that was measured."""
    burst, rate = START_EXECUTION
    bytes_of_flag = _bytes_of_flag()
    transitions = ALARMS * largest.transitions
    invocations = ALARMS * largest.invocations
    tried = _tried_seconds()
    pages = ALARMS // _ALARMS_ON_A_PAGE
    return [
        Quota(
            "Step Functions: StartExecution",
            f"{burst:,}, then {rate} a second (largest regions)",
            f"{ALARMS:,}",
            f"{(ALARMS - burst) / rate:.0f} s; EventBridge tries for longer",
        ),
        Quota(
            "Step Functions: transitions",
            f"{STATE_TRANSITIONS:,} a second (largest regions)",
            f"{transitions:,.0f}",
            f"{transitions / STATE_TRANSITIONS:.0f} s",
        ),
        Quota(
            "Lambda: concurrency",
            f"{_CONCURRENCY:,}",
            f"{invocations:,.0f} invocations of {INVOCATION_SECONDS} s and more",
            f"{invocations * INVOCATION_SECONDS / _CONCURRENCY:.0f} s and more",
        ),
        Quota(
            "CloudWatch: DescribeAlarms",
            f"{DESCRIBE_ALARMS} a second",
            f"{pages} pages for each execution that races for a version",
            f"{pages / DESCRIBE_ALARMS:.0f} s and more for one that gets all; one whose look is "
            "throttled for too long sweeps nothing along, and leaves the flags to their own "
            "executions",
        ),
        Quota(
            "CreateVersion: its patience with CloudWatch",
            f"{PATIENCE.seconds} s, then what is known goes off",
            f"two looks at {pages} pages, and {ALARMS:,} alarms' tags",
            f"{2 * pages / DESCRIBE_ALARMS + ALARMS * CALL_SECONDS:.0f} s: the first version does "
            "not have them all, and the next one goes on",
        ),
        Quota(
            "AppConfig: GetHostedConfigurationVersion",
            f"{APPCONFIG_GETS} a second",
            f"{ALARMS * _VERSIONS:,}",
            f"{ALARMS * _VERSIONS / APPCONFIG_GETS:.0f} s",
        ),
        Quota(
            "AppConfig: ListDeployments",
            f"{APPCONFIG_OTHERS} a second",
            f"{ALARMS:,} and more",
            f"{ALARMS / APPCONFIG_OTHERS:,.0f} s and more. FetchConfig tries again for "
            f"{tried:.0f} s in the mean, so some {tried * APPCONFIG_OTHERS:,.0f} executions get "
            "their look; the others end red, and announce that they do not know",
        ),
        Quota(
            "AppConfig: size of a version",
            "2 MB (4 MB by request)",
            f"{bytes_of_flag} bytes for each flag that is off, with its note",
            f"{_MOST_BYTES // bytes_of_flag:,} flags fit. Where the version with all the swept "
            "flags is too large, the run goes on with its own flag alone, and the others follow "
            "one deployment after the other",
        ),
    ]


def table(largest: Ended) -> Table:
    """Lay it out."""
    rows = tuple((q.name, q.allowed, q.asked, q.comes_to) for q in quotas(largest))
    note = (
        "Worked out, not measured. What ends it is AppConfig's lists: they do not suffice for most "
        "executions to look, so those are red, whatever their flags are: who cannot look does not "
        "say off. `MaxFlagsPerHour` does not change that: its default, 0, is no limit, and any "
        "other number bounds how many flags go off, not the lists. An execution that is held back "
        "has to look as well."
    )
    return Table(
        f"On paper: {ALARMS:,} alarms within a second",
        ("quota", "allowed", "asked for", "which comes to"),
        rows,
        note,
        texts=4,
    )


def _tried_seconds() -> float:
    """How long FetchConfig tries again where AppConfig throttles, in the mean of full jitter."""
    retriers = definition()["States"]["FetchConfig"]["Retry"]
    (retrier,) = (each for each in retriers if each["ErrorEquals"] == ["RetryLaterError"])
    longest = (
        min(
            retrier["IntervalSeconds"] * retrier["BackoffRate"] ** number,
            retrier["MaxDelaySeconds"],
        )
        for number in range(retrier["MaxAttempts"])
    )
    return float(sum(longest) / 2)


def _bytes_of_flag() -> int:
    """Measure what a flag of a small document takes, once it is off and its note says why."""
    flag = "flag-0000"
    alarm = Alarm(flag, f"FeatureFlag-{flag}-ErrorRate")

    def size(flags: dict[str, object], off: dict[str, str]) -> int:
        text = json.dumps({"flags": flags}, indent=2)
        document = FlagDocument(text.encode(), "application/json", "AWS.Freeform")
        return len(document.turned_off(off, datetime(2026, 3, 2, tzinfo=UTC)))

    one: dict[str, object] = {flag: {"enabled": True}}
    two = one | {"flag-0001": {"enabled": True}}
    reason = f"{alarm.name}: {alarm.reason}"
    return size(two, dict.fromkeys(two, reason)) - size(one, {flag: reason})
