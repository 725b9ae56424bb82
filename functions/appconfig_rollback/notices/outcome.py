"""How a rollback ended: what is said of each outcome."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from appconfig_rollback import commands
from appconfig_rollback.console import console_url
from appconfig_rollback.experiments import in_words
from appconfig_rollback.exposed_for import exposed_for
from appconfig_rollback.notices.effect import BECAUSE, Effect, Headline
from appconfig_rollback.notices.facts import Facts
from appconfig_rollback.notices.sns import Notice, Step, in_all_forms
from appconfig_rollback.notices.wording import named_by, stopped_deployment, stopped_numbers
from appconfig_rollback.plain_text import capitalized
from appconfig_rollback.state import (
    TURNED_OFF,
    Experiment,
    FlagResult,
    State,
    StoppedDeployment,
    flags_off_at,
    to_turn_off,
)
from appconfig_rollback.target import Target
from appconfig_rollback.times import iso, seconds_between

_CLIENTS = (
    "Clients have this at their next poll: with the AppConfig Agent's default of 45 seconds, "
    "within a minute. A client that polls less often, or caches, has it later."
)


def outcome_notice(state: State, target: Target, execution_arn: str, now: datetime) -> Notice:
    """Write the notice of the outcome in the state data."""
    result, alarm = state["result"], state["alarm"]
    flags, facts = alarm["flags"], Facts.of(state, target, execution_arn)
    monitors = state.get("monitors")
    all_of_them: list[Any] = [{"flag": flag, "outcome": result["outcome"]} for flag in flags]
    document = {
        "action": "rollback",
        "outcome": result["outcome"],
        "flags": result["flags"] or all_of_them,
        "alarmName": result["alarmName"],
        "contributor": alarm["contributor"],
        "namedBy": alarm["namedBy"],
        "reason": result["reason"],
        "timestamp": iso(now),
        "application": target.application,
        "environment": target.environment,
        "profile": target.profile,
        "fromVersion": result["fromVersion"],
        "toVersion": result["toVersion"],
        "deploymentNumber": result["deploymentNumber"],
        "sweptFlags": _swept(state),
        "notSweptReason": _not_swept(state),
        "refusedReason": _refused(state),
        **stopped_numbers(_stopped(state)),
        "stoppedExperiments": _experiments(state),
        "suspendedMonitors": [m["AlarmArn"] for m in monitors["suspended"]] if monitors else [],
        "executionArn": execution_arn,
        "consoleUrl": console_url(execution_arn),
        **facts.document(),
        "restoreCommand": _restore(state, facts),
        "exposure": _exposure(state),
    }
    told = _TOLD[result["outcome"]](state, facts)
    headline = Headline(
        told.effect,
        _about(state),
        len(flags),
        facts.environment,
        told.happened,
        told.because,
        facts.drill,
    )
    when = f"The alarm fired at {alarm['transitionedAt']}."
    off_at = flags_off_at(state)
    if off_at:
        seconds = seconds_between(alarm["transitionedAt"], off_at)
        when += f" Confirmed off at {off_at}, {seconds:.0f} seconds later."
        exposed = exposed_for(state)
        when += f" {exposed}" if exposed else f" {_EXPOSURE_UNKNOWN}"
    users = [headline.sentence]
    users += [_CLIENTS] if result["outcome"] in TURNED_OFF else []
    sections: dict[str, str | list[str]] = {
        "Users": " ".join([*users, *_caveats(state)]),
        "What": " ".join([told.what, *_besides(state, target)]),
    }
    if len(flags) > 1 and result["flags"]:
        sections["Flags"] = "; ".join(map(_told_of, result["flags"]))
    sections |= {"Why": f"{facts.why()} {named_by(alarm)}", "When": when, **facts.sections()}
    return in_all_forms(
        headline.subject,
        document,
        sections,
        [*told.next_steps, facts.look()],
        facts.look(),
        attributes={
            "outcome": result["outcome"],
            "flagName": flags,
            "urgency": "page" if result["outcome"] == "held_back" else "info",
        },
    )


_EXPOSURE_UNKNOWN = (
    "How long users were exposed is unknown: the alarm does not say when it began to be bad."
)


def _exposure(state: State) -> dict[str, float] | None:
    exposed = exposed_for(state)
    if exposed is None:
        return None
    return {
        "noticingSeconds": exposed.noticing,
        "rollingBackSeconds": exposed.rolling_back,
    }


@dataclass(frozen=True)
class _Told:
    """How an outcome is put into words, as `Headline` has them, and at length."""

    effect: Effect
    happened: str
    because: tuple[str, str]
    what: str
    next_steps: list[Step]


def _about(state: State) -> list[str]:
    """List the flags that the headline is about: those to which the run's outcome happened."""
    result = state["result"]
    same = [each["flag"] for each in result["flags"] if each["outcome"] == result["outcome"]]
    return same or state["alarm"]["flags"]


