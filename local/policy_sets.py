"""One policy for each kind of person, of several commands' policies, in `policies/sets/`.

A role takes 10 managed policies by default (IAM user guide, "IAM and AWS STS quotas"), so nobody
attaches one per command. `python -m local.policy_sets` writes them.
"""

from __future__ import annotations

import json
from typing import Any

from local.policies import POLICIES, policy
from local.template_permissions import as_list

FOLDER = POLICIES / "sets"
_LOOK = ("alarm", "dashboard", "doctor", "executions", "inspect")
#: Which commands each kind of person runs; each has what the one before has.
SETS = {
    "look": _LOOK,
    "redrive": (*_LOOK, "redrive"),
    "change": (*_LOOK, "redrive", "drill", "off", "replay", "restore"),
}


def merged(*names: str) -> dict[str, Any]:
    """The policies of several commands as one: a statement for each list of resources."""
    actions: dict[str, set[str]] = {}
    for name in names:
        for statement in policy(name)["Statement"]:
            rest = {
                "Effect": statement["Effect"],
                "Resource": sorted(as_list(statement["Resource"])),
                **{key: statement[key] for key in ("Condition",) if key in statement},
            }
            same = actions.setdefault(json.dumps(rest), set())
            same.update(as_list(statement["Action"]))
    statements = [{**json.loads(rest), "Action": sorted(each)} for rest, each in actions.items()]
    return {"Version": "2012-10-17", "Statement": statements}


def written(name: str) -> str:
    """A set as its file has it."""
    return json.dumps(merged(*SETS[name]), indent=2) + "\n"


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for each in SETS:
        (FOLDER / f"{each}.json").write_text(written(each), "utf-8")
