"""The contract on AWS: rollbacks cold and warm, and a run that fails and is redriven."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from appconfig_rollback.state import flags_off_at
from appconfig_rollback.times import moment
from flag_rollback.execution import following
from flag_rollback.execution.report import Report, Reporter
from flag_rollback.flags.served import Profile
from flag_rollback.waiting import wait_for
from proofs.aws.making import Made, as_client, document, release, set_alarm
from proofs.aws.report import Observation, promise

if TYPE_CHECKING:
    from collections.abc import Iterator

    from appconfig_rollback.untyped import Json
    from flag_rollback.execution.finding import Execution
    from flag_rollback.execution.visits import Visit

MOST_TRANSITIONS = 20
_METRIC_SECONDS = 300.0


@dataclass(frozen=True)
class Standing:
    """How many versions and deployments there are."""

    versions: int
    deployments: int


class Contract:
    """Fires alarms and looks at what comes of it."""

    def __init__(self, made: Made) -> None:
        self.made = made
        self.account = made.account
        self.flag = made.names.flag
        self.reporter = Reporter(replace(made.account.access, stack=made.names.common))
        self.redriven: Report | None = None  # the run that was redriven, once it is over
        self._notices: list[dict[str, Any]] = []

    def rollback(self, which: str) -> Iterator[Observation]:
        """Set the alarm to ALARM and hold the run to its promises; `which` is cold or warm."""
        release(self.account, self.made.place, self.made.strategy, document(self.flag))
        before = self._standing()
        execution = self._ring(self.flag)
        report = following.wait(self.reporter, execution)
        told = f"{which} rollback"
        seen = f"{report.execution.status}, {report.execution.outcome}"
        yield promise(told, "SUCCEEDED, rolled_back", seen, seen == "SUCCEEDED, rolled_back")
        yield from self._written(told, before, 1)
        yield from self._flag_is_off(told, self.flag)
        yield from self._told(told, execution.arn, ["rolled_back"])
        yield self._transitions(told, report)
        yield from self._times(told, report)

    def failure(self) -> Iterator[Observation]:
        """Fire the alarm of a flag that is not there; put it there; redrive.

        What is missing is a flag and not a permission, because a change of a role's policy takes
        effect on AWS when it does, and this test waits for nothing that it cannot see.
        """
        flag, told = self.made.names.late_flag, "failed run"
        set_alarm(self.account, self.made.names.alarm(self.flag), "OK")
        before = self._standing()
        execution = self._ring(flag)
        report = following.wait(self.reporter, execution)
        error = report.failure.error if report.failure else "no failure"
        seen = f"{report.execution.status}, {error}"
        yield promise(told, "FAILED, FlagNotFoundError", seen, seen == "FAILED, FlagNotFoundError")
        yield from self._written(told, before, 0)
        yield from self._told(told, execution.arn, ["rollback_failed"])

        released = document(flag) | {"released": "by a person"}
        release(self.account, self.made.place, self.made.strategy, released)
        before = self._standing()
        self.redriven = redriven = self._redrive(report.execution)
        told = "redriven run"
        seen = f"{redriven.execution.status}, {redriven.execution.outcome}"
        yield promise(told, "SUCCEEDED, rolled_back", seen, seen == "SUCCEEDED, rolled_back")
        yield from self._written(told, before, 1)
        yield from self._flag_is_off(told, flag)
        yield from self._told(told, execution.arn, ["rollback_failed", "rolled_back"])

    def metrics(self) -> Observation:
        """Ask for the metric of the flag, which CloudWatch shows late."""
        cloudwatch, now = self.account.client("cloudwatch"), datetime.now(UTC)

        def counted() -> float:
            points = cloudwatch.get_metric_statistics(
                Namespace="FeatureFlags",
                MetricName="AutomatedRollback",
                Dimensions=[{"Name": "FeatureFlagName", "Value": self.flag}],
                StartTime=now - timedelta(hours=1),
                EndTime=datetime.now(UTC) + timedelta(minutes=1),
                Period=3600,
                Statistics=["Sum"],
            )["Datapoints"]
            return float(sum(point["Sum"] for point in points))

        deadline = time.monotonic() + _METRIC_SECONDS
        while (found := counted()) < 2 and time.monotonic() < deadline:
            time.sleep(self.account.every)
        return promise(
            "metric AutomatedRollback of the flag",
            "2, one for each rollback",
            f"{found:g}",
            found == 2,
        )

    def _ring(self, flag: str) -> Execution:
        alarm = self.made.names.alarm(flag)
        lately = datetime.now(UTC) - timedelta(minutes=5)
        known = set(self.reporter.executions.listed(since=lately))
        set_alarm(self.account, alarm, "OK")
        set_alarm(self.account, alarm, "ALARM")

        def started() -> Execution | None:
            for arn in self.reporter.executions.listed(since=lately):
                if arn not in known:
                    found = self.reporter.executions.described(arn)
                    if found.alarm == alarm:
                        return found
            return None

        return wait_for(started, f"an execution for {alarm}", seconds=120, every=self.account.every)

    def _redrive(self, failed: Execution) -> Report:
        stepfunctions = self.account.client("stepfunctions")
        stepfunctions.redrive_execution(executionArn=failed.arn)
        for _ in following.watch(self.reporter, failed, failed.redrives + 1):
            pass
        ended = following.settled(self.reporter, failed, failed.redrives + 1)
        return self.reporter.report(ended)

    def _standing(self) -> Standing:
        appconfig, place = self.account.client("appconfig"), self.made.place
        versions = appconfig.get_paginator("list_hosted_configuration_versions").paginate(
            ApplicationId=place.application, ConfigurationProfileId=place.profile
        )
        deployments = appconfig.get_paginator("list_deployments").paginate(
            ApplicationId=place.application, EnvironmentId=place.environment
        )
        return Standing(
            sum(len(page["Items"]) for page in versions),
            sum(len(page["Items"]) for page in deployments),
        )

    def _written(self, told: str, before: Standing, promised: int) -> Iterator[Observation]:
        now = self._standing()
        versions, deployments = (
            now.versions - before.versions,
            now.deployments - before.deployments,
        )
        yield promise(f"{told}: new versions", str(promised), versions, versions == promised)
        yield promise(
            f"{told}: new deployments", str(promised), deployments, deployments == promised
        )

    def _flag_is_off(self, told: str, flag: str) -> Iterator[Observation]:
        standing = Profile(self.account.client("appconfig"), self.made.place).standing(flag)
        yield promise(
            f"{told}: the flag in what is deployed", "off", standing.state, standing.state == "off"
        )
        content, _ = as_client(self.account, self.made.place)
        enabled = json.loads(content)["flags"][flag]["enabled"]
        yield promise(
            f"{told}: the flag for a client", "off", "on" if enabled else "off", enabled is False
        )

    def _told(self, told: str, execution_arn: str, promised: list[str]) -> Iterator[Observation]:
        """Wait for the notices of an execution, and compare them."""

        def notices() -> list[str]:
            self._receive()
            ours = [n for n in self._notices if n.get("executionArn") == execution_arn]
            return [n.get("outcome") or n["action"] for n in ours]

        deadline = time.monotonic() + 60
        while len(found := notices()) < len(promised) and time.monotonic() < deadline:
            time.sleep(self.account.every)
        found = notices()
        yield promise(
            f"{told}: notices so far",
            ", ".join(promised),
            ", ".join(found) or "none",
            sorted(found) == sorted(promised),  # a queue keeps no order
        )

    def _receive(self) -> None:
        sqs, inbox = self.account.client("sqs"), self.made.inbox
        wait = 0 if self.account.rehearsal else 5
        answer = sqs.receive_message(QueueUrl=inbox, MaxNumberOfMessages=10, WaitTimeSeconds=wait)
        for message in answer.get("Messages", []):
            self._notices.append(json.loads(message["Body"]))
            sqs.delete_message(QueueUrl=inbox, ReceiptHandle=message["ReceiptHandle"])

    def _transitions(self, told: str, report: Report) -> Observation:
        """Count as AWS bills: each state, and each further try of one."""
        count = sum(max(1, len(visit.tries)) for visit in report.visits)
        return promise(
            f"{told}: state transitions",
            f"at most {MOST_TRANSITIONS}",
            count,
            count <= MOST_TRANSITIONS,
        )

    def _times(self, told: str, report: Report) -> Iterator[Observation]:
        """Measure; the README promises no number of seconds."""
        state = _state_after(report.visits, "RolledBack")
        fired = moment(state["alarm"]["transitionedAt"])
        began = f"{(report.execution.started - fired).total_seconds():.2f} s"
        yield _measured(f"{told}: from alarm to the execution's start", began)
        started = next(v.left for v in report.visits if v.state == "StartDeployment")
        if started:
            took = f"{(started - fired).total_seconds():.2f} s"
            yield _measured(f"{told}: from alarm to StartDeployment done", took)
        confirmed = flags_off_at(state)
        if confirmed:
            took = f"{(moment(confirmed) - fired).total_seconds():.2f} s"
            yield _measured(f"{told}: from alarm to confirmed off", took)
        yield _measured(f"{told}: the execution", f"{report.execution.seconds():.2f} s")


def _measured(what: str, seen: str) -> Observation:
    return Observation("contract", what, "", seen, "measured")


def _state_after(visits: list[Visit], state: str) -> Json:
    """Read the state data that a state left behind."""
    return json.loads(next(v.output for v in visits if v.state == state))
