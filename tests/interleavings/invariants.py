"""What must be true at the end of every order of calls: each promise by its name."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from appconfig_rollback.mark import read_mark
from appconfig_rollback.times import moment
from tests.interleavings.people import Releaser
from tests.interleavings.stage import DRAFT

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterator, Mapping

    from tests.appconfig import AppConfig, Deployment
    from tests.interleavings.actor import Fault
    from tests.interleavings.execution import Doing, Execution
    from tests.interleavings.stage import Stage
    from tests.interleavings.world import Fired, World

_OFF = ("rolled_back", "already_off", "rollout_stopped", "experiment_stopped")


@dataclass(frozen=True)
class End:
    """How an order ended: on which stage it began, and how the world and the executions are.

    `redriven` says that what had failed was redriven once its cause was gone.
    """

    stage: Stage
    world: World
    ended: dict[str, Doing]
    fault: Fault
    redriven: bool = False

    def __post_init__(self) -> None:
        self.all: list[Deployment]
        object.__setattr__(self, "all", list(self.world.appconfig.deployments.values()))

    @property
    def executions(self) -> Iterator[tuple[Execution, Doing]]:
        for execution in self.stage.executions:
            yield execution, self.ended[execution.name]

    @property
    def released(self) -> bool:
        """Whether a person who does not look may have released something."""
        return any(isinstance(actor, Releaser) for actor in self.stage.actors)

    def flags(self, found: Deployment) -> dict[str, bool]:
        return self.world.appconfig.flags(found)

    @property
    def guarded(self) -> set[str]:
        """The flags that alarms or people want off."""
        return {flag for each in self.stage.executions for flag in each.fired.flags}

    def same_transition(self, fired: Fired) -> list[Doing]:
        """How the executions that answer a transition ended."""
        return [doing for each, doing in self.executions if each.fired is fired]


@dataclass(frozen=True)
class Invariant:
    """A promise: its name, the sentence that people read, and what is wrong with an end."""

    id: str
    sentence: str
    broken: Callable[[End], Iterator[str]]


def _lost_changes(end: End) -> Iterator[str]:
    served: list[Deployment] = []
    for found in end.all:
        if not found.served or found.managed:
            continue
        doing = end.ended.get(found.by)
        if doing is not None and not _says_reverted(end, found.by, doing):
            # What was reverted after its last look could not be seen.
            known = [each for each in served if each.number not in doing.reverted]
            yield from _differences(end, known[-1], found) if known else ()
        served.append(found)


def _says_reverted(end: End, name: str, doing: Doing) -> bool:
    told = [doing.error or "", *end.world.told.get(name, ())]
    return any("BaseRevertedError" in text for text in told)


def _differences(end: End, base: Deployment, found: Deployment) -> Iterator[str]:
    """Compare a rollback with what it was made of: flags may go off, and nothing else."""
    store = end.world.appconfig
    before, after = store.document(base), store.document(found)
    for name, was_on in end.flags(base).items():
        is_on = end.flags(found)[name]
        if is_on != was_on and (is_on or name not in end.guarded):
            turned = f"{name} {'on' if is_on else 'off'}"
            yield f"deployment {found.number} of {found.by} turned {turned}"
    for what in ("changes", "version"):
        if before.get(what) != after.get(what):
            yield f"deployment {found.number} of {found.by} lost {before.get(what)}"
    described = before["flags"]["c"].get("description")
    if described and described != after["flags"]["c"].get("description"):
        yield f"deployment {found.number} of {found.by} lost {described}"


def _overruled(end: End) -> Iterator[str]:
    """A person who turns a flag on after all its alarms were answered has decided."""
    if end.redriven:
        return
    on_now = end.flags(end.world.appconfig.serves())
    served = [found for found in end.all if found.served and not found.managed]
    for before, found in pairwise(served):
        if found.by in end.ended:
            continue
        for flag in end.guarded:
            turned_on = end.flags(found)[flag] and not end.flags(before)[flag]
            if turned_on and _answered(end, flag, found.number) and not on_now[flag]:
                yield f"a person turned {flag} on, and it went off again"


def _answered(end: End, flag: str, number: int) -> bool:
    marks = [read_mark(found.description) for found in end.all if found.number < number]
    done = {(mark.alarm, moment(mark.transition)) for mark in marks if mark}
    wanted = [each.fired for each in end.stage.executions if flag in each.fired.flags]
    return all((fired.alarm, fired.at) in done for fired in wanted)


def _off_and_on(end: End) -> Iterator[str]:
    for execution, doing in end.executions:
        said = dict(doing.flags)
        for flag in execution.fired.flags:
            if said.get(flag) in _OFF and (flag, False) not in doing.saw:
                yield f"{execution.name}: {flag} is {said[flag]}, and users had it all the while"
        for notice in end.world.notices(execution.name)[-1:]:
            for each in notice["flags"] if doing.error else ():
                if each["state"] == "off" and (each["flag"], False) not in doing.saw:
                    yield f"the notice of {execution.name} says {each['flag']} is off"


def _several_rollbacks(end: End) -> Iterator[str]:
    marks = [read_mark(found.description) for found in end.all if found.served]
    times = Counter((mark.alarm, mark.transition) for mark in marks if mark)
    for (alarm, _), count in times.items():
        if count > 1 and not end.redriven:
            yield f"{count} completed rollbacks of one transition of {alarm}"


def _announcements(end: End) -> Iterator[str]:
    most = 2 if end.fault == "happened as it told" else 1
    for execution, doing in end.executions:
        if execution.by_hand:
            continue
        notices = end.world.notices(execution.name)
        red = [each for each in notices if each["action"] == "rollback_failed"]
        green = [each for each in notices if each["action"] == "rollback"]
        if not 0 <= len(red) - bool(doing.error or doing.redriven) <= most - 1:
            yield f"{execution.name} is {doing.error}, announced {len(red)} times"
        if doing.error is None and doing.outcome not in ("duplicate", "ignored"):
            if not 1 <= len(green) <= most:
                yield f"{execution.name} is {doing.outcome}, announced {len(green)} times"
            for each in green:
                if each["outcome"] != doing.outcome:
                    yield f"{execution.name} is {doing.outcome}, announced as {each['outcome']}"
    for fired in {execution.fired for execution, _ in end.executions}:
        told = _told_of(end, fired)
        marked = [outcome for outcome in told if outcome != "rollout_stopped"]
        second_act = end.released and {"experiment_stopped", "rolled_back"} == set(marked)
        if len(marked) - second_act > most and not end.redriven:
            yield f"one transition was announced as answered: {told}"


def _told_of(end: End, fired: Fired) -> list[str]:
    """List the outcomes that were announced of a transition, but for that another answers it."""
    names = [each.name for each in end.stage.executions if each.fired is fired]
    told = (each for name in names for each in end.world.notices(name))
    outcomes = (each["outcome"] for each in told if each["action"] == "rollback")
    return [outcome for outcome in outcomes if outcome != "duplicate"]


def _stopped(end: End) -> Iterator[str]:
    for execution, _ in end.executions:
        stopped = {found.number for found in end.all if found.stopped_by == execution.name}
        notices = end.world.notices(execution.name)
        told = {number for each in notices for number in each["stoppedDeployments"]}
        if stopped - told and not execution.by_hand:
            yield f"{execution.name} stopped {sorted(stopped - told)} and told nobody"


def _missing_monitors(end: End) -> Iterator[str]:
    there = {each["AlarmArn"] for each in end.world.appconfig.monitors}
    before = {each["AlarmArn"] for each in end.stage.appconfig.monitors}
    named = {
        arn
        for execution in end.stage.executions
        for notice in end.world.notices(execution.name)
        for arn in notice.get("missingMonitors", ())
    }
    if before - there - named:
        yield f"{before - there - named} are off the environment, and nobody was told"


def _others_off(end: End) -> Iterator[str]:
    before = end.flags(end.stage.appconfig.serves())
    for flag, is_on in end.flags(end.world.appconfig.serves()).items():
        if before[flag] and not is_on and flag not in end.guarded:
            yield f"{flag} went off for nothing"
    for found in end.all:
        if DRAFT in end.world.appconfig.document(found).get("changes", ()):
            yield f"deployment {found.number} released a draft"


def _experiments(end: End) -> Iterator[str]:
    store = end.world.appconfig
    settled = {
        flag for each, doing in end.executions for flag in each.fired.flags if not doing.error
    }
    for run in store.runs:
        flag = store.flag_of(run)
        if not run.running and flag not in end.guarded:
            yield f"the run on {flag} was stopped for nothing"
        if not run.running and run.definition in end.world.shown_on:
            yield f"the run on {flag} was stopped while the flag was on"
        if run.running and flag in settled:
            yield f"the run on {flag} still shows it"


def _over_the_limit(end: End) -> Iterator[str]:
    most = end.stage.settings.get("MAX_FLAGS_PER_HOUR")
    before = end.flags(end.stage.appconfig.serves())
    now = end.flags(end.world.appconfig.serves())
    off = {flag for flag, is_on in before.items() if is_on and not now[flag]}
    for found in end.all:
        if found.stopped_by in end.ended and found.by not in end.ended:
            off |= {flag for flag, is_on in end.flags(found).items() if is_on and not now[flag]}
    if most and len(off) > int(most):
        yield f"{sorted(off)} are off, and {most} may go off"
    for execution, doing in end.executions:
        if doing.outcome == "held_back":
            if not most:
                yield f"{execution.name} is held back, and there is no limit"
            if not any((flag, True) in doing.saw for flag in execution.fired.flags):
                yield f"{execution.name} is held back, and its flags are off"


def _too_many_versions(end: End) -> Iterator[str]:
    """Whoever answers a transition writes once, and again only behind what others have done.

    What it writes on top of its own version at once, with more flags off, belongs to that one.
    """
    if end.redriven:
        return
    store, before = end.world.appconfig, end.stage.appconfig
    writers, seconds = _writers(store.written_by, end.ended)
    versions = len(store.versions) - len(before.versions)
    new = [
        found
        for found in end.all
        if found.number not in before.deployments or found.number == _under_way(before)
    ]
    for fired in {each.fired for each in end.stage.executions}:
        names = {each.name for each in end.stage.executions if each.fired is fired}
        written = sum(writers[name] for name in names)
        theirs = written + sum(seconds[name] for name in names)
        others = sum(found.by not in names for found in new) + versions - theirs
        if written > 1 + len(names) * others:
            yield f"{written} versions written by {sorted(names)}, and others did {others} things"


def _writers(
    written_by: Mapping[int, str], executions: Container[str]
) -> tuple[Counter[str], Counter[str]]:
    """Count the versions of each execution: those it began with, and those on top of such a one."""
    firsts: Counter[str] = Counter()
    seconds: Counter[str] = Counter()
    before = None
    for number in sorted(written_by):
        mark = read_mark(written_by[number])
        if not mark or mark.execution not in executions:
            before = None
            continue
        own = (number - 1, mark.execution, mark.base)
        if own == before:
            seconds[mark.execution] += 1
            before = None
        else:
            firsts[mark.execution] += 1
            before = (number, mark.execution, mark.base)
    return firsts, seconds


def _under_way(store: AppConfig) -> int:
    found = store.in_progress()
    return found.number if found else 0


def _red_for_nothing(end: End) -> Iterator[str]:
    if end.fault != "none" or end.redriven:
        return
    for execution, doing in end.executions:
        error = doing.error or ""
        if error.startswith("BaseRevertedError"):
            if not any(found.state == "REVERTED" for found in end.all):
                yield f"{execution.name}: {error}"
        elif error and not (error.startswith("FlagStillOnError") and end.released):
            yield f"{execution.name}: {error}"


def _redriven_in_vain(end: End) -> Iterator[str]:
    if not end.redriven:
        return
    for execution, doing in end.executions:
        if doing.redriven and doing.outcome not in (*_OFF, "held_back"):
            others = end.same_transition(execution.fired)
            answered = any(each.outcome in _OFF for each in others)
            off = not any(map(end.world.users_get, execution.fired.flags))
            if doing.outcome != "duplicate" or not (answered or off):
                yield f"{execution.name}, redriven, is {doing.outcome or doing.error}"


INVARIANTS = (
    Invariant(
        "changes-stay",
        "No completed change of anybody is lost: what an execution deploys is what was served, "
        "with flags off whose alarms fired. Where that was reverted meanwhile, it is red "
        "and says so.",
        _lost_changes,
    ),
    Invariant(
        "people-decide",
        "What a person turns on once its alarms were answered stays on until somebody redrives.",
        _overruled,
    ),
    Invariant(
        "off-is-off",
        "Never an outcome or a notice that says off of a flag which users had at every moment of "
        "the look that it speaks of.",
        _off_and_on,
    ),
    Invariant(
        "one-rollback",
        "At most one completed rollback deployment per transition; another one after a redrive.",
        _several_rollbacks,
    ),
    Invariant(
        "announced-once",
        "Every red attempt is announced once, and so is every answered transition; twice only "
        "where the function died, or its answer was lost, right after it had told. (Where one "
        "execution stopped an experiment and a person then turned the flag on, an execution that "
        "comes late rolls that back, and tells of that; a rollout that is stopped keeps no mark of "
        "whoever stopped it, so each execution that went to stop it tells of it.)",
        _announcements,
    ),
    Invariant(
        "stops-are-told",
        "Whatever an execution stopped, its notice says so, however it ends.",
        _stopped,
    ),
    Invariant(
        "monitors-return",
        "What was taken off (monitors) is back, or named in a notice.",
        _missing_monitors,
    ),
    Invariant(
        "others-stay",
        "A flag that nobody wants off stays on, and a draft is never released.",
        _others_off,
    ),
    Invariant(
        "experiments-end",
        "Only a flag whose alarm fired loses its experiment's run, only once it was seen off in "
        "what is served, and a green execution leaves no such run behind.",
        _experiments,
    ),
    Invariant(
        "limit-holds",
        "Alarms turn off no more flags in an hour than they may, and held back is only said of a "
        "flag that is on.",
        _over_the_limit,
    ),
    Invariant(
        "versions-are-few",
        "One version is written per transition, and at once another on top of it where other flags "
        "go off, too; each of its executions may write anew for each version and each deployment "
        "that others make meanwhile.",
        _too_many_versions,
    ),
    Invariant(
        "red-has-a-reason",
        "Where nothing goes wrong, an execution is red only because a person turned its flag on "
        "again, or because what it was made of was reverted.",
        _red_for_nothing,
    ),
    Invariant(
        "redrive-turns-off",
        "A redrive after any end leads to an outcome that says off, once the cause is gone.",
        _redriven_in_vain,
    ),
)

#: This one is not looked for at the ends.
ORDERS_END = Invariant(
    "orders-end",
    "Every order comes to an end: nobody waits for ever for somebody who does not move.",
    lambda _: iter(()),
)


def broken(end: End) -> dict[str, str]:
    """List the promises that an end breaks, each with what is wrong."""
    found = {}
    for invariant in INVARIANTS:
        if wrong := "; ".join(invariant.broken(end)):
            found[invariant.id] = wrong
    return found
