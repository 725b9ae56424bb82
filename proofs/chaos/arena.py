"""Where runs take place: a site of its own, whose functions reach AWS through a fault proxy."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from flag_rollback.waiting import WaitedTooLongError, wait_for
from local.cloud import EmbeddedCloud
from local.demo_flags import read_as_client
from local.site import DOCUMENT, FLAG, Site, alarm_event, new_flags
from proofs.chaos.proxy import FaultProxy
from proofs.chaos.verdict import Attempt, FaultyRun, Told

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from proofs.chaos.faults import Fault

#: No fault here holds an attempt up for longer than this.
ATTEMPT_SECONDS = 150.0
_SETTLED_SECONDS = 20.0
#: How long Lambda goes on trying the failure notice after the state machine has ended.
_ASYNCHRONOUS_SECONDS = 60 + 120
_ASK_EVERY = 0.25


@dataclass(frozen=True)
class Arena:
    """One site and its proxy. We look at the cloud as root, past the proxy."""

    site: Site
    proxy: FaultProxy

    def warm_up(self) -> None:
        """Start the functions: one rollback, and one that fails."""
        for source, status in ((alarm_event(), "SUCCEEDED"), (alarm_event("none"), "FAILED")):
            execution = self.site.start(source)
            found = self._await_end(execution)
            if found.get("status") != status:
                raise AssertionError(f"without any fault {execution} is not {status}: {found}")

    def run(self, fault: Fault, seed: int) -> FaultyRun:
        """Let an alarm go off under a fault; a red run is redriven without it."""
        self.proxy.rest()
        self.site.release(DOCUMENT)
        before = self._written()
        self.proxy.strike(fault.rules(seed), seed)
        execution = self.site.start(alarm_event())
        first = self._attempt(execution, before)
        run = FaultyRun(fault.name, seed, execution, self.proxy.rest(), first)
        if first.green or first.running:
            return run
        self.site.cloud.client("stepfunctions").redrive_execution(executionArn=execution)
        redriven = self._attempt(execution, before)
        return FaultyRun(fault.name, seed, execution, run.struck, first, redriven)

    def _attempt(self, execution: str, before: tuple[int, int]) -> Attempt:
        ended = self._await_end(execution)
        status = ended.get("status", "RUNNING")
        told, told_off = self._told(execution, green=status == "SUCCEEDED")
        versions, deployments = self._written()
        if status == "RUNNING":
            self.site.cloud.client("stepfunctions").stop_execution(executionArn=execution)
        return Attempt(
            status=status,
            error=ended.get("error", ""),
            flag_on=read_as_client(self.site.cloud, self.site.flags)["flags"][FLAG]["enabled"],
            versions=versions - before[0],
            deployments=deployments - before[1],
            told=told,
            told_off=told_off,
        )

    def _await_end(self, execution: str) -> Mapping[str, Any]:
        """Wait for the end; returns the execution's description, empty where none came."""
        stepfunctions = self.site.cloud.client("stepfunctions")

        def description() -> Mapping[str, Any] | None:
            found = stepfunctions.describe_execution(executionArn=execution)
            return None if found["status"] in {"RUNNING", "PENDING_REDRIVE"} else found

        try:
            return wait_for(description, execution, seconds=ATTEMPT_SECONDS, every=_ASK_EVERY)
        except WaitedTooLongError:
            return {}

    def _told(self, execution: str, *, green: bool) -> tuple[Told, bool]:
        """Wait until the end is told; gives how, and whether the flag is said to be off."""

        def told() -> tuple[Told, bool] | None:
            for notice in self.site.notices(execution, expected=0):
                if green and notice.get("outcome") == "rolled_back":
                    return "notice", True
                if not green and notice["action"] == "rollback_failed":
                    return "notice", {each["state"] for each in notice["flags"]} == {"off"}
            return ("dead letter", False) if self._has_dead_letter(execution) else None

        seconds = _SETTLED_SECONDS + _ASYNCHRONOUS_SECONDS * self.site.cloud.wait_scale
        try:
            return wait_for(told, f"notice of {execution}", seconds=seconds, every=_ASK_EVERY)
        except WaitedTooLongError:
            return "nothing", False

    def _has_dead_letter(self, execution: str) -> bool:
        """Return whether the failure of an execution waits as a dead letter; drops all of them."""
        sqs, queue = self.site.cloud.client("sqs"), self.site.stack.outputs["DeadLetterQueueUrl"]
        letters = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages", [])
        for letter in letters:
            sqs.delete_message(QueueUrl=queue, ReceiptHandle=letter["ReceiptHandle"])
        return any(execution in letter["Body"] for letter in letters)

    def _written(self) -> tuple[int, int]:
        """Count the hosted versions and the environment's deployments."""
        return len(self.site.versions()), len(self.site.deployments())


@contextmanager
def places(count: int, wait_scale: float) -> Iterator[list[Arena]]:
    """Make a cloud with some places in it, whose functions are warm."""
    with ExitStack() as stack:
        cloud = stack.enter_context(EmbeddedCloud(iam=True, wait_scale=wait_scale))
        pool = stack.enter_context(ThreadPoolExecutor(count))
        proxies = [FaultProxy(cloud.endpoint_url) for _ in range(count)]
        list(pool.map(stack.enter_context, proxies))
        made = [_build(cloud, number, proxy) for number, proxy in enumerate(proxies)]
        list(pool.map(Arena.warm_up, made))
        yield made


def _build(cloud: EmbeddedCloud, number: int, proxy: FaultProxy) -> Arena:
    name, endpoint = f"chaos-{number}", proxy.endpoint_url
    site = Site.build(cloud, new_flags(cloud), name, functions_endpoint=endpoint)
    return Arena(site, proxy)
