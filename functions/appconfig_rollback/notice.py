"""The notices: what people and programs are told of a rollback.

Each notice has one text per SNS protocol: `default` is JSON for programs, `email` is for a person
at three in the morning, `https` is the custom notification of Amazon Q Developer in chat
applications, which shows it in Slack and Teams.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote

from appconfig_rollback.state import Monitor, Rollout, State, flag_off_at, iso, moment

_SUBJECT_LIMIT = 99  # SNS: ASCII, no control characters, less than 100 characters
_CAUSE_LIMIT = 1000
_NAME_LIMIT = 17  # with a longer name before it, ON or OFF is not in the first 40 characters
_CLIENTS = (
    "Clients have this at their next poll: with the AppConfig Agent's default of 45 seconds, "
    "within a minute. A client that polls less often, or caches, has it later."
)


@dataclass(frozen=True)
class Target:
    """What the stack watches: ids of AppConfig's application, environment and profile."""

    application: str
    environment: str
    profile: str

    def __str__(self) -> str:
        return (
            f"environment {self.environment}, profile {self.profile} "
            f"(application {self.application})"
        )


@dataclass(frozen=True)
class Notice:
    """What to publish: SNS subject, one message per protocol, attributes for filter policies."""

    subject: str
    messages: dict[str, str]
    attributes: dict[str, str]


def outcome_notice(state: State, target: Target, execution_arn: str, now: datetime) -> Notice:
    """Tell the outcome that stands in the state data."""
    result, alarm = state["result"], state["alarm"]
    flag, console = result["flag"], console_url(execution_arn)
    rollout, monitors = _stopped(state), state.get("monitors")
    document = {
        "action": "rollback",
        "outcome": result["outcome"],
        "flagName": flag,
        "alarmName": result["alarmName"],
        "reason": result["reason"],
        "timestamp": iso(now),
        "application": target.application,
        "environment": target.environment,
        "profile": target.profile,
        "fromVersion": result["fromVersion"],
        "toVersion": result["toVersion"],
        "deploymentNumber": result["deploymentNumber"],
        "coalescedWith": result.get("coalescedWith"),
        "sweptFlags": _swept(state),
        "stoppedDeployment": rollout["number"] if rollout else None,
        "suspendedMonitors": [m["AlarmArn"] for m in monitors["suspended"]] if monitors else [],
        "executionArn": execution_arn,
        "consoleUrl": console,
    }
    told = _TOLD[result["outcome"]](state, target)
    when = f"The alarm rang at {alarm['transitionedAt']}."
    off_at = flag_off_at(state)
    if off_at:
        seconds = _seconds_between(alarm["transitionedAt"], off_at)
        when += f" Confirmed off at {off_at}, {seconds:.0f} seconds later."
    why = f"Alarm {result['alarmName']} went to ALARM. {result['reason']}".strip()
    sections = {"What": " ".join([told.what, *_besides(state)]), "Why": why, "When": when}
    if result["outcome"] != "dry_run":
        sections["Clients"] = _CLIENTS
    sections["Look at"] = console
    return _notice(
        told.title,
        document,
        sections,
        told.next_steps,
        attributes={"outcome": result["outcome"], "flagName": flag},
    )


@dataclass(frozen=True)
class _Told:
    """How an outcome is put into words."""

    title: str
    what: str
    next_steps: list[str]


def _rolled_back(state: State, target: Target) -> _Told:
    result = state["result"]
    what = (
        f"Version {result['toVersion']} replaces version {result['fromVersion']} in {target} by "
        f"deployment {result['deploymentNumber']}."
    )
    if "coalescedWith" in result:
        what += (
            " Another execution turned it off together with a flag of its own, because both "
            f"alarms rang: {result['coalescedWith']}"
        )
    elif not _swept(state):
        what += " No other flag was changed."
    return _Told(f'Flag "{result["flag"]}" was turned OFF', what, _after(result["alarmName"]))


def _rollout_stopped(state: State, target: Target) -> _Told:
    result = state["result"]
    what = (
        f"Deployment {result['deploymentNumber']} was rolling out version {result['fromVersion']}, "
        f"which turns the flag on, to {target}. It was stopped. Version {result['toVersion']}, "
        "which is served without it, has the flag off; no version was written."
    )
    title = f'Flag "{result["flag"]}" is OFF: its rollout was stopped'
    return _Told(title, what, _after(result["alarmName"]))


