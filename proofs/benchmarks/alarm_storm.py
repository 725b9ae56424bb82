"""Many alarms at once, each on a flag of its own in one document; or many series of one alarm."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeVar

from botocore.exceptions import ClientError

from flag_rollback.waiting import wait_for
from local.demo_alarms import create_series_alarm
from local.demo_flags import create_unfed_alarm
from local.following import events
from local.site import Site, new_flags

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from appconfig_rollback.untyped import AwsAnswer, Json
    from local.cloud import EmbeddedCloud

T = TypeVar("T")

_FIRING_AT_ONCE = 8


@dataclass(frozen=True)
class Ended:
    """How a storm ended: what was written, who said what, and how long the slowest flag took."""

    versions: int
    deployments: int
    document: dict[str, Any]
    executions: list[Mapping[str, Any]]
    notices: list[dict[str, Any]]
    slowest_off_seconds: float
    last_end_seconds: float
    transitions_per_rollback: float
    invocations_per_rollback: float

    def flags_on(self) -> set[str]:
        """List the flags that are on in what is served."""
        return {name for name, flag in self.document["flags"].items() if flag["enabled"]}


@dataclass(frozen=True)
class Storm:
    """A site with a flag and an alarm for each number below `size`, and the stack that watches."""

    site: Site
    name: str
    names: list[str]

    @classmethod
    def brew(
        cls,
        cloud: EmbeddedCloud,
        name: str,
        size: int,
        parameters: Mapping[str, str] | None = None,
        **extra: dict[str, Any],
    ) -> Storm:
        """Release the flags, make their alarms, and deploy the stack. `extra` are more flags."""
        names = [f"flag-{number:03}" for number in range(size)]
        document = {"flags": {flag: {"enabled": True} for flag in names} | extra}
        given = {"AlarmNamePrefix": f"{name}-", **(parameters or {})}
        site = Site.build(cloud, new_flags(cloud, document), name, **given)
        storm = cls(site, name, names)
        storm.make_alarms([*names, *extra])
        return storm

    def make_alarms(self, flags: Iterable[str]) -> None:
        """Make what guards the flags; nothing of it fires."""
        for flag in flags:
            self.add_alarm(flag)

    def alarm(self, flag: str) -> str:
        """Name the alarm of a flag."""
        return f"{self.name}-{flag}-ErrorRate"

    def add_alarm(self, flag: str) -> None:
        """Make the alarm of a flag; it is OK."""
        create_unfed_alarm(self.site.cloud, self.alarm(flag))
        self._set_state(flag, "OK")

    def fire(self, flags: Iterable[str]) -> dict[str, datetime]:
        """Let alarms go off, as good as at once; gives when each did."""

        def set_off(flag: str) -> tuple[str, datetime]:
            now = datetime.now(UTC)
            self._set_state(flag, "ALARM")
            return flag, now

        with ThreadPoolExecutor(_FIRING_AT_ONCE) as pool:
            return dict(pool.map(set_off, flags))

    def suppress(self, flag: str) -> None:
        """Replace a flag's alarm by one whose actions another alarm suppresses."""
        cloudwatch, name = self.site.cloud.client("cloudwatch"), self.alarm(flag)
        cloudwatch.delete_alarms(AlarmNames=[name])
        cause, maintenance = (f"{self.name}/{what}" for what in ("cause", "maintenance"))
        for alarm in (cause, maintenance):
            create_unfed_alarm(self.site.cloud, alarm)
        cloudwatch.put_composite_alarm(
            AlarmName=name,
            AlarmRule=f'ALARM("{cause}")',
            ActionsSuppressor=maintenance,
            ActionsSuppressorWaitPeriod=60,
            ActionsSuppressorExtensionPeriod=60,
        )
        cloudwatch.set_alarm_state(AlarmName=maintenance, StateValue="ALARM", StateReason="now")

    @contextmanager
    def unwatched(self) -> Iterator[None]:
        """Let no alarm start a rollback while the block runs."""
        bus, rule = self.site.cloud.client("events"), self.site.stack.outputs["AlarmRuleName"]
        bus.disable_rule(Name=rule)
        try:
            yield
        finally:
            bus.enable_rule(Name=rule)

    def release_again(self) -> None:
        """Release what is served once more, as a person does."""
        self.site.release(self.served())

    def blow(self, *, seconds: float = 240) -> Ended:
        """Let the alarms of all numbered flags go off, and wait until every execution has ended."""
        versions, deployments = self._versions(), len(self._deployments())
        fired = self.fire(self.names)
        executions = wait_for(
            lambda: self._all_ended(len(self.names)), f"{self.name}'s executions", seconds=seconds
        )
        arns = [execution["executionArn"] for execution in executions]
        histories = [events(self.site.cloud, arn) for arn in arns]
        return Ended(
            versions=self._versions() - versions,
            deployments=len(self._deployments()) - deployments,
            document=self.served(),
            executions=executions,
            notices=self.site.notices(*arns, expected=len(arns)),
            slowest_off_seconds=self._slowest(fired),
            last_end_seconds=(
                max(execution["stopDate"] for execution in executions) - min(fired.values())
            ).total_seconds(),
            transitions_per_rollback=_transitions(histories) / len(histories),
            invocations_per_rollback=_count(histories, "LambdaFunctionScheduled") / len(histories),
        )

    def served(self) -> dict[str, Any]:
        """Read the document of the newest completed deployment."""
        document: dict[str, Any] = _patiently(self.site.served)
        return document

    def _deployments(self) -> list[Any]:
        return _patiently(self.site.deployments)

    def _set_state(self, flag: str, state: Any) -> None:  # noqa: ANN401 - a literal of the stubs
        self.site.cloud.client("cloudwatch").set_alarm_state(
            AlarmName=self.alarm(flag), StateValue=state, StateReason=f"{flag} errs"
        )

    def _all_ended(self, expected: int) -> list[Mapping[str, Any]] | None:
        pages = (
            self.site.cloud.client("stepfunctions")
            .get_paginator("list_executions")
            .paginate(stateMachineArn=self.site.stack.outputs["StateMachineArn"])
        )
        found = [execution for page in pages for execution in page["executions"]]
        over = len(found) >= expected and all(e["status"] != "RUNNING" for e in found)
        return list(found) if over else None

    def _versions(self) -> int:
        return len(_patiently(self.site.versions))

    def _document(self, deployment: AwsAnswer) -> Json:
        return _patiently(lambda: self.site.document(deployment))

    def _slowest(self, fired: dict[str, datetime]) -> float:
        """Tell how many seconds after its alarm the slowest flag was off in what is served."""
        off_at: dict[str, datetime] = {}
        for item in reversed(self._deployments()):
            if item["State"] != "COMPLETE":
                continue
            for flag, value in self._document(item)["flags"].items():
                if not value["enabled"]:
                    off_at.setdefault(flag, item["CompletedAt"])
        went_off = {flag: at for flag, at in fired.items() if flag in off_at}
        return max((off_at[flag] - at).total_seconds() for flag, at in went_off.items())


