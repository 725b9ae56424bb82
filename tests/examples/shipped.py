"""The alarms of `examples/alarms.yaml`, with the template's parameters filled in."""

from __future__ import annotations

import re
from typing import Any

from samtranslator.yaml_helper import yaml_parse  # type: ignore[import-untyped]

from tests.contract.shipped import ROOT

TEMPLATE = ROOT / "examples" / "alarms.yaml"
DOCUMENT: dict[str, Any] = yaml_parse(TEMPLATE.read_text("utf-8"))
PARAMETERS = {name: each["Default"] for name, each in DOCUMENT["Parameters"].items()}


def filled_in(part: Any) -> Any:  # noqa: ANN401 - any part of a template
    """Part of the template with its references resolved by the parameters' defaults."""
    match part:
        case {"Ref": name}:
            return PARAMETERS[name]
        case {"Fn::Sub": text}:
            return re.sub(r"\$\{(\w+)\}", lambda found: PARAMETERS[found[1]], text)
        case dict():
            return {key: filled_in(value) for key, value in part.items()}
        case list():
            return [filled_in(value) for value in part]
    return part


#: The properties of each alarm, by its logical id.
ALARMS: dict[str, dict[str, Any]] = {
    name: filled_in(resource["Properties"]) for name, resource in DOCUMENT["Resources"].items()
}
