"""What the checks of `flag-rollback doctor` look at, and what they find."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from appconfig_rollback.adapters.alarms import names_below, queries, tags
from appconfig_rollback.adapters.side_by_side import readers
from appconfig_rollback.errors import NothingDeployedError
from appconfig_rollback.guarding import DIMENSION, tagged_flags
from flag_rollback.flags.served import Profile

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_events import EventBridgeClient

    from appconfig_rollback.flag_document import FlagDocument
    from flag_rollback.access import Access
    from flag_rollback.watched import Watched


@dataclass(frozen=True)
class Finding:
    """Something that is wrong, and what fixes it; without a remedy, only something to know."""

    what: str
    remedy: str | None


#: A query that makes a series of each value of the dimension that names flags.
_BY_SERIES = re.compile(rf"GROUP\s+BY\b[^\n]*\b{DIMENSION}\b", re.IGNORECASE)


@dataclass(frozen=True)
class Guarding:
    """The flags that tags of alarms name, and whether an alarm has a series for each flag."""

    flags: frozenset[str]
    every_flag: bool


@dataclass(frozen=True)
class Surroundings:
    """What the checks look at."""

    access: Access
    watched: Watched

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

    @cached_property
    def alarms(self) -> dict[str, str]:
        """The alarms whose names have the stack's form, each with the flag that it names.

        The stack's own watchers may have it, too; they start nothing.
        """
        prefix, suffix = self.watched.prefix, self.watched.suffix
        named = {
            name: name.removeprefix(prefix).removesuffix(suffix)
            for name in sorted(names_below(prefix, self.access.client("cloudwatch")))
        }
        own = set(self.resources.values())
        return {
            name: flag
            for name, flag in named.items()
            if flag and name == f"{prefix}{flag}{suffix}" and name not in own
        }

    @cached_property
    def guarded_otherwise(self) -> Guarding:
        """What guards flags besides alarms that are named after them: tags, and series."""
        cloudwatch = self.access.client("cloudwatch")
        alarms = queries(cloudwatch)
        with readers() as threads:
            read = {arn: threads.submit(tags, arn, cloudwatch) for arn in alarms}
        tagged = {flag for answer in read.values() for flag in tagged_flags(answer.result())}
        return Guarding(frozenset(tagged), any(map(_BY_SERIES.search, alarms.values())))

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
