"""The way of docs/production.md, walked as its reader would: each command, and what it prints.

Run as `python -m tests.deploying.walk` it puts what the commands print now into the page.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from flag_rollback.waiting import wait_for
from local.cloud import REPOSITORY, EmbeddedCloud
from local.demo_flags import create_demo_flags
from tests.contract.shipped import TEMPLATE
from tests.deploying.forked_tools import WIDTH, forked_tools
from tests.deploying.person import QUICK, Person

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

PAGE = REPOSITORY / "docs" / "production.md"
STACK = "feature-flag-rollback"
READER = "on-call@example.com"
_SECONDS = 180
#: What a person has exported, for the commands that follow.
_KEPT = "APPLICATION|ENVIRONMENT|PROFILE|STACK|ACCOUNT|STRATEGY|TOPIC"
_BLOCKS = re.compile(
    r"^```sh\n(?P<typed>.*?)^```\n(?:\n```text\n(?P<printed>.*?)^```\n)?", re.M | re.S
)
#: Commands that the embedded cloud has nothing for; they are held against the SDK's model.
SHOWN = ("aws chatbot", "aws cloudtrail")
#: What differs from run to run: ids, times, numbers.
_VARIES = re.compile(r"\b(?i:[0-9a-f]{7,}(?:-[0-9a-f]{4,})*)\b|\d+(?:[.,:]\d+)*")
#: What differs only where a minute has begun since.
_BY_THE_MINUTE = "version: "
#: What hangs on a moment: whether a minute has begun since, or a drill's watch.
_BY_THE_MOMENT = ("version: ", "afterwards ")
_SPANS = re.compile(r"# (?:min # s|min|ms|h|s)\b")


@dataclass(frozen=True)
class Block:
    """What the page says to type, and what that prints; `where` it is in the text."""

    typed: str
    printed: str | None
    where: tuple[int, int]

    @property
    def is_only_shown(self) -> bool:
        """Whether nothing on this machine can run it."""
        return self.typed.startswith(SHOWN)


def a_cloud() -> EmbeddedCloud:
    """The cloud to walk on: a rollback's watch lasts longer than the walk, however slow that is."""
    return EmbeddedCloud(iam=True, wait_scale=0.2)


def blocks(text: str) -> list[Block]:
    """Find the page's commands, in their order."""
    return [
        Block(found["typed"], found["printed"], found.span("printed"))
        for found in _BLOCKS.finditer(text)
    ]


