"""CreateVersion: the served document with flags off, as a new hosted version.

Once AppConfig has refused one as invalid, the next has this flag's bare switch in it and no more.
"""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import Future
from datetime import datetime

from appconfig_rollback.adapters import alarms, appconfig, clock
from appconfig_rollback.adapters.alarms import FiringAlarm
from appconfig_rollback.adapters.appconfig import AppConfigStore
from appconfig_rollback.adapters.aws import ready_on_warm_up
from appconfig_rollback.adapters.log import logger
from appconfig_rollback.adapters.settings import settings
from appconfig_rollback.adapters.side_by_side import readers
from appconfig_rollback.adapters.task import task
from appconfig_rollback.errors import (
    AlarmNameMismatchError,
    PersonMustActError,
    RollbackError,
    SdkModelError,
)
from appconfig_rollback.flag_document import FlagDocument
from appconfig_rollback.mark import Mark
from appconfig_rollback.refusal import less_where_refused, refused_reason
from appconfig_rollback.state import Alarm, Config, OwnWork, TaskInput, Version
from appconfig_rollback.times import moment


@ready_on_warm_up("appconfig", "cloudwatch")
@task
def handler(event: TaskInput, context: object) -> Version:  # noqa: ARG001
    """Write the version, unless it has been written before.

    Raises:
        RefreshRequiredError: somebody wrote a version since FetchConfig.
        BareSwitchRequiredError: the profile's validators refuse the document; there is less to
            write.
        InvalidConfigurationError: they refuse the bare switch.
    """
    execution, state = event["execution"], event["state"]
    alarm, config, refused = state["alarm"], state["config"], refused_reason(state)
    store, own, flag = appconfig.connect(), config["own"], state["alarm"]["flag"]
    if own:
        swept, is_bare = _written_before(store, own, flag, config["profileType"])
        return {
            "fromVersion": own["fromVersion"],
            "toVersion": own["toVersion"],
            "sweptFlags": swept,
            "bare": is_bare,
            "refusedReason": refused,
        }
    base, latest = config["servedVersion"], config["latestVersion"]
    if latest is None:
        raise PersonMustActError("expected FetchConfig to name the latest version; it names none")
    now = clock.now()
    with readers() as threads:
        firing = threads.submit(_fired_together, config, now) if refused is None else None
        document = store.document(base, config["profileType"])
    also, not_swept = _swept(document, alarm, firing) if firing else ({}, None)
    bare = content = document.switched_off(flag)
    if refused is None:
        content = document.turned_off(flag, _reason(alarm["alarmName"], alarm["reason"]), now, also)
    with less_where_refused(bare=content == bare):
        version = store.create_version(
            content, document.content_type, latest, str(Mark.of(alarm, execution, base))
        )
    written: Version = {
        "fromVersion": base,
        "toVersion": version,
        "sweptFlags": len(also),
        "bare": content == bare,
        "refusedReason": refused,
    }
    if not_swept:
        written["notSweptReason"] = not_swept
    return written


def _written_before(
    store: AppConfigStore, own: OwnWork, flag: str, profile_type: str
) -> tuple[int, bool]:
    """Look into the version that was written before: how many other flags it turns off, is it bare.

    One that cannot be looked into is taken for bare: so nothing is written over and over.
    """
    try:
        before, after = (
            store.document(own[version], profile_type) for version in ("fromVersion", "toVersion")
        )
        swept = max(after.number_turned_off_since(before) - 1, 0)
        return swept, after.is_bare_rollback_of(before, flag)
    except PersonMustActError:  # somebody has deleted the older one since: the rollback stands
        logger.warning("Cannot look into the version that was written before", exc_info=True)
        return 0, True


def _fired_together(config: Config, now: datetime) -> list[FiringAlarm]:
    """Find the alarms that have just gone off.

    What a person released after its alarm fired stays on.
    """
    since = now - settings().coalesce
    if config["releasedAt"]:
        since = max(since, moment(config["releasedAt"]))
    if since >= now:
        return []
    return [found for found in alarms.firing(settings().alarm_names.prefix) if found.since > since]


def _swept(
    document: FlagDocument, alarm: Alarm, firing: Future[list[FiringAlarm]]
) -> tuple[Mapping[str, str], str | None]:
    """Choose the other flags to turn off: the reason of each, by flag; and why there are none.

    One deployment at a time means one after the other, so what fires together goes off together.
    Without an answer from CloudWatch nothing is swept: each flag has an execution of its own.
    """
    try:
        return _reasons(document, alarm, firing.result()), None
    except SdkModelError:
        raise  # a broken package is not to be taken for a quiet day
    except RollbackError as error:
        logger.warning("Sweeping nothing: cannot tell which alarms call for it", exc_info=True)
        return {}, str(error)


def _reasons(document: FlagDocument, alarm: Alarm, firing: list[FiringAlarm]) -> Mapping[str, str]:
    reasons = {}
    for found in firing:
        flag = _flag_of(found.name)
        if flag and flag != alarm["flag"] and document.may_be_swept(flag):
            reasons[flag] = (found.name, found.reason)
    muted = alarms.muted() if reasons else set()
    return {
        flag: _reason(name, reason) for flag, (name, reason) in reasons.items() if name not in muted
    }


def _flag_of(alarm_name: str) -> str | None:
    try:
        return settings().alarm_names.flag_of(alarm_name)
    except AlarmNameMismatchError:
        return None


def _reason(alarm_name: str, reason: str) -> str:
    return f"{alarm_name}: {reason}"
