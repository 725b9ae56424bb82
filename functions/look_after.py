"""LookAfter: what state are the alarms in, and may users get the flags again?"""

from __future__ import annotations

import random

from appconfig_rollback.adapters import alarms, appconfig, clock, experiments
from appconfig_rollback.adapters.settings import settings
from appconfig_rollback.adapters.task import task
from appconfig_rollback.aftercare.verdict import judge
from appconfig_rollback.aftercare.watch import (
    AftercareInput,
    AlarmSeen,
    FlagSeen,
    Look,
    TurnedOnAgain,
    Watch,
)
from appconfig_rollback.deployments import Served
from appconfig_rollback.errors import (
    PermissionDeniedError,
    PersonMustActError,
    ResourceMissingError,
)
from appconfig_rollback.exposure import Beside, Exposure, exposure
from appconfig_rollback.guarding import DIMENSION
from appconfig_rollback.times import iso


@task
def handler(event: AftercareInput, context: object) -> Look:  # noqa: ARG001
    """Look once; the state machine publishes what is new, waits, and looks again."""
    watch, before = event["state"]["watch"], event["state"]["look"]
    now = iso(clock.now())
    seen, turned_on = _flags(watch, now)
    jitter = random.random()  # noqa: S311 - no secret
    return judge(watch, before, _alarms(watch), seen, turned_on, now, jitter)


def _alarms(watch: Watch) -> list[AlarmSeen]:
    """Read all alarms of the watch by one call, and the series of a multi-series one by another."""
    own, contributor = watch["alarm"]["alarmName"], watch["alarm"]["contributor"]
    found = alarms.seen(watch["alarmNames"])
    # A swept flag without an alarm of its own is guarded by a series of the same alarm.
    by_series = contributor is not None
    names = [name for name in watch["alarmNames"] if name in found or not by_series]
    read = [found.get(name) or _gone(name) for name in names if not by_series or name != own]
    if not by_series:
        return read
    alone = [flag for flag in watch["sweptFlags"] if settings().alarm_names.alarm_of(flag) in found]
    flags = [flag for flag in watch["flags"] if flag not in alone]
    return [*_series(own, flags, found.get(own)), *read]


def _series(own: str, flags: list[str], whole: AlarmSeen | None) -> list[AlarmSeen]:
    """Return the state of each flag's series: CloudWatch lists only those in ALARM.

    One that is not listed is OK where the alarm as a whole has data (CloudWatch user guide,
    "Create an alarm based on a multi time series query").
    """
    try:
        firing = alarms.contributors(own) if whole else []
    except ResourceMissingError:
        whole, firing = None, []
    if whole is None:
        return [_gone(own)]
    in_alarm = {
        each.contributor["attributes"].get(DIMENSION): each for each in firing if each.contributor
    }
    told: list[AlarmSeen] = []
    for flag in flags:
        each = in_alarm.get(flag)
        told.append(
            {
                "alarmName": own,
                "series": flag,
                "state": "ALARM" if each else whole["state"] if _no_data(whole) else "OK",
                "since": iso(each.since) if each else None,
                "reason": each.reason if each else "the series is not among those in ALARM",
            }
        )
    return told


def _no_data(whole: AlarmSeen) -> bool:
    return whole["state"] == "INSUFFICIENT_DATA"


def _gone(name: str) -> AlarmSeen:
    return {
        "alarmName": name,
        "series": None,
        "state": "GONE",
        "since": None,
        "reason": "there is no such alarm any more",
    }


def _flags(watch: Watch, now: str) -> tuple[list[FlagSeen], TurnedOnAgain | None]:
    """Read what users get, by one list of deployments; and by what flags that are on are so."""
    store, kind = appconfig.connect(), watch["profileType"]
    served = store.served()
    document, beside = store.document(served.version, kind), Beside(store, served, kind)
    runs = experiments.of_profile(kind)
    seen: list[FlagSeen] = []
    on: dict[str, Exposure] = {}
    for flag in watch["flags"]:
        try:
            found = exposure(beside, runs, document, flag)
        except PermissionDeniedError:
            raise  # none of the reads would succeed
        except PersonMustActError as error:  # it is gone, or has a shape that nobody can read
            seen.append({"flag": flag, "state": "unknown", "reason": str(error)})
            continue
        seen.append({"flag": flag, "state": found.state, "reason": found.reason})
        if found.state == "on":
            on[flag] = found
    return seen, _turned_on(store, served, on, now) if on else None


def _turned_on(
    store: appconfig.AppConfigStore, served: Served, on: dict[str, Exposure], now: str
) -> TurnedOnAgain:
    """Say by what flags are on: a deployment that is complete, one under way, or an experiment."""
    first = next(iter(on.values()))
    number: int | None = None
    if first.by == "served":
        number = served.deployment
    elif first.by == "rollout" and served.in_progress:
        number = served.in_progress.number
    details = store.deployment(number) if number is not None else None
    return {
        "flags": list(on),
        "deploymentNumber": number,
        "version": store.version(details) if details else None,
        "description": details.description if details else "",
        "reason": first.reason,
        "seenAt": now,
    }
