"""What is served says whether there is anything to do, and who has done it already."""

from __future__ import annotations

from datetime import timedelta
from itertools import product
from typing import TYPE_CHECKING

from appconfig_rollback.errors import FlagNotFoundError, FlagStillOnError, NotConfirmedOffError
from appconfig_rollback.flag_document import FEATURE_FLAGS
from appconfig_rollback.mark import Mark
from appconfig_rollback.times import iso
from tests import samples
from tests.domain.situation import AFTER, BEFORE, DecisionCase, Situation, case, flags, mark
from tests.samples import FIRED

if TYPE_CHECKING:
    from appconfig_rollback.state import FlagResult

ON, OFF, ABSENT = flags("a", "b"), flags("b", off="a"), flags("b")
BOTH_OFF = flags(off="ab")
EARLIER = FIRED - timedelta(minutes=1)
OWN = {"fromVersion": 3, "toVersion": 4, "deploymentNumber": 8}
BY_RUN_2 = {**OWN, "execution": "run-2"}
BY_FLAG = "the flag is set to tell, and to do nothing"
BY_STACK = "the stack is set to tell, and to do nothing"
BY_HAND = "by hand"


def _policy(policy: str, enabled: str = "true") -> str:
    return flags(a=f'{{"enabled": {enabled}, "metadata": {{"rollback": "{policy}"}}}}')


def _values(enabled: str, more: str = "") -> Situation:
    text = f'{{"version": "1", "values": {{"a": {{"enabled": {enabled}{more}}}}}}}'
    return Situation({3: text}, type=FEATURE_FLAGS)


def _off_already(reason: str = "") -> tuple[FlagResult, ...]:
    return (samples.flag_result("a", "already_off", **({"reason": reason} if reason else {})),)


def _native(**versions: str) -> Situation:
    """A profile of AppConfig's own flags; versions of flag a by number, as `v3="true"`."""
    texts = {int(name[1:]): _values(on).versions[3] for name, on in versions.items()}
    return Situation(texts, type=FEATURE_FLAGS)


def _answered_by_another(others: int, *, by_hand: bool) -> Situation:
    """Execution run-0 answered the transition; others have deployed on top of that."""
    made = Situation({3: flags("a", "b", "c", "d"), 4: flags("b", "c", "d", off="a")})
    made.then(4, mark("run-0", base=3))
    for depth in range(others):
        made.versions[5 + depth] = OFF
        by = mark(f"run-{depth + 2}", base=4 + depth, flag="bcd"[depth])
        made.then(5 + depth, BY_HAND if by_hand else by)
    return made


def _restored(after: str) -> Situation:
    """Flag a went off by a rollback, and a person turned it on again."""
    return Situation({3: ON, 4: OFF, 5: ON}).then(4, after).then(5, "restored by hand")


def _began_unknown(situation: Situation, number: int) -> Situation:
    """AppConfig does not say when a deployment began."""
    situation.deployments[number].minutes = None
    return situation


def _first_rollout(served: str, policy: str) -> Situation:
    return Situation({3: served, 4: _policy(policy)}).while_it("DEPLOYING")


def _on_top_of_a_label() -> Situation:
    """A person turned a flag off, and the deployment before names its version by a label."""
    situation = Situation({3: ON, 4: OFF})
    situation.deployments[7].version = "a-label"
    return situation.then(4, BY_HAND)


_OFF_BY_HAND = str(Mark(1, "by-hand-1", None, iso(AFTER), "by-hand-1", 3, by_hand=True))

