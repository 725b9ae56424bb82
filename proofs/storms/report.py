"""The page of `make storms`."""

from __future__ import annotations

import math
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
table below has one storm in both. `tests/storm/test_simulated.py` blows one of as many alarms in
both, too. It fails where a flag stays on, where one of the two needs more than two deployments, or
where the transitions or the invocations of steps for each alarm, simulated, are less than two
thirds or more than three halves of the embedded cloud's. It compares no times and no lists of
AppConfig.

- Each invocation takes {INVOCATION_SECONDS} s, and each AWS call
  {aws.NETWORK_SECONDS * 1000:.0f} ms on the wire and {aws.CALL_SECONDS * 1000:.0f} ms of its
  environment's one processor. What functions compute otherwise takes no time (they take 0.2 s for
  a document of 1,000 flags). Cold starts take no time either; but a new environment remembers
  nothing.
- Limits: AppConfig's ({aws.APPCONFIG_OTHERS} lists, creations and updates a second,
  {aws.APPCONFIG_GETS} reads), Lambda's concurrency with the warm-ups, StartExecution
  ({aws.START_EXECUTION[0]:,}, then {aws.START_EXECUTION[1]} a second) and transitions
  ({aws.STATE_TRANSITIONS:,} a second) of Step Functions. Limits are counted for each operation by
  itself; where AWS documents no burst, one second's worth may come at once, which is a guess. What
  is throttled is tried again as botocore, Step Functions and Lambda's queue do.
  CloudWatch's limit of {aws.DESCRIBE_ALARMS} DescribeAlarms a second has a table and bars of its
  own. That of ListTagsForResource is not known: a table guesses it.
- AppConfig takes {aws.DEPLOYMENT_SECONDS:g} s for a deployment to everybody: a guess, AWS does not
  say.
- Aftercare runs along: StartAftercare for each execution, and each watch to its end; alarms are OK
  after {ALARM_SECONDS / 60:g} minutes. A watch looks after the first 200 flags that were swept
  along, counts the others in its notice and says nothing of them.
- Profiles of AppConfig's own feature flags need one more list for each look (experiments), and are
  not in it."""
_MISSED = f"""\
Why a bar is missed, where it is:

- Lists: FetchConfig lists deployments at each look, and versions as well where nothing is in
  progress and no deployment has begun since the alarm fired. CheckDeployment lists deployments once
  more before off is said. So an execution needs
  - 1 list where its only look finds the flag off, by the deployment of another;
  - 2 where it looks while that deployment is in progress, and again after it;
  - 3 where it looks before that deployment has begun (two lists), loses the race for the version or
    waits for who has won it, and looks again after it; the execution that deploys needs 3, too, the
    last one by CheckDeployment;
  - 4 where it looks while that deployment is in progress besides;
  - 5 where it looks twice before the deployment has begun, and once after it: that takes a first
    version that is late, as CloudWatch's limits make it.

  Where there are several deployments there are more looks, and more lists. A look that AppConfig
  throttles halfway is made again, with its lists. To read deployments by their numbers instead
  needs no list, and was tried and taken out: nothing that AWS documents says that numbers have no
  gaps, so that there is none of the next number does not show which deployment is the newest. Off
  might be said of a flag that is on.
- Transitions and invocations, concurrency 1,000: AppConfig answers ten lists a second. FetchConfig
  gives up where its list is throttled three times, and Step Functions invokes it again later: a
  transition and an invocation more. The more alarms there are, the longer they wait for their turn.
  Series of one alarm all fire at the same moment, so more of their first looks are throttled.
- Transitions and invocations, concurrency 10: Lambda refuses what is more than ten at once, most of
  all ParseAlarm, the first state. Step Functions tries again: a transition more, and no invocation.
  So few look at a time that AppConfig throttles nothing. Warm-ups that are refused for a minute are
  dropped, so more alarms need fewer invocations each.
- Last flag off, {aws.DESCRIBE_ALARMS} DescribeAlarms a second: the executions that look before the
  first version is written, about a dozen, race for it, and each lists the alarms that fire while it
  writes, 100 on a page. So a thousand alarms make ten pages for each of them. The one that wins has
  to wait for its own pages before it can write the version with all flags."""


def _of_tags(tags: Sequence[Ended]) -> str:
    """Say how the storms with the guessed limit ended."""
    ends = "; ".join(
        f"of {each.storm.size:,} alarms {len(each.still_on):,} flags were still on when all had "
        f"ended, and {len(each.red):,} executions and watches were red"
        for each in tags
    )
    return f"""\
Only the execution that has won the race for the next version reads the tags of the other alarms.
What ListTagsForResource allows is not documented, so there is no bar. At a guess of
{aws.LIST_TAGS} a second, a version sweeps what could be read in 15 s, and the next one goes on:
{ends}."""


def page(ended: Sequence[Ended], beside: Table) -> str:
    """Write the page; `beside` is the table of a storm in both, the simulation and the cloud."""
    against_bars, *others = tables(ended)
    parts = [
        "# Alarm storms",
        f"Written by `make storms`: {machine('simulated time')}.",
        _SIMULATED,
        against_bars.markdown(),
        _MISSED,
        _of_tags([each for each in ended if each.storm.cloudwatch == "tags"]),
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
            _seconds(each.off_seconds),
            _seconds(each.told_seconds),
            f"{len(each.red):,}",
            f"{len(each.still_on):,}",
            f"{len(each.untold):,}",
            f"{len(each.told_early):,}",
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
        "Seconds after the last alarm fired. Red are runs and watches; still on are flags that "
        "were on when all had ended; untold are flags whose run has not told the rollback; told "
        "early are flags said to be off before they were. Lists of "
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
            "red",
            "still on",
            "untold",
            "told early",
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


def _seconds(seconds: float) -> str:
    return "never" if math.isinf(seconds) else f"{seconds:.1f} s"
