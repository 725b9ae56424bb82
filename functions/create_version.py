"""CreateVersion: the served document with flags off, as a new hosted version.

The first version has the alarm's flags off. Of executions that start together one alone can write
it (LatestVersionNumber), and only that one asks CloudWatch about each of the other alarms: a
hundred that ask about a hundred would be throttled. Where others may go, too, it writes a second.

Once AppConfig has refused one as invalid, the next has the flags' bare switches in it and no more.
"""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import Future
from datetime import datetime, timedelta
from functools import partial

from appconfig_rollback.adapters import alarms, appconfig, clock
from appconfig_rollback.adapters.alarms import FiringAlarm
from appconfig_rollback.adapters.appconfig import AppConfigStore
from appconfig_rollback.adapters.aws import ready_on_warm_up
from appconfig_rollback.adapters.log import logger
from appconfig_rollback.adapters.patience import patiently
from appconfig_rollback.adapters.settings import settings
from appconfig_rollback.adapters.side_by_side import readers
from appconfig_rollback.adapters.task import task
from appconfig_rollback.errors import (
    AlarmNameMismatchError,
    PersonMustActError,
    RefreshRequiredError,
    RetryLaterError,
    RollbackError,
    SdkModelError,
)
from appconfig_rollback.flag_document import FlagDocument
from appconfig_rollback.guarding import DIMENSION, policy_of, tagged_flags
from appconfig_rollback.mark import description
from appconfig_rollback.refusal import less_where_refused, refused_reason
from appconfig_rollback.state import Alarm, Config, OwnWork, TaskInput, Version, to_turn_off
from appconfig_rollback.times import moment

#: How old what CloudWatch said of firing alarms may be when a version is written.
_OLD_NEWS = timedelta(seconds=1)
#: A storm may have a thousand alarms whose tags are to be read.
_SIDE_BY_SIDE = 20
#: How long to find out what else may go: flags that may go off at once wait for it. CloudWatch
#: allows nine DescribeAlarms a second; how many ListTagsForResource it does not say.
PATIENCE = timedelta(seconds=15)


@ready_on_warm_up("appconfig", "cloudwatch")
@task
def handler(event: TaskInput, context: object) -> Version:  # noqa: ARG001
    """Write the version, unless it has been written before.

    Where the version with the other flags is not accepted, the first one is what is deployed.

    Raises:
        RefreshRequiredError: somebody wrote a version since FetchConfig.
        BareSwitchRequiredError: the profile's validators refuse the document; there is less to
            write.
        InvalidConfigurationError: they refuse the bare switches.
    """
    execution, state = event["execution"], event["state"]
    alarm, config, refused = state["alarm"], state["config"], refused_reason(state)
    store, own, flags = appconfig.connect(), config["own"], to_turn_off(config)
    if own:
        swept, is_bare = _written_before(store, own, flags, config["profileType"])
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
    reasons = dict.fromkeys(flags, _reason(alarm["alarmName"], alarm["reason"]))
    with readers() as threads:
        firing = threads.submit(_fired_together, alarm, config, now) if refused is None else None
        document = store.document(base, config["profileType"])
        bare = document.switched_off(*flags)
        content = document.turned_off(reasons, now) if firing else bare

        def write(content: bytes, latest: int, flags_off: int) -> int:
            with less_where_refused(bare=content == bare):
                mark = description(alarm, execution, base, flags_off)
                return store.create_version(content, document.content_type, latest, mark)

        version = write(content, latest, len(flags))
    also, not_swept = _swept(document, alarm, config, firing, now) if firing else ({}, None)
    also = _within(also, flags, config.get("left"))
    if also:
        fuller = document.turned_off({**also, **reasons}, now)
        ask = partial(write, fuller, version, len({*flags, *also}))
        try:  # in a storm others try to write at the same moment, so it may be throttled
            version, content = patiently(ask, clock.now() + PATIENCE), fuller
        except RefreshRequiredError:
            raise
        except RollbackError as error:  # too large, perhaps: these flags need not wait for others
            logger.warning("The other flags are left to their own executions", exc_info=True)
            also, not_swept = {}, str(error)
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
    store: AppConfigStore, own: OwnWork, flags: list[str], profile_type: str
) -> tuple[int, bool]:
    """Look into the version that was written before: how many other flags it turns off, is it bare.

    One that cannot be looked into is taken for bare: so nothing is written over and over.
    """
    try:
        before, after = (
            store.document(own[version], profile_type) for version in ("fromVersion", "toVersion")
        )
        swept = set(after.turned_off_since(before)) - set(flags)
        return len(swept), after.is_bare_rollback_of(before, *flags)
    except PersonMustActError:  # the older one has been deleted since: the rollback counts
        logger.warning("Cannot look into the version that was written before", exc_info=True)
        return 0, True


