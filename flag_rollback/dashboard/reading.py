"""What the pages show, read from AWS: runs, a run, the flags, and how much happened lately."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING

from flag_rollback.dashboard.bars import Day
from flag_rollback.dashboard.kept import FAILED, Held, Kept
from flag_rollback.dashboard.remembering import RememberingExecutions
from flag_rollback.execution.finding import RED
from flag_rollback.execution.report import Reporter
from flag_rollback.execution.searching import Search, Wanted, search
from flag_rollback.sentences import sentence
from flag_rollback.surroundings import Surroundings

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mypy_boto3_cloudwatch import CloudWatchClient

    from flag_rollback.access import Access
    from flag_rollback.execution.report import Report
    from flag_rollback.flags.served import Standing

#: Executions on a page, and how many are looked through for those that are wanted.
PAGE, _LOOK_THROUGH = 25, 500
_DAYS = 14
#: Seconds for which a page is as good as new: of a run, of a list, of the flags, of the days.
_RUN, _LIST, _FLAGS, _LATELY = 0.8, 3.0, 10.0, 60.0
#: GetMetricData takes as many queries in a call (CloudWatch API reference).
_QUERIES = 500


@dataclass(frozen=True)
class Runs:
    """A page of executions: those found, whether there are more, and how far was looked."""

    found: Search
    page: int
    more: bool


@dataclass(frozen=True)
class Flags:
    """What users get of each flag, and which alarms guard it; `note` says what could not be read.

    `guards` is empty for a flag that nothing turns off.
    """

    standings: Mapping[str, Standing]
    guards: Mapping[str, Sequence[str]]
    read_at: datetime
    note: str


@dataclass(frozen=True)
class Lately:
    """What happened on each of the latest days; `note` says what could not be read."""

    days: Sequence[Day]
    note: str


class Reading:
    """Reads for however many look, each thing once in a while."""

    def __init__(self, access: Access, reporter: Reporter | None = None) -> None:
        self.access = access
        self.reporter = reporter or Reporter(access)
        self.watched = self.reporter.watched
        self.executions = RememberingExecutions(access.client("stepfunctions"), self.watched)
        self.reporter.executions = self.executions
        self._runs: Kept[Runs] = Kept(_LIST)
        self._reports: Kept[Report] = Kept(_RUN)
        self._flags: Kept[Flags] = Kept(_FLAGS)
        self._lately: Kept[Lately] = Kept(_LATELY)

    def runs(self, wanted: Wanted, page: int) -> Held[Runs]:
        """Read a page of executions, the newest first; pages are counted from 1."""
        return self._runs.get((wanted, page), lambda: self._read_runs(wanted, page))

    def report(self, name: str) -> Held[Report]:
        """Read an execution by its name.

        Raises:
            NoSuchExecutionError: there is none.
        """
        arn = self.arn(name)
        return self._reports.get(arn, lambda: self.reporter.report(self.executions.described(arn)))

    def arn(self, name: str) -> str:
        """Write an execution's ARN."""
        machine = self.watched.state_machine_arn.replace(":stateMachine:", ":execution:")
        return f"{machine}:{name}"

    def flags(self) -> Held[Flags]:
        """Read what users get of the flags, and what guards them."""
        return self._flags.get("flags", self._read_flags)

    def lately(self) -> Held[Lately]:
        """Read how much happened on the latest days."""
        return self._lately.get("lately", self._read_lately)

    def _read_runs(self, wanted: Wanted, page: int) -> Runs:
        upto = page * PAGE
        found = search(self.executions, wanted, upto + 1, max(_LOOK_THROUGH, upto + 1))
        listed = map(self.executions.with_aftercare, found.found[upto - PAGE : upto])
        shown = Search(list(listed), found.looked_through, found.stopped_at)
        return Runs(shown, page, more=len(found.found) > upto)

    def _read_flags(self) -> Flags:
        # A profile remembers versions, which never change; alarms are read anew.
        profile, at = self.reporter.profile, Surroundings(self.access, self.watched)
        if profile is None:
            unknown = f"the parameters of stack {self.watched.stack} cannot be read"
            return Flags({}, {}, datetime.now(UTC), unknown)
        names = profile.flags()
        standings = profile.standings(names)
        try:
            guards = {
                flag: [each.name for each in at.guards if each.guards(flag)] for flag in names
            }
            note = ""
        except FAILED as error:
            guards, note = {}, f"Which alarms guard the flags is unknown: {sentence(error)}"
        return Flags(standings, guards, datetime.now(UTC), note)

    def _read_lately(self) -> Lately:
        today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        days = [today - timedelta(days=number) for number in reversed(range(_DAYS))]
        failed: Counter[datetime] = Counter()
        for status in RED:
            for started in self.executions.begun(status=status, since=days[0]):
                failed[started.replace(hour=0, minute=0, second=0, microsecond=0)] += 1
        try:
            off, note = self._turned_off(days[0]), ""
        except FAILED as error:
            off, note = Counter(), f"How many flags were turned off is unknown: {sentence(error)}"
        return Lately([Day(day.date(), off[day], failed[day]) for day in days], note)

    def _turned_off(self, since: datetime) -> Counter[datetime]:
        """Sum up the metric of rollbacks by days (cloudwatch:GetMetricData)."""
        cloudwatch, found = self._cloudwatch, Counter[datetime]()
        flags = self.reporter.profile.flags() if self.reporter.profile else []
        for first in range(0, len(flags), _QUERIES):
            queries = [
                _rollbacks(number, flag) for number, flag in enumerate(flags[first:][:_QUERIES])
            ]
            pages = cloudwatch.get_paginator("get_metric_data").paginate(
                MetricDataQueries=queries,  # type: ignore[arg-type]
                StartTime=since,
                EndTime=datetime.now(UTC) + timedelta(days=1),
            )
            for page in pages:
                for result in page["MetricDataResults"]:
                    for at, value in zip(result["Timestamps"], result["Values"], strict=True):
                        found[at.astimezone(UTC)] += round(value)
        return found

    @cached_property
    def _cloudwatch(self) -> CloudWatchClient:
        client: CloudWatchClient = self.access.client("cloudwatch")
        return client


def _rollbacks(number: int, flag: str) -> dict[str, object]:
    """Ask for the metric that RecordMetric writes of a flag that was turned off."""
    return {
        "Id": f"f{number}",
        "MetricStat": {
            "Metric": {
                "Namespace": "FeatureFlags",
                "MetricName": "AutomatedRollback",
                "Dimensions": [{"Name": "FeatureFlagName", "Value": flag}],
            },
            "Period": 86400,
            "Stat": "Sum",
        },
    }
