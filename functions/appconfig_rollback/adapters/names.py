"""What people call what the stack watches, read once for a process."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import TYPE_CHECKING

from appconfig_rollback.adapters.aws import client, named_errors
from appconfig_rollback.adapters.log import logger
from appconfig_rollback.adapters.settings import settings
from appconfig_rollback.target import Names, Target

if TYPE_CHECKING:
    from mypy_boto3_appconfig import AppConfigClient

#: A notice waits no longer than this for names.
_PATIENCE_SECONDS = 3.0

_known: dict[Target, Names] = {}


def named_target() -> Target:
    """Return what the stack watches: with its names, or with ids alone where they are not had.

    Nothing that goes wrong here, and nothing that takes long, is in the way of a notice.
    """
    target = settings().target
    if target not in _known and (names := _read(target)):
        _known[target] = names
    return target.named(_known.get(target))


def _read(target: Target) -> Names | None:
    threads = ThreadPoolExecutor()
    try:
        reads = (_application, _environment, _profile)
        calls: list[Future[str]] = [threads.submit(read, target) for read in reads]
        wait(calls, timeout=_PATIENCE_SECONDS)
        return Names(*(call.result(timeout=0) for call in calls))
    except Exception:  # noqa: BLE001 - whatever it is, the notice goes out
        logger.warning("Cannot read the names of %s", target, exc_info=True)
        return None
    finally:
        threads.shutdown(wait=False, cancel_futures=True)


def _application(target: Target) -> str:
    with named_errors("reading the application's name (appconfig:GetApplication)"):
        return _appconfig().get_application(ApplicationId=target.application)["Name"]


def _environment(target: Target) -> str:
    with named_errors("reading the environment's name (appconfig:GetEnvironment)"):
        answer = _appconfig().get_environment(
            ApplicationId=target.application, EnvironmentId=target.environment
        )
        return answer["Name"]


def _profile(target: Target) -> str:
    with named_errors("reading the profile's name (appconfig:GetConfigurationProfile)"):
        answer = _appconfig().get_configuration_profile(
            ApplicationId=target.application, ConfigurationProfileId=target.profile
        )
        return answer["Name"]


def _appconfig() -> AppConfigClient:
    appconfig: AppConfigClient = client("appconfig")
    return appconfig
