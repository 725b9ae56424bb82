"""Before a version is written, the newest one is looked at: it may only need to be deployed."""

from __future__ import annotations

from itertools import product

from tests import samples
from tests.domain.situation import DecisionCase, Situation, case, flags, mark

ON, OFF = flags("a", "b"), flags("b", off="a")
NOTED = flags("b", a='{"enabled": false, "metadata": {"rollbackReason": "x"}}')
#: As `ON`, in the order of `NOTED`.
ON_LAST = '{"flags": {"b": {"enabled": true}, "a": {"enabled": true}}}'
ADOPTED = {"fromVersion": 3, "toVersion": 4, "deploymentNumber": None}
OVER = frozenset({"run-2"})
MORE_THAN_A_ROLLBACK = {
    "a flag more than is served": flags("b", off="ac"),
    "a flag less than is served": flags(off="a"),
    "nothing is off": flags("a", "b"),
    "another edit": flags("b", a='{"enabled": false, "owner": "x"}'),
}


def served_and_nothing_newer() -> Situation:
    """What is served was written by another execution that is running."""
    return Situation({3: ON}, {3: mark("run-2", base=2)})


CASES: list[DecisionCase] = [
    *[
        case(
            f"what this execution wrote is only deployed: {before}",
            Situation({3: ON, 4: OFF}, {4: mark("run-1", base=3)}, stopped_deployments=stopped),
            "roll_back",
            own=ADOPTED,
        )
        for before, stopped in [
            ("nothing was stopped", []),
            ("a rollout was stopped", [samples.stopped_deployment(version=4)]),
        ]
    ],
    case(
        "what an execution that is running wrote is waited for",
        Situation({3: ON, 4: OFF}, {4: mark("run-2", base=3)}),
        "wait",
        reason="execution run-2 to deploy version 4",
        flags=(),
    ),
    case(
        "what an execution that has ended wrote is deployed in its place",
        Situation({3: ON, 4: OFF}, {4: mark("run-2", base=3)}, over=OVER),
        "roll_back",
        own=ADOPTED,
    ),
    case(
        "what was written on an older version is deployed on the one that it still equals",
        Situation({2: ON, 3: ON, 4: OFF}, {4: mark("run-1", base=2)}),
        "roll_back",
        own=ADOPTED,
    ),
    *[
        case(
            f"what is more than a rollback of what is served is left alone: {what}, by {writer}",
            Situation({3: ON, 4: text}, {4: mark(writer, base=3)}, over=OVER),
            "roll_back",
            own=None,
        )
        for (what, text), writer in product(MORE_THAN_A_ROLLBACK.items(), ["run-1", "run-2"])
    ],
    case(
        "a person's draft is neither waited for nor deployed",
        Situation({3: ON, 4: OFF}, {4: "my draft"}),
        "roll_back",
        own=None,
    ),
    case(
        "a version that nothing is known of is left alone",
        Situation({3: ON, 4: OFF}),
        "roll_back",
        own=None,
    ),
    *[
        case(
            f"a rollback of other flags only is {how}",
            Situation({3: ON, 4: flags("a", off="b")}, {4: mark("run-2", 3, flag="b")}, over=over),
            kind,
            own=None,
        )
        for how, over, kind in [
            ("waited for while its execution is running", frozenset[str](), "wait"),
            ("not taken over from one that has ended", OVER, "roll_back"),
        ]
    ],
    case("what is served is no draft", served_and_nothing_newer(), "roll_back", own=None),
    case(
        "an older version than the served one is not looked at",
        Situation({2: OFF, 3: ON}, {2: mark("run-1", base=1)}),
        "roll_back",
        own=None,
    ),
    case(
        "a draft of a running execution does not matter in a dry run",
        Situation({3: ON, 4: OFF}, {4: mark("run-2", base=3)}, mode="notify"),
        "dry_run",
    ),
    *[
        case(
            f"once AppConfig has refused a version only the bare switch is deployed: "
            f"{what} by {writer}, {'refused' if refused else 'not refused'}",
            Situation(
                {3: ON_LAST, 4: text}, {4: mark(writer, base=3)}, over=OVER, was_refused=refused
            ),
            "roll_back",
            own=None if refused and what == "with notes" else ADOPTED,
        )
        for (what, text), writer, refused in product(
            [("with notes", NOTED), ("bare", OFF)], ["run-1", "run-2"], [False, True]
        )
    ],
]
