"""Our model of AWS's APIs agrees with botocore's, and takes its place where that is older."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any

import botocore.session
import pytest
from botocore.loaders import Loader

from appconfig_rollback.adapters import sdk_model
from appconfig_rollback.adapters.aws import client, session
from appconfig_rollback.errors import SdkModelError
from flag_rollback.access import Access
from tests.adapters.sdk_calls import CALLS, all_made

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from appconfig_rollback.untyped import Json

#: Another library is loaded for it.
pytestmark = pytest.mark.thorough

FILES = [(service, kind) for service in sdk_model.EXTENDED for kind in sdk_model.KINDS]


def ours(service: str, kind: str) -> Json:
    """What a file of ours merges over a model."""
    version = sdk_model.EXTENDED[service]
    path = sdk_model._FOLDER / service / version / f"{kind}.rollback-extras.json"
    document = json.loads(path.read_text())
    assert document.keys() == {"merge"}
    return document["merge"]


def leaves(model: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:  # noqa: ANN401
    """All values of a model that are no objects, with their places."""
    for key, value in model.items():
        if isinstance(value, dict):
            yield from leaves(value, (*path, key))
        else:
            yield (*path, key), value


def _older(service: str, kind: str) -> Any:  # noqa: ANN401
    """The pinned botocore's model without anything that ours brings."""
    model = Loader().load_service_model(service, kind)
    for group, extras in ours(service, kind).items():
        for name, extra in extras.items():
            if group == "shapes" and "type" not in extra:
                for member in extra["members"]:
                    del model[group][name]["members"][member]
            else:
                del model[group][name]
    return model


@pytest.fixture(scope="session")
def older_sdk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Models that an SDK finds before its own."""
    folder = tmp_path_factory.mktemp("older")
    for service, kind in FILES:
        path = folder / service / sdk_model.EXTENDED[service] / f"{kind}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(_older(service, kind)))
    return folder


@pytest.fixture
def _fresh() -> Iterator[None]:
    """Clients and a session that this test alone has."""
    client.cache_clear()
    session.cache_clear()
    yield
    client.cache_clear()
    session.cache_clear()


@pytest.mark.parametrize(("service", "kind"), FILES)
def test_ours_says_nothing_else_than_the_pinned_sdk(service: str, kind: str) -> None:
    known = dict(leaves(Loader().load_service_model(service, kind)))
    expected = dict(leaves(ours(service, kind)))

    assert {path: known.get(path) for path in expected} == expected


@pytest.mark.parametrize(("service", "kind"), FILES)
def test_ours_has_no_lists_for_they_would_replace_those_of_a_newer_sdk(
    service: str, kind: str
) -> None:
    assert {type(value) for _, value in leaves(ours(service, kind))} == {str}


@pytest.mark.parametrize(("service", "kind"), FILES)
def test_an_sdk_that_knows_it_all_stays_as_it_is(service: str, kind: str) -> None:
    extended = botocore.session.get_session()
    sdk_model.extend(extended)

    assert extended.get_component("data_loader").load_service_model(
        service, kind
    ) == Loader().load_service_model(service, kind)


def test_every_operation_of_ours_is_among_the_calls_that_are_tried() -> None:
    tried = {call.operation for call in CALLS}

    for service in sdk_model.EXTENDED:
        assert ours(service, "service-2")["operations"].keys() <= tried


def test_the_pinned_sdk_reads_all_that_the_answers_hold() -> None:
    made = all_made(botocore.session.get_session().create_client)

    assert {name: call["read"] for name, call in made.items()} == {
        call.operation: call.answer for call in CALLS
    }


@pytest.mark.usefixtures("_fresh")
@pytest.mark.parametrize("who", ["functions", "commands"])
def test_an_older_sdk_sends_and_reads_what_the_pinned_one_does(
    monkeypatch: pytest.MonkeyPatch, older_sdk: Path, who: str
) -> None:
    pinned = all_made(botocore.session.get_session().create_client)

    monkeypatch.setenv("AWS_DATA_PATH", str(older_sdk))

    assert all_made(client if who == "functions" else Access().client) == pinned


def test_without_ours_the_older_sdk_is_at_a_loss(
    monkeypatch: pytest.MonkeyPatch, older_sdk: Path
) -> None:
    monkeypatch.setenv("AWS_DATA_PATH", str(older_sdk))
    bare = botocore.session.get_session()

    assert not hasattr(bare.create_client("appconfig"), "stop_experiment_run")
    assert not hasattr(bare.create_client("cloudwatch"), "list_alarm_mute_rules")


@pytest.mark.usefixtures("_fresh")
@pytest.mark.parametrize("who", ["functions", "commands"])
@pytest.mark.parametrize("kind", sdk_model.KINDS)
@pytest.mark.parametrize(
    ("text", "got"),
    [
        (None, "DataNotFoundError"),
        ("{", "JSONDecodeError"),
        ("[]", "TypeError"),
        ("{}", "KeyError: 'merge'"),
    ],
)
def test_a_model_of_ours_that_cannot_be_read_is_named_when_a_client_is_made(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    kind: str,
    text: str | None,
    got: str,
    who: str,
) -> None:
    folder = shutil.copytree(sdk_model._FOLDER, tmp_path / "models")
    file = folder / "appconfig" / "2019-10-09" / f"{kind}.rollback-extras.json"
    file.unlink()
    if text is not None:
        file.write_text(text)
    monkeypatch.setattr(sdk_model, "_FOLDER", folder)

    with pytest.raises(SdkModelError) as raised:
        (client if who == "functions" else Access().client)("appconfig")

    expected = f"expected {file} to extend botocore {botocore.__version__}; got {got}"
    assert str(raised.value).startswith(expected)


@pytest.mark.usefixtures("_fresh")
def test_an_api_version_that_ours_does_not_extend_is_named_by_what_it_lacks(
    monkeypatch: pytest.MonkeyPatch, older_sdk: Path, tmp_path: Path
) -> None:
    older = older_sdk / "appconfig" / "2019-10-09"
    shutil.copytree(older, tmp_path / "appconfig" / "2030-01-01")
    monkeypatch.setenv("AWS_DATA_PATH", str(tmp_path))

    with pytest.raises(
        SdkModelError, match=r"botocore .* to know operations.ListExperimentDefinitions of appcon"
    ):
        client("appconfig")


@pytest.mark.usefixtures("_fresh")
def test_a_service_that_has_no_model_of_ours_needs_none(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(sdk_model, "_FOLDER", tmp_path)

    assert client("sns").meta.service_model.service_name == "sns"
