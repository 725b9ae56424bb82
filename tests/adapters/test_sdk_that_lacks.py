"""An SDK that lacks what our model needs is named, with what it lacks and the file to change."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import botocore
import pytest

from appconfig_rollback.adapters import sdk_model
from appconfig_rollback.errors import SdkModelError

if TYPE_CHECKING:
    from appconfig_rollback.untyped import Json

FILE = sdk_model._FOLDER / "appconfig" / "2019-10-09" / "service-2.rollback-extras"
SDK = f"botocore {botocore.__version__}"


class Loader:
    """Reads our files as botocore does, and knows `model` of each service."""

    def __init__(self, model: Json, extras: Json | None = None) -> None:
        self.model = model
        self.extras = extras
        self.search_paths = ["theirs"]
        self.extras_types = ["sdk"]

    def load_data(self, name: str) -> Json:
        assert not Path(name).is_absolute()
        return {"merge": {}} if self.extras is None else self.extras

    def load_service_model(
        self, service: str, kind: str, *, api_version: str | None
    ) -> dict[str, Any]:
        assert (service, kind, api_version) == ("appconfig", "service-2", None)
        return {"metadata": {"apiVersion": "2030-01-01"}, **self.model}


class Session:
    """Has a loader, as botocore's session does."""

    def __init__(self, loader: Loader) -> None:
        self.loader = loader

    def get_component(self, name: str) -> Loader:
        assert name == "data_loader"
        return self.loader


def test_our_models_come_after_those_of_the_sdk() -> None:
    loader = Loader({})

    sdk_model.extend(Session(loader))

    assert loader.search_paths == ["theirs", str(sdk_model._FOLDER)]
    assert loader.extras_types == ["sdk", "rollback"]


NEEDED: Json = {"operations": {"Stop": {"name": "Stop"}}, "shapes": {"Run": {"type": "integer"}}}


@pytest.mark.parametrize(
    ("known", "lacks"),
    [
        pytest.param({}, "operations", id="everything"),
        pytest.param({"operations": {}}, "operations.Stop", id="an operation"),
        pytest.param({"operations": {"Stop": {}}}, "operations.Stop.name", id="its name"),
        pytest.param(
            {"operations": {"Stop": {"name": {"of": "it"}}}},
            "operations.Stop.name",
            id="a text that is an object there",
        ),
        pytest.param(
            {**NEEDED, "shapes": {"Run": {"type": "string"}}}, "shapes.Run.type", id="a type"
        ),
    ],
)
def test_what_an_sdk_lacks_is_named_with_the_file_to_bring_up_to_date(
    known: Json, lacks: str
) -> None:
    with pytest.raises(SdkModelError) as raised:
        sdk_model.check(Session(Loader(known, {"merge": NEEDED})), "appconfig")

    assert str(raised.value) == (
        f"expected {SDK} to know {lacks} of appconfig, extended by {FILE}.json; it does not. "
        "Bring that file up to date with the API, of which this SDK has version 2030-01-01"
    )


def test_an_sdk_that_knows_more_than_is_needed_is_fine() -> None:
    more = {**NEEDED, "shapes": {"Run": {"type": "integer", "min": 1}, "Other": {}}}

    sdk_model.check(Session(Loader(more, {"merge": NEEDED})), "appconfig")


def test_a_file_of_ours_without_its_content_is_named() -> None:
    with pytest.raises(SdkModelError) as raised:
        sdk_model.check(Session(Loader({}, json.loads("{}"))), "appconfig")

    assert str(raised.value) == (
        f"expected {FILE}.json to extend {SDK}; got KeyError: 'merge'. "
        "Deploy the functions with all of their files"
    )
