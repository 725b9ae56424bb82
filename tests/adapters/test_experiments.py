"""Experiments are found by their flag, and what a run shows is read from the run itself."""

from __future__ import annotations

from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pytest

from appconfig_rollback.adapters import experiments
from appconfig_rollback.adapters.aws import client
from appconfig_rollback.adapters.experiments import ExperimentStore
from appconfig_rollback.errors import (
    PermissionDeniedError,
    RefreshRequiredError,
    RequestRefusedError,
    ResourceMissingError,
    RollbackError,
)
from appconfig_rollback.experiments import ExperimentRun, NoExperiments

if TYPE_CHECKING:
    from botocore.stub import Stubber

    from appconfig_rollback.state import Experiment

AT = datetime(2026, 3, 2, 17, 5, tzinfo=UTC)
RUN: Experiment = {"definition": "exp1234", "name": "test", "run": 3}
ON: dict[str, Any] = {"Weight": 1.0, "FlagValue": {"Enabled": True}}
OFF: dict[str, Any] = {"Weight": 1.0, "FlagValue": {"Enabled": False}}


def _store(**looks: bool) -> ExperimentStore:
    return ExperimentStore(client("appconfig"), "app1234", "env1234", "prof123", **looks)


def _definitions(stub: Stubber, *flags: tuple[str, str]) -> None:
    asked = {
        "ApplicationIdentifier": "app1234",
        "EnvironmentIdentifier": "env1234",
        "ConfigurationProfileIdentifier": "prof123",
    }
    items = [{"Id": identifier, "FlagKey": flag} for identifier, flag in flags]
    stub.add_response("list_experiment_definitions", {"Items": items}, asked)


def _runs(stub: Stubber, status: str, *runs: dict[str, Any]) -> None:
    asked = {
        "ApplicationIdentifier": "app1234",
        "ExperimentDefinitionIdentifier": "exp1234",
        "Status": status,
    }
    stub.add_response("list_experiment_runs", {"Items": list(runs)}, asked)


def _get(
    stub: Stubber,
    number: int = 3,
    status: str = "RUNNING",
    control: dict[str, Any] = OFF,
    treatments: tuple[dict[str, Any], ...] = (ON,),
    **more: object,
) -> None:
    snapshot = {"Name": "test", "Control": control, "Treatments": list(treatments)}
    stub.add_response(
        "get_experiment_run",
        {"Run": number, "Status": status, "ExperimentDefinitionSnapshot": snapshot, **more},
        {
            "ApplicationIdentifier": "app1234",
            "ExperimentDefinitionIdentifier": "exp1234",
            "Run": number,
        },
    )


def test_the_flags_that_have_an_active_experiment_are_named_once(
    appconfig_stub: Stubber,
) -> None:
    _definitions(appconfig_stub, ("exp1", "b"), ("exp2", "a"), ("exp3", "b"))

    assert _store().flags() == ["b", "a"]
    assert list(NoExperiments().flags()) == []


def test_the_running_run_of_the_flags_own_experiment_is_found(appconfig_stub: Stubber) -> None:
    _definitions(appconfig_stub, ("exp9999", "other"), ("exp1234", "a"))
    _runs(appconfig_stub, "RUNNING", {"Run": 3})
    _get(appconfig_stub)

    assert _store().running("a") == [ExperimentRun("exp1234", "test", 3, True, True)]


def test_for_one_look_the_definitions_are_listed_once_for_all_flags(
    appconfig_stub: Stubber,
) -> None:
    store = _store(one_look=True)
    _definitions(appconfig_stub, ("exp9999", "b"), ("exp1234", "a"))  # a second list is refused
    _runs(appconfig_stub, "RUNNING", {"Run": 3})
    _get(appconfig_stub)

    assert [run.number for run in store.running("a")] == [3]
    assert store.running("c") == []


def test_for_one_look_that_there_are_no_definitions_is_listed_once(
    appconfig_stub: Stubber,
) -> None:
    store = _store(one_look=True)
    _definitions(appconfig_stub)

    assert [store.running(flag) for flag in "ab"] == [[], []]


def test_for_one_look_a_region_without_experiments_is_asked_once(appconfig_stub: Stubber) -> None:
    store = _store(one_look=True)
    appconfig_stub.add_client_error(
        "list_experiment_definitions", "UnknownOperationException", http_status_code=404
    )

    assert [store.running(flag) for flag in "ab"] == [[], []]


def test_the_functions_take_one_look_and_commands_look_again(appconfig_stub: Stubber) -> None:
    store = _store()
    _definitions(appconfig_stub, ("exp1234", "a"))
    _definitions(appconfig_stub)

    assert (store.flags(), store.flags()) == (["a"], [])
    assert experiments.connect()._one_look


@pytest.mark.parametrize(
    ("control", "treatments", "shows"),
    [
        (OFF, (OFF, ON), True),
        (ON, (OFF,), True),
        (OFF, (OFF, OFF), False),
    ],
)
def test_a_run_shows_the_flag_unless_all_of_it_says_off(
    appconfig_stub: Stubber,
    control: dict[str, Any],
    treatments: tuple[dict[str, Any], ...],
    *,
    shows: bool,
) -> None:
    _definitions(appconfig_stub, ("exp1234", "a"))
    _runs(appconfig_stub, "RUNNING", {"Run": 3})
    _get(appconfig_stub, control=control, treatments=treatments)

    assert [run.shows_flag for run in _store().running("a")] == [shows]


