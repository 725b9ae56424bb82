"""An execution in words: the same in the terminal and on the page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from appconfig_rollback.aftercare.watch import turned_off
from appconfig_rollback.arn import account_of, machine_of, region_of
from appconfig_rollback.errors import FlagNotFoundError
from appconfig_rollback.experiments import in_words
from appconfig_rollback.mark import read_mark
from appconfig_rollback.notices.failure import NOT_SERVED
from appconfig_rollback.plain_text import capitalized

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from flag_rollback.execution.aftercare import Aftercare
    from flag_rollback.execution.finding import Execution
    from flag_rollback.execution.report import Report
    from flag_rollback.flags.served import InProgress, Standing

_GREEN = {
    "rolled_back": "{flags} {was} turned off",
    "rollout_stopped": "{flags} {was} turned off: a rollout was stopped",
    "experiment_stopped": "{flags} {was} turned off: an experiment was stopped",
    "already_off": "{flags} {was} off already",
    "ignored": "The alarm called for nothing",
    "duplicate": "Another execution answers this alarm",
    "held_back": "{flags} {was} NOT turned off, more flags than an hour allows",
    "dry_run": "Only told, nothing done",
}


#: Outcomes that leave a flag on that an alarm asks to turn off.
LEFT_ON = ("dry_run", "held_back")


@dataclass(frozen=True)
class Step:
    """Something to do; `command` does it, where one command does."""

    text: str
    command: str | None = None


def outcome(execution: Execution) -> str:
    """Say in a word or two how an execution ended, or that it has not."""
    found = str(execution.output.get("outcome") or "")
    return found.replace("_", " ") or execution.status


def mechanism(report: Report) -> str:
    """Say in one line what the execution did, or where it failed; `verdict` comes before it."""
    if report.is_running:
        running = [v.state for v in report.visits if v.status == "running"]
        return f"Running: {running[-1] if running else 'about to begin'}"
    if report.failure:
        where, error = report.failure.state or "the execution", report.failure.error
        if report.execution.status == "ABORTED":
            return f"Stopped by a person in {where}: {error}"
        if report.execution.status == "TIMED_OUT":
            return f"Timed out in {where}: {error}"
        return f"{where} failed: {error}"
    found, results = report.execution.outcome, report.execution.output.get("flags", [])
    about = [each["flag"] for each in results if each["outcome"] == found]
    flags, was = names(about or report.execution.flags), "was" if len(about) < 2 else "were"
    other = next((each["sweptBy"] for each in results if "sweptBy" in each), None)
    if other and len(results) == 1:
        return f"{flags} was turned off together with others, by execution {_name(other)}"
    if found == "rolled_back" and report.stopped_experiments:
        which = "its experiment was" if was == "was" else "experiments were"
        return f"{flags} {was} turned off, and {which} stopped"
    told = _GREEN.get(found, found.replace("_", " ").capitalize()).format(flags=flags, was=was)
    if found == "rolled_back":
        return f"{told}{_by(report.execution)}"
    return f"{told}{_reason_of(found, results)}"


def _by(execution: Execution) -> str:
    """Say by what a rollback was done, where the output names it."""
    found = [execution.output.get(key) for key in ("toVersion", "fromVersion", "deploymentNumber")]
    if not all(found):
        return ""
    return ": version {} replaced version {}, by deployment {}".format(*found)


def _reason_of(outcome: str, results: Sequence[Mapping[str, Any]]) -> str:
    """Say why a flag was held back, or since when it was off already."""
    if outcome not in ("held_back", "already_off"):
        return ""
    reasons = (each.get("reason") for each in results if each["outcome"] == outcome)
    return next((f": {reason}" for reason in reasons if reason), "")


def where(report: Report) -> str:
    """Say in which system it is."""
    called, arn = report.called, report.execution.arn
    return (
        f"Environment {called.environment} of application {called.application}, profile "
        f"{called.profile}; stack {machine_of(arn)}, account {account_of(arn)}, {region_of(arn)}"
    )


def names(flags: Sequence[str]) -> str:
    """Name flags: up to three by their names."""
    if not flags:
        return "The flag"
    if len(flags) > 3:
        return f"{len(flags)} flags"
    return ", ".join(flags[:-1]) + (" and " if len(flags) > 1 else "") + flags[-1]


def reason(report: Report) -> str:
    """Say why it went so: the cause of a failure, else the reason that the outcome carries."""
    if report.failure:
        return report.failure.cause
    return str(report.execution.output.get("reason") or report.reason)


def experiments(report: Report) -> list[str]:
    """Say which experiments' runs the execution stopped."""
    which = "which showed the flag to users whatever was deployed"
    return [
        f"{capitalized(in_words(run))}, {which}, was stopped" for run in report.stopped_experiments
    ]


def standing(name: str, now: Standing) -> str:
    """Say what users get of a flag now."""
    if now.state == "unknown":
        return f"{name}: unknown whether on or off, because {now.reason}"
    served = f"version {now.version}, deployment {now.deployment}{_author(now.deployed_by)}"
    if now.by == "experiment":
        told = f"{name} is ON: {now.reason} (now {served})"
    elif now.by == "rollout":
        told = f"{name} is ON: a rollout is turning it on, on top of {served}"
    else:
        on_for = now.percentage if now.state == "on" else None
        share = f" for {on_for:g} %" if on_for is not None else ""
        told = f"{name} is {now.state.upper()}{share} ({served})"
    if now.experiment and now.by != "experiment":
        told += f"; {in_words(now.experiment.noted)} shows it, too"
    return f"{told}; {_in_progress(now.in_progress)}" if now.in_progress else told


