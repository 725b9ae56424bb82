"""So many flags may go off in an hour by themselves; more are held back."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from appconfig_rollback.experiments import reason_to_stop
from appconfig_rollback.mark import Mark
from tests import samples
from tests.appconfig import SHOWING
from tests.domain.situation import NOW, DecisionCase, Situation, case, flags, mark
from tests.samples import FIRED

if TYPE_CHECKING:
    from datetime import datetime

_ON, _OFF = flags("a", "b", "c"), flags("b", "c", off="a")
_BOTH = samples.alarm("a", flags=["a", "b"], namedBy="tag")
_PERSON = samples.alarm("a", namedBy="person")
_LATELY, _LONG_AGO = NOW - timedelta(minutes=59), NOW - timedelta(minutes=61)
_HOUR_AGO = NOW - timedelta(hours=1)
_TWO = (
    "2 flags are to go off, and of the 1 that alarms may turn off in an hour (MaxFlagsPerHour) 1 "
    "is left"
)


def _by(execution: str, count: int = 1, *, by_hand: bool = False) -> str:
    """The description of a deployment that turned so many flags off."""
    alarm = samples.alarm(
        "z", FIRED - timedelta(minutes=5), namedBy="person" if by_hand else "name"
    )
    return str(Mark.of(alarm, samples.execution(execution), 2, count))


def _capped(most: int, documents: dict[int, str] | None = None, **more: Any) -> Situation:
    return Situation({3: _ON} if documents is None else documents, max_flags=most, **more)


def _deploying(situation: Situation) -> Situation:
    """This execution's rollback is under way."""
    situation.versions[4] = _OFF
    return situation.while_it("DEPLOYING", 4, by=mark("run-1", 3))


def _undone() -> Situation:
    situation = _capped(1)
    situation.put(8, "ROLLED_BACK", 3, description=_by("run-0"), started_at=_LATELY)
    return situation


def _stopped(by: str) -> Situation:
    """A run of an experiment on another flag was stopped a moment ago."""
    situation = _capped(1)
    situation.on = {"exp1234": "z"}
    situation.runs = [SHOWING]
    situation.end_runs(
        reason_to_stop(Mark.of(samples.alarm("z"), samples.execution(by), 2), "z", "")
    )
    situation.ended_at["exp1234"] = _LATELY
    return situation


def _rollout_stopped(*, by_me: bool = False) -> Situation:
    """A rollout that turned flag b on was stopped by somebody."""
    documents = {3: flags("a", "c", off="b"), 4: _ON}
    situation = _capped(1, documents)
    situation.put(8, "ROLLED_BACK", 4, started_at=_LATELY, undone_by="USER")
    if by_me:
        situation.stopped_deployments = [samples.stopped_deployment(number=8, version=4)]
    return situation


def _stopped_late(
    ended: datetime | None, by: str = "USER", *, most: int = 1, brought: str | None = _ON
) -> Situation:
    """A rollout of flag b, and perhaps c, that had begun the day before was undone.

    The log may say when, and its version may be gone.
    """
    served = flags("a", "c", off="b") if most == 1 else flags("a", off="bc")
    situation = _capped(most, {3: served} | ({4: brought} if brought else {}))
    began = NOW - timedelta(hours=20)
    situation.put(8, "ROLLED_BACK", 4, started_at=began, undone_by=by, undone_at=ended)
    return situation