@pytest.mark.parametrize("unclear", [{"FlagValue": {}}, {}])
def test_what_does_not_say_that_it_is_off_counts_as_on(unclear: dict[str, object]) -> None:
    snapshot = {"Control": OFF, "Treatments": [unclear]}
    answer = {"Status": "RUNNING", "ExperimentDefinitionSnapshot": snapshot}
    lenient = SimpleNamespace(get_experiment_run=lambda **_: answer)  # the stubber is not

    store = ExperimentStore(cast("Any", lenient), "app1234", "env1234", "prof123")

    run = store.run("exp1234", 3)
    assert run
    assert run.shows_flag


@pytest.mark.parametrize(("status", "found"), [("RUNNING", [3]), ("DONE", [])])
def test_a_run_that_is_known_is_read_itself_where_the_list_does_not_name_it(
    appconfig_stub: Stubber, status: str, found: list[int]
) -> None:
    _definitions(appconfig_stub)
    _get(appconfig_stub, status=status)

    assert [run.number for run in _store().running("a", RUN)] == found


def test_a_run_that_is_done_by_the_time_it_is_read_is_not_running(
    appconfig_stub: Stubber,
) -> None:
    _definitions(appconfig_stub, ("exp1234", "a"))
    _runs(appconfig_stub, "RUNNING", {"Run": 3})
    _get(appconfig_stub, status="DONE")

    assert _store().running("a", RUN) == []


def test_runs_that_ended_since_a_moment_are_found_with_what_they_ended_for(
    appconfig_stub: Stubber,
) -> None:
    _definitions(appconfig_stub, ("exp1234", "a"))
    before, after = AT - timedelta(seconds=1), AT + timedelta(seconds=1)
    _runs(appconfig_stub, "DONE", {"Run": 2, "EndedAt": before}, {"Run": 3, "EndedAt": after})
    _get(appconfig_stub, status="DONE", Result={"ReasonsNotToLaunch": "why"})

    (run,) = _store().ended("a", AT)

    assert (run.number, run.running, run.reasons) == (3, False, "why")


def test_the_runs_of_all_flags_that_ended_are_found(appconfig_stub: Stubber) -> None:
    _definitions(appconfig_stub, ("exp1234", "whatever"))
    _runs(appconfig_stub, "DONE", {"Run": 3, "EndedAt": AT})
    _get(appconfig_stub, status="DONE")

    assert [run.number for run in _store().all_ended(AT)] == [3]


def test_a_run_without_a_name_is_called_by_its_definition(appconfig_stub: Stubber) -> None:
    appconfig_stub.add_response(
        "get_experiment_run",
        {
            "Run": 3,
            "Status": "RUNNING",
            "ExperimentDefinitionSnapshot": {"Control": OFF, "Treatments": [ON]},
        },
    )

    run = _store().run("exp1234", 3)

    assert run is not None
    assert run.name == "exp1234"


def test_a_run_is_stopped_with_its_reason(appconfig_stub: Stubber) -> None:
    appconfig_stub.add_response(
        "stop_experiment_run",
        {"Status": "DONE"},
        {
            "ApplicationIdentifier": "app1234",
            "ExperimentDefinitionIdentifier": "exp1234",
            "Run": 3,
            "Result": {"ReasonsNotToLaunch": "why"},
        },
    )

    _store().stop(RUN, "why")


@pytest.mark.parametrize(
    ("code", "status", "error"),
    [
        ("ConflictException", 409, RefreshRequiredError),
        ("BadRequestException", 400, RequestRefusedError),
        ("AccessDeniedException", 403, PermissionDeniedError),
    ],
)
def test_a_run_that_is_not_stopped_is_named(
    appconfig_stub: Stubber, code: str, status: int, error: type[RollbackError]
) -> None:
    appconfig_stub.add_client_error("stop_experiment_run", code, http_status_code=status)

    with pytest.raises(error, match=r"run 3 of experiment 'test' \(exp1234\)"):
        _store().stop(RUN, "why")


@pytest.mark.parametrize(
    ("code", "error"),
    [("UnknownOperationException", None), ("ResourceNotFoundException", ResourceMissingError)],
)
def test_a_region_without_experiments_has_none_running(
    appconfig_stub: Stubber, code: str, error: type[RollbackError] | None
) -> None:
    appconfig_stub.add_client_error("list_experiment_definitions", code, http_status_code=404)

    with pytest.raises(error) if error else nullcontext():
        assert _store().running("a") == []


def test_experiments_that_cannot_be_listed_say_what_was_tried(appconfig_stub: Stubber) -> None:
    appconfig_stub.add_client_error(
        "list_experiment_definitions", "AccessDeniedException", http_status_code=403
    )

    with pytest.raises(PermissionDeniedError) as raised:
        _store().flags()

    assert str(raised.value).startswith(
        "listing the experiments of profile prof123 (appconfig:ListExperimentDefinitions): "
    )


def test_a_run_that_is_gone_is_none(appconfig_stub: Stubber) -> None:
    appconfig_stub.add_client_error(
        "get_experiment_run", "ResourceNotFoundException", http_status_code=404
    )

    assert _store().run("exp1234", 3) is None


def test_only_feature_flag_profiles_are_asked_for_experiments(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("APPCONFIG_APPLICATION", "APPCONFIG_ENVIRONMENT", "APPCONFIG_PROFILE"):
        monkeypatch.setenv(name, "abc1234")

    freeform = experiments.of_profile("AWS.Freeform")

    assert isinstance(freeform, NoExperiments)
    assert (freeform.running("a"), freeform.ended("a", AT)) == ((), ())
    assert isinstance(experiments.of_profile("AWS.AppConfig.FeatureFlags"), ExperimentStore)
