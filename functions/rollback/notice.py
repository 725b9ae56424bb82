"""The notices: what people and programs are told of a rollback.

Each notice has one text per SNS protocol: `default` is JSON for programs, `email` is for a person
at three in the morning, `https` is the custom notification of Amazon Q Developer in chat
applications, which shows it in Slack and Teams.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote

from rollback.state import Alarm, Deployment, Result, iso, moment

_SUBJECT_LIMIT = 99  # SNS: ASCII, no control characters, less than 100 characters
_CAUSE_LIMIT = 1000
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


def outcome_notice(
    result: Result,
    alarm: Alarm,
    deployment: Deployment | None,
    target: Target,
    execution_arn: str,
    now: datetime,
) -> Notice:
    """Tell that a flag was turned off, or was off already."""
    flag, console = result["flag"], console_url(execution_arn)
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
        "executionArn": execution_arn,
        "consoleUrl": console,
    }
    if result["outcome"] == "rolled_back":
        title = f'Flag "{flag}" was turned OFF'
        what = (
            f"Version {result['toVersion']} replaces version {result['fromVersion']} in {target} "
            f"by deployment {result['deploymentNumber']}. No other flag was changed."
        )
        next_steps = [
            f"Watch alarm {result['alarmName']}: if it stays in ALARM, the flag is not the cause.",
            "Find and mend the cause.",
            "Turn the flag on again by deploying a new version. The rollback never does that.",
        ]
    else:
        title = f'Flag "{flag}" was already OFF'
        what = (
            f"Version {result['fromVersion']} in {target} has the flag off, so nothing was changed."
        )
        next_steps = [
            f"Look for another cause of alarm {result['alarmName']}: the flag does not explain it,"
            " unless clients have not polled since it was turned off.",
        ]
    when = f"The alarm rang at {alarm['transitionedAt']}."
    if deployment and deployment["confirmedAt"]:
        seconds = _seconds_between(alarm["transitionedAt"], deployment["confirmedAt"])
        when += f" Confirmed off at {deployment['confirmedAt']}, {seconds:.0f} seconds later."
    why = f"Alarm {result['alarmName']} went to ALARM. {result['reason']}".strip()
    return _notice(
        title,
        document,
        {"What": what, "Why": why, "When": when, "Clients": _CLIENTS, "Look at": console},
        next_steps,
        attributes={"outcome": result["outcome"], "flagName": flag},
    )


@dataclass(frozen=True)
class FailedRun:
    """What is known of an attempt that failed.

    `cause` is readable text; `flag` and `alarm_name` are None where the input did not tell;
    `flag_state` is `on`, `off` or `unknown`, as served right now.
    """

    execution_arn: str
    error: str
    cause: str
    failed_state: str | None
    attempts: int
    flag: str | None
    alarm_name: str | None
    flag_state: str


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


def _seconds_between(earlier: str, later: str) -> float:
    return max((moment(later) - moment(earlier)).total_seconds(), 0.0)
