"""Ten thousand alarms within a second, on paper: quotas, and what would be asked of them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime

from appconfig_rollback.flag_document import FlagDocument
from proofs.benchmarks.tables import Table
from proofs.storms.aws import DESCRIBE_ALARMS, START_EXECUTION, STATE_TRANSITIONS, Alarm
from proofs.storms.storm import INVOCATION_SECONDS, Ended

ALARMS = 10_000
#: Reads of deployments that a look by number takes: the newest, the one after it, one before it.
_READS = 3
#: Which versions a look reads: what is served, and what that was made of.
_VERSIONS = 2
#: AppConfig endpoints and quotas: reads a second; bytes of a hosted version, by default.
_READS_PER_SECOND, _MOST_BYTES = 100, 2 * 1024 * 1024
#: The waits of FetchConfig's retrier at most: 2 s times 4 each time, up to 30 s, eight times.
_RETRIES = [min(2.0 * 4**number, 30.0) for number in range(8)]
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
    looks = _READS_PER_SECOND / _READS
    served = round(looks * sum(_RETRIES) / 2, -2)
    bytes_of_flag = _bytes_of_flag()
    transitions = ALARMS * largest.transitions
    invocations = ALARMS * largest.invocations
    return [
        Quota(
            "Step Functions: StartExecution",
            f"{burst:,}, then {rate} a second (largest regions)",
            f"{ALARMS:,}",
            f"{(ALARMS - burst) / rate:.0f} s; EventBridge tries for 15 minutes",
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
            f"{ALARMS // _ALARMS_ON_A_PAGE} pages for each version that is written",
            f"{ALARMS / _ALARMS_ON_A_PAGE / DESCRIBE_ALARMS:.0f} s for one; where it is throttled "
            "nothing is swept along, and each flag takes a deployment",
        ),
        Quota(
            "AppConfig: GetHostedConfigurationVersion",
            f"{_READS_PER_SECOND} a second",
            f"{ALARMS * _VERSIONS:,}",
            f"{ALARMS * _VERSIONS / _READS_PER_SECOND:.0f} s",
        ),
        Quota(
            "AppConfig: GetDeployment",
            f"{_READS_PER_SECOND} a second, which cannot be raised",
            f"{ALARMS * _READS:,}",
            f"{ALARMS / looks:.0f} s. An execution tries again for {sum(_RETRIES) / 2:.0f} s in the "
            f"mean, so some {served:,.0f} learn how it ended; the others are red, and their "
            "notices say so",
        ),
        Quota(
            "AppConfig: size of a version",
            "2 MB (4 MB by request)",
            f"{bytes_of_flag} bytes for each flag that is off, with its note",
            f"the version of {_MOST_BYTES // bytes_of_flag:,} flags is the last that AppConfig "
            "takes; a larger one is refused, and the runs are red",
        ),
    ]


def table(largest: Ended) -> Table:
    """Lay it out."""
    rows = tuple((q.name, q.allowed, q.asked, q.comes_to) for q in quotas(largest))
    note = (
        "Worked out, not measured. The size of the document ends it where all flags are in one "
        "document; before that AppConfig's reads make runs red whose flags are off. "
        "`MaxFlagsPerHour` holds such a storm back altogether. Sources: "
        "[what AWS is taken to do](../aws-semantics.md)."
    )
    return Table(
        f"On paper: {ALARMS:,} alarms within a second",
        ("quota", "allowed", "asked for", "which comes to"),
        rows,
        note,
        texts=4,
    )


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
