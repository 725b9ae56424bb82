"""The definition that ships, with functions that exist nowhere in the place of the real ones.

Run as `python -m tests.engines.definition` it prints that, for linters.
"""

from __future__ import annotations

import re

from tests.contract.shipped import DEFINITION_TEXT, STATE_MACHINE

#: The name of the state machine in the mock configuration.
MACHINE = "Rollback"
ROLE_ARN = "arn:aws:iam::123456789012:role/rollback"

_PLACEHOLDER = re.compile(r"\$\{(\w+)\}")


def runnable_definition() -> str:
    """Substitute what template.yaml substitutes; each function is named after its state."""
    substitutions = STATE_MACHINE["DefinitionSubstitutions"]

    def dummy_arn(placeholder: re.Match[str]) -> str:
        resource, attribute = substitutions[placeholder[1]]["Fn::GetAtt"]
        assert attribute == "Arn"
        state = resource.removesuffix("Function")
        return f"arn:aws:lambda:us-east-1:123456789012:function:{state}"

    return _PLACEHOLDER.sub(dummy_arn, DEFINITION_TEXT)


if __name__ == "__main__":
    print(runnable_definition())