def _fired_together(alarm: Alarm, config: Config, now: datetime) -> list[FiringAlarm]:
    """Find what has just gone off: other alarms below the prefix, and this alarm's other series.

    What a person released after its alarm fired stays on.
    """
    since = now - settings().sweep
    if config["releasedAt"]:
        since = max(since, moment(config["releasedAt"]))
    if since >= now:
        return []
    below = alarms.firing(settings().alarm_names.prefix)
    # Which flags its own alarm guards is known; its name may be another flag's.
    firing = [found for found in below if found.name != alarm["alarmName"]]
    if alarm["contributor"]:
        firing += alarms.contributors(alarm["alarmName"], arn=alarm["alarmArn"] or "")
    return [found for found in firing if found.since > since]


def _swept(
    document: FlagDocument,
    alarm: Alarm,
    config: Config,
    firing: Future[list[FiringAlarm]],
    asked_at: datetime,
) -> tuple[Mapping[str, str], str | None]:
    """Choose the other flags to turn off: the reason of each, by flag; and why there are not more.

    One deployment at a time means one after the other, so what fires together goes off together.
    Where their tags take long to read there are many: by then more have fired, and some have
    recovered. Without an answer from CloudWatch nothing is swept: each flag has an execution of
    its own.
    """
    until = asked_at + PATIENCE
    allowed: dict[str, FiringAlarm] = {}
    unread = None
    try:
        try:
            found = firing.result()
        except RetryLaterError:  # others asked at the same time; now that they lost, they do not
            found = patiently(partial(_fired_together, alarm, config, asked_at), until)
        allowed, unread = _allowed(_heard(document, alarm, found, until), until)
        if (now := clock.now()) - asked_at > _OLD_NEWS:
            again = patiently(partial(_fired_together, alarm, config, now), until)
            heard = _heard(document, alarm, again, until)
            later = {flag: each for flag, each in heard.items() if each not in found}
            more, more_unread = _allowed(later, until)
            still = {flag: each for flag, each in allowed.items() if flag in heard}
            allowed, unread = {**more, **still}, unread or more_unread
    except SdkModelError:
        raise  # a broken package is not to be taken for a quiet day
    except RollbackError as error:
        logger.warning("Cannot tell which other alarms call for a rollback", exc_info=True)
        unread = str(error)
    return {flag: _reason(each.name, each.reason) for flag, each in allowed.items()}, unread


def _heard(
    document: FlagDocument, alarm: Alarm, firing: list[FiringAlarm], until: datetime
) -> dict[str, FiringAlarm]:
    """Find the flags that are on and whose alarms are heard, muted by nobody."""
    fired = {
        flag: found
        for found in firing
        if (flag := _flag_of(found)) and flag not in alarm["flags"] and document.may_be_swept(flag)
    }
    muted = patiently(alarms.muted, until) if fired else set()
    return {flag: each for flag, each in fired.items() if each.name not in muted}


def _within(also: Mapping[str, str], flags: list[str], left: int | None) -> Mapping[str, str]:
    """Sweep no more flags than may still go off; the rest has executions that are held back."""
    if left is None:
        return also
    return dict(list(also.items())[: max(left - len(flags), 0)])


def _allowed(
    heard: Mapping[str, FiringAlarm], until: datetime
) -> tuple[dict[str, FiringAlarm], str | None]:
    """Choose the flags whose alarms let them go off by their tags, and why some could not be asked.

    An alarm whose tags cannot be read does not; nor does one whose name fits and whose tags name
    other flags, as those come first. This execution's own, with another series, does: it has come
    so far.
    """
    allowed = {flag: found for flag, found in heard.items() if found.contributor}
    unread = None
    with readers(_SIDE_BY_SIDE) as threads:
        read = {
            flag: threads.submit(patiently, partial(alarms.tags, found.arn), until)
            for flag, found in heard.items()
            if flag not in allowed
        }
    for flag, answer in read.items():
        try:
            tags = answer.result()
            if policy_of(tags) == "auto" and flag in (tagged_flags(tags) or [flag]):
                allowed[flag] = heard[flag]
        except SdkModelError:
            raise
        except RollbackError as error:
            logger.warning("Not sweeping what alarm %s guards", heard[flag].name, exc_info=True)
            unread = str(error)
    return allowed, unread


def _flag_of(found: FiringAlarm) -> str | None:
    """Name the flag of an alarm by its series or its name; tagged alarms are not swept along."""
    if found.contributor:
        return found.contributor["attributes"].get(DIMENSION)
    try:
        return settings().alarm_names.flag_of(found.name)
    except AlarmNameMismatchError:
        return None


def _reason(alarm_name: str, reason: str) -> str:
    return f"{alarm_name}: {reason}"
