"""What is under way comes first: it decides what will be served."""

from __future__ import annotations

from datetime import timedelta
from itertools import product

from appconfig_rollback.errors import FlagNotFoundError
from tests import samples
from tests.appconfig import IN_PROGRESS
from tests.domain.situation import DecisionCase, Situation, case, flags, mark

SOON = timedelta(seconds=60)
NOT_SOON = timedelta(seconds=61)
ENDS = {"soon": SOON, "not soon": NOT_SOON, "nobody knows when": None}
ON, OFF, ABSENT = flags("a", "b"), flags("b", off="a"), flags("b")
SERVED = {"on": ON, "off": OFF, "absent": ABSENT}
NOT_ON = {"off": OFF, "absent": ABSENT}
STOPPED = samples.stopped_deployment(version=4)
EARLIER = samples.stopped_deployment(version=4, number=7)
OTHERS = samples.stopped_deployment(version=4, number=9, profileName="limits", ours=False)
#: Stopped deployments that are not why the flag is off.
NOT_THE_REASON = {
    "another profile's was stopped": samples.stopped_deployment(version=4, ours=False),
    "somebody released something since": samples.stopped_deployment(version=4, number=6),
    "it had completed before it could be stopped": samples.stopped_deployment(version=4, number=7),
}
TO_STOP = {"number": 8, "version": 4, "profileName": "flags", "ours": True}
TO_STOP_OF_OTHERS = {**TO_STOP, "profileName": "limits", "ours": False}


