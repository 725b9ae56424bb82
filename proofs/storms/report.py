"""The page of `make storms`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from proofs.benchmarks.report import bars_table, machine
from proofs.benchmarks.tables import Table
from proofs.storms import aws, costs, exposure, paper
from proofs.storms.bars import ENOUGH, bars
from proofs.storms.storm import ALARM_SECONDS, INVOCATION_SECONDS, WITHIN_SECONDS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from proofs.storms.ended import Ended

PICTURE = "exposure.svg"
_SIMULATED = f"""\
Alarms that all fire within {WITHIN_SECONDS:g} s, each on a flag of its own in one freeform
document that was released two minutes before.

**The time is simulated**: the functions and both state machines are those that ship, and what they
talk to is a model in this process, where a wait takes no time. So the numbers depend on the seed
and on what is assumed, not on this machine. The simulation is held against the embedded cloud: the
table below has one storm in both, and `tests/storm/test_simulated.py` fails where they differ.

- Each invocation takes {INVOCATION_SECONDS} s, and each AWS call
  {aws.NETWORK_SECONDS * 1000:.0f} ms on the wire and {aws.CALL_SECONDS * 1000:.0f} ms of its
  environment's one processor. What functions compute otherwise takes no time (they take 0.2 s for
  a document of 1,000 flags). Cold starts take no time either; but a new environment remembers
  nothing.
- Limits: AppConfig's ({aws.APPCONFIG_OTHERS} lists, creations and updates a second,
  {aws.APPCONFIG_GETS} reads), Lambda's concurrency with the warm-ups, StartExecution
  ({aws.START_EXECUTION[0]:,}, then {aws.START_EXECUTION[1]} a second) and transitions
  ({aws.STATE_TRANSITIONS:,} a second) of Step Functions. What is throttled is tried again as
  botocore, Step Functions and Lambda's queue do. CloudWatch's limit of {aws.DESCRIBE_ALARMS}
  DescribeAlarms a second has rows of its own; that of ListTagsForResource is not known, so there
  is none.
- AppConfig takes {aws.DEPLOYMENT_SECONDS:g} s for a deployment to everybody: a guess, AWS does not
  say.
- Aftercare runs along: StartAftercare for each execution, and each watch to its end; alarms are OK
  after {ALARM_SECONDS / 60:g} minutes. A watch looks after the first 200 flags that were swept
  along, counts the others in its notice and says nothing of them.
- Profiles of AppConfig's own feature flags need one more list for each look (experiments), and are
  not in it."""
_MISSED = """\
Why a bar is missed, where it is:

- Lists: an execution that deploys needs three (deployments, versions, and deployments again before
  off is said), and so does one that looked before the first deployment began; one that looked while
  it was in progress needs two, and all others need one. To read deployments by their numbers
  instead needs no list, and was tried and taken out: nothing that AWS documents says that numbers
  have no gaps, so that there is none of the next number does not show which deployment is the
  newest. Off might be said of a flag that is on.
- Transitions and invocations: AppConfig answers ten lists a second, so of more alarms more wait
  for their turn, and each look that is tried again is a transition and an invocation.

With CloudWatch's limits, too, there is no bar. Only the execution that has won the race for the
next version asks about the other alarms, and asks again for up to 15 s. What ListTagsForResource
allows is not documented; at a guess of nine a second, a version sweeps what it could read in that
time, and the next one goes on. Of a thousand alarms most would then find AppConfig's lists spent,
and end red."""


def page(ended: Sequence[Ended], beside: Table) -> str:
    """Write the page; `beside` is the table of a storm in both, the simulation and the cloud."""
    against_bars, *others = tables(ended)
    parts = [
        "# Alarm storms",
        f"Written by `make storms`: {machine('simulated time')}.",
        _SIMULATED,
        against_bars.markdown(),
        _MISSED,
        beside.markdown(),
        *(table.markdown() for table in others),
        f"![From the first error to off for clients, to scale]({PICTURE})",
        "",
    ]
    return "\n\n".join(parts)


def tables(ended: Sequence[Ended]) -> list[Table]:
    """Lay everything out."""
    usual, alarms, tags = (
        [each for each in ended if each.storm.cloudwatch == limited]
        for limited in ("unlimited", "alarms", "tags")
    )
    largest = max(usual, key=lambda each: each.storm.size)
    return [
        bars_table(bars(ended)),
        _storms("AppConfig's and Lambda's limits", usual),
        _storms(
            f"With CloudWatch's limit of {aws.DESCRIBE_ALARMS} DescribeAlarms a second, too",
            alarms,
        ),
        _storms(
            f"With {aws.LIST_TAGS} ListTagsForResource a second as well, a guess",
            tags,
        ),
        paper.table(largest),
        costs.table(alone(ended)),
        exposure.table(alone(ended)),
    ]


def alone(ended: Sequence[Ended]) -> Ended:
    """Find one alarm that fired alone: the slowest of its seeds."""
    found = (each for each in ended if (each.storm.size, each.storm.concurrency) == (1, ENOUGH))
    return max(found, key=lambda each: each.slowest_off_seconds)


def _storms(title: str, ended: Sequence[Ended]) -> Table:
    rows = tuple(
        (
            str(each.storm),
            f"{each.storm.concurrency:,}",
            f"{each.deployments}",
            f"{each.off_seconds:.1f} s",
            f"{each.told_seconds:.1f} s",
            f"{len(each.red)}, {len(each.still_on)}, {len(each.untold)}, {len(each.told_early)}",
            f"{each.lists_of_each:.2f}",
            f"{max(each.lists)}",
            f"{each.transitions:.1f}",
            f"{each.invocations:.1f}",
            f"{sum(each.throttled.values()):,}",
            f"{each.throttled_invocations:,}",
            f"{each.watches['begun']}, {each.watch_invocations}",
        )
        for each in ended
    )
    note = (
        "Seconds after the last alarm fired. Red are runs and watches; untold are flags whose run "
        "has not told the rollback; told early are flags said to be off before they were. Lists of "
        "AppConfig that were answered: the mean of all executions, and the most of one. "
        "Transitions and invocations are for each alarm, with retries, warm-ups and StartAftercare."
    )
    return Table(
        title,
        (
            "storm",
            "concurrency",
            "deployments",
            "last flag off",
            "all told",
            "red, still on, untold, told early",
            "lists",
            "most",
            "transitions",
            "invocations",
            "throttled calls",
            "throttled invocations",
            "watches, their invocations",
        ),
        rows,
        note,
    )
