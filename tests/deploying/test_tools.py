"""The tools that users deploy with, run as the README says: to a rollback, and away again."""

from __future__ import annotations

import json
import re
import shlex
import tomllib
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from flag_rollback.waiting import wait_for
from local.demo_flags import (
    DemoFlags,
    breach,
    create_alarm,
    create_demo_flags,
    flags_in,
    read_as_client,
)
from local.following import ended, started_execution
from local.mailbox import mails
from tests.contract.shipped import ROOT, TEMPLATE
from tests.deploying.forked_tools import INSTALLED
from tests.deploying.inventory import inventory
from tests.deploying.person import Person, commands, filled_in

if TYPE_CHECKING:
    from local.cloud import EmbeddedCloud

pytestmark = [pytest.mark.cloud, pytest.mark.timeout(300)]

READER = "on-call@example.com"
STACK = "deployed"
BUCKET = "a-bucket-of-theirs"


class Site:
    """A team's flags, `new-checkout` and `search-v2` among them, each with its alarm."""

    def __init__(self, cloud: EmbeddedCloud) -> None:
        self.cloud = cloud
        self.flags: DemoFlags = create_demo_flags(cloud)
        for flag in ("new-checkout", "search-v2"):
            create_alarm(cloud, flag)
        self.parameters = self.flags.parameters() | {"NotificationEmail": READER}

    def outcome(self, flag: str) -> str:
        """Let a flag's metric breach; returns the outcome of the execution that answers it."""
        described = self.cloud.client("cloudformation").describe_stacks(StackName=STACK)
        outputs = {o["OutputKey"]: o["OutputValue"] for o in described["Stacks"][0]["Outputs"]}
        machine = outputs["StateMachineArn"]
        listed = self.cloud.client("stepfunctions").list_executions(stateMachineArn=machine)
        known = frozenset(each["executionArn"] for each in listed["executions"])
        breach(self.cloud, flag)
        end = ended(self.cloud, started_execution(self.cloud, machine, known=known))
        assert end["status"] == "SUCCEEDED", f"{end.get('error')}: {end.get('cause')}"
        output: dict[str, Any] = json.loads(end["output"])
        assert [each["flag"] for each in output["flags"]] == [flag]
        return str(output["outcome"])

    def is_on(self, flag: str) -> bool:
        """Whether clients get the flag."""
        return bool(flags_in(read_as_client(self.cloud, self.flags))[flag]["enabled"])

    def await_end_of_all(self) -> None:
        """Wait until nothing of the stack runs: what a function logs brings its group back."""
        client = self.cloud.client("stepfunctions")
        machines = [m["stateMachineArn"] for m in client.list_state_machines()["stateMachines"]]

        def all_ended() -> bool:
            return not any(
                client.list_executions(stateMachineArn=each, statusFilter="RUNNING")["executions"]
                for each in machines
            )

        wait_for(all_ended, "the end of all executions", seconds=100)

    def assert_rolls_back(self) -> None:
        """Let an alarm fire: the flag is off for clients, and its reader knows."""
        assert self.outcome("new-checkout") == "rolled_back"
        assert not self.is_on("new-checkout")
        assert [mail.to for mail in mails(self.cloud)] == [READER]

    def assert_only_notifies(self) -> None:
        """Let the other alarm fire: with Mode=notify its flag stays on."""
        assert self.outcome("search-v2") == "dry_run"
        assert self.is_on("search-v2")


@pytest.fixture
def site(cloud: EmbeddedCloud) -> Site:
    return Site(cloud)


def test_sam_finds_no_fault_in_the_template(person: Person) -> None:
    printed = replace(person, tools=INSTALLED).run(["sam", "validate", "--lint"])

    assert "is a valid SAM Template" in printed


def test_by_the_aws_cli_a_stack_is_deployed_changed_and_deleted(person: Person, site: Site) -> None:
    site.cloud.client("s3").create_bucket(Bucket=BUCKET)
    placeholders = {"BUCKET": BUCKET, "NAME": STACK}
    package, deploy, change, delete, wait = (
        filled_in(command, placeholders) for command in commands("aws")
    )
    before = inventory(site.cloud)

    person.run(package)
    # The README gives the first parameters and leaves the others to their reader.
    named = [word.partition("=")[0] for word in deploy if word.endswith("=ID")]
    assert set(named) <= site.parameters.keys()
    words = [word for word in deploy if not word.endswith("=ID")]
    person.run([*words, *(f"{name}={value}" for name, value in site.parameters.items())])
    site.assert_rolls_back()

    person.run(change)
    site.assert_only_notifies()

    site.await_end_of_all()
    person.run(delete)
    person.run(wait)
    left = inventory(site.cloud) - before
    assert {name for name in left if not name.startswith(f"object {BUCKET}/")} == set()


def test_a_packaged_template_goes_by_a_bucket_whatever_its_size() -> None:
    # `cloudformation deploy` takes files of 51,200 bytes without one, and this one is near.
    for command in commands("aws"):
        if "--template-file" in command:
            assert "--s3-bucket" in command, command


def test_a_second_stack_asks_for_its_own_ids_and_keeps_them_apart(
    site: Site, person: Person
) -> None:
    page = (ROOT / "docs" / "production.md").read_text("utf-8")
    (typed,) = re.findall(r"`(sam deploy [^`]*--config-env [^`]*--capabilities [^`]*)`", page)
    settings = person.folder / "samconfig.toml"
    theirs = {"deploy": {"parameters": {"stack_name": "prod", "parameter_overrides": "A=1"}}}
    settings.write_text(
        'version = 0.1\n[default.deploy.parameters]\nstack_name = "prod"\n'
        'parameter_overrides = "A=1"\n'
    )
    parameters = [site.parameters.get(name, "") for name in TEMPLATE["Parameters"]]

    person.run(
        shlex.split(typed), answers=["", site.cloud.region, *parameters, "n", "y", "n", "y", "", ""]
    )

    kept = tomllib.loads(settings.read_text("utf-8"))
    assert kept["default"] == theirs
    (own,) = (kept[name]["deploy"]["parameters"] for name in kept.keys() - {"default", "version"})
    assert own["stack_name"] == own["s3_prefix"] == "staging-flags"
    assert all(
        f'{key}="{each}"' in own["parameter_overrides"] for key, each in site.parameters.items()
    )
