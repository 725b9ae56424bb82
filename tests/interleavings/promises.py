"""What must be true at the end of every order of calls."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from appconfig_rollback.mark import Mark, read_mark
from appconfig_rollback.times import moment

if TYPE_CHECKING:
    from tests.appconfig import Deployment
    from tests.interleavings.world import Ended, World

_TURNED_OFF = ("rolled_back", "already_off", "rollout_stopped", "experiment_stopped")
DRAFT = "draft"


def check(world: World, *, most_versions: int) -> None:
    """Raise AssertionError where a promise is broken."""
    for name, ended in world.ended.items():
        if ended.outcome == "held_back":
            _check_held_back(world, name, ended)
            continue
        _check_off(world, ended)
        _check_end(world, name, ended)
        _check_stopped(world, name)
    _check_people(world)
    _check_others(world)
    _check_once(world)
    _check_experiments(world)
    _check_limit(world)
    written = [text for text in world.appconfig.written_by.values() if _writer(text) in world.ended]
    assert len(written) <= most_versions, f"{len(written)} versions written"
    assert not any(
        DRAFT in world.appconfig.document(found).get("changes", []) for found in _all(world)
    ), "a draft was released"


def _check_held_back(world: World, name: str, ended: Ended) -> None:
    """What is held back is told with the flag on, where there is a limit; nothing was stopped."""
    assert world.max_flags is not None
    assert any(ended.saw[flag] for flag in ended.fired.flags), f"{name} says on, and it is off"
    assert [notice["outcome"] for by, notice in world.notices if by == name] == ["held_back"]
    assert not _stopped_by(world, name)


def _check_limit(world: World) -> None:
    """Alarms turn off no more flags than they may in an hour."""
    flags = world.appconfig.flags(world.appconfig.serves())
    off = [flag for flag, is_on in flags.items() if not is_on and flag in _guarded(world)]
    assert world.max_flags is None or len(off) <= world.max_flags, f"{off} are off"


def _check_off(world: World, ended: Ended) -> None:
    """Each flag is off, unless a person has turned it on after it was rolled back."""
    for flag in ended.fired.flags:
        states = [(found, _is_on(world, found, flag)) for found in _completed(world, since=ended)]
        off = [index for index, (_, is_on) in enumerate(states) if not is_on]
        assert off, f"{flag} was never off"
        if states[-1][1]:
            turned_on_by = states[off[-1] + 1][0]
            by = world.ended.get(turned_on_by.by)
            assert by is None or (by.error or "").startswith("BaseRevertedError"), (
                f"{turned_on_by.by} turned {flag} on, and is silent about it"
            )


def _check_end(world: World, name: str, ended: Ended) -> None:
    """No execution is green with a flag of its on; it fails only where a person turned one on.

    Or where what it is based on was reverted under its hands, complete: no lock notices a revert.
    """
    notices = [notice for by, notice in world.notices if by == name]
    if ended.error is not None:
        assert [notice["action"] for notice in notices] == ["rollback_failed"]
        if ended.error.startswith("BaseRevertedError"):
            assert any(found.state == "REVERTED" for found in _all(world))
            return
        assert ended.error.startswith("FlagStillOnError"), ended.error
        # What a person turned on is turned off again by an alarm that nobody had answered yet.
        on_or_shared = [
            ended.saw[flag] or sum(flag in fired.flags for fired in world.firing) > 1
            for flag in ended.fired.flags
        ]
        assert any(on_or_shared), ended.error
        return
    if ended.outcome in _TURNED_OFF:
        on = [flag for flag in ended.fired.flags if ended.saw[flag]]
        assert not on, f"{name} is green, and users get its flag"
        assert [notice["outcome"] for notice in notices] == [ended.outcome]
        assert [each["flag"] for each in notices[0]["flags"]] == list(ended.fired.flags)
    else:
        assert ended.outcome == "duplicate", ended
        assert [notice["outcome"] for notice in notices] in ([], ["duplicate"])
        assert len(notices) == bool(_stopped_by(world, name)), "told twice, or not at all"


def _check_stopped(world: World, name: str) -> None:
    """Whatever an execution stopped, its notice says so, however it ends."""
    (told,) = [notice["stoppedDeployments"] for by, notice in world.notices if by == name] or [[]]
    assert _stopped_by(world, name) <= set(told), f"{name} stopped what it does not tell"


def _stopped_by(world: World, name: str) -> set[int]:
    return {found.number for found in _all(world) if found.stopped_by == name}


def _check_people(world: World) -> None:
    """What a person released stays, and what a person turned on after its alarm stays on."""
    serves = world.appconfig.serves()
    served, on_now = world.appconfig.document(serves), world.appconfig.flags(serves)
    before: Deployment | None = None
    for found in _completed(world):
        document = world.appconfig.document(found)
        if found.by not in world.ended:
            assert found.state == "COMPLETE" or found.bake_minutes
            lost = set(document.get("changes", [])) - set(served.get("changes", []))
            assert not lost or found.state == "REVERTED", f"{lost} is lost"
            for flag in _guarded(world):
                restored = (
                    before is not None
                    and _answered(world, flag, found.number)
                    and _is_on(world, found, flag)
                    and not _is_on(world, before, flag)
                )
                assert not restored or on_now[flag], f"{flag} went off again"
        before = found


def _check_others(world: World) -> None:
    """A flag whose alarm does not fire stays on."""
    for flag, is_on in world.appconfig.flags(world.appconfig.serves()).items():
        assert is_on or flag in _guarded(world), f"{flag} went off for nothing"


def _check_experiments(world: World) -> None:
    """Only a flag whose alarm fired loses its experiment, and only once it was seen off elsewhere.

    What a person releases between that look and the stop cannot be seen: there is no lock for it.
    An execution that failed because a person turned the flag on again leaves the run alone.
    """
    failed = {flag for ended in world.ended.values() if ended.error for flag in ended.fired.flags}
    guarded = _guarded(world)
    for run in world.appconfig.runs:
        flag = world.appconfig.flag_of(run)
        assert not run.running or flag not in guarded or flag in failed, run
        assert run.running or flag in guarded, run
    assert not any(world.appconfig.was_on.values()), "stopped before it was off"


def _guarded(world: World) -> set[str]:
    """List the flags whose alarms fire."""
    return {flag for fired in world.firing for flag in fired.flags}


def _answered(world: World, flag: str, number: int) -> bool:
    """Return whether deployments before that one were for every transition of a flag's alarms."""
    marks = [read_mark(found.description) for found in _all(world)[: number - 1]]
    answered = {(mark.alarm, moment(mark.transition)) for mark in marks if mark}
    return all((fired.alarm, fired.at) in answered for fired in world.firing if flag in fired.flags)


