"""A report as a JSON document: for programs, and for the page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from appconfig_rollback.console import console_url
from appconfig_rollback.plain_text import readable_cause
from appconfig_rollback.times import iso
from appconfig_rollback.untyped import json_or_none
from flag_rollback.execution import words
from flag_rollback.execution.told import is_drill
from flag_rollback.execution.verdict import verdict

if TYPE_CHECKING:
    from datetime import datetime

    from flag_rollback.execution.report import Change, Failure, Report
    from flag_rollback.execution.visits import Visit
    from flag_rollback.flags.served import Standing


def document(report: Report) -> dict[str, Any]:
    """Write a report; keys are spelled as in the execution's output."""
    execution = report.execution
    stopped = execution.description.get("stopDate")
    return {
        "execution": {
            "arn": execution.arn,
            "name": execution.name,
            "status": execution.status,
            "started": iso(execution.started),
            "stopped": iso(stopped) if stopped else None,
            "seconds": round(execution.seconds(), 3),
            "redriveCount": execution.redrives,
            "consoleUrl": console_url(execution.arn),
        },
        "called": vars(report.called),
        "flags": list(execution.flags),
        "alarm": execution.alarm,
        "reason": report.reason,
        "outcome": execution.output.get("outcome"),
        "drill": is_drill(execution),
        "input": execution.input,
        "output": execution.output or None,
        "failure": _failure(report.failure) if report.failure else None,
        "redriveCommand": report.redrive_command if report.failure else None,
        "restoreCommand": report.restore_command,
        "offCommand": report.off_command,
        "stopExperimentCommands": report.stop_commands,
        "change": _change(report.change) if report.change else None,
        "flagsNow": [
            {"flag": flag, **_standing(standing)} for flag, standing in report.standings.items()
        ],
        "stoppedExperiments": report.stopped_experiments,
        "aftercare": report.aftercare.document() if report.aftercare else None,
        "told": _told(report),
        "visits": [_visit(visit, report.read_at) for visit in report.visits],
        "readAt": iso(report.read_at),
    }


def _failure(failure: Failure) -> dict[str, Any]:
    return {**vars(failure), "input": json_or_none(failure.input)}


def _change(change: Change) -> dict[str, Any]:
    return {
        "fromVersion": change.from_version,
        "toVersion": change.to_version,
        "wentOut": change.went_out,
        "differences": [vars(difference) for difference in change.differences],
    }


def _told(report: Report) -> dict[str, Any]:
    """Put it into words, as the terminal does."""
    seen = verdict(report)
    return {
        "headline": seen.now,
        "effect": seen.effect,
        "then": seen.then,
        "mechanism": words.mechanism(report),
        "reason": words.reason(report),
        "experiments": words.experiments(report),
        "standings": [words.standing(flag, now) for flag, now in report.standings.items()],
        "steps": [vars(step) for step in words.next_steps(report)],
    }


def _standing(standing: Standing) -> dict[str, Any]:
    return {
        "state": standing.state,
        "by": standing.by,
        "reason": standing.reason,
        "rolloutPercentage": standing.percentage,
        "version": standing.version,
        "deployment": standing.deployment,
        "deployedBy": standing.deployed_by or None,
        "inProgress": vars(standing.in_progress) if standing.in_progress else None,
        "experiment": standing.experiment.noted if standing.experiment else None,
    }


def _visit(visit: Visit, now: datetime) -> dict[str, Any]:
    return {
        "state": visit.state,
        "type": visit.type,
        "attempt": visit.attempt,
        "status": visit.status,
        "entered": iso(visit.entered),
        "seconds": round(visit.seconds(now), 3),
        "tries": [
            {
                "started": iso(t.started),
                "ended": iso(t.ended) if t.ended else None,
                "error": t.error or None,
                "cause": readable_cause(t.cause) or None,
            }
            for t in visit.tries
        ],
        "input": visit.input,
        "output": visit.output,
    }
