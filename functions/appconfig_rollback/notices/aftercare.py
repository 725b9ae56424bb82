"""What became of a rollback: did the alarm recover, and is the flag still off?"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from appconfig_rollback import commands
from appconfig_rollback.aftercare.verdict import of_alarms
from appconfig_rollback.aftercare.watch import (
    AftercareResult,
    AftercareState,
    AlarmSeen,
    FlagSeen,
    Look,
    TurnedOnAgain,
    Watch,
)
from appconfig_rollback.console import console_url
from appconfig_rollback.notices.effect import Effect, Headline
from appconfig_rollback.notices.facts import Facts
from appconfig_rollback.notices.sns import Notice, Step, in_all_forms
from appconfig_rollback.target import Target
from appconfig_rollback.times import iso, moment, seconds_between

#: How it is said in a few words, and in a clause on one flag and on several.
_SAID: dict[AftercareResult, tuple[str, tuple[str, str]]] = {
    "recovered": ("alarm recovered", ("its alarm recovered", "their alarms recovered")),
    "still_firing": ("alarm still fires", ("its alarm still fires", "an alarm still fires")),
    "no_data": ("alarm has no data", ("its alarm has no data", "an alarm has no data")),
    "turned_on_again": ("turned on again", ("it was turned on again", "they were turned on again")),
}
_STATES = {"on": "ON", "off": "OFF", "unknown": "cannot be told"}
#: What is said of the alarms where that is not what the notice is about.
_BESIDE: dict[AftercareResult, str] = {
    "recovered": "The alarm is OK at this moment.",
    "still_firing": "The alarm still fires.",
    "no_data": "The alarm has no data, so nothing can be said of it.",
}


def aftercare_notice(state: AftercareState, target: Target, now: datetime) -> Notice:
    """Write the notice of the look's result in the state data.

    Raises:
        ValueError: the look came to no result.
    """
    watch, look = state["watch"], state["look"]
    result = look["result"]
    if result is None:
        raise ValueError("expected a look with a result; got one with nothing to tell")
    facts = _facts(watch, target)
    arn = watch["rollback"]
    document = {
        "action": "aftercare",
        "outcome": result,
        "flags": [{"flag": each["flag"], "state": each["state"]} for each in look["flags"]],
        "alarmName": facts.alarm_name,
        "reason": facts.reason,
        "alarms": look["alarms"],
        "flagsOffAt": watch["offAt"],
        "recoveredAt": look["recoveredAt"],
        "secondsToRecovery": _seconds_to_recovery(watch, look),
        "turnedOnAgain": look["turnedOnAgain"],
        "deploymentNumber": watch["deploymentNumber"],
        "notWatched": watch.get("notWatched", 0),
        "lookedAt": look["lookedAt"],
        "restoreCommand": _restore(watch, look),
        **watch["stopped"],
        "application": target.application,
        "environment": target.environment,
        "profile": target.profile,
        "executionArn": arn,
        "consoleUrl": console_url(arn),
        "timestamp": iso(now),
        **facts.document(),
    }
    headline = _headline(watch, look, result, facts)
    sections: dict[str, str | list[str]] = {
        "Users": headline.sentence,
        "What": " ".join([*_what(watch, look, result), *_not_watched(watch)]),
        "Flags": "; ".join(map(_flag, look["flags"])),
        "Alarms": "; ".join(map(_alarm, look["alarms"])),
        "Why it was rolled back": facts.why(),
        "When": " ".join(_when(watch, look)),
        **facts.sections(),
    }
    return in_all_forms(
        headline.subject,
        document,
        sections,
        [*_next_steps(watch, look, result), facts.look()],
        facts.look(),
        attributes={"outcome": result, "flagName": watch["flags"], "urgency": "info"},
    )


def _facts(watch: Watch, target: Target) -> Facts:
    alarm = watch["alarm"]
    return Facts(
        target=target,
        execution_arn=watch["rollback"],
        flags=watch["flags"],
        alarm_name=alarm["alarmName"],
        fired_at=alarm["transitionedAt"],
        reason=alarm["reason"],
        measured=alarm.get("measured"),
        drill=alarm.get("drill", False),
        release=watch["release"],
        background=watch["background"],
    )


def _headline(watch: Watch, look: Look, result: AftercareResult, facts: Facts) -> Headline:
    """Return the state of the flags at this look; one that is on comes before all others."""
    found = {each["state"] for each in look["flags"]}
    state = "on" if "on" in found else "off" if found == {"off"} else "unknown"
    effects: dict[str, Effect] = {"on": "ON", "off": "OFF", "unknown": "?"}
    about = _those(look, state)
    happened, because = _SAID[result]
    return Headline(
        effects[state],
        about,
        len(watch["flags"]),
        facts.environment,
        happened,
        because,
        facts.drill,
        on="ON again",
    )


def _those(look: Look, state: str) -> list[str]:
    return [each["flag"] for each in look["flags"] if each["state"] == state]


def _what(watch: Watch, look: Look, result: AftercareResult) -> Iterator[str]:
    again, minutes = look["turnedOnAgain"], look["waitedSeconds"] / 60
    if result == "turned_on_again" and again:
        yield _turned_on(again)
        yield _BESIDE[of_alarms(look["alarms"])]
        return
    many = len(look["alarms"]) > 1
    match result:
        case "recovered":
            yield "All alarms are OK." if many else "The alarm is OK."
            yield _how_long(watch, look)
            yield (
                "An alarm that takes missing data for good is OK without data, too: see below what "
                "CloudWatch says of it."
            )
        case "still_firing":
            yield (
                f"After {minutes:.0f} minutes the alarm still fires."
                if not many
                else f"After {minutes:.0f} minutes not all alarms are OK."
            )
            if not again:
                yield "So this flag is probably not the cause, or not the only one: keep looking."
        case "no_data":
            yield (
                f"After {minutes:.0f} minutes nothing can be said of whether it helped: an alarm "
                "has no data, or is gone. A flag that is off may produce no data."
            )
    if again:
        yield f"Meanwhile a flag was turned on again, seen at {again['seenAt']}."
        yield _turned_on(again)


def _not_watched(watch: Watch) -> Iterator[str]:
    if more := watch.get("notWatched"):
        yield f"{more} more flags were swept along and are not watched: nothing is said of them."


def _turned_on(again: TurnedOnAgain) -> str:
    flags = ", ".join(again["flags"])
    if again["deploymentNumber"] is None:
        return f"{flags}: {again['reason']}."
    said = f' ("{again["description"]}")' if again["description"] else " (no description)"
    return (
        f"Deployment {again['deploymentNumber']}{said} of version {again['version']} has {flags} "
        f"on: {again['reason']}."
    )


def _how_long(watch: Watch, look: Look) -> str:
    off_at, recovered = watch["offAt"], look["recoveredAt"]
    if recovered is None:
        return "It was so before the alarm fired, so how long it took is not known."
    seconds = seconds_between(watch["alarm"]["transitionedAt"], recovered)
    told = f"That took {seconds:.0f} seconds from when the alarm fired"
    if off_at is None:
        return f"{told}."
    if moment(recovered) < moment(off_at):
        return f"{told}, and was before the flag was confirmed off: the flag may not be the cause."
    return f"{told}, and {seconds_between(off_at, recovered):.0f} since the flag was confirmed off."


def _seconds_to_recovery(watch: Watch, look: Look) -> float | None:
    if look["recoveredAt"] is None:
        return None
    return seconds_between(watch["alarm"]["transitionedAt"], look["recoveredAt"])


def _flag(each: FlagSeen) -> str:
    return f"{each['flag']}: {_STATES[each['state']]} ({each['reason']})"


def _alarm(each: AlarmSeen) -> str:
    series = f", series of {each['series']}" if each["series"] else ""
    since = f" since {each['since']}" if each["since"] else ""
    return f"{each['alarmName']}{series}: {each['state']}{since} ({each['reason']})"


def _when(watch: Watch, look: Look) -> Iterator[str]:
    yield f"The alarm fired at {watch['alarm']['transitionedAt']}."
    if watch["offAt"]:
        yield f"Confirmed off at {watch['offAt']}."
    yield f"Looked at {look['lookedAt']}."


def _restore(watch: Watch, look: Look) -> str | None:
    """Write the command that turns on again what is off by the rollback's deployment."""
    off = [flag for flag in _those(look, "off") if flag in watch["rolledBack"]]
    return commands.restore(watch["rollback"], off) if off else None


def _next_steps(watch: Watch, look: Look, result: AftercareResult) -> Iterator[Step]:
    may_be_on, restore = _those(look, "on") + _those(look, "unknown"), _restore(watch, look)
    alarm = watch["alarm"]["alarmName"]
    if may_be_on:
        yield Step("If it does harm now", commands.off(watch["rollback"], may_be_on))
    if look["turnedOnAgain"]:
        yield Step("Ask whoever released it: the cause may not be fixed.")
    match result:
        case "recovered":
            yield Step("Find and fix the cause.")
            if restore:
                yield Step("Then turn it on again, which the rollback never does", restore)
        case "still_firing":
            yield Step(f"Look for another cause of alarm {alarm}.")
            if restore:
                yield Step("If the flag is not the cause, turn it on again", restore)
        case "no_data":
            yield Step(f"Look at the metric of alarm {alarm}: is anything measured at all?")
            if restore:
                yield Step("Once the cause is fixed, turn it on again", restore)
