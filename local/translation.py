"""The CloudFormation template that SAM makes of a SAM template.

Run as `python -m local.translation FILE` it writes that of template.yaml, for tools that do not
know what SAM adds: roles, rules, permissions.
"""

from __future__ import annotations

import copy
import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest import mock

from samtranslator.translator.transform import transform  # type: ignore[import-untyped]
from samtranslator.yaml_helper import yaml_parse  # type: ignore[import-untyped]

from local.stack import TEMPLATE

if TYPE_CHECKING:
    from collections.abc import Mapping


class _NoManagedPolicies:
    """SAM asks IAM for AWS's managed policies by name; ours are named by their ARNs alone."""

    def load(self) -> dict[str, str]:
        return {}


def translated(template: Mapping[str, Any]) -> dict[str, Any]:
    """The translation. What SAM makes of a resource inherits its Metadata."""
    packaged = copy.deepcopy(dict(template))
    for resource in packaged["Resources"].values():
        properties = resource.get("Properties", {})
        if "CodeUri" in properties:  # what `package` does with it
            properties["CodeUri"] = "s3://bucket/functions.zip"
        if "DefinitionUri" in properties:
            properties["DefinitionUri"] = "s3://bucket/rollback.asl.json"
    with mock.patch.dict(os.environ, AWS_DEFAULT_REGION="eu-west-1"):
        result: dict[str, Any] = transform(packaged, {}, _NoManagedPolicies())
    for name, resource in result["Resources"].items():
        origin = [each for each in template["Resources"] if name.startswith(each)]
        if origin and "Metadata" not in resource:
            metadata = template["Resources"][max(origin, key=len)].get("Metadata")
            resource |= {"Metadata": metadata} if metadata else {}
    return result


if __name__ == "__main__":
    document = translated(yaml_parse(TEMPLATE.read_text("utf-8")))
    Path(sys.argv[1]).write_text(json.dumps(document, indent=2), "utf-8")