class Walk:
    """Types the page's commands one after the other, each as the person who would."""

    def __init__(self, cloud: EmbeddedCloud, home: Path, tools: Path) -> None:
        self._cloud, self._tools = cloud, tools
        self._folder = Person.at(cloud, home, tools).folder
        for name in ("policies", "examples"):
            (self._folder / name).symlink_to(REPOSITORY / name)
        create_demo_flags(cloud)
        self._state = home / "variables"
        self._state.write_text("")
        self._roles: dict[str, Mapping[str, str]] = {"administrator": cloud.environment()}
        for role in ("deployer", "on-call"):
            self._roles[role] = _assumed(cloud, role)

    def types(self, block: Block) -> str:
        """Run a block's commands; returns what they print. Fails unless all succeed."""
        who = _who(block.typed)
        script = f". {self._state}\n{block.typed}\nexport -p >{self._state}.new"
        done = subprocess.run(
            ["bash", "-euc", script],
            cwd=self._folder,
            env={
                "PATH": os.pathsep.join(
                    [str(self._tools), str(Path(sys.executable).parent), os.environ["PATH"]]
                ),
                "HOME": str(self._folder.parent),
                "PYTHONPATH": os.pathsep.join([str(REPOSITORY / "functions"), str(REPOSITORY)]),
                "AWS_CONFIG_FILE": os.devnull,
                "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
                "AWS_EC2_METADATA_DISABLED": "true",
                "AWS_PAGER": "",
                **QUICK,
                "COLUMNS": WIDTH,
                **self._roles[who],
            },
            input="".join(f"{answer}\n" for answer in self._answers(block.typed)),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=_SECONDS,
            check=False,
        )
        assert done.returncode == 0, f"{who}: {block.typed}:\n{done.stdout}"
        self._keep_variables()
        if "flag-rollback drill" in block.typed:
            wait_for(self._watches, "the drill's watch has begun", seconds=_SECONDS)
        return done.stdout

    def _watches(self) -> bool:
        """Whether a rollback is watched: what the page shows next says so."""
        stepfunctions = self._cloud.client("stepfunctions")
        return any(
            stepfunctions.list_executions(stateMachineArn=machine["stateMachineArn"])["executions"]
            for machine in stepfunctions.list_state_machines()["stateMachines"]
            if machine["name"] == f"{STACK}-aftercare"
        )

    def _keep_variables(self) -> None:
        """Keep what was exported, but for whose credentials they were."""
        kept = [
            line
            for line in Path(f"{self._state}.new").read_text().splitlines()
            if re.match(rf"declare -x ({_KEPT})=", line)
        ]
        self._state.write_text("\n".join([*kept, ""]))

    def _answers(self, typed: str) -> Iterator[str]:
        """What the guide of `sam deploy` asks for, and what `sam delete` does."""
        if "--guided" in typed:
            variables = dict(re.findall(r'declare -x (\w+)="(.*)"', self._state.read_text("utf-8")))
            given = {
                "ApplicationId": variables["APPLICATION"],
                "EnvironmentId": variables["ENVIRONMENT"],
                "ConfigurationProfileId": variables["PROFILE"],
                "NotificationEmail": READER,
                "Mode": "notify",
                "MaxFlagsPerHour": "3",
            }
            yield from (STACK, self._cloud.region)
            yield from (given.get(name, "") for name in TEMPLATE["Parameters"])
            yield from ("n", "y", "n", "y", "", "")
        elif typed.startswith("sam delete"):
            yield from ("y", "y")


def _assumed(cloud: EmbeddedCloud, role: str) -> dict[str, str]:
    """Make a role that may do nothing so far; returns the variables of whoever has assumed it."""
    trust = {
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{cloud.account_id}:root"},
        "Action": "sts:AssumeRole",
    }
    made = cloud.client("iam").create_role(
        RoleName=role,
        AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]}),
    )
    keys = cloud.client("sts").assume_role(RoleArn=made["Role"]["Arn"], RoleSessionName="walk")
    return {
        **cloud.environment(),
        "AWS_ACCESS_KEY_ID": keys["Credentials"]["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": keys["Credentials"]["SecretAccessKey"],
        "AWS_SESSION_TOKEN": keys["Credentials"]["SessionToken"],
    }


def _who(typed: str) -> str:
    """Who types a command: the deployer, whoever is on call, or an administrator."""
    if re.search("^sam ", typed, re.M):
        return "deployer"
    return "on-call" if typed.startswith("flag-rollback ") else "administrator"


def plain(text: str) -> list[str]:
    """The lines of an output without what differs from run to run."""
    lines = (" ".join(line.split()) for line in text.splitlines())
    return [
        _SPANS.sub("# s", _VARIES.sub("#", line))
        for line in lines
        if line and not line.startswith(_BY_THE_MOMENT)
    ]


def as_shown(shown: str, printed: str) -> str:
    """What was printed, as much of it as the page shows: all, or the lines after `...`."""
    lines = [line.rstrip() for line in printed.splitlines() if line.strip()]
    if shown.startswith("...\n"):
        lines = ["...", *lines[-(len(shown.splitlines()) - 1) :]]
    return "\n".join([*lines, ""])


def main() -> None:
    """Put what the commands print into the page."""
    text = PAGE.read_text("utf-8")
    with a_cloud() as cloud, forked_tools() as tools, tempfile.TemporaryDirectory() as home:
        walk = Walk(cloud, Path(home), tools)
        outputs = [(block, walk.types(block)) for block in blocks(text) if not block.is_only_shown]
    for block, printed in reversed(outputs):
        if block.printed is not None:
            start, end = block.where
            text = text[:start] + as_shown(block.printed, printed) + text[end:]
    PAGE.write_text(text, "utf-8")


if __name__ == "__main__":
    main()