def _rolled_back(state: State, facts: Facts) -> _Told:
    result = state["result"]
    what = (
        f"Version {result['toVersion']} replaces version {result['fromVersion']} in "
        f"{facts.target} by deployment {result['deploymentNumber']}."
    )
    if not _wrote(state):
        by = next((each["sweptBy"] for each in result["flags"] if "sweptBy" in each), "")
        what += (
            " Another execution turned it off together with a flag of its own, because both "
            f"alarms fired: {by}"
        )
    elif not _swept(state):
        what += " No other flag was changed."
    return _Told("OFF", "rolled back", BECAUSE["rolled_back"], what, _after(state, facts))


def _rollout_stopped(state: State, facts: Facts) -> _Told:
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
            f"flag on, to {facts.target}. It was stopped. {what}"
        )
    happened, because = "rollout stopped", BECAUSE["rollout_stopped"]
    if was_reverted:
        happened = "release reverted"
        because = ("its release was reverted", "their release was reverted")
    return _Told("OFF", happened, because, what, _after(state, facts))


def _experiment_stopped(state: State, facts: Facts) -> _Told:
    result = state["result"]
    return _Told(
        "OFF",
        "experiment stopped",
        BECAUSE["experiment_stopped"],
        f"Version {result['fromVersion']}, which is served in {facts.target}, has the flag off; "
        "users got it from an experiment all the same. No version was written.",
        _after(state, facts),
    )


def _already_off(state: State, facts: Facts) -> _Told:
    result = state["result"]
    what = f"Version {result['fromVersion']} in {facts.target} has the flag off"
    since = next((each["reason"] for each in result["flags"] if _is_off_since(each)), None)
    if since:
        what, steps = f"{what}: {since}. No version was written.", _after(state, facts)[:2]
    else:
        what = f"{what}, so no version was written."
        steps = [
            Step(
                f"Look for another cause of alarm {result['alarmName']}: the flag does not explain "
                "it, unless clients have not polled since it was turned off."
            )
        ]
    return _Told("OFF", "was off already", BECAUSE["already_off"], what, steps)


def _is_off_since(each: FlagResult) -> bool:
    """Return whether a flag that was off already may have been on as the alarm fired."""
    return each["outcome"] == "already_off" and "reason" in each


def _held_back(state: State, facts: Facts) -> _Told:
    reason = state["config"]["reason"]
    return _Told(
        "ON",
        "held back, NOT rolled back",
        BECAUSE["held_back"],
        f"Nothing was written in {facts.target}: {reason}.",
        [
            _by_hand(facts, _about(state)),
            Step(
                "Look whether the alarms are right: so many flags seldom have one cause. The "
                "stack's parameter MaxFlagsPerHour sets how many go off by themselves."
            ),
        ],
    )


def _dry_run(state: State, facts: Facts) -> _Told:
    reason = state["config"]["reason"]
    return _Told(
        "ON",
        "told only, not rolled back",
        BECAUSE["dry_run"],
        f"The flag was left as it is in {facts.target}: {reason}.",
        [
            _by_hand(facts, _about(state)),
            Step(
                "To have it done the next time, set the stack's parameter Mode, the alarm's tag "
                "feature-flag-rollback, or the flag's metadata rollback, to auto."
            ),
        ],
    )


def _duplicate(state: State, facts: Facts) -> _Told:
    return _Told(
        "?",
        "left to another execution",
        BECAUSE["duplicate"],
        f"This one left the flag as it is in {facts.target}: {state['result']['reason']}.",
        [
            Step("See the notice of that execution: it says whether the flag is off."),
            _RELEASE_AGAIN,
        ],
    )


def _ignored(state: State, facts: Facts) -> _Told:
    return _Told(
        "?",
        "nothing more was done",
        BECAUSE["ignored"],
        f"Nothing more was done in {facts.target}: {state['result']['reason']}.",
        [_by_hand(facts, state["alarm"]["flags"]), _RELEASE_AGAIN],
    )


def _by_hand(facts: Facts, flags: list[str]) -> Step:
    return Step("If it does harm now", commands.off(facts.execution_arn, flags))


_RELEASE_AGAIN = Step("Release again what was stopped, if it is still wanted.")

