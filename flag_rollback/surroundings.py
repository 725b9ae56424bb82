"""What the checks of `flag-rollback doctor` look at."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from itertools import islice
from statistics import median
from typing import TYPE_CHECKING, Any

from appconfig_rollback.adapters.alarms import described, tags
from appconfig_rollback.adapters.side_by_side import readers
from appconfig_rollback.errors import NothingDeployedError, RollbackError
from flag_rollback.execution.finding import Executions
from flag_rollback.flags.served import Profile
from flag_rollback.guards import Guard, guard
from flag_rollback.sentences import sentence

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_events import EventBridgeClient

    from appconfig_rollback.flag_document import FlagDocument
    from flag_rollback.access import Access
    from flag_rollback.watched import Watched

#: How many executions are looked through for rollbacks, to measure how long they take.
_LATEST = 50
#: For how many days the median exposure is asked for.
EXPOSED_DAYS = 14


@dataclass(frozen=True)
class Surroundings:
    """What the checks look at; `seen` is what the check that runs now says that it looked at."""

    access: Access
    watched: Watched
    seen: list[str] = field(default_factory=list)

    def saw(self, what: str) -> None:
        """Name what was looked at, so that "well" means something."""
        self.seen.append(what)

    def output(self, name: str) -> str:
        """Read an output of the stack.

        Raises:
            LookupError: it cannot be read.
        """
        return self._known(self.watched.outputs.get(name), f"output {name}")

    def parameter(self, name: str) -> str:
        """Read a parameter of the stack.

        Raises:
            LookupError: it cannot be read.
        """
        return self._known(self.watched.parameters.get(name), f"parameter {name}")

    def _known(self, value: str | None, what: str) -> str:
        if value is None:
            raise LookupError(f"the {what} of stack {self.watched.stack} cannot be read")
        return value

    @cached_property
    def profile(self) -> Profile:
        """The profile that the stack watches."""
        return Profile(self.access.client("appconfig"), self.watched.known_place)

    @cached_property
    def document(self) -> FlagDocument | None:
        """What is served; None where nothing is."""
        try:
            return self.profile.document(self.profile.store.served().version)
        except NothingDeployedError:
            return None

    @property
    def flags(self) -> list[str]:
        """The flags that are served; none where nothing is."""
        return self.document.flags() if self.document else []

    @property
    def alarms(self) -> dict[str, str]:
        """The alarms that guard a flag by their names, each with that flag."""
        return {each.name: each.flags[0] for each in self.guards if each.by == "name"}

    @cached_property
    def guards(self) -> list[Guard]:
        """The alarms that can turn flags off, by their names.

        The stack's own watchers may have names of that form, too; they start nothing.
        """
        self.watched.known_place  # noqa: B018 - without the stack nobody knows its alarms' names
        own = set(self.resources.values())
        read = (
            guard(alarm, self._tags.get(alarm["AlarmArn"]), self.watched.names)
            for alarm in self._alarms
            if alarm["AlarmName"] not in own
        )
        return sorted((each for each in read if each), key=lambda each: each.name)

    @cached_property
    def untold(self) -> dict[str, str]:
        """Why the tags of alarms could not be read, by their ARNs."""
        return {}

    @cached_property
    def _alarms(self) -> list[Any]:
        return described(self.access.client("cloudwatch"))

    @cached_property
    def _tags(self) -> dict[str, dict[str, str]]:
        cloudwatch, read = self.access.client("cloudwatch"), {}
        with readers() as threads:
            arns = [alarm["AlarmArn"] for alarm in self._alarms]
            asked = {arn: threads.submit(tags, arn, cloudwatch) for arn in arns}
        for arn, answer in asked.items():
            try:
                read[arn] = answer.result()
            except RollbackError as error:
                self.untold[arn] = sentence(error)
        return read

    @cached_property
    def rollback_seconds(self) -> float | None:
        """The median of how long this stack's latest rollbacks took; None where there is none.

        One that a person redrove waited for that person, so it does not count.
        """
        executions = Executions(self.access.client("stepfunctions"), self.watched)
        latest = islice(executions.listed(status="SUCCEEDED"), _LATEST)
        took = [
            execution.seconds()
            for execution in map(executions.described, latest)
            if execution.outcome == "rolled_back" and not execution.redrives
        ]
        return median(took) if took else None

    @cached_property
    def exposed_seconds(self) -> float | None:
        """The median of how long users were exposed lately, as RecordMetric wrote it.

        None where nothing was measured (cloudwatch:GetMetricStatistics). It is of all stacks of the
        account and region: the metric has no dimension.
        """
        now = datetime.now(UTC)
        points = self.access.client("cloudwatch").get_metric_statistics(
            Namespace="FeatureFlags",
            MetricName="ExposureSeconds",
            StartTime=now - timedelta(days=EXPOSED_DAYS),
            EndTime=now,
            Period=EXPOSED_DAYS * 86400,
            ExtendedStatistics=["p50"],
        )["Datapoints"]
        found = [point["ExtendedStatistics"]["p50"] for point in points]
        return float(max(found)) if found else None

    @cached_property
    def resources(self) -> dict[str, str]:
        """The stack's resources: their names by logical id."""
        cloudformation: CloudFormationClient = self.access.client("cloudformation")
        pages = cloudformation.get_paginator("list_stack_resources").paginate(
            StackName=self.watched.stack
        )
        return {
            item["LogicalResourceId"]: item.get("PhysicalResourceId", "")
            for page in pages
            for item in page["StackResourceSummaries"]
        }

    @cached_property
    def rules(self) -> dict[str, Any]:
        """The rules of the default event bus, by name."""
        events: EventBridgeClient = self.access.client("events")
        pages = events.get_paginator("list_rules").paginate()
        return {rule["Name"]: rule for page in pages for rule in page["Rules"]}
