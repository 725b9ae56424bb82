"""boto3's client for the AppConfig in memory, and what ships on top of it."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any, cast

from botocore import xform_name

from appconfig_rollback.adapters.appconfig import AppConfigStore
from appconfig_rollback.adapters.experiments import ExperimentStore
from tests.appconfig import EVERY, UNDONE, refusal
from tests.samples import TARGET

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.appconfig import AppConfig

Asked = dict[str, Any]
Answer = dict[str, Any]
_IDS = (TARGET.application, TARGET.environment, TARGET.profile)
_OTHER_PROFILE = "other12"


def open_store(appconfig: AppConfig, strategy: str = "strat12") -> AppConfigStore:
    """Open the profile as the functions do."""
    return AppConfigStore(cast("Any", AppConfigClient(appconfig)), *_IDS, strategy)


def open_experiments(appconfig: AppConfig) -> ExperimentStore:
    """Open the experiments on the profile as the functions do."""
    return ExperimentStore(cast("Any", AppConfigClient(appconfig)), *_IDS)


class AppConfigClient:
    """The part of boto3's client that the adapters use.

    `before_call` gets an operation's name and returns the caller's.
    """

    def __init__(
        self, appconfig: AppConfig, before_call: Callable[[str], str] = lambda _: ""
    ) -> None:
        self._appconfig = appconfig
        self._before_call = before_call

    def __getattr__(self, method: str) -> Callable[..., dict[str, Any]]:
        operation = _OPERATION_OF.get(method)
        if operation is None:
            raise AttributeError(method)

        def call(**asked: Any) -> dict[str, Any]:
            by = self._before_call(operation)
            for happens in (EVERY, operation):
                self._appconfig.meanwhile.get(happens, lambda: None)()
            answer = OPERATIONS[operation](self._appconfig, by, asked)
            self._appconfig.asked[operation].append(asked)
            return answer

        return call

    def get_paginator(self, method: str) -> Pages:
        """All is on one page."""
        return Pages(getattr(self, method))


class Pages:
    """A paginator of one page."""

    def __init__(self, call: Callable[..., dict[str, Any]]) -> None:
        self._call = call

    def paginate(self, **asked: Any) -> Iterator[dict[str, Any]]:
        yield self._call(**asked)


def _profile(at: AppConfig, _by: str, _asked: Asked) -> Answer:
    return {"LocationUri": "hosted", "Type": at.type}


def _read_version(at: AppConfig, _by: str, asked: Asked) -> Answer:
    text = at.versions.get(asked["VersionNumber"])
    if text is None:
        raise refusal("GetHostedConfigurationVersion", 404, "ResourceNotFoundException")
    return {"Content": io.BytesIO(text.encode()), "ContentType": at.content_type}


def _list_versions(at: AppConfig, _by: str, asked: Asked) -> Answer:
    if label := asked.get("VersionLabel"):
        number = at.labels.get(label)
        return {"Items": [{"VersionNumber": number, "VersionLabel": label}] if number else []}
    return {
        "Items": [
            {"VersionNumber": number, "Description": at.written_by.get(number, "")}
            for number in sorted(at.versions, reverse=True)
        ]
    }


def _create_version(at: AppConfig, _by: str, asked: Asked) -> Answer:
    number = at.create(
        asked["Content"].decode(), asked["Description"], asked["LatestVersionNumber"]
    )
    return {"VersionNumber": number}


def _start(at: AppConfig, by: str, asked: Asked) -> Answer:
    started = at.start(
        asked["ConfigurationVersion"],
        latest=asked["LatestDeploymentNumber"],
        description=asked["Description"],
        kms_key=asked.get("KmsKeyIdentifier"),
        by=by,
        minutes=0,
    )
    return {"DeploymentNumber": started.number}


def _stop(at: AppConfig, by: str, asked: Asked) -> Answer:
    at.stop(asked["DeploymentNumber"], by, allow_revert=asked.get("AllowRevert", False))
    return _describe(at, "", asked)


def _describe(at: AppConfig, _by: str, asked: Asked) -> Answer:
    found = at.deployments[asked["DeploymentNumber"]]
    log = []
    if found.state in UNDONE:
        by = {} if found.undone_by is None else {"TriggeredBy": found.undone_by}
        at_all = {} if found.undone_at is None else {"OccurredAt": found.undone_at}
        log.append({"EventType": "ROLLBACK_STARTED", "Description": "why", **by, **at_all})
    if found.went_out:
        log.append({"EventType": "PERCENTAGE_UPDATED"})
    times: Answer = {}
    if found.minutes is not None:
        times = {
            "StartedAt": found.started_at,
            "DeploymentDurationInMinutes": found.minutes,
            "FinalBakeTimeInMinutes": found.bake_minutes,
        }
    return {
        "ConfigurationProfileId": TARGET.profile if found.ours else _OTHER_PROFILE,
        "DeploymentNumber": found.number,
        "State": found.state,
        "ConfigurationVersion": found.version,
        "Description": found.description,
        "PercentageComplete": found.percentage,
        "EventLog": log,
        **({"KmsKeyArn": found.kms_key} if found.kms_key else {}),
        **times,
    }


def _list_deployments(at: AppConfig, _by: str, _asked: Asked) -> Answer:
    return {
        "Items": [
            {
                "DeploymentNumber": number,
                "State": found.state,
                "ConfigurationVersion": found.version,
                "ConfigurationName": "flags" if found.ours else "limits",
                "ConfigurationProfileId": TARGET.profile if found.ours else _OTHER_PROFILE,
                "StartedAt": found.started_at,
                "Type": "MANAGED" if found.managed else "USER",
            }
            for number, found in sorted(at.deployments.items(), reverse=True)
        ]
    }


def _environment(at: AppConfig, _by: str, _asked: Asked) -> Answer:
    return {"Monitors": at.monitors}


def _update_environment(at: AppConfig, _by: str, asked: Asked) -> Answer:
    at.monitors = asked["Monitors"]
    return {}


def _list_experiments(at: AppConfig, _by: str, _asked: Asked) -> Answer:
    defined = {run.definition: at.flag_of(run) for run in at.runs}
    return {"Items": [{"Id": number, "FlagKey": flag} for number, flag in defined.items()]}


def _list_runs(at: AppConfig, _by: str, asked: Asked) -> Answer:
    ended = at.ended_at.get(asked["ExperimentDefinitionIdentifier"])
    return {
        "Items": [
            {"Run": run.number, **({} if run.running or ended is None else {"EndedAt": ended})}
            for run in at.runs
            if run.definition == asked["ExperimentDefinitionIdentifier"]
            and run.running is (asked["Status"] == "RUNNING")
        ]
    }


def _read_run(at: AppConfig, _by: str, asked: Asked) -> Answer:
    run = at.run(asked["ExperimentDefinitionIdentifier"], asked["Run"])
    return {
        "Status": "RUNNING" if run.running else "DONE",
        "Result": {"ReasonsNotToLaunch": run.reasons},
        "ExperimentDefinitionSnapshot": {
            "Name": run.name,
            "Control": {"FlagValue": {"Enabled": False}},
            "Treatments": [{"FlagValue": {"Enabled": run.shows_flag}}],
        },
    }


def _stop_run(at: AppConfig, by: str, asked: Asked) -> Answer:
    reason = asked["Result"]["ReasonsNotToLaunch"]
    at.stop_run(asked["ExperimentDefinitionIdentifier"], asked["Run"], reason, by)
    return {"Status": "DONE"}


OPERATIONS: dict[str, Callable[[AppConfig, str, Asked], Answer]] = {
    "GetConfigurationProfile": _profile,
    "GetHostedConfigurationVersion": _read_version,
    "ListHostedConfigurationVersions": _list_versions,
    "CreateHostedConfigurationVersion": _create_version,
    "StartDeployment": _start,
    "StopDeployment": _stop,
    "GetDeployment": _describe,
    "ListDeployments": _list_deployments,
    "GetEnvironment": _environment,
    "UpdateEnvironment": _update_environment,
    "ListExperimentDefinitions": _list_experiments,
    "ListExperimentRuns": _list_runs,
    "GetExperimentRun": _read_run,
    "StopExperimentRun": _stop_run,
}
_OPERATION_OF = {xform_name(operation): operation for operation in OPERATIONS}