class SeriesStorm(Storm):
    """All flags are guarded by one alarm, on a query with a series for each.

    MiniStack evaluates no GROUP BY, so it is said by hand that all series fire, at one moment.
    """

    @property
    def guard(self) -> str:
        """The name of the one alarm: no flag's."""
        return f"{self.name}/by-flag"

    def make_alarms(self, flags: Iterable[str]) -> None:  # noqa: ARG002 - a series needs no making
        """Make the one alarm."""
        create_series_alarm(self.site.cloud, self.guard)

    def fire(self, flags: Iterable[str]) -> dict[str, datetime]:
        """Let series fire, at one moment; gives when each did."""
        flags = list(flags)
        series = [{"FeatureFlagName": flag} for flag in flags]
        at = self.site.cloud.contributors.set(self.guard, series)
        return dict.fromkeys(flags, datetime.fromtimestamp(at, UTC))


def _patiently(ask: Callable[[], T]) -> T:
    """Ask AppConfig until it is not throttled: the executions have used its limits up."""

    def asked() -> list[T] | None:
        try:
            return [ask()]
        except ClientError as error:
            if error.response["Error"]["Code"] != "ThrottlingException":
                raise
            return None

    return wait_for(asked, "an answer of AppConfig", seconds=60)[0]


def _transitions(histories: list[list[Mapping[str, Any]]]) -> int:
    """Count what Step Functions bills: states entered, and retries."""
    kinds = [str(event["type"]) for history in histories for event in history]
    entered = sum(kind.endswith("StateEntered") for kind in kinds)
    tasks = _count(histories, "TaskStateEntered")
    return entered + _count(histories, "LambdaFunctionScheduled") - tasks


def _count(histories: list[list[Mapping[str, Any]]], kind: str) -> int:
    return sum(event["type"] == kind for history in histories for event in history)
