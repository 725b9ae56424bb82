"""The operations on experiment definitions and their runs."""

from __future__ import annotations

import copy
import json
import re
import time
from typing import TYPE_CHECKING

from ministack.services import appconfig  # type: ignore[import-untyped]

from local.gaps.experiments import store
from local.gaps.experiments.managed import deploy_managed
from local.gaps.replacing import PassOn, Request, Response, replace_requests

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from local.gaps.experiments.store import Record

    Answer = tuple[int, Record]

_MOST_PER_PAGE = 50
_GIVEN = ("Name", "FlagKey", "AudienceRule", "Hypothesis", "AudienceDescription", "LaunchCriteria")
_RUN_GIVEN = ("Description", "ExposurePercentage", "TreatmentOverrides")
_FILTERS: list[tuple[str, Callable[[str, str], str | None], str]] = [
    ("environment_identifier", appconfig._resolve_environment_id, "EnvironmentId"),
    (
        "configuration_profile_identifier",
        appconfig._resolve_configuration_profile_id,
        "ConfigurationProfileId",
    ),
]
_NOT_IN_SUMMARY = ("Treatments", "Control", "AudienceRule", "AudienceDescription", "LaunchCriteria")
_NOT_IN_RUN_SUMMARY = (
    "ApplicationId",
    "ExposurePercentage",
    "TreatmentOverrides",
    "Result",
    "ExperimentDefinitionSnapshot",
)


def keep_experiments() -> None:
    """Definitions are created, read, listed, deleted; runs are started, read, listed, stopped.

    botocore, appconfig: the operations of these names. Updates and archiving are still missing.
    Not documented, and chosen here, so nothing may depend on it: lists answer the oldest first;
    stopping a run that is DONE is a BadRequestException; a second run of a definition that has one
    RUNNING is a ConflictException, and so is deleting it; a profile of another type than
    AWS.AppConfig.FeatureFlags is a BadRequestException. The keys c, t1, t2, ... of control and
    treatments were seen on AWS by a third party.
    """

    @replace_requests(appconfig)
    async def handle(original: PassOn, request: Request) -> Response:
        for verb, pattern, answer in _OPERATIONS:
            found = re.fullmatch(pattern, request.path)
            if request.method == verb and found:
                asked = {k: v[0] if isinstance(v, list) else v for k, v in request.query.items()}
                done: Response
                try:
                    done = appconfig._json(
                        *answer(asked | json.loads(request.body or b"{}"), *found.groups())
                    )
                except store.RefusedError as refused:
                    done = appconfig._error(refused.status, refused.code, refused.message)
                return done
        return await original(*request)


def _create(asked: Record, application: str) -> Answer:
    application = store.application_id(application)
    environment = store.environment_id(application, asked["EnvironmentIdentifier"])
    profile = store.profile_id(application, asked["ConfigurationProfileIdentifier"])
    kind = appconfig._config_profiles[f"{application}/{profile}"]["Type"]
    if kind != "AWS.AppConfig.FeatureFlags":
        raise store.RefusedError(
            400,
            "BadRequestException",
            f"Experiments need a profile of type AWS.AppConfig.FeatureFlags; "
            f"profile {profile} is of type {kind}.",
        )
    now = appconfig._iso(time.time())
    treatments = enumerate(asked["Treatments"], start=1)
    definition: Record = {
        "ApplicationId": application,
        "Id": appconfig._gen_id(),
        "ConfigurationProfileId": profile,
        "EnvironmentId": environment,
        **{name: asked[name] for name in _GIVEN if name in asked},
        "Treatments": [{"Key": f"t{number}", **given} for number, given in treatments],
        "Control": {"Key": "c", **asked["Control"]},
        "CreatedAt": now,
        "UpdatedAt": now,
        "_Runs": [],
    }
    store.definitions[f"{application}/{definition['Id']}"] = definition
    return 201, _described(definition)


def _get(_: Record, application: str, identifier: str) -> Answer:
    return 200, _described(store.definition(application, identifier))


def _delete(asked: Record, application: str, identifier: str) -> Answer:
    """Delete a definition and its runs; what happens without a DeleteType is not documented."""
    definition = store.definition(application, identifier)
    if asked.get("delete_type") != "DESTROY":
        raise store.RefusedError(
            400, "BadRequestException", "The embedded cloud knows no delete_type but DESTROY."
        )
    if store.is_active(definition):
        raise store.RefusedError(
            409,
            "ConflictException",
            f"Experiment definition {definition['Id']} has a run that is RUNNING.",
        )
    del store.definitions[f"{definition['ApplicationId']}/{definition['Id']}"]
    return 204, {}


def _list(asked: Record) -> Answer:
    items = [_described(definition) for definition in store.definitions.values()]
    applications = list(appconfig._applications)
    if application := asked.get("application_identifier"):
        applications = [store.application_id(application)]
        items = [item for item in items if item["ApplicationId"] in applications]
    for name, resolve, member in _FILTERS:
        if identifier := asked.get(name):
            found = {(app, resolve(app, identifier)) for app in applications}
            store.existing({known for known in found if known[1]}, f"{member} {identifier}")
            items = [item for item in items if (item["ApplicationId"], item[member]) in found]
    if status := asked.get("status"):
        items = [item for item in items if item["Status"] == status]
    return 200, _page((_without(item, _NOT_IN_SUMMARY) for item in items), asked)


