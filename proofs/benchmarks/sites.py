"""Those who are compared: each with flags and an alarm of its own, all started by the alarm."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from flag_rollback.waiting import wait_for
from local.cloud import REPOSITORY
from local.demo_flags import (
    DOCUMENT,
    DemoFlags,
    create_demo_flags,
    create_unfed_alarm,
    deployments,
    release,
)
from local.following import ended, events, started_execution
from local.stack import TEMPLATE, Stack, deploy
from proofs.benchmarks.no_op import chain
from proofs.benchmarks.rollback_run import MeasuredRun

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from local.cloud import EmbeddedCloud
    from local.invocations import Invocation

FLAG = "new-checkout"
_FUNCTION_TEMPLATES = REPOSITORY / "proofs" / "benchmarks"


@dataclass(frozen=True)
class Site:
    """A stack that an alarm starts. Without `flags` it turns nothing off, and takes time only."""

    cloud: EmbeddedCloud
    name: str
    flags: DemoFlags | None
    functions: frozenset[str]
    machine: str | None

    @property
    def alarm(self) -> str:
        """Name the alarm."""
        return f"{self.name}-{FLAG}-ErrorRate"

    def run(
        self, *, cold: bool, network_seconds: float, document: str | None = None
    ) -> MeasuredRun:
        """Let the alarm go off once, and wait until nothing of it runs any more."""
        version = self._release(document) if self.flags else 0
        self._set_alarm("OK", "before the next run")
        if cold:
            self.cloud.environments.end_all()
        known = self._executions()
        self.cloud.network.record(network_seconds)
        self.cloud.environments.record()
        fired = time.time()
        self._set_alarm("ALARM", f"{FLAG} errs since version {version}")
        invocations = wait_for(self._all_answered, f"the functions of {self.name}", seconds=60)
        history = self._history(known)
        if self.machine:  # an execution may invoke more after what had been answered before
            invocations = wait_for(self._all_answered, f"the end of {self.name}", seconds=60)
        calls = [call for call in self.cloud.network.calls() if call.by in self.functions]
        self.cloud.network.clear()
        return MeasuredRun(
            fired, tuple(calls), tuple(invocations), tuple(history), self._completed()
        )

    def _all_answered(self) -> list[Invocation] | None:
        found = [i for i in self.cloud.environments.invocations() if i.function in self.functions]
        return found if found and all(i.answered for i in found) else None

    def _release(self, document: str | None) -> int:
        assert self.flags is not None
        return release(self.cloud, self.flags, document or json.dumps(DOCUMENT, indent=2))

    def _set_alarm(self, state: Any, reason: str) -> None:  # noqa: ANN401 - a literal of the stubs
        self.cloud.client("cloudwatch").set_alarm_state(
            AlarmName=self.alarm, StateValue=state, StateReason=reason
        )

    def _executions(self) -> frozenset[str]:
        if self.machine is None:
            return frozenset()
        found = self.cloud.client("stepfunctions").list_executions(stateMachineArn=self.machine)
        return frozenset(execution["executionArn"] for execution in found["executions"])

    def _history(self, known: frozenset[str]) -> list[Mapping[str, Any]]:
        if self.machine is None:
            return []
        execution = started_execution(self.cloud, self.machine, known=known)
        status = ended(self.cloud, execution, seconds=120)["status"]
        assert status == "SUCCEEDED", f"{execution} is {status}"
        return events(self.cloud, execution)

    def _completed(self) -> float | None:
        """Read when the newest deployment was complete: as AppConfig says, to the millisecond."""
        if self.flags is None:
            return None
        newest = deployments(self.cloud, self.flags)[0]
        assert newest["State"] == "COMPLETE", newest
        return float(newest["CompletedAt"].timestamp())


def build_sites(cloud: EmbeddedCloud, folder: Path) -> dict[str, Site]:
    """Deploy those who are compared, and what takes the emulator's own time; `folder` is scratch.

    This project's first rollback tells which states the chain of no-ops has to have.
    """
    smallest = _function_site(cloud, "smallest", "smallest_function", Flag=FLAG)
    single = _function_site(cloud, "single", "single_function")
    project = _project_site(cloud)
    states = project.run(cold=False, network_seconds=0).states_to_start()
    template = chain.write_template(folder, states, chain.warmed_up(TEMPLATE))
    no_ops = deploy(cloud, {}, name="no-op", template=template)
    functions = _functions(no_ops)
    alone = frozenset(name for name in functions if "Single" in name)
    machine = no_ops.outputs["StateMachineArn"]
    sites = [
        smallest,
        single,
        project,
        Site(cloud, chain.SINGLE, None, alone, None),
        Site(cloud, chain.CHAIN, None, functions - alone, machine),
    ]
    for site in sites[3:]:
        create_unfed_alarm(cloud, site.alarm)
    return {site.name: site for site in sites}


def _function_site(cloud: EmbeddedCloud, name: str, template: str, **parameters: str) -> Site:
    flags = create_demo_flags(cloud)
    values = flags.parameters() | {
        "StrategyId": flags.strategy_id,
        "AlarmNamePrefix": f"{name}-",
        **parameters,
    }
    stack = deploy(
        cloud, values, name=name, template=_FUNCTION_TEMPLATES / template / "template.yaml"
    )
    site = Site(cloud, name, flags, _functions(stack), None)
    create_unfed_alarm(cloud, site.alarm)
    return site


def _project_site(cloud: EmbeddedCloud) -> Site:
    flags = create_demo_flags(cloud)
    stack = deploy(cloud, flags.parameters() | {"AlarmNamePrefix": "project-"}, name="project")
    site = Site(cloud, "project", flags, _functions(stack), stack.outputs["StateMachineArn"])
    create_unfed_alarm(cloud, site.alarm)
    return site


def _functions(stack: Stack) -> frozenset[str]:
    found = stack.cloud.client("cloudformation").describe_stack_resources(StackName=stack.name)
    return frozenset(
        resource["PhysicalResourceId"]
        for resource in found["StackResources"]
        if resource["ResourceType"] == "AWS::Lambda::Function"
    )
