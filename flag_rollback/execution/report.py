"""Everything known about one execution, gathered once for terminal, JSON and page."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

from appconfig_rollback import errors
from appconfig_rollback.alarm import read_alarm
from appconfig_rollback.errors import RollbackError
from appconfig_rollback.history import read_attempt
from appconfig_rollback.plain_text import readable_cause
from appconfig_rollback.state import flags_off_at
from appconfig_rollback.target import Names
from appconfig_rollback.times import moment
from flag_rollback.called import names
from flag_rollback.execution.aftercare import with_aftercare
from flag_rollback.execution.ending import flags_of
from flag_rollback.execution.finding import Executions, as_object
from flag_rollback.execution.machine import Machine, read_machine
from flag_rollback.execution.metric import Metric, Metrics
from flag_rollback.execution.visits import Visit, read_visits
from flag_rollback.flags.differences import Difference, differences
from flag_rollback.flags.served import Profile, Standing
from flag_rollback.watched import find

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from appconfig_rollback.state import Experiment
    from flag_rollback.access import Access
    from flag_rollback.execution.aftercare import Aftercare
    from flag_rollback.execution.finding import Execution
    from flag_rollback.watched import Place, Watched

RUNNING = ("RUNNING", "PENDING_REDRIVE")


@dataclass(frozen=True)
class Failure:
    """Where and why the last attempt failed; `input` is what the failed state got."""

    state: str | None
    error: str
    cause: str
    meaning: str
    tries: int
    input: str


@dataclass(frozen=True)
class Change:
    """What the execution wrote; `went_out` says whether it is known to have been deployed."""

    from_version: int
    to_version: int
    differences: list[Difference]
    went_out: bool = True

    @property
    def title(self) -> str:
        """What it is called: what was only written has changed nothing for users."""
        what = "changed" if self.went_out else "wrote, which is not known to be deployed"
        return f"What it {what}: version {self.from_version} to {self.to_version}"


@dataclass(frozen=True)
class Report:
    """One execution, whole."""

    execution: Execution
    visits: list[Visit]
    machine: Machine
    reason: str
    failure: Failure | None
    change: Change | None
    standings: dict[str, Standing]
    stopped_experiments: list[Experiment]
    place: Place | None
    called: Names
    redrive_command: str | None
    restore_command: str | None
    off_command: str | None
    inspect_command: str
    follow_command: str
    list_command: str
    doctor_command: str
    stop_commands: dict[str, str]
    read_at: datetime
    measure: Callable[[], Metric]

    @property
    def is_running(self) -> bool:
        """Whether it is not over."""
        return self.execution.status in RUNNING

    @property
    def environment(self) -> str:
        """What people call the environment."""
        return self.called.environment

    @cached_property
    def metric(self) -> Metric:
        """What the alarm watched, read when it is first asked for."""
        found = self.measure()
        told = self.aftercare.look.get("recoveredAt") if self.aftercare else None
        if found.recovered is None and isinstance(told, str):
            return replace(found, recovered=moment(told))
        return found

    @property
    def aftercare(self) -> Aftercare | None:
        """What became of it; None where nothing was watched, or nothing is known."""
        return self.execution.aftercare


class Reporter:
    """Makes reports of the executions of one stack."""

    def __init__(self, access: Access, watched: Watched | None = None) -> None:
        self.access = access
        self.watched = watched or find(access)
        self.executions = Executions(access.client("stepfunctions"), self.watched)

    def report(self, execution: Execution) -> Report:
        """Gather all there is to say now."""
        events = self.executions.events(execution.arn)
        visits = read_visits(events)
        profile, flags = self.profile, flags_of(execution, visits)
        standings = self._standings(flags)
        execution = with_aftercare(
            self.access.client("stepfunctions"), replace(execution, flags=flags)
        )
        return Report(
            execution=execution,
            visits=visits,
            machine=read_machine(self.executions.definition(execution.arn)),
            reason=_reason(execution),
            failure=_failure(execution, visits, events),
            change=_change(execution, visits, profile) if profile else None,
            standings=standings,
            stopped_experiments=stopped_experiments(execution, visits),
            place=self.watched.place,
            called=self.called,
            redrive_command=self.access.command("redrive", execution.name, "--follow"),
            restore_command=self._restore_command(execution, standings),
            off_command=self.access.command("off", *flags) if flags else None,
            inspect_command=self.access.command("inspect", execution.name),
            follow_command=self.access.command("inspect", execution.name, "--follow"),
            list_command=self._list_command(execution),
            doctor_command=self.access.command("doctor"),
            stop_commands=self._stop_commands(standings),
            read_at=datetime.now(UTC),
            measure=lambda: self._metrics.of(execution, flags_off(visits)),
        )

    @cached_property
    def profile(self) -> Profile | None:
        """Where the flags live; None where the stack cannot be read."""
        place = self.watched.place
        return Profile(self.access.client("appconfig"), place) if place else None

    @cached_property
    def called(self) -> Names:
        """What people call the application, the environment and the profile; ids at worst."""
        place = self.watched.place
        if place is None:
            unknown = f"what stack {self.watched.stack} watches"
            return Names(unknown, unknown, unknown)
        return names(self.access.client("appconfig"), place)

    @cached_property
    def _metrics(self) -> Metrics:
        return Metrics(self.access.client("cloudwatch"))

    def _list_command(self, execution: Execution) -> str:
        if len(execution.flags) == 1:
            return self.access.command("executions", "--flag", execution.flags[0])
        if execution.alarm:
            return self.access.command("executions", "--alarm", execution.alarm)
        return self.access.command("executions")

    def _standings(self, flags: tuple[str, ...]) -> dict[str, Standing]:
        if self.profile is None:
            unknown = f"the parameters of stack {self.watched.stack} are unknown"
            return {flag: Standing("unknown", unknown) for flag in flags}
        return self.profile.standings(flags)

    def _restore_command(self, execution: Execution, standings: dict[str, Standing]) -> str | None:
        turned_off = [
            each["flag"]
            for each in execution.output.get("flags", [])
            if each["outcome"] == "rolled_back" and standings[each["flag"]].state == "off"
        ]
        if not turned_off:
            return None
        return self.access.command("restore", *turned_off)  # it asks why

    def _stop_commands(self, standings: dict[str, Standing]) -> dict[str, str]:
        """Write the commands that stop what shows flags to users, by flag."""
        place = self.watched.place
        return {
            flag: self.access.stop_command(place, standing.experiment)
            for flag, standing in standings.items()
            if place and standing.experiment
        }


def _reason(execution: Execution) -> str:
    try:
        return read_alarm(execution.input).reason
    except RollbackError:
        return ""


def _failure(execution: Execution, visits: list[Visit], events: list[Any]) -> Failure | None:
    """Say where the last attempt failed, by the same reading as the failure notice's."""
    if execution.status in (*RUNNING, "SUCCEEDED"):
        return None
    attempt = read_attempt(events)
    description: Mapping[str, Any] = execution.description
    last = next((v for v in reversed(visits) if v.state == attempt.failed_state), None)
    tried = last.error if last else None
    error = tried.error if tried else description.get("error") or execution.status
    cause = tried.cause if tried else description.get("cause", "")
    return Failure(
        state=attempt.failed_state,
        error=error,
        cause=readable_cause(cause) or "no cause was given",
        meaning=_meaning(error),
        tries=attempt.tries,
        input=_given(last, execution),
    )