def _check_once(world: World) -> None:
    """A transition has one deployment at most, and one notice that it was answered."""
    marks = [read_mark(found.description) for found in _all(world)]
    deployed = Counter((mark.alarm, mark.transition) for mark in marks if mark)
    assert all(times == 1 for times in deployed.values()), deployed
    told = Counter(
        world.ended[by].fired
        for by, notice in world.notices
        if notice["action"] == "rollback" and notice["outcome"] != "duplicate"
    )
    assert all(times == 1 for times in told.values()), told


def _completed(world: World, since: Ended | None = None) -> list[Deployment]:
    """List what clients were served, in order; `since` begins with what its alarm met."""
    found = [d for d in _all(world) if d.served]
    if since is None:
        return found
    found = [d for d in found if d.state == "COMPLETE"]
    fired_at = since.fired.at
    before = [d for d in found if d.started_at < fired_at]
    return before[-1:] + [d for d in found if d.started_at >= fired_at]


def _all(world: World) -> list[Deployment]:
    """List all deployments, the oldest first."""
    return list(world.appconfig.deployments.values())


def _is_on(world: World, found: Deployment, flag: str) -> bool:
    return world.appconfig.flags(found)[flag]


def _writer(description: str) -> str:
    mark: Mark | None = read_mark(description)
    return mark.execution if mark else ""
