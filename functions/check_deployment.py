"""CheckDeployment: is the deployment complete, and is the flag off for users?"""

from __future__ import annotations

from functools import partial

from appconfig_rollback.adapters import appconfig, clock, experiments
from appconfig_rollback.adapters.appconfig import AppConfigStore
from appconfig_rollback.adapters.executions import redriven_at
from appconfig_rollback.adapters.log import logger
from appconfig_rollback.adapters.settings import settings
from appconfig_rollback.adapters.task import task
from appconfig_rollback.budget import require_time
from appconfig_rollback.case import Done
from appconfig_rollback.deployments import IN_PROGRESS, DeploymentDetails, Served
from appconfig_rollback.errors import (
    BaseRevertedError,
    FlagNotFoundError,
    FlagStillOnError,
    InvalidConfigurationError,
    NotConfirmedOffError,
    RolledBackByAppConfigError,
    UnknownDeploymentStateError,
)
from appconfig_rollback.exposure import Beside, Exposure, exposure
from appconfig_rollback.outcome import rolled_back
from appconfig_rollback.refusal import less_where_refused
from appconfig_rollback.state import Deployment, State, TaskInput, not_found, to_be_off, to_turn_off
from appconfig_rollback.times import iso, moment

_LONGEST_POLL_SECONDS = 15


@task
def handler(event: TaskInput, context: object) -> Deployment:  # noqa: ARG001
    """Look once; the state machine waits and looks again.

    Where users may get the flag by a rollout or an experiment, FetchConfig decides what to do.

    Raises:
        RolledBackByAppConfigError: AppConfig, a person, or a monitor that may not be suspended
            undid the deployment.
        BareSwitchRequiredError: it did not pass its validation; there is less to write.
        InvalidConfigurationError: the bare switch did not pass it.
        BaseRevertedError: it is complete, but brought back what somebody reverted meanwhile.
        FlagStillOnError: it is complete, but what is served has the flag on.
        NotConfirmedOffError: it is complete, but a deployment of AppConfig's own has the flag on.
        RollbackBudgetSpentError: it takes too long.
        SwitchRequiredError and others: it is complete, but one of several flags is of no shape
            that can be turned off.
    """
    execution, state = event["execution"], event["state"]
    started = state["deployment"]
    store = appconfig.connect()
    deployment = store.deployment(started["number"])
    answer: Deployment = {**started, "state": deployment.state}
    if deployment.state == "COMPLETE":
        seen = _look_at_users(store, state)
        missing = not_found(state["config"])
        for flag, exposed in seen.items():
            came_since = exposed.by == "served" and flag in missing
            if came_since or exposed.by in ("rollout", "experiment", "settling"):
                logger.info("%s is off in what is served, but: %s", flag, exposed.reason)
                return {**answer, "lookAgain": True}
        for flag, exposed in seen.items():
            _confirm_off(flag, exposed, deployment.number)
        _require_the_others(store, state)
        return {
            **answer,
            "confirmedOff": True,
            "confirmedAt": iso(clock.now()),
            "result": rolled_back(state, deployment.number),
        }
    what = f"deployment {deployment.number}, which is {deployment.state}"
    if deployment.state in IN_PROGRESS:
        require_time(
            moment(state["alarm"]["startedAt"]),
            clock.now(),
            settings().rollback_budget,
            what,
            partial(redriven_at, execution),
        )
        return {**answer, "pollSeconds": _next_wait(started)}
    if deployment.state in {"ROLLED_BACK", "REVERTED"}:
        _require_validity(deployment, state)
        return {**answer, "undoneByMonitor": _undone_by_monitor(deployment)}
    raise UnknownDeploymentStateError(f"expected a deployment state of AppConfig; got {what}")


def _next_wait(started: Deployment) -> int:
    """Choose how long to wait before the next look: the first one came at once, without a wait."""
    seconds = started["pollSeconds"]
    return seconds if started["state"] is None else min(seconds * 2, _LONGEST_POLL_SECONDS)


