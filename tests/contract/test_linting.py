"""`make lint` runs statelint over the definition: it passes, and what AWS would refuse does not."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from subprocess import run
from typing import TYPE_CHECKING, Any

import pytest

from tests.engines.definition import runnable_definition

if TYPE_CHECKING:
    from collections.abc import Callable

#: Each starts a program.
pytestmark = pytest.mark.thorough

_STATELINT = Path(sys.executable).with_name("statelint")


def faults(definition: dict[str, Any]) -> str:
    """What statelint says of a definition; nothing where it finds no fault."""
    done = run(
        [str(_STATELINT), json.dumps(definition)], capture_output=True, text=True, check=False
    )
    assert bool(done.returncode) == bool(done.stdout), done.stderr
    return done.stdout


def _of_parse_alarm(**fields: object) -> Callable[[dict[str, Any]], None]:
    return lambda definition: definition["States"]["ParseAlarm"].update(fields)


@pytest.mark.parametrize(
    ("broken", "told"),
    [
        (_of_parse_alarm(Next="Nowhere"), 'No state found named "Nowhere"'),
        (_of_parse_alarm(ResultPath="alarm"), "ResultPath"),
        (_of_parse_alarm(TimeoutSecond=60), "TimeoutSecond"),
        (_of_parse_alarm(Retry=[{"ErrorEquals": ["X"], "BackoffRate": 2}]), "should be a Float"),
    ],
)
def test_a_definition_that_aws_would_refuse_is_refused(
    broken: Callable[[dict[str, Any]], None], told: str
) -> None:
    definition = json.loads(runnable_definition())

    broken(definition)

    assert told in faults(definition)


@pytest.mark.parametrize("which", ["rollback", "aftercare"])
def test_a_definition_that_ships_is_accepted(which: str) -> None:
    assert faults(json.loads(runnable_definition(which))) == ""
