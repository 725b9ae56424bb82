"""Measures what documents that are made to hurt take, each at AppConfig's limit."""

from __future__ import annotations

import resource
import subprocess
import sys
import time
from dataclasses import dataclass

from proofs.fuzz.hurting import HURTING, work_through
from proofs.fuzz.process import run

#: AppConfig's quota of a hosted version: 2 MB (AppConfig endpoints and quotas).
LIMIT = 2 * 1024 * 1024
#: A process that takes longer is ended, and that is a finding.
_SECONDS = 400


@dataclass(frozen=True)
class Cost:
    """What all that is done with a document takes together; None where it did not end.

    `seconds` are of the processor, `megabytes` the most that the process held beyond the documents.
    """

    name: str
    seconds: float | None
    megabytes: float | None


def measure() -> list[Cost]:
    """Measure each kind of document in a process of its own."""
    return [_measured(number) for number in range(len(HURTING))]


def _measured(number: int) -> Cost:
    name = HURTING[number].name
    try:
        done = run("measuring", str(number), seconds=_SECONDS)
    except subprocess.TimeoutExpired:
        return Cost(name, None, None)
    if done.returncode:
        return Cost(name, None, None)
    seconds, megabytes = map(float, done.stdout.split())
    return Cost(name, seconds, megabytes)


def _held() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    """Work through one kind of document, and print what that took."""
    hurting = HURTING[int(sys.argv[1])]
    work_through(*hurting.documents(3))
    document, before = hurting.of_size(LIMIT)
    least, began = _held(), time.process_time()
    work_through(document, before)
    print(time.process_time() - began, _held() - least)


if __name__ == "__main__":
    main()