def _require_validity(deployment: DeploymentDetails, state: State) -> None:
    """Take a deployment that was rolled back without having gone out for one that is invalid.

    That AppConfig rolls a deployment back whose validation fails is inferred, and so is that its
    log then names neither a user nor an alarm. To write less once more does no harm otherwise.
    """
    seen = state["deployment"]["state"]
    if (
        deployment.state == "ROLLED_BACK"
        and deployment.undone_by not in ("USER", "CLOUDWATCH_ALARM")
        and not deployment.went_out
        and seen in (None, "VALIDATING")
    ):
        with less_where_refused(bare=state["version"]["bare"]):
            raise InvalidConfigurationError(
                f"expected version {state['version']['toVersion']} to pass its validation; got "
                f"deployment {deployment.number}, which is ROLLED_BACK and went out to nobody: "
                f"{deployment.undoing}"
            )


def _undone_by_monitor(deployment: DeploymentDetails) -> bool:
    """Report that the monitors can be suspended; anything else that undoes a rollback is an error.

    AppConfig rolls a deployment back while an alarm that its environment monitors is in ALARM (user
    guide, "Monitoring deployments"), and so turns the flag on again.
    """
    message = (
        f"expected the deployment that turns the flag off to complete; got deployment "
        f"{deployment.number}, which is {deployment.state}: {deployment.undoing}"
    )
    if deployment.undone_by != "CLOUDWATCH_ALARM":
        raise RolledBackByAppConfigError(message)
    if not settings().monitor_roles:
        raise RolledBackByAppConfigError(
            f"{message}. Set the stack's parameter MonitorRoleArns to the roles of the "
            "environment's monitors: then the rollback takes the monitors off while it deploys"
        )
    return True


def _look_at_users(store: AppConfigStore, state: State) -> dict[str, Exposure]:
    """Read again what users get: somebody may have released another version since."""
    config = state["config"]
    flags = [*to_be_off(config), *not_found(config)]
    served = _served_since(store, state["deployment"]["number"])
    if reverted := _reverted_base(served, state):
        raise BaseRevertedError(
            f"flag {', '.join(map(repr, flags))} is off, but {reverted}, on which the rollback is "
            "based, was reverted meanwhile: what it had changed is served again. Look at the other "
            "flags, then redrive"
        )
    kind = config["profileType"]
    document, beside = store.document(served.version, kind), Beside(store, served, kind)
    runs, done = experiments.of_profile(kind), Done(experiments=state.get("experiments", ()))
    seen = {}
    for flag in flags:
        try:
            seen[flag] = exposure(beside, runs, document, flag, known=done.found(flag))
        except FlagNotFoundError:
            if flag in to_turn_off(config):
                raise  # somebody has taken it out: what users get then is their application's
    return seen


def _reverted_base(served: Served, state: State) -> str | None:
    """Name what the rollback is based on, if that is not what was served before it any more.

    Deployments older than the listed ones are unknown. A look that found the rollback made already
    has seen what was served by then, so the version that it was made of counts as well; but not
    that of an earlier attempt: whoever redrives has looked.
    """
    base, number = state["config"]["servedDeployment"], state["deployment"]["number"]
    numbers = [completed.number for completed in served.completed]
    if base not in numbers and base > min(numbers):
        return f"deployment {base}"
    version, began = state["version"]["fromVersion"], moment(state["alarm"]["startedAt"])
    lately = any(each.number == number and each.started_at >= began for each in served.completed)
    below = next((each for each in served.completed if each.number < number), None)
    if lately and below and below.version not in (None, version):
        return f"version {version}"
    return None


def _require_the_others(store: AppConfigStore, state: State) -> None:
    """Raise the error of a flag that cannot be turned off, now that the others are off."""
    config, version = state["config"], state["version"]["toVersion"]
    failed = [each["flag"] for each in config["flags"] if each["outcome"] == "failed"]
    if failed:
        document = store.document(version, config["profileType"])
        for flag in failed:
            document.is_on(flag)


def _served_since(store: AppConfigStore, number: int) -> Served:
    """Read what is served, by a list that knows of a deployment which is COMPLETE.

    ListDeployments may answer from before the deployment that was just read (that it is eventually
    consistent is believed), and so with the flag on.
    """
    for _ in clock.looks():
        served = store.served()
        if served.completed[0].number >= number:
            break
    return served


def _confirm_off(flag: str, seen: Exposure, number: int) -> None:
    if seen.by == "nothing":
        return
    message = f"expected flag {flag!r} to be off once deployment {number} is complete"
    error = NotConfirmedOffError if seen.by == "managed" else FlagStillOnError
    raise error(f"{message}; {seen.reason}")
