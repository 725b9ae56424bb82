"""The definitions that ship, with functions that exist nowhere in the place of the real ones.

Run as `python -m tests.engines.definition` it prints that of the rollback, and with `aftercare` the
other one, for linters.
"""

from __future__ import annotations

import re
import sys

from tests.contract.shipped import (
    AFTERCARE_MACHINE,
    AFTERCARE_TEXT,
    DEFINITION_TEXT,
    STATE_MACHINE,
)

#: The name of the state machine in the mock configuration.
MACHINE = "Rollback"
ROLE_ARN = "arn:aws:iam::123456789012:role/rollback"

_PLACEHOLDER = re.compile(r"\$\{(\w+)\}")


def runnable_definition(which: str = "rollback") -> str:
    """Substitute what template.yaml substitutes; each function is named after its state."""
    text, machine = {
        "rollback": (DEFINITION_TEXT, STATE_MACHINE),
        "aftercare": (AFTERCARE_TEXT, AFTERCARE_MACHINE),
    }[which]
    substitutions = machine["DefinitionSubstitutions"]

    def dummy_arn(placeholder: re.Match[str]) -> str:
        resource, attribute = substitutions[placeholder[1]]["Fn::GetAtt"]
        assert attribute == "Arn"
        state = resource.removesuffix("Function")
        return f"arn:aws:lambda:us-east-1:123456789012:function:{state}"

    return _PLACEHOLDER.sub(dummy_arn, text)


if __name__ == "__main__":
    print(runnable_definition(*sys.argv[1:]))
