"""CreateVersion: the served document with flags off, as a new hosted version."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from adapters import alarms, appconfig
from adapters.appconfig import AppConfigStore
from adapters.logs import logged, logger
from adapters.settings import number, setting
from rollback.alarm import flag_of
from rollback.errors import AlarmNameMismatchError, PersonMustActError, RollbackError
from rollback.flag_document import FlagDocument
from rollback.mark import Mark
from rollback.state import Alarm, Config, OwnWork, TaskInput, Version, moment


@logged
def handler(event: TaskInput, context: object) -> Version:  # noqa: ARG001
    """Write the version, unless it has been written before.

    Raises:
        RefreshRequiredError: somebody wrote a version since FetchConfig.
        InvalidConfigurationError: the profile's validators refuse the document.
    """
    execution, state = event["execution"], event["state"]
    alarm, config = state["alarm"], state["config"]
    store, own = appconfig.connect(), config["own"]
    if own:
        return {
            "fromVersion": own["fromVersion"],
            "toVersion": own["toVersion"],
            "sweptFlags": _swept_before(store, own, config["profileType"]),
        }
    base, latest = config["servedVersion"], config["latestVersion"]
    if latest is None:
        raise PersonMustActError("expected FetchConfig to name the latest version; it names none")
    document = store.document(base, config["profileType"])
    now = datetime.now(UTC)
    also = _swept(document, alarm, config, now)
    version = store.create_version(
        document.turned_off(alarm["flag"], _reason(alarm["alarmName"], alarm["reason"]), now, also),
        document.content_type,
        latest,
        str(Mark.of(alarm, execution, base)),
    )
    return {"fromVersion": base, "toVersion": version, "sweptFlags": len(also)}


def _swept_before(store: AppConfigStore, own: OwnWork, profile_type: str) -> int:
    """Count the other flags that the version which was written before turns off."""
    try:
        before, after = (
            store.document(own[version], profile_type) for version in ("fromVersion", "toVersion")
        )
        return max(after.number_turned_off_since(before) - 1, 0)
    except PersonMustActError:  # somebody has deleted the older one since: the rollback stands
        logger.warning("Cannot count the other flags of the version", exc_info=True)
        return 0


def _swept(
    document: FlagDocument, alarm: Alarm, config: Config, now: datetime
) -> Mapping[str, str]:
    """Find the other flags whose alarms have just gone off: the reason of each, by flag.

    One deployment at a time means one after the other, so what rings together goes off together.
    What a person released after its alarm rang stays on. Without an answer from CloudWatch nothing
    is swept: each flag has an execution of its own.
    """
    since = now - timedelta(seconds=number("COALESCE_SECONDS"))
    if config["releasedAt"]:
        since = max(since, moment(config["releasedAt"]))
    prefix, suffix = setting("ALARM_NAME_PREFIX"), setting("ALARM_NAME_SUFFIX")
    if since >= now:
        return {}
    try:
        ringing = [found for found in alarms.ringing(prefix) if found.since > since]
        reasons = {}
        for found in ringing:
            flag = _flag_of(found.name, prefix, suffix)
            if flag and flag != alarm["flag"] and document.may_be_swept(flag):
                reasons[flag] = (found.name, found.reason)
        muted = alarms.muted() if reasons else set()
    except RollbackError:
        logger.warning("Sweeping nothing: cannot tell which other alarms ring", exc_info=True)
        return {}
    return {
        flag: _reason(name, reason) for flag, (name, reason) in reasons.items() if name not in muted
    }


def _flag_of(alarm_name: str, prefix: str, suffix: str) -> str | None:
    try:
        return flag_of(alarm_name, prefix, suffix)
    except AlarmNameMismatchError:
        return None


def _reason(alarm_name: str, reason: str) -> str:
    return f"{alarm_name}: {reason}"
