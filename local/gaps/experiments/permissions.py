"""What IAM must allow to those who read, start and stop runs."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ministack.core import iam_actions  # type: ignore[import-untyped]
from ministack.services import appconfig  # type: ignore[import-untyped]

from local.gaps import roles
from local.gaps.experiments import store
from local.gaps.experiments.managed import STRATEGY
from local.gaps.replacing import PassOn, Request, Response, replace_requests

if TYPE_CHECKING:
    from collections.abc import Iterator

_DEFINITION_OR_RUN = re.compile(
    r"/applications/([^/]+)/experimentdefinitions/([^/]+)(?:/experimentruns(?:/(\d+).*)?)?"
)
_DEPLOYING = ("appconfig:StartExperimentRun", "appconfig:StopExperimentRun")


def need_permissions_on_definitions_and_runs() -> None:
    """Who calls an operation on a definition or run needs it on all that it concerns.

    Service authorization reference, "Actions, resources, and condition keys for AWS AppConfig":
    the actions on a run list the resource types application, experimentdefinition and experimentrun
    as required, those on a definition (ListExperimentRuns and StartExperimentRun among them) the
    first two, ListExperimentDefinitions none. MiniStack asks about the application, or "*" for that
    list. Starting a run also needs appconfig:StartDeployment on the application, environment,
    profile and the strategy AppConfig.ServiceManaged: not documented, seen on AWS by a third party.
    That stopping needs the same is inferred, as it makes a deployment too. Root is never asked.
    """

    @replace_requests(appconfig)
    async def handle(original: PassOn, request: Request) -> Response:
        if found := _DEFINITION_OR_RUN.fullmatch(request.path):
            for needed, resource in _needed(request, *found.groups()):
                if denied := roles.callers_denial(needed, resource):
                    refused: Response = appconfig._error(403, "AccessDeniedException", denied)
                    return refused
        return await original(*request)


GAPS = [need_permissions_on_definitions_and_runs]


def _needed(
    request: Request, application: str, identifier: str, run: str | None
) -> Iterator[tuple[str, str]]:
    """The actions, each with the ARN of a resource, that MiniStack has not asked about.

    None for what is not there: the operation itself answers that.
    """
    action = iam_actions.extract_iam_action("appconfig", *request)
    try:
        definition = store.definition(application, identifier)
    except store.RefusedError:
        return
    yield action, store.definition_arn(definition)
    if run:
        yield action, store.run_arn(definition, run)
    if action in _DEPLOYING:
        application = definition["ApplicationId"]
        for resource in (
            appconfig._app_arn(application),
            appconfig._env_arn(application, definition["EnvironmentId"]),
            appconfig._profile_arn(application, definition["ConfigurationProfileId"]),
            appconfig._strategy_arn(STRATEGY),
        ):
            yield "appconfig:StartDeployment", resource
