"""The AppConfig in memory is asked and answers in the shapes of AWS's own model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from botocore.validate import ParamValidator

from appconfig_rollback.adapters.aws import session
from tests import samples
from tests.appconfig import SHOWING, AppConfig
from tests.appconfig_client import OPERATIONS, open_experiments, open_store

if TYPE_CHECKING:
    from collections.abc import Callable

Heard = list[tuple[str, dict[str, Any], dict[str, Any]]]


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> Heard:
    """Each call and its answer, of a rollback that meets all that there is."""
    calls: Heard = []

    def hearing(operation: str, answer: Callable[..., dict[str, Any]]) -> Callable[..., Any]:
        def answered(at: AppConfig, by: str, asked: dict[str, Any]) -> dict[str, Any]:
            calls.append((operation, asked, answer(at, by, asked)))
            return calls[-1][2]

        return answered

    for operation, answer in OPERATIONS.items():
        monkeypatch.setitem(OPERATIONS, operation, hearing(operation, answer))
    _ask_everything()
    return calls


def _ask_everything() -> None:
    appconfig = AppConfig.serving(runs=[SHOWING], labels={"rc": 3}, monitors=[samples.FIRING])
    appconfig.put(9, version="rc", undone_by="USER", went_out=True, kms_key="a key", percentage=1.0)
    store, experiments = open_store(appconfig), open_experiments(appconfig)
    store.document(store.served().version, store.profile_type())
    written = store.create_version(b"{}", "application/json", store.versions().latest, "why")
    number = store.start_deployment(written, store.served().latest_deployment, "why", "a key")
    store.deployment(number)
    store.stop_deployment(number, revert=True)
    appconfig.advance()
    store.deployment(number)
    store.set_monitors(store.monitors())
    (run,) = experiments.running(samples.FLAG)
    experiments.stop(run.noted, "why")
    experiments.ended(samples.FLAG, samples.FIRED)


def test_every_operation_is_asked_and_answers_as_aws_models_it(heard: Heard) -> None:
    model = session().get_service_model("appconfig")

    assert {operation for operation, _, _ in heard} == OPERATIONS.keys()
    for operation, asked, answer in heard:
        shapes = model.operation_model(operation)
        report = ParamValidator().validate(asked, shapes.input_shape)
        assert not report.has_errors(), report.generate_report()
        assert _unknown(answer, shapes.output_shape, operation) == []


def _unknown(value: object, shape: Any, at: str) -> list[str]:  # noqa: ANN401 - botocore's
    """Name what is in an answer and not in its shape."""
    if shape.type_name == "structure" and isinstance(value, dict):
        return [
            name
            for key, inner in value.items()
            for name in (
                _unknown(inner, shape.members[key], f"{at}.{key}")
                if key in shape.members
                else [f"{at}.{key}"]
            )
        ]
    if shape.type_name == "list" and isinstance(value, list):
        return [name for inner in value for name in _unknown(inner, shape.member, at)]
    if shape.type_name == "string" and shape.enum and value not in shape.enum:
        return [f"{at} {value}"]
    return []
