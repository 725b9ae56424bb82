"""The guards in the functions, and AppConfig's locks: what each is replaced by to take it out."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any
from unittest import mock

import check_deployment
import create_version
import fetch_config
import find_monitors
import restore_monitors
from appconfig_rollback import cap, decision, turned_off, under_way
from appconfig_rollback.adapters import executions
from appconfig_rollback.case import Case
from appconfig_rollback.exposure import Beside
from appconfig_rollback.flag_document import FlagDocument
from appconfig_rollback.history import read_attempt
from appconfig_rollback.state import to_turn_off
from tests.appconfig import LOCKS

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

    from appconfig_rollback.history import Attempt
    from appconfig_rollback.state import Config
    from tests.appconfig import Lock
    from tests.interleavings.actor import Fault

    Out = tuple[ModuleType | type, str, Callable[..., object]]


@dataclass(frozen=True)
class Guard:
    """A guard that can be taken out; it is missed in a scenario, if anywhere.

    `scenario` is where its removal is looked for first, with what goes wrong there; empty where
    nothing is known to catch it: then `why` says what that means.
    """

    name: str
    scenario: str
    out: Out | None = None
    locks: frozenset[Lock] = LOCKS
    fault: Fault = "none"
    why: str = ""

    def taken_out(self) -> AbstractContextManager[object]:
        return mock.patch.object(*self.out) if self.out else nullcontext()


def _nothing(*_: object, **__: object) -> None:
    """Answer as if there were nothing to see."""


def _none(*_: object) -> list[object]:
    return []


def _no(*_: object) -> bool:
    return False


def _yes(*_: object, **__: object) -> bool:
    return True


def _as_it_is(_: object, off: object, **__: object) -> object:
    """Let a decision stand."""
    return off


def _zero(*_: object) -> int:
    return 0


def _as_many(also: object, *_: object) -> object:
    """Sweep all there are."""
    return also


def _first(config: Config) -> list[str]:
    """Look at the first flag only."""
    return to_turn_off(config)[:1]


def _untold(*asked: Any) -> Attempt:
    return replace(read_attempt(*asked), notified=False)


def _only_back(_: object, back: object) -> object:
    return back


GUARDS = (
    Guard("LatestDeploymentNumber", "two flags and a release", locks=LOCKS - {"deployment"}),
    Guard("LatestVersionNumber", "the same transition twice", locks=LOCKS - {"version"}),
    Guard(
        "look before write",
        "the same transition twice",
        (decision, "_written_before", _nothing),
    ),
    Guard(
        "recognising the transition",
        "the same transition twice and a restore",
        (decision, "_answered_by", _nothing),
    ),
    Guard(
        "looking at what is under way",
        "a rollout, and two flags",
        (under_way, "decide", _nothing),
    ),
    Guard(
        "telling of what was stopped, also where another execution answers",
        "a rollout, and the same transition twice",
        (fetch_config, "_did_something", _no),
    ),
    Guard(
        "looking at experiments before the word off",
        "only an experiment, twice",
        (Case, "showing", _nothing),
    ),
    Guard(
        "recognising the transition in a stopped run",
        "only an experiment, twice",
        (turned_off, "_with_whoever_stopped_the_experiment", _as_it_is),
    ),
    Guard(
        "taking over what who answered the transition has left undone",
        "an experiment that a dead execution has left",
        (decision, "_left_undone", _no),
    ),
    Guard(
        "not overruling a person while an experiment is looked for",
        "an experiment and a release",
        (decision, "_refuse_to_overrule", _nothing),
    ),
    Guard(
        "counting what was turned off within the hour",
        "two flags, and room for one",
        (cap, "_flags_of", _zero),
    ),
    Guard(
        "the lock on the newest deployment, for the limit",
        "two flags, and room for one",
        locks=LOCKS - {"deployment"},
    ),
    Guard(
        "sweeping no more than is left",
        "two flags, and room for one",
        (create_version, "_within", _as_many),
    ),
    Guard(
        "counting the other flags of a rollout that is stopped",
        "a rollout of two flags, and room for one",
        (cap, "_brought_with", _none),
    ),
    Guard(
        "confirming each flag of several",
        "a list, and one of its flags is restored",
        (check_deployment, "to_be_off", _first),
    ),
    Guard(
        "looking whether the base was reverted",
        "a rollout, and two flags",
        (check_deployment, "_reverted_base", _nothing),
    ),
    Guard(
        "looking at a rollout before the word off",
        "one flag and a release",
        (Beside, "rolling_out", _nothing),
    ),
    Guard(
        "not sweeping what a person has released since",
        "a flag beside one that was just restored",
        (fetch_config, "_released_at", _nothing),
    ),
    Guard(
        "leaving a version to the execution that wrote it, while that runs",
        "a monitor undoes the rollback of two flags",
        (executions, "is_running", _no),
    ),
    Guard(
        "deploying only what is what is served, with flags off",
        "a leftover, two flags and a release",
        (FlagDocument, "is_rollback_of", _yes),
    ),
    Guard(
        "putting monitors back beside those there are",
        "a monitor undoes the rollback",
        (restore_monitors, "merged", _only_back),
    ),
    Guard(
        "remembering the monitors that are off already",
        "a monitor undoes the rollback",
        (find_monitors, "merged", _only_back),
    ),
    Guard(
        "saying nothing where NotifyFailure has told",
        "two flags, and one is restored",
        (executions, "read_attempt", _untold),
    ),
)