CASES: list[DecisionCase] = [
    # By hand: with `flag-rollback off`.
    *(
        case(
            f"a person who names a flag turns it off, {whatever}",
            Situation({3: text}, alarm=samples.alarm("a", namedBy="person"), mode=mode),
            "roll_back",
            becomes={"a": "rolled_back"},
        )
        for whatever, text, mode in (
            ("though its owner opted out", _policy("off"), "auto"),
            ("though its owner only wants to be told", _policy("notify"), "auto"),
            ("though the stack only tells", ON, "notify"),
            ("though the stack is paused", ON, "off"),
        )
    ),
    case(
        "what somebody turned off by hand since the alarm is off already, and no rollback of ours",
        Situation({3: ON, 4: OFF}).then(4, _OFF_BY_HAND),
        "already_off",
        flags=_off_already("deployment 8, which began after the alarm fired, turned it off"),
    ),
    case(
        "a rollout of a profile of AppConfig's own flags is looked into",
        _native(v3="false", v4="true").while_it("DEPLOYING"),
        "stop_rollout",
    ),
    case(
        "a later deployment of AppConfig's own of such a profile is looked into",
        _native(v2="true", v3="false").then(2, managed=True),
        NotConfirmedOffError,
    ),
    case("a flag that is on is rolled back", Situation({3: ON}), "roll_back", own=None),
    case(
        "a flag that is nowhere is an error that says what there is",
        Situation({3: ABSENT}),
        FlagNotFoundError,
        message_like=r"expected a flag 'a' below .*; got 'b'",
    ),
    # What the flag and the stack want.
    *[
        case(
            f"a flag that opted out is left alone whatever else: {enabled}, {under_way}",
            situation if under_way == "quiet" else situation.while_it("DEPLOYING"),
            "opted_out",
            reason="the flag says rollback: off",
        )
        for enabled, under_way in product(["true", "false"], ["quiet", "rollout"])
        for situation in [Situation({3: _policy("off", enabled), 4: ON}, stop_others=True)]
    ],
    *[
        case(
            f"a flag's first rollout brings its owner's wish along: {served}, {policy}",
            _first_rollout(text, policy),
            kind,
        )
        for served, text in [("absent", ABSENT), ("off", OFF)]
        for policy, kind in [
            ("off", "opted_out"),
            ("notify", "dry_run"),
            ("auto", "stop_rollout"),
        ]
    ],
    *[
        case(
            f"a dry run does nothing and says who wants it so: flag {policy}, stack {mode}",
            Situation({3: _policy(policy)}, mode=mode, stop_others=True).while_it(
                "DEPLOYING", ours=False
            ),
            "dry_run",
            reason=because,
        )
        for policy, mode, because in [
            ("notify", "auto", BY_FLAG),
            ("auto", "notify", BY_STACK),
            ("notify", "notify", BY_FLAG),
        ]
    ],
    # It is off, and not because of this alarm.
    *[
        case(
            f"a flag that was off before the alarm fired was off already: {mode}",
            Situation({2: ON, 3: OFF}, mode=mode).then(
                3, mark("run-2", base=2, flag="b"), began=BEFORE
            ),
            "already_off",
        )
        for mode in ["auto", "notify"]
    ],
    case(
        "a flag that a person turned off was off already",
        Situation({3: ON, 4: OFF}).then(4, "released by hand"),
        "already_off",
        flags=_off_already("deployment 8, which began after the alarm fired, turned it off"),
        by=None,
        own=None,
    ),
    case(
        "another transition of the same alarm finds the flag off already",
        Situation({3: ON, 4: OFF}).then(4, mark("run-0", base=3, fired=EARLIER)),
        "already_off",
    ),
    case(
        "it is said of a release that turned a flag off after the alarm, below a later one",
        Situation({3: ON, 4: OFF, 5: OFF}).then(4, BY_HAND).then(5, BY_HAND),
        "already_off",
        flags=_off_already("deployment 8, which began after the alarm fired, turned it off"),
    ),
    case(
        "what was served as the alarm fired is not there any more",
        Situation({4: OFF}).then(4, BY_HAND),
        "already_off",
        flags=_off_already(
            "deployment 8, which began after the alarm fired, may have turned it off: version 3 "
            "cannot be read"
        ),
    ),
    case(
        "what was served as the alarm fired has no number",
        _on_top_of_a_label(),
        "already_off",
        flags=_off_already(
            "deployment 8, which began after the alarm fired, may have turned it off: what was "
            "served before is unknown"
        ),
    ),
    case(
        "a flag that nobody turned off after the alarm was off already",
        Situation({2: OFF, 3: OFF}).then(3, mark("run-2", base=2, flag="b")),
        "already_off",
        flags=_off_already(),
    ),
    # It is off by this execution.
    *[
        case(
            f"what this execution turned off is its own work: {mode}",
            Situation({3: ON, 4: OFF}, mode=mode).then(4, mark("run-1", base=3)),
            "roll_back",
            own=OWN,
        )
        for mode in ["auto", "notify"]
    ],
    *[
        case(
            f"own work is found behind what others did since: {who}",
            Situation({3: ON, 4: OFF, 5: OFF}).then(4, mark("run-1", base=3)).then(5, by),
            "roll_back",
            own=OWN,
        )
        for who, by in [("a person", BY_HAND), ("run-2", mark("run-2", base=4, flag="b"))]
    ],
    # It is off by another execution.
    *[
        case(
            f"another execution's answer to the same transition is found below {others} {whose}",
            _answered_by_another(others, by_hand=whose == "by hand"),
            "duplicate",
            own=None,
            reason="execution run-0 answers the same transition",
        )
        for others, whose in product(range(3), ["by hand", "by executions"])
    ],
    case(
        "a flag that went off with another one's is swept by that execution",
        Situation({3: ON, 4: BOTH_OFF}).then(4, mark("run-2", base=3, flag="b", fired=EARLIER)),
        "swept",
        by=BY_RUN_2,
    ),
    case(
        "the deployment that turned the flag off is the one it is swept by",
        Situation({3: ON, 4: BOTH_OFF, 5: BOTH_OFF})
        .then(4, mark("run-2", base=3, flag="b", fired=EARLIER))
        .then(5, mark("run-3", base=4, flag="c", fired=EARLIER)),
        "swept",
        by=BY_RUN_2,
    ),
    case(
        "nobody is swept by what ended before the alarm fired",
        Situation({3: ON, 4: BOTH_OFF}).then(
            4, mark("run-2", base=3, flag="b", fired=EARLIER), began=BEFORE
        ),
        "already_off",
    ),
    case(
        "nobody is swept by what a person has gone over since",
        Situation({3: ON, 4: flags("a", off="b"), 5: BOTH_OFF})
        .then(4, mark("run-2", base=3, flag="b"))
        .then(5, "turned off by hand"),
        "already_off",
    ),
    # The flags of a feature-flag profile are decided upon alike.
    case("feature flags: on", _values("true"), "roll_back"),
    case("feature flags: off", _values("false"), "already_off"),
    case("feature flags: notify", _values("true", ', "rollback": "notify"'), "dry_run"),
    case("feature flags: opted out", _values("true", ', "rollback": "off"'), "opted_out"),
    # A person turned it on again.
    case(
        "a flag that a person restored stays on when the same transition comes late",
        _restored(mark("run-0", base=3)),
        "duplicate",
    ),
    case(
        "a flag that a person is restoring stays on when the same transition comes late",
        Situation({3: ON, 4: OFF, 5: ON})
        .then(4, mark("run-0", base=3))
        .while_it("DEPLOYING", 5, by="restored by hand"),
        "duplicate",
    ),
    case(
        "an alarm that fires again turns off again what a person restored",
        _restored(mark("run-0", base=3, fired=EARLIER)),
        "roll_back",
    ),
    case(
        "who turned the flag on after this attempt is not overruled",
        _restored(mark("run-1", base=3)),
        FlagStillOnError,
        message_like="off by deployment 8; deployment 9, which came after it, has it on again. If "
        "that was not meant, redrive$",
    ),
    case(
        "a deployment from the very moment of an attempt's beginning is that attempt's",
        Situation({3: ON, 4: OFF, 5: ON}, alarm=samples.alarm("a", startedAt=iso(AFTER)))
        .then(4, mark("run-1", base=3))
        .then(5, "restored by hand"),
        FlagStillOnError,
    ),
    case(
        "of a deployment that does not say when it began nobody knows that it came after",
        _began_unknown(_restored(mark("run-1", base=3)), 8),
        "roll_back",
    ),
    case(
        "of a deployment that names its version by a label nobody knows what was off",
        Situation({3: ON, 4: OFF, 5: ON})
        .then("x-1", mark("run-1", base=3))
        .then(5, "restored by hand"),
        "roll_back",
    ),
    case(
        "a flag that a person restored goes off again when the run is redriven",
        Situation(
            {3: ON, 4: OFF, 5: ON},
            alarm=samples.alarm("a", startedAt=iso(AFTER + timedelta(minutes=5))),
        )
        .then(4, mark("run-1", base=3))
        .then(5, "restored by hand"),
        "roll_back",
        own=None,
    ),
]
