"""The questions about experiments: what AWS might answer otherwise, and that no run is left."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from rich.console import Console

from local.cloud import EmbeddedCloud
from local.faults import Fault
from proofs.aws import questions_appconfig
from proofs.aws import questions_experiments as questions
from proofs.aws.account import Account, open_account
from proofs.aws.field import Field
from proofs.aws.making import Made, Maker, Names
from proofs.aws.questions_runtime import make_role
from proofs.aws.removing import remove
from proofs.aws.trial import Trial, begin
from proofs.aws.verify import Verification

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = [pytest.mark.cloud, pytest.mark.timeout(120)]


@pytest.fixture(scope="module")
def cloud() -> Iterator[EmbeddedCloud]:
    with EmbeddedCloud(iam=True) as running:
        yield running


@pytest.fixture
def account(cloud: EmbeddedCloud, monkeypatch: pytest.MonkeyPatch) -> Account:
    for name, value in cloud.environment().items():
        monkeypatch.setenv(name, value)
    return open_account(None, None, cloud.endpoint_url)


@pytest.fixture
def made(account: Account, cloud: EmbeddedCloud) -> Iterator[Made]:
    """What there is before anything is asked, but for the stack."""
    maker = Maker(account, Names.fresh())
    make_role(maker)
    place, strategy = maker.flags()
    yield Made(account, maker.names, place, strategy, {}, "")
    cloud.faults.clear()
    assert remove(account, maker.names, lambda _: None) == []


@pytest.fixture
def field(made: Made) -> Field:
    return Field.of(made)


@pytest.fixture
def trial(field: Field) -> Trial:
    return Trial.make(field)


def removed(field: Field) -> list[str]:
    return remove(field.account, field.names, lambda _: None)


def definitions(cloud: EmbeddedCloud, field: Field) -> list[str]:
    listed = cloud.client("appconfig").list_experiment_definitions()["Items"]
    return [item["Id"] for item in listed if item["Name"] == field.names.common]


@pytest.mark.parametrize(("experiments", "findings"), [(True, 11), (False, 0)])
def test_experiments_can_be_left_out(
    made: Made, monkeypatch: pytest.MonkeyPatch, findings: int, *, experiments: bool
) -> None:
    monkeypatch.setattr(questions_appconfig, "QUESTIONS", ())
    verification = Verification(made.account, made.names, Console(), experiments=experiments)

    verification._ask_appconfig(made)

    assert [found.verdict for found in verification.findings] == ["safe"] * findings


def test_all_questions_take_one_run(trial: Trial) -> None:
    findings = [trial.field.ask(lambda ask=ask: ask(trial)) for ask in questions.QUESTIONS]  # type: ignore[misc]

    assert [finding.verdict for finding in findings] == ["safe"] * len(findings)
    assert trial.runs() == [1]


def test_where_aws_has_no_experiments_nothing_is_made_and_the_report_says_why(
    cloud: EmbeddedCloud, field: Field
) -> None:
    unknown = Fault(
        "appconfig:ListExperimentDefinitions", 404, "UnknownOperationException", from_root=True
    )
    cloud.faults.set(unknown)

    trial, finding = begin(field)

    assert trial is None
    assert finding.verdict == "unknown"
    assert "UnknownOperationException" in finding.seen
    environments = field.appconfig.list_environments(ApplicationId=field.where.application)
    assert "experiments" not in [item["Name"] for item in environments["Items"]]
    assert removed(field) == [], "without asking for experiments"


def test_an_experiment_that_cannot_be_defined_is_no_answer_and_no_failure(
    cloud: EmbeddedCloud, field: Field
) -> None:
    refused = Fault(
        "appconfig:CreateExperimentDefinition", 400, "BadRequestException", from_root=True
    )
    cloud.faults.set(refused)

    trial, finding = begin(field)

    assert (trial, finding.verdict) == (None, "unknown")
    assert "CreateExperimentDefinition" in finding.seen


@pytest.mark.parametrize(
    ("code", "status", "verdict"),
    [
        ("BadRequestException", 400, "NOT SAFE"),
        ("AccessDeniedException", 403, "NOT SAFE"),
        ("ConflictException", 409, "safe"),
    ],
)
def test_a_stop_refused_while_baking_is_safe_where_it_is_tried_again(
    cloud: EmbeddedCloud, trial: Trial, code: str, status: int, verdict: str
) -> None:
    trial.running()
    cloud.faults.set(Fault("appconfig:StopExperimentRun", status, code, from_root=True))

    finding = trial.field.ask(lambda: questions.stop_while_baking(trial))

    assert code in finding.seen
    assert finding.verdict == verdict
    cloud.faults.clear()
    assert trial.newest().running


def test_a_running_experiment_that_is_not_listed_as_active_is_unsafe(
    cloud: EmbeddedCloud, trial: Trial
) -> None:
    trial.running()
    nothing = json.dumps({"Items": []})
    cloud.faults.set(
        Fault("appconfig:ListExperimentDefinitions", 200, body=nothing, from_root=True)
    )

    assert questions.active_while_running(trial).verdict == "NOT SAFE"
    assert questions.deploy_while_running(trial).verdict == "NOT SAFE", "off is said too early"


def test_permissions_that_do_not_suffice_are_unsafe_and_quoted(
    trial: Trial, monkeypatch: pytest.MonkeyPatch
) -> None:
    stopping, deploying = questions._granted(trial)
    nowhere = {**deploying, "Resource": deploying["Resource"][:-1]}
    monkeypatch.setattr(questions, "_granted", lambda _: (stopping, nowhere))
    monkeypatch.setattr(questions, "_POLICY_SECONDS", 0.5)

    finding = questions.permissions_to_stop(trial)

    assert finding.verdict == "NOT SAFE"
    assert "with it: AccessDeniedException" in finding.seen
    assert "deploymentstrategy/AppConfig.ServiceManaged" in finding.seen
    assert trial.newest().running


def test_a_stop_of_a_run_that_is_done_is_unsafe_where_stop_experiment_would_give_up(
    cloud: EmbeddedCloud, trial: Trial
) -> None:
    trial.running()
    trial.end()
    gone = Fault("appconfig:StopExperimentRun", 404, "ResourceNotFoundException", from_root=True)
    cloud.faults.set(gone)

    assert questions.stop_when_done(trial).verdict == "NOT SAFE"


def test_what_was_left_running_is_stopped_and_deleted_once_appconfig_is_free(
    cloud: EmbeddedCloud, trial: Trial
) -> None:
    field = trial.field
    trial.running()
    field.deploy("AppConfig.Linear20PercentEvery6Minutes")
    assert definitions(cloud, field) == [trial.definition]
    for action in ("StopExperimentRun", "DeleteExperimentDefinition"):
        busy = Fault(f"appconfig:{action}", 409, "ConflictException", times=1, from_root=True)
        cloud.faults.set(busy)

    assert removed(field) == []

    assert definitions(cloud, field) == []
    assert removed(field) == [], "again does no harm"
