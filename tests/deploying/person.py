"""A person who deploys the project as the README says, with the tools that AWS gives them."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from local.cloud import REPOSITORY
from tests.contract.shipped import ROOT

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from local.cloud import EmbeddedCloud

#: What a person has of the repository; the tools write their own files beside it.
SHIPPED = ("template.yaml", "functions", "state_machine")
#: SAM looks every five seconds how far a stack is, which takes this cloud less than one.
QUICK = {"SAM_CLI_POLL_DELAY": "0.2"}
_SECONDS = 120


def commands(tool: str) -> list[list[str]]:
    """The papers' commands of a tool on deploying, word for word, in their order."""
    readme = (ROOT / "README.md").read_text("utf-8")
    (section,) = re.findall(r"^## Deploy it\n(.*?)^## ", readme, re.DOTALL | re.MULTILINE)
    section += (ROOT / "docs" / "deploying.md").read_text("utf-8")
    blocks = re.findall(r"^```sh\n(.*?)^```$", section, re.DOTALL | re.MULTILINE)
    lines = "".join(blocks).replace("\\\n", " ").splitlines()
    told = [shlex.split(line, comments=True) for line in lines]
    return [words for words in told if words[:1] == [tool]]


def filled_in(command: list[str], values: Mapping[str, str]) -> list[str]:
    """A command with the README's placeholders, such as NAME, replaced by what they stand for."""
    pattern = re.compile("|".join(rf"\b{re.escape(name)}\b" for name in values))
    return [pattern.sub(lambda found: values[found[0]], word) for word in command]


@dataclass(frozen=True)
class Person:
    """Works in a folder with what ships, with the cloud's credentials and no other settings."""

    cloud: EmbeddedCloud
    folder: Path
    tools: Path
    credentials: Mapping[str, str]

    @classmethod
    def at(
        cls,
        cloud: EmbeddedCloud,
        home: Path,
        tools: Path,
        credentials: Mapping[str, str] | None = None,
    ) -> Person:
        """Give a person a copy of what ships, and the folder of their tools.

        Without credentials it is root, whom nothing is denied.
        """
        folder = home / "repository"
        folder.mkdir(parents=True)
        for name in SHIPPED:
            if (REPOSITORY / name).is_dir():
                without = shutil.ignore_patterns("__pycache__")
                shutil.copytree(REPOSITORY / name, folder / name, ignore=without)
            else:
                shutil.copy(REPOSITORY / name, folder)
        # SAM asks PyPI for a newer version once a week, and AWS's telemetry is not for tests.
        settings = {"telemetryEnabled": False, "lastVersionCheck": time.time()}
        (home / ".aws-sam").mkdir()
        (home / ".aws-sam" / "metadata.json").write_text(json.dumps(settings))
        return cls(cloud, folder, tools, credentials or cloud.environment())

    def run(self, command: list[str], *, answers: list[str] | None = None) -> str:
        """Run a command, answering its questions in turn; returns what it printed.

        Fails the test unless the command succeeds.
        """
        done = subprocess.run(
            [str(self.tools / command[0]), *command[1:]],
            cwd=self.folder,
            env={
                "PATH": os.environ.get("PATH", os.defpath),
                "HOME": str(self.folder.parent),
                "AWS_CONFIG_FILE": os.devnull,
                "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
                "AWS_EC2_METADATA_DISABLED": "true",
                "AWS_PAGER": "",
                **QUICK,
                **self.credentials,
            },
            input="".join(f"{answer}\n" for answer in answers or []),
            capture_output=True,
            text=True,
            timeout=_SECONDS,
            check=False,
        )
        printed = done.stdout + done.stderr
        assert done.returncode == 0, f"{shlex.join(command)}:\n{printed}"
        return printed
