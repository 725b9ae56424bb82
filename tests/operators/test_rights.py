"""The policies for people are what the commands call, no less and no more.

Each command runs with nothing but the rights of its policy, on an embedded cloud that enforces IAM.
"""

from __future__ import annotations

import json
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from unittest.mock import patch
from urllib.request import urlopen

import click
import pytest

from flag_rollback.cli import main
from local.cloud import REPOSITORY, EmbeddedCloud
from local.demo_flags import create_alarm
from local.faults import Fault
from local.site import DOCUMENT, FLAG, Site, alarm_event, new_flags
from tests.operators.person import Person
from tests.rights import actions_of, rights

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

pytestmark = [pytest.mark.cloud, pytest.mark.timeout(240)]

#: Which policies a command takes; `look` is all that the others need besides.
NEEDS = {
    "alarm": "look",
    "dashboard": "look",
    "doctor": "look",
    "drill": "look act",
    "executions": "look",
    "inspect": "look",
    "off": "look act",
    "redrive": "look redrive",
    "replay": "look act",
    "restore": "look act",
}
#: What no command calls in here, and when it does.
SELDOM = {
    "appconfig:GetExperimentRun": "an experiment is on a flag",
    "appconfig:ListExperimentRuns": "an experiment is on a flag",
    "appconfig:StopExperimentRun": "`off`, where an experiment shows the flag",
    "appconfig:StopDeployment": "`off`, where a rollout is turning the flag on",
    "states:RedriveExecution": "in `act` for whoever has that policy; measured for `redrive`",
    "lambda:GetAccountSettings": "doctor; the embedded cloud has no name for the action",
}
FEATURE_FLAGS = {
    "version": "1",
    "flags": {FLAG: {"name": FLAG}},
    "values": {FLAG: {"enabled": True}},
}


class People:
    """Each runs a command with its rights alone; `called` is what that called."""

    def __init__(self, site: Site) -> None:
        self.site, self.called = site, dict[str, set[str]]()

    def run(self, command: str, *words: str) -> None:
        site, name = self.site, f"{self.site.stack.name}-{command}"
        given = rights(site.cloud, NEEDS[command], name, site.stack.name, site.flags.application_id)
        with patch.dict("os.environ", {**site.cloud.environment(), **given}):
            site.cloud.network.record()
            Person(site.stack.name).types(command, *words)
        calls = [call for call in site.cloud.network.calls() if call.by == name]
        assert [call.action for call in calls if call.status in (401, 403)] == []
        self.called[command] = {call.action for call in calls if call.action}


def test_every_command_has_its_policies() -> None:
    assert NEEDS.keys() == main.commands.keys()
    assert {name for names in NEEDS.values() for name in names.split()} == {
        path.stem for path in (REPOSITORY / "policies").glob("*.json") if path.stem != "deploy"
    }


def test_each_command_works_with_its_policies_and_needs_all_that_is_in_them(
    cloud: EmbeddedCloud,
) -> None:
    site = Site.build(cloud, new_flags(cloud), "people")
    create_alarm(cloud, FLAG)
    people = People(site)
    site.run(alarm_event())

    people.run("executions")
    people.run("inspect", "latest")
    people.run("doctor")
    people.run("alarm", FLAG, "--namespace", "Shop")
    with visited(runs=f"runs/{site.executions()[0].rpartition(':')[2]}/"):
        people.run("dashboard")
    strategy = site.stack.outputs["DeploymentStrategyId"]
    at_once = ("--strategy", strategy, "--follow")
    people.run("restore", FLAG, "--reason", "it was not the flag", "--yes", *at_once)
    people.run("off", FLAG, "--reason", "double charges", "--yes")
    site.release(DOCUMENT)
    fail_once(site)
    people.run("redrive", "latest", "--follow", "--yes")
    site.release(DOCUMENT)
    people.run("drill", FLAG, "--yes", "--max-percentage", "100")
    cloud.client("sqs").send_message(
        QueueUrl=site.stack.outputs["DeadLetterQueueUrl"], MessageBody=json.dumps(alarm_event())
    )
    people.run("replay", "--yes")
    others = People(feature_flags(cloud))
    others.run("inspect", "latest")

    called = {**people.called, "inspect": people.called["inspect"] | others.called["inspect"]}
    needed: dict[str, set[str]] = {}
    for command, actions in called.items():
        for policy in NEEDS[command].split():
            needed.setdefault(policy, set()).update(actions & actions_of(policy))
    for policy, actions in needed.items():
        assert actions_of(policy) - actions - SELDOM.keys() == set(), policy


def fail_once(site: Site) -> None:
    """Let a rollback fail, in its last try of a version."""
    denied = Fault("appconfig:CreateHostedConfigurationVersion", 403, "AccessDeniedException")
    site.cloud.faults.set(denied)
    assert site.run(alarm_event()).status == "FAILED"
    site.cloud.faults.clear()


def feature_flags(cloud: EmbeddedCloud) -> Site:
    """A stack for a feature-flag profile, which may have experiments, with a run."""
    flags = new_flags(cloud, FEATURE_FLAGS, profile_type="AWS.AppConfig.FeatureFlags")
    site = Site.build(cloud, flags, "people-of-feature-flags")
    site.run(alarm_event())
    return site


@contextmanager
def visited(runs: str) -> Iterator[None]:
    """Let somebody open all kinds of pages of a dashboard, and end it then."""
    said: list[str] = []
    echo: Callable[..., None] = click.echo

    def noted(message: Any = "", **more: Any) -> None:  # noqa: ANN401 - as click has it
        said.append(str(message))
        echo(message, **more)

    def stay() -> None:
        (address,) = [word for line in said for word in line.split() if word.startswith("http")]
        for path in ("", "flags", runs):
            with urlopen(address + path) as answer:  # noqa: S310 - our own address
                assert answer.status == 200

    where = "flag_rollback.commands.dashboard"
    with patch(f"{where}.stay", stay), patch(f"{where}.click.echo", noted):
        yield
