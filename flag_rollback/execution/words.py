"""How an execution is told in words: the same in the terminal and on the page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from appconfig_rollback.mark import read_mark

if TYPE_CHECKING:
    from flag_rollback.execution.report import Report
    from flag_rollback.flags.served import InProgress, Standing

_GREEN = {
    "rolled_back": "{flag} was turned off",
    "rollout_stopped": "{flag} is off: its rollout was stopped",
    "already_off": "{flag} was off already",
    "ignored": "The alarm called for nothing",
    "duplicate": "Another execution answers this alarm",
    "dry_run": "Only told, nothing done",
}


def headline(report: Report) -> str:
    """Say in one line how it went."""
    flag = report.execution.flag or "The flag"
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
    outcome, other = report.execution.outcome, report.execution.output.get("coalescedWith")
    if other:
        return f"{flag} was turned off together with others, by execution {_name(other)}"
    return _GREEN.get(outcome, outcome.replace("_", " ").capitalize()).format(flag=flag)


def because(report: Report) -> str:
    """Say why it went so: the cause of a failure, else the reason that the outcome carries."""
    if report.failure:
        return report.failure.cause
    return str(report.execution.output.get("reason") or report.reason)


def standing(flag: str | None, now: Standing) -> str:
    """Say where the flag stands now."""
    name = flag or "the flag"
    if now.state == "unknown":
        return f"{name}: unknown whether on or off, because {now.because}"
    share = f" for {now.percentage:g} %" if now.state == "on" and now.percentage is not None else ""
    told = f"{name} is {now.state.upper()}{share} (version {now.version}, "
    told += f"deployment {now.deployment}{_author(now.deployed_by)})"
    if now.in_progress:
        told += f"; {_in_progress(now.in_progress)}"
    return told


def _in_progress(running: InProgress) -> str:
    of = f"version {running.version}" if running.ours else "another profile"
    whose = ", AppConfig's own," if running.managed else ""
    done = f"{running.percentage:g} % done"
    return f"deployment {running.number} of {of}{whose} is {running.state}, {done}"


def next_steps(report: Report) -> list[str]:
    """Say what to do; what to run stands on a line of its own."""
    if report.failure:
        urgent = ["If the flag does harm now, turn it off by hand in AppConfig."]
        return [*(urgent if report.standing.state != "off" else []), "Mend the cause, then run:"]
    if report.restore_command:
        return ["When the cause is mended, turn the flag on again with:"]
    return []


def command(report: Report) -> str | None:
    """The command that goes with the next steps."""
    return report.redrive_command if report.failure else report.restore_command


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
        return f" by the rollback {mark.execution}"
    return f': "{description}"' if description else ""