def _start(asked: Record, application: str, identifier: str) -> Answer:
    definition = store.definition(application, identifier)
    if store.is_active(definition):
        raise store.RefusedError(
            409,
            "ConflictException",
            f"Experiment definition {definition['Id']} already has a run that is RUNNING.",
        )
    number = len(definition["_Runs"]) + 1
    deployed = deploy_managed(definition, number, asked)
    now = appconfig._iso(time.time())
    unchanging = ("Status", "CreatedAt", "UpdatedAt")
    run: Record = {
        "ApplicationId": definition["ApplicationId"],
        "ExperimentDefinitionId": definition["Id"],
        "Run": number,
        "Status": "RUNNING",
        **{name: asked[name] for name in _RUN_GIVEN if name in asked},
        "StartedAt": now,
        "UpdatedAt": now,
        "ExperimentDefinitionSnapshot": copy.deepcopy(_without(_described(definition), unchanging)),
        "_Events": [],
    }
    _note(run, "RUN_STARTED", deployed, now)
    definition["_Runs"].append(run)
    return 201, _public(run)


def _get_run(_: Record, application: str, identifier: str, number: str) -> Answer:
    return 200, _public(store.run(store.definition(application, identifier), number))


def _list_runs(asked: Record, application: str, identifier: str) -> Answer:
    runs = [_public(run) for run in store.definition(application, identifier)["_Runs"]]
    if status := asked.get("status"):
        runs = [run for run in runs if run["Status"] == status]
    return 200, _page((_without(run, _NOT_IN_RUN_SUMMARY) for run in runs), asked)


def _stop(asked: Record, application: str, identifier: str, number: str) -> Answer:
    definition = store.definition(application, identifier)
    run = store.run(definition, number)
    if run["Status"] != "RUNNING":
        raise store.RefusedError(
            400,
            "BadRequestException",
            f"Experiment run {number} is {run['Status']}; only a RUNNING one can be stopped.",
        )
    deployed = deploy_managed(definition, run["Run"], asked)
    now = appconfig._iso(time.time())
    run |= {"Status": "DONE", "UpdatedAt": now, "EndedAt": now}
    if "Result" in asked:
        run["Result"] = asked["Result"]
    _note(run, "RUN_STOPPED", deployed, now)
    return 200, _public(run)


def _list_events(asked: Record, application: str, identifier: str, number: str) -> Answer:
    run = store.run(store.definition(application, identifier), number)
    return 200, _page(run["_Events"], asked)


_ALL = r"/applications/([^/]+)/experimentdefinitions"
_ONE = rf"{_ALL}/([^/]+)"
_RUNS = rf"{_ONE}/experimentruns"
_RUN = rf"{_RUNS}/(\d+)"
_OPERATIONS: list[tuple[str, str, Callable[..., Answer]]] = [
    ("GET", "/experimentdefinitions", _list),
    ("POST", _ALL, _create),
    ("GET", _ONE, _get),
    ("DELETE", _ONE, _delete),
    ("POST", _RUNS, _start),
    ("GET", _RUNS, _list_runs),
    ("GET", _RUN, _get_run),
    ("PATCH", rf"{_RUN}/stop", _stop),
    ("GET", rf"{_RUN}/events", _list_events),
]

GAPS = [keep_experiments]


def _described(definition: Record) -> Record:
    return _public(definition) | {"Status": "ACTIVE" if store.is_active(definition) else "IDLE"}


def _public(record: Record) -> Record:
    return {name: value for name, value in record.items() if not name.startswith("_")}


def _without(record: Record, names: Iterable[str]) -> Record:
    return {name: value for name, value in record.items() if name not in names}


def _note(run: Record, what: str, deployment_arn: str, at: str) -> None:
    event = {
        "EventType": what,
        "TriggeredBy": "USER",
        "OccurredAt": at,
        "AssociatedDeployment": deployment_arn,
    }
    settings = ("ExposurePercentage", "TreatmentOverrides")
    run["_Events"].append(event | {name: run[name] for name in settings if name in run})


def _page(items: Iterable[Record], asked: Record) -> Record:
    """One page; the token is how many items came before it.

    So a definition that is deleted while somebody lists shifts what is listed after it.
    """
    most = int(asked.get("max_results", _MOST_PER_PAGE))
    if not 1 <= most <= _MOST_PER_PAGE:
        raise store.RefusedError(
            400, "BadRequestException", f"MaxResults must be 1 to {_MOST_PER_PAGE}, not {most}."
        )
    all_items, start = list(items), int(asked.get("next_token", 0))
    page: Record = {"Items": all_items[start : start + most]}
    if start + most < len(all_items):
        page["NextToken"] = str(start + most)
    return page
