"""StopExperiment: stop the run by which users get a flag that is off in what is served."""

from __future__ import annotations

from appconfig_rollback.adapters import experiments
from appconfig_rollback.adapters.log import logger
from appconfig_rollback.adapters.settings import settings
from appconfig_rollback.adapters.task import task
from appconfig_rollback.arn import region_of
from appconfig_rollback.errors import (
    ExperimentNotStoppedError,
    PermissionDeniedError,
    PersonMustActError,
    RequestRefusedError,
)
from appconfig_rollback.experiments import reason_to_stop, stop_command
from appconfig_rollback.mark import Mark, read_mark
from appconfig_rollback.state import Experiment, FlagExperiment, StoppedExperiment, TaskInput


@task
def handler(event: TaskInput, context: object) -> list[StoppedExperiment]:  # noqa: ARG001
    """Stop it, unless it is DONE; FetchConfig then looks whether users still get a flag.

    Answers with all the runs that this execution went to stop.

    Raises:
        RefreshRequiredError: it cannot be stopped at this moment.
        ExperimentNotStoppedError: it cannot be stopped by this function.
    """
    state = event["state"]
    run = state["config"]["experiment"]
    if run is None:
        raise PersonMustActError("expected FetchConfig to name the run that is to be stopped")
    stopped: StoppedExperiment = {**run, "stopped": _stop(run, event)}
    same = (run["definition"], run["run"])
    before = state.get("experiments", [])
    return [*(each for each in before if (each["definition"], each["run"]) != same), stopped]


def _stop(run: FlagExperiment, event: TaskInput) -> bool:
    """Stop a run; returns whether this execution did, now or before."""
    execution, state = event["execution"], event["state"]
    alarm = state["alarm"]
    store = experiments.connect()
    mark = Mark.of(alarm, execution, state["config"]["servedVersion"], flags=1)
    before = store.run(run["definition"], run["run"])
    if before and before.running:
        try:
            store.stop(run, reason_to_stop(mark, alarm["alarmName"], alarm["reason"]))
        except (RequestRefusedError, PermissionDeniedError) as error:
            before = store.run(run["definition"], run["run"])
            if before and before.running:
                raise _by_hand(error, run, execution["Id"]) from error
            logger.info("The run has just ended by itself")
        else:
            return True
    # DONE: by this execution, if an earlier try's answer was lost.
    found = read_mark(before.reasons) if before else None
    return found is not None and found.written_by(execution["Name"])


def _by_hand(error: Exception, run: Experiment, arn: str) -> ExperimentNotStoppedError:
    command = stop_command(settings().target.application, run, region=region_of(arn))
    return ExperimentNotStoppedError(f"{error}. Stop the run by hand, then redrive: {command}")