def _already_off(state: State, target: Target) -> _Told:
    result = state["result"]
    return _Told(
        f'Flag "{result["flag"]}" was already OFF',
        f"Version {result['fromVersion']} in {target} has the flag off, so nothing was changed.",
        [
            f"Look for another cause of alarm {result['alarmName']}: the flag does not explain it,"
            " unless clients have not polled since it was turned off.",
        ],
    )


def _dry_run(state: State, target: Target) -> _Told:
    result = state["result"]
    because = state["config"]["because"]
    return _Told(
        f'Flag "{result["flag"]}" is still ON: a rollback would turn it off',
        f"Nothing was changed in {target}: {because}.",
        [
            "If the flag does harm, turn it off by hand in AppConfig.",
            "To have it done the next time, set the stack's parameter Mode, or the flag's "
            "metadata rollback, to auto.",
        ],
    )


_TOLD: dict[str, Callable[[State, Target], _Told]] = {
    "rolled_back": _rolled_back,
    "rollout_stopped": _rollout_stopped,
    "already_off": _already_off,
    "dry_run": _dry_run,
}


def _after(alarm_name: str) -> list[str]:
    return [
        f"Watch alarm {alarm_name}: if it stays in ALARM, the flag is not the cause.",
        "Find and mend the cause.",
        "Turn the flag on again by deploying a new version. The rollback never does that.",
    ]


def _besides(state: State) -> Iterator[str]:
    """Say what else was done on the way."""
    swept = _swept(state)
    if swept:
        yield (
            f"{swept} other flag{'s' if swept > 1 else ''} whose alarms rang at the same time went "
            "off with it; their own notices follow."
        )
    rollout = _stopped(state)
    if rollout and state["result"]["outcome"] == "rolled_back":
        yield (
            f"Deployment {rollout['number']} of profile {rollout['profileName']!r}, which was in "
            "progress, was stopped first."
        )
    monitors = state.get("monitors")
    if monitors and monitors["suspended"]:
        names = ", ".join(monitor["AlarmArn"] for monitor in monitors["suspended"])
        yield (
            "AppConfig had undone the rollback because of the environment's monitors, so these "
            f"were taken off while it was deployed, and are back: {names}"
        )


def _stopped(state: State) -> Rollout | None:
    rollout = state.get("rollout")
    return rollout if rollout and rollout["stopped"] else None


def _swept(state: State) -> int:
    """Count the flags that went off with this one; a version that lost the race swept none."""
    result = state["result"]
    if result["outcome"] != "rolled_back" or "coalescedWith" in result:
        return 0
    return state["version"]["sweptFlags"]


@dataclass(frozen=True)
class FailedRun:
    """What is known of an attempt that failed.

    `cause` is readable text; `flag` and `alarm_name` are None where the input did not tell;
    `flag_state` is `on`, `off` or `unknown`, as served right now. `missing_monitors` were taken off
    the environment and are not back; `restore_command` puts them back.
    """

    execution_arn: str
    error: str
    cause: str
    failed_state: str | None
    attempts: int
    flag: str | None
    alarm_name: str | None
    flag_state: str
    missing_monitors: Sequence[Monitor] = ()
    restore_command: str | None = None


def failure_notice(run: FailedRun, target: Target, now: datetime) -> Notice:
    """Tell that a rollback failed, and what to do: whether the flag is still on comes first."""
    console = console_url(run.execution_arn)
    redrive = redrive_command(run.execution_arn)
    cause = shortened(run.cause, _CAUSE_LIMIT)
    document = {
        "action": "rollback_failed",
        "error": run.error,
        "cause": cause,
        "failedState": run.failed_state,
        "attempts": run.attempts,
        "flagName": run.flag,
        "alarmName": run.alarm_name,
        "flagState": run.flag_state,
        "executionArn": run.execution_arn,
        "consoleUrl": console,
        "redriveCommand": redrive,
        "missingMonitors": [monitor["AlarmArn"] for monitor in run.missing_monitors],
        "restoreCommand": run.restore_command,
        "timestamp": iso(now),
    }
    name = f'Flag "{run.flag}"' if run.flag else "A flag"
    title = {
        "on": f"{name} is still ON: its rollback failed",
        "off": f"{name} is OFF, but its rollback did not end well",
    }.get(run.flag_state, f"{name} may still be ON: its rollback failed")
    step = run.failed_state or "an unknown step"
    tries = f"{run.attempts} attempt{'' if run.attempts == 1 else 's'}"
    sections = {
        "What": f"Step {step} failed after {tries}: {run.error}",
        "Cause": cause or "none was given",
        "Where": f"{target}; alarm {run.alarm_name or 'unknown'}",
        "Look at": console,
    }
    next_steps = ["Mend the cause."]
    if run.missing_monitors:
        arns = ", ".join(monitor["AlarmArn"] for monitor in run.missing_monitors)
        sections["Monitors"] = f"These are still off the environment: {arns}"
        next_steps.append(f"Put the monitors back, unless a redrive does: {run.restore_command}")
    if run.flag_state != "off":
        next_steps.insert(0, "If the flag does harm now, turn it off by hand in AppConfig.")
    next_steps.append(f"Redrive the execution, in the console or with: {redrive}")
    return _notice(
        title,
        document,
        sections,
        next_steps,
        attributes={"outcome": "rollback_failed", "flagName": run.flag or "unknown"},
    )