CASES: list[DecisionCase] = [
    # A rollout of this profile.
    *[
        case(
            f"a rollout that turns the flag on is stopped: {served} in what is served, ends {ends}",
            Situation({3: text, 4: ON}).while_it("DEPLOYING", ends=after),
            "stop_rollout",
            in_the_way=TO_STOP,
        )
        for (served, text), (ends, after) in product(SERVED.items(), ENDS.items())
    ],
    *[
        case(
            f"only what can be stopped without harm is stopped: {state}, ours {ours}",
            Situation({3: ON, 4: ON}, stop_others=True).while_it(state, ours=ours),
            kind,
            in_the_way=to_stop,
        )
        for state, ours, kind, to_stop in [
            ("DEPLOYING", True, "stop_rollout", TO_STOP),
            ("DEPLOYING", False, "stop_rollout", TO_STOP_OF_OTHERS),
            ("BAKING", True, "stop_rollout", TO_STOP),
            ("BAKING", False, "wait", None),  # a revert would undo it, had it just completed
            ("VALIDATING", True, "wait", None),
            ("VALIDATING", False, "wait", None),
            ("ROLLING_BACK", True, "wait", None),
            ("ROLLING_BACK", False, "wait", None),
        ]
    ],
    *[
        case(
            f"a rollout that turns the flag off is waited for if it ends soon: {it}, ends {ends}",
            Situation({3: ON, 4: text}).while_it("DEPLOYING", ends=ENDS[ends]),
            kind,
        )
        for it, text in NOT_ON.items()
        for ends, kind in [
            ("soon", "wait"),
            ("not soon", "stop_rollout"),
            ("nobody knows when", "stop_rollout"),
        ]
    ],
    *[
        case(
            f"a rollout that leaves an off flag off is left alone: {state}",
            Situation({3: OFF, 4: OFF}).while_it(state),
            "already_off",
        )
        for state in IN_PROGRESS
    ],
    case(
        "a flag that only a harmless rollout knows is not found",
        Situation({3: ABSENT, 4: OFF}).while_it("DEPLOYING"),
        FlagNotFoundError,
        message_like="'a'",
    ),
    # A rollback.
    *[
        case(
            f"the deployment of this execution is taken up: {state}, {served} in what is served",
            Situation({3: SERVED[served], 4: OFF}).while_it(state, by=mark("run-1", base=3)),
            "roll_back",
            own={"fromVersion": 3, "toVersion": 4, "deploymentNumber": 8},
        )
        for state, served in product(IN_PROGRESS, ["on", "off"])
    ],
    case(
        "the deployment of another execution is waited for",
        Situation({3: ON, 4: OFF}).while_it(
            "DEPLOYING", by=mark("run-2", base=3), ends=timedelta()
        ),
        "wait",
        own=None,
    ),
    *[
        case(
            f"another execution's rollback of another flag is never stopped: "
            f"{state}, ends {ends}, {mode}",
            Situation({3: ON, 4: flags("a", off="b")}, mode=mode).while_it(
                state, by=mark("run-2", base=3, flag="b"), ends=after
            ),
            "wait" if mode == "auto" else "dry_run",
            reason_like=r"^deployment 8 of profile 'flags' \("
            if mode == "auto"
            else "^the stack is set to tell, and to do nothing$",
        )
        for state, (ends, after), mode in product(IN_PROGRESS, ENDS.items(), ["auto", "notify"])
    ],
    # Another profile's deployment.
    *[
        case(
            f"another profile's deployment is never touched by default: {state}",
            Situation({3: ON}).while_it(state, ours=False),
            "wait",
            in_the_way=None,
            reason=f"deployment 8 of profile 'limits' ({state}), which should end at "
            "2026-03-02T17:35:00.989Z",
        )
        for state in IN_PROGRESS
    ],
    case(
        "a deployment of which no end is known is named without one",
        Situation({3: ON}).while_it("DEPLOYING", ours=False, ends=None),
        "wait",
        reason="deployment 8 of profile 'limits' (DEPLOYING)",
    ),
    case(
        "another profile's deployment is stopped where the stack says so",
        Situation({3: ON}, stop_others=True).while_it("DEPLOYING", "s3-version-abc", ours=False),
        "stop_rollout",
        in_the_way={**TO_STOP_OF_OTHERS, "version": None},
    ),
    *[
        case(
            f"another profile's deployment is in nobody's way where nothing is to be done: "
            f"{served}, stop others {stop_others}",
            Situation({3: text}, stop_others=stop_others).while_it("DEPLOYING", ours=False),
            "already_off" if served == "off" else FlagNotFoundError,
        )
        for (served, text), stop_others in product(NOT_ON.items(), [False, True])
    ],
    # A dry run.
    *[
        case(
            f"a dry run only says that a rollout would be stopped: {served} in what is served",
            Situation({3: text, 4: ON}, mode="notify").while_it("DEPLOYING"),
            "dry_run",
            in_the_way=None,
            reason_like=r"^deployment 8 of profile 'flags' \(DEPLOYING\).*would be stopped$",
        )
        for served, text in SERVED.items()
    ],
    case(
        "a dry run minds no rollout that turns the flag off",
        Situation({3: ON, 4: OFF}, mode="notify").while_it("DEPLOYING"),
        "dry_run",
        reason="the stack is set to tell, and to do nothing",
    ),
    # A rollout that was stopped.
    *[
        case(
            f"a stopped rollout is the outcome where the flag is off without it: {served}",
            Situation({3: text, 4: ON}, stopped_deployments=[EARLIER, STOPPED, OTHERS]),
            "rollout_stopped",
            in_the_way=TO_STOP,
        )
        for served, text in NOT_ON.items()
    ],
    case(
        "a rollout that is being undone is waited for after it was stopped",
        Situation({3: OFF, 4: ON}, stopped_deployments=[STOPPED]).while_it("ROLLING_BACK"),
        "wait",
    ),
    case(
        "a flag that is on without the stopped rollout is turned off",
        Situation({3: ON, 4: ON}, stopped_deployments=[STOPPED]),
        "roll_back",
    ),
    *[
        case(
            f"a stopped rollout is not the outcome where {why}: {served}",
            Situation({3: text}, stopped_deployments=[stopped]),
            "already_off" if served == "off" else FlagNotFoundError,
        )
        for (why, stopped), (served, text) in product(NOT_THE_REASON.items(), NOT_ON.items())
    ],
]
