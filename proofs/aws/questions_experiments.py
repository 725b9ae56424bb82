"""The open questions about AppConfig's experiments, in the order of a run's life.

One that needs a run takes the one that an earlier question has left RUNNING, or starts one.
"""

from __future__ import annotations

import re
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from appconfig_rollback.errors import (
    PermissionDeniedError,
    RefreshRequiredError,
    RequestRefusedError,
)
from flag_rollback.waiting import WaitedTooLongError, turns
from local.template_permissions import as_list
from proofs.aws.field import OVER, Attempt, attempt
from proofs.aws.questions_runtime import policy
from proofs.aws.report import Observation, answer
from proofs.aws.trial import FLAG, REASON, Trial, document
from tests.contract.shipped import statements

if TYPE_CHECKING:
    from collections.abc import Callable, Container

    from appconfig_rollback.untyped import AwsAnswer

_POLICY_SECONDS = 60.0


def start_while_baking(trial: Trial) -> Observation:
    field = trial.field
    field.await_state(field.deploy(field.baking, trial.on), "BAKING")
    tried = attempt(lambda: f"run {trial.start().number}")
    return answer(
        "May StartExperimentRun begin while another deployment is BAKING?",
        "inferred: no, ConflictException; the rollback starts no runs",
        tried.seen,
        True,
    )


def deploy_right_after_start(trial: Trial) -> Observation:
    trial.end()
    trial.start()
    field = trial.field
    newest = field.deployments()[0]
    tried = attempt(lambda: f"deployment {field.deploy(field.at_once, trial.on)}")
    return answer(
        "May StartDeployment begin right after StartExperimentRun?",
        "not documented; ConflictException would be read as RefreshRequiredError: begin again",
        f"{tried.seen}; the newest before it: {_described(newest)}",
        tried.was_accepted or tried.begins_again,
    )


def active_while_running(trial: Trial) -> Observation:
    run = trial.running()
    return answer(
        "Does ListExperimentDefinitions list an experiment with a RUNNING run as ACTIVE?",
        "inferred: yes; FetchConfig asks for definitions of any status, to be safe",
        _yes(_is_listed_as_active(trial)),
        run in trial.experiments.running(FLAG),
    )


def deploy_while_running(trial: Trial) -> Observation:
    trial.running()
    field, before = trial.field, trial.client_gets()
    field.await_state(field.deploy(field.at_once, trial.off), *OVER)
    running, found = trial.newest().running, trial.exposure()
    return answer(
        "What do users get once the flag is deployed off while a run shows it?",
        "the flag, until the run is stopped: off is said after that alone. Treatments take the "
        "AppConfig Agent, so another client may get what is deployed",
        f"the run is {'RUNNING' if running else 'DONE'}; a client without the Agent got {before}, "
        f"then {trial.client_gets()}; the rollback takes the flag to be {found.state} "
        f"({found.by})",
        # DONE by the deployment alone would leave what is deployed.
        (found.by == "experiment") if running else found.state == "off",
    )


def stop_while_baking(trial: Trial) -> Observation:
    run, field = trial.running(), trial.field
    field.await_state(field.deploy(field.baking, trial.off), "BAKING")
    tried = attempt(lambda: trial.experiments.stop(run.noted, REASON))
    return answer(
        "May StopExperimentRun stop a run while another deployment is BAKING?",
        "inferred: no, ConflictException, read as RefreshRequiredError: begin again",
        tried.seen,
        tried.was_accepted or tried.begins_again,
    )


def permissions_to_stop(trial: Trial) -> Observation:
    """Act as a role that is allowed what template.yaml allows StopExperimentFunction."""
    run, account = trial.running(), trial.field.account
    role = trial.field.names.common
    as_role = trial.experiments_by(account.client_as(role, "appconfig"))
    stopping, deploying = _granted(trial)

    def allow(*allowed: dict[str, Any]) -> None:
        account.client("iam").put_role_policy(
            RoleName=role, PolicyName="stop-experiment", PolicyDocument=policy(*allowed)
        )

    allow(stopping)
    _settled(trial, lambda: as_role.run(run.definition, run.number))
    alone = attempt(lambda: as_role.stop(run.noted, REASON))
    seen = f"without StartDeployment: {alone.seen}"
    if not alone.was_accepted:
        allow(stopping, deploying)
        both = _settled(trial, lambda: as_role.stop(run.noted, REASON))
        seen += f"; with it: {both.seen}"
    return answer(
        "Which permissions does stopping a run take?",
        "inferred: StopExperimentRun, and StartDeployment on application, environment, profile and "
        "strategy AppConfig.ServiceManaged; template.yaml grants both",
        seen,
        not trial.newest().running,
    )


def stop_when_done(trial: Trial) -> Observation:
    trial.end()
    run = trial.newest()
    tried = attempt(lambda: trial.experiments.stop(run.noted, REASON))
    # StopExperiment looks at the run again after the one, and is repeated after the other.
    is_handled = isinstance(tried.error, RequestRefusedError | RefreshRequiredError)
    return answer(
        "What does stopping a run that is DONE come to?",
        "not documented; StopExperiment takes success, BadRequestException and ConflictException",
        tried.seen,
        (tried.was_accepted or is_handled) and not trial.newest().running,
    )