def became(aftercare: Aftercare) -> str:
    """Say what a watch has found of a rollback, and whether the watch still runs."""
    told = [_became(result, aftercare) for result in aftercare.results]
    if aftercare.error:
        told.append(f"its watch FAILED ({aftercare.error}): more is not known")
    elif not told:
        told.append("watched, nothing to tell so far")
    return "; then ".join(told)


def _became(result: str, aftercare: Aftercare) -> str:
    match result:
        case "recovered":
            seconds = aftercare.seconds_to_recovery
            after = f" {duration(seconds)} after it had fired" if seconds is not None else ""
            return f"its alarm recovered{after}"
        case "still_firing":
            return "its alarm still fired at the end: probably not this flag"
        case "no_data":
            return "its alarm had no data, so nothing can be said of whether it helped"
        case "turned_on_again":
            again = aftercare.look.get("turnedOnAgain") or {}
            number, flags = again.get("deploymentNumber"), names(again.get("flags") or ())
            by = f" by deployment {number}" if number is not None else ""
            return f"{flags} turned ON again{by}"
    return result.replace("_", " ")


def aftercare(report: Report) -> str:
    """Say what became of a rollback that turned flags off itself; empty for any other."""
    if report.is_running or report.failure or not turned_off(report.execution.output):
        return ""
    if report.aftercare is None:
        why = "not begun yet, missed, too old, or WatchMinutes is 0"
        return f"unknown: no watch over it is found ({why})"
    found = report.aftercare
    looked = found.look.get("lookedAt")
    return f"{became(found)}{f' (looked at {looked})' if looked else ''}"


def _in_progress(running: InProgress) -> str:
    of = f"version {running.version}" if running.ours else "another profile"
    whose = ", AppConfig's own," if running.managed else ""
    done = f"{running.percentage:g} % done"
    return f"deployment {running.number} of {of}{whose} is {running.state}, {done}"


def next_steps(report: Report) -> list[Step]:
    """Say what to do, the urgent first; there is always something."""
    if report.is_running:
        return [Step("Watch it until it ends:", report.follow_command)]
    steps = [*_stopping(report), *(_after_failure(report) if report.failure else _after(report))]
    for stopped in report.stopped_experiments if not report.failure else ():
        run = in_words(stopped)
        steps.append(Step(f"Nothing starts {run} again; start a new run once the cause is fixed."))
    return steps or [Step("See what was done about this alarm:", report.list_command)]


def _stopping(report: Report) -> Iterator[Step]:
    """Say how to take a flag from users who may get it now."""
    now = report.standings
    may_be_on = not now or any(
        each.by != "experiment" and each.state != "off" for each in now.values()
    )
    unknown = {each.state for each in now.values()} == {"unknown"}
    if unknown and report.failure and report.failure.error == FlagNotFoundError.__name__:
        yield Step(NOT_SERVED)
    elif may_be_on and (report.failure or report.execution.outcome in (*LEFT_ON, "already_off")):
        yield Step("If the flag does harm now, turn it off by hand:", report.off_command)
    for flag, command in report.stop_commands.items():
        if report.failure or now[flag].by == "experiment":
            yield Step(f"To stop the experiment that shows {flag} to users, run:", command)


def _after_failure(report: Report) -> Iterator[Step]:
    if report.redrive_command:
        yield Step("Fix the cause, then run:", report.redrive_command)


def _after(report: Report) -> Iterator[Step]:
    """Say what a green end leaves to do."""
    if report.restore_command:
        what = "the flag" if len(report.execution.flags) == 1 else "what was turned off"
        again = f"When the cause is fixed, turn {what} on again with:"
        yield Step(again, report.restore_command)
    lately = report.list_command
    match report.execution.outcome:
        case "already_off" if not any(now.state != "off" for now in report.standings.values()):
            since = _reason_of("already_off", report.execution.output.get("flags", []))
            told = "The flag does not explain the alarm: look for another cause."
            told = "Watch the alarm: users may have had the flag as it fired." if since else told
            yield Step(f"{told} What was done about it lately:", lately)
        case "rolled_back" if any(now.state == "on" for now in report.standings.values()):
            yield Step("It is on again. What was done about it lately:", lately)
        case "rollout_stopped":
            told = "Release it again once the cause is fixed."
            yield Step(f"{told} What was done about it lately:", lately)
        case "experiment_stopped":
            told = "Find the cause before a new run of the experiment."
            yield Step(f"{told} What was done about the flag lately:", lately)
        case "duplicate":
            yield Step("Look at the execution that answers the alarm:", lately)
        case "ignored":
            told = "See which alarms call for a rollback, and which do not:"
            yield Step(told, report.doctor_command)


def duration(seconds: float) -> str:
    """Write a duration as a person reads it."""
    if seconds < 1:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s"


def _name(execution: object) -> str:
    return str(execution).rsplit(":", 1)[-1]


def _author(description: str) -> str:
    mark = read_mark(description)
    if mark:
        return f" {'by hand,' if mark.by_hand else 'by the rollback'} {mark.execution}"
    return f': "{description}"' if description else ""