def _given(visit: Visit | None, execution: Execution) -> str:
    """What a state got; the first ones have nothing but the execution's own input."""
    if visit and as_object(visit.input):
        return visit.input
    return execution.description.get("input", "")


def _meaning(error: str) -> str:
    """Say what an error of this project's means: its class is named after the remedy."""
    kind = getattr(errors, error, None)
    return (kind.__doc__ or "").strip() if isinstance(kind, type) else ""


def _change(execution: Execution, visits: list[Visit], profile: Profile) -> Change | None:
    """Compare the two versions; None where the execution wrote none, or they cannot be read."""
    pair = _versions(execution.output) or next(
        (
            found
            for visit in reversed(visits)
            if (found := _versions(as_object(visit.output).get("version")))
        ),
        None,
    )
    if pair is None:
        return None
    try:
        old, new = (profile.document(version).content for version in pair)
        return Change(*pair, differences(old, new), _went_out(execution, visits))
    except (RollbackError, ValueError):
        return None


def _went_out(execution: Execution, visits: list[Visit]) -> bool:
    """Return whether a deployment of the execution's is known to have completed."""
    if execution.output.get("deploymentNumber") is not None:
        return True
    made = (as_object(visit.output).get("deployment") for visit in visits)
    return any(isinstance(each, dict) and each.get("state") == "COMPLETE" for each in made)


def stopped_experiments(execution: Execution, visits: list[Visit]) -> list[Experiment]:
    """Find the experiments' runs that the execution has stopped, each once.

    A failed execution has no output; the state data of its last state is read instead.
    """
    told = [each.get("stoppedExperiment") for each in execution.output.get("flags", [])]
    left = (as_object(visit.output).get("experiments") for visit in reversed(visits))
    runs = next((found for found in left if isinstance(found, list)), [])
    told += [run for run in runs if isinstance(run, dict) and run.get("stopped")]
    stopped: list[Experiment] = []
    for run in told:
        if isinstance(run, dict) and run.keys() >= {"definition", "name", "run"}:
            found: Experiment = {
                "definition": run["definition"],
                "name": run["name"],
                "run": run["run"],
            }
            stopped += [] if found in stopped else [found]
    return stopped


def flags_off(visits: list[Visit]) -> datetime | None:
    """Find when flags were confirmed off because of the alarm, as the state data has it."""
    for visit in reversed(visits):
        state = as_object(visit.output)
        if isinstance(state.get("result"), dict):
            try:
                at = flags_off_at(state)  # type: ignore[arg-type]
                return moment(at) if at else None
            except (KeyError, TypeError, ValueError):  # an execution of another version
                return None
    return None


def _versions(document: object) -> tuple[int, int] | None:
    if not isinstance(document, dict):
        return None
    before, after = document.get("fromVersion"), document.get("toVersion")
    return (before, after) if isinstance(before, int) and isinstance(after, int) else None