def after_the_stop(trial: Trial) -> Observation:
    trial.end()
    found = trial.exposure()
    deployed = _deployed(trial)
    return answer(
        "What is left of a run that is DONE?",
        "nothing: clients get what is deployed, and the experiment is ACTIVE no more",
        f"listed as ACTIVE: {_yes(_is_listed_as_active(trial))}; version {deployed} is deployed, "
        f"{'on' if deployed == str(trial.on) else 'off'}; a client without the Agent gets "
        f"{trial.client_gets()}; the rollback takes the flag to be {found.state} ({found.by})",
        found.state == ("on" if deployed == str(trial.on) else "off") or found.state == "unknown",
    )


def deployments_of_runs(trial: Trial) -> Observation:
    purposes = trial.managed()
    seen = [
        f"{purposes.get(item['DeploymentNumber'], 'no event')}: {_described(item)}"
        for item in reversed(trial.field.deployments())
        if _is_appconfigs(item, purposes)
    ]
    return answer(
        "How does ListDeployments show the deployments that AppConfig makes for runs?",
        "inferred: Type MANAGED, with the profile's id and the version that is deployed; the "
        "rollback builds on those of Type USER alone",
        "; ".join(seen) or "none is named by an event of a run, or of Type MANAGED",
        str(trial.field.store.served().version) == _deployed(trial),
    )


def version_by_label(trial: Trial) -> Observation:
    field, label = trial.field, "by-label"
    version = field.write(document(enabled=False), VersionLabel=label)
    field.await_state(field.deploy(field.at_once, label), *OVER)
    item = field.deployments()[0]
    return answer(
        "Does ListDeployments name the label or the number of a version deployed by its label?",
        "not documented; a label is looked up in the list of versions",
        f"ConfigurationVersion {item['ConfigurationVersion']!r}, VersionLabel "
        f"{item.get('VersionLabel')!r}, for version {version}",
        field.store.served().version == version,
    )


QUESTIONS: tuple[Callable[[Trial], Observation], ...] = (
    start_while_baking,
    deploy_right_after_start,
    active_while_running,
    deploy_while_running,
    stop_while_baking,
    permissions_to_stop,
    stop_when_done,
    after_the_stop,
    deployments_of_runs,
    version_by_label,
)


def _granted(trial: Trial) -> tuple[dict[str, Any], dict[str, Any]]:
    """What template.yaml allows StopExperimentFunction, on the trial: to stop, and to deploy."""
    account, where = trial.field.account, trial.field.where
    values = {
        "AWS::Partition": account.partition,
        "AWS::Region": account.region,
        "AWS::AccountId": account.id,
        "ApplicationId": where.application,
        "EnvironmentId": where.environment,
        "ConfigurationProfileId": where.profile,
    }

    def filled(resource: Any) -> str:  # noqa: ANN401 - {"Fn::Sub": text}
        return re.sub(r"\$\{(.+?)\}", lambda name: values[name[1]], resource["Fn::Sub"])

    stopping, deploying = (
        {
            "Effect": "Allow",
            "Action": statement["Action"],
            "Resource": [filled(resource) for resource in as_list(statement["Resource"])],
        }
        for statement in statements("StopExperimentFunction")
    )
    return stopping, deploying


def _settled(trial: Trial, call: Callable[[], object]) -> Attempt:
    """Try a call until a role's new policy takes effect; returns the last attempt."""
    tried = attempt(call)
    with suppress(WaitedTooLongError):
        for _ in turns(_POLICY_SECONDS, trial.field.account.every, "the policy to take effect"):
            if not isinstance(tried.error, PermissionDeniedError):
                break
            tried = attempt(call)
    return tried


def _is_listed_as_active(trial: Trial) -> bool:
    pages = trial.field.appconfig.get_paginator("list_experiment_definitions").paginate(
        ApplicationIdentifier=trial.field.where.application, Status="ACTIVE"
    )
    return trial.definition in [item["Id"] for page in pages for item in page["Items"]]


def _deployed(trial: Trial) -> str:
    """The version of the newest completed deployment that somebody asked for."""
    of_runs = trial.managed()
    asked_for = (
        str(item["ConfigurationVersion"])
        for item in trial.field.deployments()
        if item["State"] == "COMPLETE" and not _is_appconfigs(item, of_runs)
    )
    return next(asked_for, "none")


def _is_appconfigs(item: AwsAnswer, of_runs: Container[int]) -> bool:
    return item["DeploymentNumber"] in of_runs or item.get("Type") == "MANAGED"


def _described(item: AwsAnswer) -> str:
    took = ""
    if "CompletedAt" in item:
        took = f" in {(item['CompletedAt'] - item['StartedAt']).total_seconds():.0f} s"
    return (
        f"deployment {item['DeploymentNumber']}, Type {item.get('Type')}, ConfigurationVersion "
        f"{item.get('ConfigurationVersion')}, profile {item.get('ConfigurationProfileId')}, "
        f"{item['State']}{took}"
    )


def _yes(is_so: bool) -> str:
    return "yes" if is_so else "no"
