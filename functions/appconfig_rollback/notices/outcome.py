"""How a rollback ended: what is said of each outcome."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

from appconfig_rollback.console import console_url
from appconfig_rollback.notices.sns import Notice, in_all_forms
from appconfig_rollback.notices.wording import stopped_deployment, stopped_numbers
from appconfig_rollback.state import State, StoppedDeployment, flag_off_at
from appconfig_rollback.target import Target
from appconfig_rollback.times import iso, seconds_between

_CLIENTS = (
    "Clients have this at their next poll: with the AppConfig Agent's default of 45 seconds, "
    "within a minute. A client that polls less often, or caches, has it later."
)


def outcome_notice(state: State, target: Target, execution_arn: str, now: datetime) -> Notice:
    """Tell the outcome that stands in the state data."""
    result, alarm = state["result"], state["alarm"]
    flag, console = result["flag"], console_url(execution_arn)
    monitors = state.get("monitors")
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
        "notSweptReason": _not_swept(state),
        "refusedReason": _refused(state),
        **stopped_numbers(_stopped(state)),
        "stoppedExperiment": result.get("stoppedExperiment"),
        "suspendedMonitors": [m["AlarmArn"] for m in monitors["suspended"]] if monitors else [],
        "executionArn": execution_arn,
        "consoleUrl": console,
    }
    told = _TOLD[result["outcome"]](state, target)
    when = f"The alarm fired at {alarm['transitionedAt']}."
    off_at = flag_off_at(state)
    if off_at:
        seconds = seconds_between(alarm["transitionedAt"], off_at)
        when += f" Confirmed off at {off_at}, {seconds:.0f} seconds later."
    why = f"Alarm {result['alarmName']} went to ALARM. {result['reason']}".strip()
    sections = {"What": " ".join([told.what, *_besides(state, target)]), "Why": why, "When": when}
    if result["outcome"] not in _LEFT_AS_IT_IS:
        caveat = state["config"]["caveat"]
        sections["Clients"] = f"{_CLIENTS} {_with_caveat(caveat)}" if caveat else _CLIENTS
    sections["Look at"] = console
    return in_all_forms(
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
            f"alarms fired: {result['coalescedWith']}"
        )
    elif not _swept(state):
        what += " No other flag was changed."
    return _Told(f'Flag "{result["flag"]}" was turned OFF', what, _after(result["alarmName"]))


def _rollout_stopped(state: State, target: Target) -> _Told:
    result = state["result"]
    number = result["deploymentNumber"]
    was_reverted = number in stopped_numbers(_stopped(state))["revertedDeployments"]
    what = (
        f"Version {result['toVersion']}, which is served without deployment {number}, has the flag "
        "off; no version was written."
    )
    if not was_reverted:
        what = (
            f"Deployment {number} was rolling out version {result['fromVersion']}, which turns the "
            f"flag on, to {target}. It was stopped. {what}"
        )
    how = "its release was reverted" if was_reverted else "its rollout was stopped"
    return _Told(f'Flag "{result["flag"]}" is OFF: {how}', what, _after(result["alarmName"]))


def _experiment_stopped(state: State, target: Target) -> _Told:
    result = state["result"]
    return _Told(
        f'Flag "{result["flag"]}" is OFF: its experiment was stopped',
        f"Version {result['fromVersion']}, which is served in {target}, has the flag off; users "
        "got it from an experiment all the same. No version was written.",
        _after(result["alarmName"]),
    )


def _already_off(state: State, target: Target) -> _Told:
    result = state["result"]
    return _Told(
        f'Flag "{result["flag"]}" was already OFF',
        f"Version {result['fromVersion']} in {target} has the flag off, so no version was written.",
        [
            f"Look for another cause of alarm {result['alarmName']}: the flag does not explain it,"
            " unless clients have not polled since it was turned off.",
        ],
    )


def _dry_run(state: State, target: Target) -> _Told:
    result = state["result"]
    reason = state["config"]["reason"]
    return _Told(
        f'Flag "{result["flag"]}" is still ON: a rollback would turn it off',
        f"The flag was left as it is in {target}: {reason}.",
        [
            "If the flag does harm, turn it off by hand in AppConfig.",
            "To have it done the next time, set the stack's parameter Mode, or the flag's "
            "metadata rollback, to auto.",
        ],
    )


def _duplicate(state: State, target: Target) -> _Told:
    result = state["result"]
    return _Told(
        f'Flag "{result["flag"]}" is left to another execution',
        f"This one left the flag as it is in {target}: {result['reason']}.",
        ["See the notice of that execution: it says whether the flag is off.", _RELEASE_AGAIN],
    )


def _ignored(state: State, target: Target) -> _Told:
    result = state["result"]
    return _Told(
        f'Flag "{result["flag"]}" was left as it is',
        f"Nothing more was done in {target}: {result['reason']}.",
        ["If the flag does harm, turn it off by hand in AppConfig.", _RELEASE_AGAIN],
    )


_RELEASE_AGAIN = "Release again what was stopped, if it is still wanted."

_TOLD: dict[str, Callable[[State, Target], _Told]] = {
    "rolled_back": _rolled_back,
    "rollout_stopped": _rollout_stopped,
    "experiment_stopped": _experiment_stopped,
    "already_off": _already_off,
    "dry_run": _dry_run,
    "duplicate": _duplicate,
    "ignored": _ignored,
}
_LEFT_AS_IT_IS = ("dry_run", "duplicate", "ignored")


def _after(alarm_name: str) -> list[str]:
    return [
        f"Watch alarm {alarm_name}: if it stays in ALARM, the flag is not the cause.",
        "Find and fix the cause.",
        "Turn the flag on again by deploying a new version. The rollback never does that.",
    ]


def _besides(state: State, target: Target) -> Iterator[str]:
    """Say what else was done on the way."""
    swept = _swept(state)
    if swept:
        yield (
            f"{swept} other flag{'s' if swept > 1 else ''} whose alarms fired at the same time "
            "were turned off in the same version; their own notices say when users lost them."
        )
    not_swept = _not_swept(state)
    if not_swept:
        yield (
            "Flags whose alarms fire at the same time are turned off one after the other, each by "
            "an execution of its own, because CloudWatch could not be asked which they are: "
            f"{not_swept}"
        )
    refused = _refused(state)
    if refused:
        yield (
            "Only the switch was written, without notes and without other flags whose alarms "
            f"fired: AppConfig refused the version with more in it. {refused}"
        )
    told = state["result"]["deploymentNumber"]
    for each in _stopped(state):
        if each["reverted"] or each["number"] != told:
            yield stopped_deployment(each, target)
    experiment = state["result"].get("stoppedExperiment")
    if experiment:
        yield (
            f"Run {experiment['run']} of experiment {experiment['name']!r} "
            f"({experiment['definition']}) showed the flag to users, whatever is deployed, and was "
            "stopped. Turning the flag on again does not start it again."
        )
    monitors = state.get("monitors")
    if monitors and monitors["suspended"]:
        names = ", ".join(monitor["AlarmArn"] for monitor in monitors["suspended"])
        yield (
            "AppConfig had undone the rollback because of the environment's monitors, so these "
            f"were taken off while it was deployed, and are back: {names}"
        )


def _stopped(state: State) -> list[StoppedDeployment]:
    return state.get("stoppedDeployments", [])


def _with_caveat(caveat: str) -> str:
    return f"Mind that {caveat}: make sure that this default is off."


def _swept(state: State) -> int:
    """Count the flags that went off with this one; a version that lost the race swept none."""
    return state["version"]["sweptFlags"] if _wrote(state) else 0


def _not_swept(state: State) -> str | None:
    """Say why nobody could tell which flags to turn off with this one, if so."""
    return state["version"].get("notSweptReason") if _wrote(state) else None


def _refused(state: State) -> str | None:
    """Say why AppConfig refused a version that had more in it than the switch, if it did."""
    return state["version"]["refusedReason"] if _wrote(state) else None


def _wrote(state: State) -> bool:
    """Return whether what turned the flag off is this execution's own version."""
    result = state["result"]
    return result["outcome"] == "rolled_back" and "coalescedWith" not in result
