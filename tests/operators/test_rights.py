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
from local.cloud import ACCOUNT_ID, REGION, REPOSITORY, EmbeddedCloud
from local.demo_flags import create_alarm
from local.faults import Fault
from local.site import DOCUMENT, FLAG, Site, alarm_event, new_flags
from tests.operators.person import Person

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

pytestmark = [pytest.mark.cloud, pytest.mark.timeout(240)]

#: Which policies a command takes; `look` is all that the others need besides.
NEEDS = {
    "alarm": ["look"],
    "dashboard": ["look"],
    "doctor": ["look"],
    "drill": ["look", "act"],
    "executions": ["look"],
    "inspect": ["look"],
    "off": ["look", "act"],
    "redrive": ["look", "redrive"],
    "replay": ["look", "act"],
    "restore": ["look", "act"],
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


class Rights:
    """People who have the rights of some policies, and what they called."""

    def __init__(self, site: Site) -> None:
        self.site, self.called = site, dict[str, set[str]]()
        self._trust = json.dumps(
            {
                "Version": "2012-10-17",
                "Statement": [
                    {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}
                ],
            }
        )

    def runs(self, command: str, *words: str) -> None:
        """Run a command with its rights alone, and note what it called."""
        cloud = self.site.cloud
        with self._person(command) as environment, patch.dict("os.environ", environment):
            cloud.network.record()
            Person(self.site.stack.name).types(command, *words)
        calls = [call for call in cloud.network.calls() if call.by == command]
        assert [call.action for call in calls if call.status in (401, 403)] == []
        self.called.setdefault(command, set()).update(call.action for call in calls if call.action)

    @contextmanager
    def _person(self, command: str) -> Iterator[dict[str, str]]:
        cloud, name = self.site.cloud, f"person-{command}"
        iam = cloud.client("iam")
        iam.create_role(RoleName=name, AssumeRolePolicyDocument=self._trust)
        for policy in NEEDS[command]:
            iam.put_role_policy(
                RoleName=name, PolicyName=policy, PolicyDocument=self._filled_in(policy)
            )
        given = cloud.client("sts").assume_role(
            RoleArn=f"arn:aws:iam::{ACCOUNT_ID}:role/{name}", RoleSessionName=command
        )["Credentials"]
        yield {
            **cloud.environment(),
            "AWS_ACCESS_KEY_ID": given["AccessKeyId"],
            "AWS_SECRET_ACCESS_KEY": given["SecretAccessKey"],
            "AWS_SESSION_TOKEN": given["SessionToken"],
        }
        for policy in NEEDS[command]:
            iam.delete_role_policy(RoleName=name, PolicyName=policy)
        iam.delete_role(RoleName=name)

    def _filled_in(self, policy: str) -> str:
        text = (REPOSITORY / "policies" / f"{policy}.json").read_text("utf-8")
        for placeholder, value in {
            "REGION": REGION,
            "ACCOUNT": ACCOUNT_ID,
            "STACK": self.site.stack.name,
            "APPLICATION": self.site.flags.application_id,
        }.items():
            text = text.replace(placeholder, value)
        return text


def actions_of(policy: str) -> set[str]:
    document = json.loads((REPOSITORY / "policies" / f"{policy}.json").read_text("utf-8"))
    return {action for statement in document["Statement"] for action in statement["Action"]}


def test_every_command_has_its_policies() -> None:
    assert NEEDS.keys() == main.commands.keys()
    assert {name for names in NEEDS.values() for name in names} == {
        path.stem for path in (REPOSITORY / "policies").glob("*.json") if path.stem != "deploy"
    }


def test_each_command_works_with_its_policies_and_needs_all_that_is_in_them(
    cloud: EmbeddedCloud,
) -> None:
    site = Site.build(cloud, new_flags(cloud), "people")
    create_alarm(cloud, FLAG)
    rights = Rights(site)
    site.run(alarm_event())

    rights.runs("executions")
    rights.runs("inspect", "latest")
    rights.runs("doctor")
    rights.runs("alarm", FLAG, "--namespace", "Shop")
    with visited(runs=f"runs/{site.executions()[0].rpartition(':')[2]}/"):
        rights.runs("dashboard")
    strategy = site.stack.outputs["DeploymentStrategyId"]
    at_once = ("--strategy", strategy, "--follow")
    rights.runs("restore", FLAG, "--reason", "it was not the flag", "--yes", *at_once)
    rights.runs("off", FLAG, "--reason", "double charges", "--yes")
    site.release(DOCUMENT)
    fail_once(site)
    rights.runs("redrive", "latest", "--follow", "--yes")
    site.release(DOCUMENT)
    rights.runs("drill", FLAG, "--yes", "--max-percentage", "100")
    cloud.client("sqs").send_message(
        QueueUrl=site.stack.outputs["DeadLetterQueueUrl"], MessageBody=json.dumps(alarm_event())
    )
    rights.runs("replay", "--yes")
    other = Rights(feature_flags(cloud))
    other.runs("inspect", "latest")

    called = {**rights.called, "inspect": rights.called["inspect"] | other.called["inspect"]}
    needed: dict[str, set[str]] = {}
    for command, actions in called.items():
        for policy in NEEDS[command]:
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