CASES: list[DecisionCase] = [
    case(
        "without a limit any number goes off",
        Situation({3: _ON}).then(3, _by("run-0", 99)),
        "roll_back",
    ),
    case("what is left goes off", _capped(2).then(3, _by("run-0"), began=_LATELY), "roll_back"),
    case(
        "where none is left it is held back",
        _capped(1).then(3, _by("run-0"), began=_LATELY),
        "held_back",
        reason_like="1 flag is to go off, and of the 1 that alarms may turn off .* 0 are left",
    ),
    case(
        "flags that were swept along count, each",
        _capped(5).then(3, _by("run-0", 5), began=_LATELY),
        "held_back",
    ),
    case(
        "an hour later it counts no more",
        _capped(1).then(3, _by("run-0"), began=_LONG_AGO),
        "roll_back",
    ),
    case(
        "at the end of the hour it counts",
        _capped(1).then(3, _by("run-0"), began=_HOUR_AGO),
        "held_back",
    ),
    case(
        "what a person turned off by hand does not count",
        _capped(1).then(3, _by("run-0", by_hand=True), began=_LATELY),
        "roll_back",
    ),
    case("a release does not count", _capped(1).then(3, "", began=_LATELY), "roll_back"),
    case("a rollback that a monitor undid does not count", _undone(), "roll_back"),
    case(
        "a person who names the flag is not held back",
        _capped(1, alarm=_PERSON).then(3, _by("run-0"), began=_LATELY),
        "roll_back",
    ),
    case(
        "a list of flags is held back as a whole",
        _capped(1, alarm=_BOTH),
        "settle",
        becomes={"a": "held_back", "b": "held_back"},
        flags=tuple({"flag": flag, "outcome": "held_back", "reason": _TWO} for flag in "ab"),
    ),
    case(
        "of a list that is held back what is off already stays so",
        _capped(1, {3: flags("a", "c", off="b")}, alarm=_BOTH).then(3, _by("run-0"), began=_LATELY),
        "settle",
        becomes={"a": "held_back", "b": "already_off"},
    ),
    case(
        "what is waited for is waited for where none is left, too",
        _capped(1).then(3, _by("run-0"), began=_LATELY).while_it("DEPLOYING", 4, ours=False),
        "wait",
    ),
    case(
        "of a list what an experiment shows counts, and what is off does not",
        _capped(1, {3: flags("c", off="ab")}, alarm=_BOTH, runs=[SHOWING]),
        "stop_experiment",
    ),
    case(
        "what its own deployment is turning off is not held back, whatever was stopped meanwhile",
        _deploying(_stopped("run-0")),
        "roll_back",
        own={"fromVersion": 3, "toVersion": 4, "deploymentNumber": 8},
    ),
    case(
        "of a list what is off already needs nothing",
        _capped(1, {3: flags("a", "c", off="b")}, alarm=_BOTH),
        "roll_back",
        becomes={"a": "rolled_back", "b": "already_off"},
    ),
    case(
        "an execution's own work does not hold it back",
        _capped(1, {3: _ON, 4: _OFF}).then(4, mark("run-1", 3), began=_LATELY),
        "roll_back",
    ),
    case(
        "a rollout that turns it on is not stopped where none is left",
        _capped(1, {3: _OFF, 4: _ON}).then(3, _by("run-0"), began=_LATELY).while_it("DEPLOYING", 4),
        "held_back",
    ),
    case("a rollout that somebody stopped counts", _rollout_stopped(), "held_back"),
    case("one that this execution stopped does not", _rollout_stopped(by_me=True), "roll_back"),
    *(
        case(
            f"a rollout that somebody stopped counts as {counts} flags where {what}: of {most}",
            _stopped_late(_LATELY, most=most, brought=brought),
            "roll_back" if most > counts else "held_back",
        )
        for what, brought, counts in (
            ("it brought two", _ON, 2),
            ("it brought one", flags("b", off="ac"), 1),
            ("its version is gone", None, 1),
        )
        for most in (counts, counts + 1)
    ),
    case(
        "a rollout that began long ago and was stopped within the hour counts",
        _stopped_late(_LATELY),
        "held_back",
    ),
    case("one that nobody says when it was stopped counts", _stopped_late(None), "held_back"),
    case("one that was stopped long ago does not", _stopped_late(_LONG_AGO), "roll_back"),
    case(
        "one that was stopped an hour ago to the second does", _stopped_late(_HOUR_AGO), "held_back"
    ),
    case(
        "a rollout that AppConfig's monitor undid does not count",
        _stopped_late(_LATELY, "CLOUDWATCH_ALARM"),
        "roll_back",
    ),
    case(
        "a rollout that brings more flags than are left is not stopped for one of them",
        _capped(1, {3: flags("c", off="ab"), 4: _ON}).while_it("DEPLOYING", 4),
        "held_back",
        reason_like=r"1 flag is to go off, with 1 more that the same rollout brings \(b\)",
    ),
    case(
        "one that brings two more names them",
        _capped(1, {3: flags(off="abc"), 4: _ON}).while_it("DEPLOYING", 4),
        "held_back",
        reason_like=r"1 flag is to go off, with 2 more that the same rollout brings \(b, c\)",
    ),
    case(
        "a rollout that goes on beside an experiment that is stopped takes nothing from anybody",
        _capped(1, {3: flags("c", off="ab"), 4: flags("b", "c", off="a")}, runs=[SHOWING]).while_it(
            "DEPLOYING", 4
        ),
        "stop_experiment",
    ),
    case(
        "one that brings as many as are left is",
        _capped(2, {3: flags("c", off="ab"), 4: _ON}).while_it("DEPLOYING", 4),
        "stop_rollout",
    ),
    case(
        "an experiment that shows it is not stopped where none is left",
        _capped(1, {3: _OFF}, runs=[SHOWING]).then(3, _by("run-0"), began=_LATELY),
        "held_back",
    ),
    case("an experiment that an execution stopped counts", _stopped("run-0"), "held_back"),
    case("one that this execution stopped does not count", _stopped("run-1"), "roll_back"),
    case(
        "a version with more flags off than are left is not adopted",
        _capped(1, {3: _ON, 4: flags("c", off="ab")}, written_by={4: mark("run-1", 3)}),
        "roll_back",
        own=None,
    ),
    case(
        "one with as many flags off as are left is",
        _capped(1, {3: _ON, 4: _OFF}, written_by={4: mark("run-1", 3)}),
        "roll_back",
        own={"fromVersion": 3, "toVersion": 4, "deploymentNumber": None},
    ),
]
