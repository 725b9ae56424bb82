"""The page of `make permissions`: who needs which permission, and how that was seen."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from proofs.benchmarks.report import machine

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from local.template_permissions import Permission

WORKFLOW = "tests/workflow"
_LONGEST_ERROR = 120


@dataclass(frozen=True)
class Seen:
    """A run of tests: which one failed, with which words, and whether IAM denied the action."""

    test: str | None
    error: str
    denied: bool

    @property
    def noticed(self) -> bool:
        """Whether the lack of the permission is what failed."""
        return self.test is not None and self.denied


def rows(seen: Mapping[Permission, Seen]) -> Iterator[str]:
    """The rows of a table in Markdown: a permission, and what failed without it."""
    yield "| resource | action | noticed by (in tests/workflow) | error seen |"
    yield "| --- | --- | --- | --- |"
    for permission, each in seen.items():
        test = (each.test or "").removeprefix(f"{WORKFLOW}/") if each.noticed else "**nothing**"
        words = _short(each.error).replace("|", "\\|")
        yield f"| {permission.resource} | {permission.action} | {test} | {words} |"


def _short(error: str) -> str:
    """The error without who asked and what differs from run to run."""
    plain = re.sub(r"\b[0-9a-f]{7,}(-[0-9a-f]+)*\b", "...", error)
    plain = re.sub(r"^AssertionError: |arn:aws:[^ ]*/", "", plain)
    return plain if len(plain) <= _LONGEST_ERROR else f"{plain[: _LONGEST_ERROR - 3]}..."


_PAGE = """# Permissions

Written by `make permissions` in {minutes:.0f} min: {machine}.

## Of the functions and state machines

{noticed} of {all} permissions of `template.yaml` are needed by a test: the test fails on a stack
that lacks the permission, and IAM has denied the action in that run.

{rows}

## Of people

Each was an IAM user with that policy and nothing else, on the embedded cloud. These are the actions
that IAM was asked about; a test fails if a policy allows more or less. For the deployer's two
they are what the SAM CLI calls, and what CloudFormation calls for it to make, change and delete a
stack (`local/gaps/provisioning/`); those policies also allow what an update of any other property
would call.

{people}
"""


def page(
    seen: Mapping[Permission, Seen], calls: Mapping[str, Sequence[str]], seconds: float
) -> str:
    """Write the page; `calls` are the actions that IAM was asked about for each policy's user."""
    people = [f"| `policies/{name}.json` | {', '.join(calls[name])} |" for name in sorted(calls)]
    return _PAGE.format(
        minutes=seconds / 60,
        machine=machine(),
        noticed=sum(each.noticed for each in seen.values()),
        all=len(seen),
        rows="\n".join(rows(seen)),
        people="\n".join(["| policy | calls |", "| --- | --- |", *people]),
    )