def readable_cause(cause: str) -> str:
    """Take the message out of a Lambda error's cause, which is JSON; other causes stay as is."""
    try:
        document = json.loads(cause)
    except (ValueError, RecursionError):
        return cause
    if isinstance(document, Mapping) and isinstance(document.get("errorMessage"), str):
        return str(document["errorMessage"])
    return cause


def shortened(text: str, limit: int) -> str:
    """Cut a text to at most `limit` characters."""
    return text if len(text) <= limit else f"{text[: limit - 3]}..."


def ascii_line(text: str, limit: int) -> str:
    """Write a text in printable ASCII on one line, other characters as escapes."""
    escaped = text.encode("ascii", "backslashreplace").decode()
    printable = "".join(c if c.isprintable() else " " for c in escaped)
    return shortened(" ".join(printable.split()), limit)


def console_url(execution_arn: str) -> str:
    """Link to the execution in the Step Functions console."""
    _, partition, _, region, *_ = execution_arn.split(":")
    host = {
        "aws-cn": "console.amazonaws.cn",
        "aws-us-gov": "console.amazonaws-us-gov.com",
    }.get(partition, f"{region}.console.aws.amazon.com")
    return (
        f"https://{host}/states/home?region={region}"
        f"#/v2/executions/details/{quote(execution_arn, safe=':')}"
    )


def redrive_command(execution_arn: str) -> str:
    """Write the command that redrives an execution."""
    region = execution_arn.split(":")[3]
    return (
        f"aws stepfunctions redrive-execution --region {region} --execution-arn '{execution_arn}'"
    )


def _notice(
    title: str,
    document: dict[str, Any],
    sections: dict[str, str],
    next_steps: list[str],
    attributes: dict[str, str],
) -> Notice:
    title = _with_state_in_sight(title, attributes["flagName"])
    lines = [f"{title}.", ""]
    lines += [f"{name}:\n  {text}\n" for name, text in sections.items()]
    lines += ["What to do next:"]
    lines += [f"  {number}. {step}" for number, step in enumerate(next_steps, 1)]
    # https://docs.aws.amazon.com/chatbot/latest/adminguide/custom-notifs.html: title <= 250,
    # description <= 8000, each next step <= 350, each keyword <= 75 characters.
    chat = {
        "version": "1.0",
        "source": "custom",
        "content": {
            "textType": "client-markdown",
            "title": shortened(title, 250),
            "description": shortened(
                "\n".join(f"*{name}:* {text}" for name, text in sections.items()), 8000
            ),
            "nextSteps": [shortened(step, 350) for step in next_steps],
            "keywords": [shortened(value, 75) for value in attributes.values()],
        },
        "metadata": {
            "threadId": document["executionArn"],
            "summary": title,
            "eventType": document["action"],
            "relatedResources": [document["executionArn"]],
            "additionalContext": attributes,
        },
    }
    return Notice(
        subject=ascii_line(title, _SUBJECT_LIMIT),
        messages={
            "default": json.dumps(document),
            "email": "\n".join(lines),
            "https": json.dumps(chat),
        },
        attributes=attributes,
    )


def _with_state_in_sight(title: str, flag: str) -> str:
    """Put a long name last: phones show 40 characters, and ON or OFF must be among them."""
    named = f'"{flag}" '
    if len(ascii_line(flag, _SUBJECT_LIMIT)) <= _NAME_LIMIT or named not in title:
        return title
    return f'{title.replace(named, "", 1)}: "{flag}"'


def _seconds_between(earlier: str, later: str) -> float:
    return max((moment(later) - moment(earlier)).total_seconds(), 0.0)
