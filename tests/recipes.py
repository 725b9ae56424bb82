"""The blocks of docs/recipes.md, as templates: what the tests of that page read."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any

from samtranslator.yaml_helper import yaml_parse  # type: ignore[import-untyped]

PAGE = (Path(__file__).parents[1] / "docs" / "recipes.md").read_text("utf-8")
#: Language and text of every block, in the page's order.
BLOCKS: list[tuple[str, str]] = re.findall(r"^```(\w*)\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
#: The subscriptions; what all tools need; and a block for each tool, to be pasted below that.
SUBSCRIPTIONS, COMMON, *PASTED = (text for language, text in BLOCKS if language == "yaml")
TOOLS = {re.findall(r"^  (\w+)Connection:$", text, re.MULTILINE)[0]: text for text in PASTED}

_SECRET = re.compile(r"\{\{resolve:secretsmanager:flag-rollback:SecretString:(\w+)\}\}")


@cache
def template(text: str) -> dict[str, Any]:
    """Read a template; each key of the secret stands for itself."""
    return dict(yaml_parse(_SECRET.sub(r"secret-\1", text)))


def resources(tool: str) -> dict[str, dict[str, Any]]:
    """The properties of a tool's resources, by the part of their names behind the tool's."""
    made = template(COMMON + TOOLS[tool])["Resources"]
    parts = ("Connection", "Destination", "Rule")
    return {part: made[tool + part]["Properties"] for part in parts}


def transformer(tool: str) -> dict[str, Any]:
    """The input transformer of a tool's only target."""
    (target,) = resources(tool)["Rule"]["Targets"]
    return dict(target["InputTransformer"])