_TOLD: dict[str, Callable[[State, Facts], _Told]] = {
    "rolled_back": _rolled_back,
    "rollout_stopped": _rollout_stopped,
    "experiment_stopped": _experiment_stopped,
    "already_off": _already_off,
    "held_back": _held_back,
    "dry_run": _dry_run,
    "duplicate": _duplicate,
    "ignored": _ignored,
}

#: What is said of each flag of several.
_OF_EACH: dict[str, str] = {
    "rolled_back": "turned OFF",
    "rollout_stopped": "OFF, its rollout was stopped",
    "experiment_stopped": "OFF, its experiment was stopped",
    "already_off": "was OFF already",
    "held_back": "still ON, held back",
    "dry_run": "still ON",
    "opted_out": "left as it is",
    "not_found": "not found",
    "failed": "cannot be turned off",
}


def _told_of(each: FlagResult) -> str:
    said = f"{each['flag']}: {_OF_EACH[each['outcome']]}"
    if "sweptBy" in each:
        said += f" by another execution, {each['sweptBy']}"
    return f"{said} ({each['reason']})" if "reason" in each else said


def _after(state: State, facts: Facts) -> list[Step]:
    alarm, restore = state["alarm"], _restore(state, facts)
    what = "the flag is" if len(alarm["flags"]) == 1 else "the flags are"
    steps = [
        Step(f"Watch alarm {alarm['alarmName']}: if it stays in ALARM, {what} not the cause."),
        Step("Find and fix the cause."),
    ]
    if restore:
        steps.append(Step("Then turn it on again, which the rollback never does", restore))
    return steps


def _restore(state: State, facts: Facts) -> str | None:
    """Write the command that turns on again what this execution, or one with it, turned off."""
    back = [each["flag"] for each in state["result"]["flags"] if each["outcome"] == "rolled_back"]
    return commands.restore(facts.execution_arn, back) if back else None


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
            "Other flags whose alarms fire at the same time are turned off one after the other, "
            f"each by an execution of its own. What was in the way: {not_swept}"
        )
    refused = _refused(state)
    if refused:
        yield (
            "Only the switch was written, without notes and without other flags whose alarms "
            f"fired: AppConfig refused the version with more in it. {refused}"
        )
    told = state["result"]["deploymentNumber"]
    for stopped in _stopped(state):
        if stopped["reverted"] or stopped["number"] != told:
            yield stopped_deployment(stopped, target)
    for experiment in _experiments(state):
        yield (
            f"{capitalized(in_words(experiment))} showed the flag to users, whatever is deployed, "
            "and was stopped. Turning the flag on again does not start it again."
        )
    monitors = state.get("monitors")
    if monitors and monitors["suspended"]:
        names = ", ".join(monitor["AlarmArn"] for monitor in monitors["suspended"])
        yield (
            "AppConfig had undone the rollback because of the environment's monitors, so these "
            f"were taken off while it was deployed, and are back: {names}"
        )
    about_tags = state["config"]["aboutTags"]
    if about_tags:
        yield about_tags


def _stopped(state: State) -> list[StoppedDeployment]:
    return state.get("stoppedDeployments", [])


def _experiments(state: State) -> list[Experiment]:
    """List the experiments' runs that this execution has stopped, each once."""
    runs: list[Experiment] = [
        {"definition": run["definition"], "name": run["name"], "run": run["run"]}
        for run in state.get("experiments", [])
        if run["stopped"]
    ]
    for each in state["result"]["flags"]:
        run = each.get("stoppedExperiment")
        if run and run not in runs:
            runs.append(run)
    return runs


def _caveats(state: State) -> Iterator[str]:
    caveats = state["config"]["caveats"]
    for flag, caveat in caveats.items():
        whose = "" if len(state["alarm"]["flags"]) == 1 else f" of {flag}"
        yield f"Mind{whose} that {caveat}: make sure that this default is off."


def _swept(state: State) -> int:
    """Count the flags that went off with these; a version that lost the race swept none."""
    return state["version"]["sweptFlags"] if _wrote(state) else 0


def _not_swept(state: State) -> str | None:
    """Return why other flags did not go off with this one; nothing where all could."""
    return state["version"].get("notSweptReason") if _wrote(state) else None


def _refused(state: State) -> str | None:
    """Say why AppConfig refused a version that had more in it than the switches, if it did."""
    return state["version"]["refusedReason"] if _wrote(state) else None


def _wrote(state: State) -> bool:
    """Return whether what turned flags off is this execution's own version."""
    return state["result"]["outcome"] == "rolled_back" and bool(to_turn_off(state["config"]))
