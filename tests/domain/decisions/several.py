"""An alarm that guards several flags: they go off together, and each has an outcome of its own."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import product
from typing import TYPE_CHECKING, Any

from appconfig_rollback.errors import (
    ExperimentLeftRunningError,
    FlagNotFoundError,
    FlagStillOnError,
    NotConfirmedOffError,
)
from appconfig_rollback.experiments import ExperimentRun, reason_to_stop
from appconfig_rollback.mark import Mark
from appconfig_rollback.times import iso
from tests import samples
from tests.appconfig import IN_PROGRESS, SHOWING
from tests.domain.situation import (
    AFTER,
    BEFORE,
    NOW,
    DecisionCase,
    Situation,
    case,
    flags,
    mark,
)
from tests.samples import FIRED

if TYPE_CHECKING:
    from datetime import datetime

    from appconfig_rollback.state import Alarm

MINUTE = timedelta(minutes=1)
EARLIER = FIRED - MINUTE
#: On are those of a and b that are named; flag c is another's, and on.
BOTH, ONLY_A, ONLY_B = flags("a", "b", "c"), flags("a", "c", off="b"), flags("b", "c", off="a")
NEITHER = flags("c", off="ab")
STOPPED = samples.stopped_deployment(version=4)
TO_STOP = {"number": 8, "version": 4, "profileName": "flags", "ours": True}
OVER = frozenset({"run-0", "run-2"})
#: Run 1 of another experiment, on flag b; `SHOWING` is on flag a.
SHOWING_B = ExperimentRun("exp-b", "search-test", 1, running=True, shows_flag=True)
RUN_A = samples.experiment()
RUN_B = SHOWING_B.noted


def _alarm(fired: datetime = FIRED, **changed: Any) -> Alarm:
    """A service's alarm, with the tag `a b`."""
    told = {"flags": ["a", "b"], "namedBy": "tag", "alarmName": "service errors"}
    return samples.alarm("a", fired, **{**told, **changed})


def _by(execution: str, base: int, fired: datetime = FIRED) -> str:
    """The description of what an execution for this alarm wrote on top of a version."""
    return str(Mark.of(_alarm(fired), samples.execution(execution), base))


def _on(
    versions: dict[int, str], written_by: dict[int, str] | None = None, **more: Any
) -> Situation:
    """Look at versions because of this alarm."""
    made = Situation(versions, written_by or {}, **{"alarm": _alarm(), **more})
    made.on[SHOWING_B.definition] = "b"
    return made


def _experiments(*runs: ExperimentRun, on: str = "", served: str = "", **more: Any) -> Situation:
    """Look at flags in one version, with experiments' runs on them; `on` are those of a and b."""
    states = served or flags(*on, "c", off="".join(flag for flag in "ab" if flag not in on))
    return _on({3: states}, runs=list(runs), **more)


def _done(run: ExperimentRun, by: str) -> ExperimentRun:
    """A run, as an execution for this alarm has stopped it."""
    written = Mark.of(_alarm(), samples.execution(by), 3)
    reason = reason_to_stop(written, "service errors", "12.7 > 5.0")
    return replace(run, running=False, reasons=reason)


def _wish(policy: str, enabled: str = "true") -> str:
    return f'{{"enabled": {enabled}, "metadata": {{"rollback": "{policy}"}}}}'


def _in_turn(*said: str) -> str:
    """Say what becomes of a flag that is on, by what stack, tag and flag say."""
    if "off" in said:
        return "opted_out"
    return "dry_run" if "notify" in said else "rolled_back"


def _told(flag: str, who: str) -> dict[str, str]:
    reason = f"{who} is set to tell, and to do nothing"
    return {"flag": flag, "outcome": "dry_run", "reason": reason}


def _own(number: int | None = 8) -> dict[str, int | None]:
    return {"fromVersion": 3, "toVersion": 4, "deploymentNumber": number}


def _wait_or_stop(state: str) -> str:
    return "stop_rollout" if state in ("DEPLOYING", "BAKING") else "wait"


CASES: list[DecisionCase] = [
    # What is on goes off, in one deployment; each flag's outcome says how it went for it.
    *[
        case(
            f"all that are on go off together: {states}",
            _on({3: states}),
            "roll_back",
            becomes=becomes,
            own=None,
        )
        for states, becomes in [
            (BOTH, {"a": "rolled_back", "b": "rolled_back"}),
            (ONLY_A, {"a": "rolled_back", "b": "already_off"}),
            (ONLY_B, {"a": "already_off", "b": "rolled_back"}),
            (flags("b"), {"a": "not_found", "b": "rolled_back"}),
            (flags("a"), {"a": "rolled_back", "b": "not_found"}),
        ]
    ],
    case(
        "all that are off were off already",
        _on({3: NEITHER}),
        "settle",
        becomes={"a": "already_off", "b": "already_off"},
        reason="",
    ),
    case(
        "a flag that is missing beside one that is off is told",
        _on({3: flags(off="b")}),
        "settle",
        flags=(
            {
                "flag": "a",
                "outcome": "not_found",
                "reason": "version 3 has no flag of that name",
            },
            {"flag": "b", "outcome": "already_off"},
        ),
    ),
    case(
        "where all are missing it is an error that says what there is",
        _on({3: flags("c")}),
        FlagNotFoundError,
        message_like=r"expected a flag 'a' below .*; got 'c'",
    ),
    case(
        "where all are missing it is an error even where the stack only tells",
        _on({3: flags("c")}, mode="notify"),
        FlagNotFoundError,
    ),
    # The strictest of stack, alarm and flag counts, for each flag.
    *[
        case(
            f"the strictest counts for each flag: stack {mode}, tag {tag}, flag b {own}",
            _on({3: flags("a", b=_wish(own))}, mode=mode, tag=tag),
            "settle" if "notify" in (mode, tag) or tag == "off" else "roll_back",
            becomes={
                "a": _in_turn(mode, tag),
                "b": _in_turn(mode, tag, own),
            },
        )
        for mode, tag, own in product(
            ["auto", "notify"], ["auto", "notify", "off"], ["auto", "notify", "off"]
        )
    ],
    *[
        case(
            f"who of several only wants to be told is named: {who}",
            _on({3: flags("a", b=_wish(own))}, mode=mode, tag=tag),
            "roll_back" if own == "notify" else "settle",
            flags=(
                {"flag": "a", "outcome": "rolled_back"} if own == "notify" else _told("a", who),
                _told("b", who),
            ),
        )
        for who, mode, tag, own in [
            ("the flag", "auto", "auto", "notify"),
            ("the alarm's tag feature-flag-rollback", "auto", "notify", "auto"),
            ("the stack", "notify", "auto", "auto"),
        ]
    ],
    case(
        "a flag that opted out beside one that is missing: nobody wants anything done",
        _on({3: flags("c", b=_wish("off"))}),
        "settle",
        becomes={"a": "not_found", "b": "opted_out"},
    ),
    case(
        "all opted out, so whatever is under way is nobody's business",
        _on({3: flags(a=_wish("off"), b=_wish("off")), 4: BOTH}).while_it("DEPLOYING"),
        "settle",
        becomes={"a": "opted_out", "b": "opted_out"},
        reason="the flag says rollback: off",
    ),
    case(
        "an alarm that opted out says so of each of its flags",
        _on({3: BOTH}, tag="off"),
        "settle",
        becomes={"a": "opted_out", "b": "opted_out"},
        reason="the alarm's tag feature-flag-rollback is off",
    ),
    # A rollout.
    *[
        case(
            f"a rollout that turns one of them on is stopped: {state}, {text} on {served}",
            _on({3: served, 4: text}).while_it(state),
            _wait_or_stop(state),
            in_the_way=TO_STOP if state in ("DEPLOYING", "BAKING") else None,
        )
        for state, served, text in product(IN_PROGRESS, [NEITHER, ONLY_A], [ONLY_B, BOTH])
    ],
    *[
        case(
            f"a rollout that turns off what is on is waited for if it ends soon: {ends}",
            _on({3: ONLY_B, 4: NEITHER}).while_it("DEPLOYING", ends=ends),
            kind,
        )
        for ends, kind in [
            (MINUTE, "wait"),
            (MINUTE + timedelta(seconds=1), "stop_rollout"),
        ]
    ],
    case(
        "a rollout that concerns none of them is left alone where they are off",
        _on({3: NEITHER, 4: NEITHER}).while_it("DEPLOYING"),
        "settle",
        becomes={"a": "already_off", "b": "already_off"},
    ),
    case(
        "a rollout that turns on a flag that opted out is left alone",
        _on({3: flags(off="a", b=_wish("off", "false")), 4: flags("b", off="a")}).while_it(
            "DEPLOYING"
        ),
        "settle",
        becomes={"a": "already_off", "b": "opted_out"},
    ),
    case(
        "a stopped rollout is the outcome of the flag that it turned on, and of that alone",
        _on({3: NEITHER, 4: ONLY_B}, stopped_deployments=[STOPPED]),
        "settle",
        becomes={"a": "already_off", "b": "rollout_stopped"},
        in_the_way=TO_STOP,
    ),
    case(
        "a stopped rollout that brought a flag which is on without it does not hide that",
        _on({3: ONLY_A, 4: BOTH}, stopped_deployments=[STOPPED]),
        "roll_back",
        becomes={"a": "rolled_back", "b": "rollout_stopped"},
    ),
    case(
        "a stopped rollout of a flag that what is served does not have is its outcome",
        _on({3: flags(off="a"), 4: flags("b", off="a")}, stopped_deployments=[STOPPED]),
        "settle",
        becomes={"a": "already_off", "b": "rollout_stopped"},
    ),
    # This execution's own work.
    *[
        case(
            f"its own deployment is taken up for all that it turns off: {state}",
            _on({3: BOTH, 4: NEITHER}).while_it(state, by=_by("run-1", 3)),
            "roll_back",
            becomes={"a": "rolled_back", "b": "rolled_back"},
            own=_own(),
        )
        for state in IN_PROGRESS
    ],
    *[
        case(
            f"its own deployment that is complete is found again: {before}",
            _on({3: text, 4: NEITHER}).then(4, _by("run-1", 3)),
            "roll_back",
            becomes=becomes,
            own=_own(),
        )
        for before, text, becomes in [
            ("both were on", BOTH, {"a": "rolled_back", "b": "rolled_back"}),
            ("one was on", ONLY_B, {"a": "already_off", "b": "rolled_back"}),
        ]
    ],
    case(
        "its own deployment behind a person's release is found again",
        _on({3: BOTH, 4: NEITHER, 5: NEITHER}).then(4, _by("run-1", 3)).then(5, "by hand"),
        "roll_back",
        becomes={"a": "rolled_back", "b": "rolled_back"},
        own=_own(),
    ),
    case(
        "who turned one of them on after this attempt is not overruled",
        _on({3: BOTH, 4: NEITHER, 5: ONLY_B}).then(4, _by("run-1", 3)).then(5, "restored"),
        FlagStillOnError,
        message_like="flag 'b' was off by deployment 8; deployment 9, which came",
    ),
    case(
        "one that a person restored goes off again when the run is redriven, the other is its own",
        _on({3: BOTH, 4: NEITHER, 5: ONLY_B}, alarm=_alarm(startedAt=iso(AFTER + 5 * MINUTE)))
        .then(4, _by("run-1", 3))
        .then(5, "restored"),
        "roll_back",
        becomes={"a": "rolled_back", "b": "rolled_back"},
        own=None,
    ),
    case(
        "one is its own work, the other went off before with another alarm's",
        _on({3: BOTH, 4: ONLY_A, 5: NEITHER})
        .then(4, mark("run-2", 3, flag="b"))
        .then(5, _by("run-1", 4)),
        "roll_back",
        becomes={"a": "rolled_back", "b": "swept"},
    ),
    case(
        "both are its own work where the version below is gone",
        _on({4: NEITHER}).then(4, _by("run-1", 3)),
        "roll_back",
        becomes={"a": "rolled_back", "b": "rolled_back"},
        own=_own(),
    ),
    # Another execution's.
    case(
        "one went off with another alarm's at the very moment when this one fired",
        _on({3: BOTH, 4: ONLY_A}).then(4, mark("run-2", 3, flag="c"), began=FIRED),
        "roll_back",
        becomes={"a": "rolled_back", "b": "swept"},
    ),
    case(
        "one went off with another alarm's, the other goes off now",
        _on({3: BOTH, 4: ONLY_A}).then(4, mark("run-2", 3, flag="c", fired=EARLIER)),
        "roll_back",
        becomes={"a": "rolled_back", "b": "swept"},
    ),
    case(
        "one went off with another alarm's, the other was off",
        _on({3: ONLY_B, 4: NEITHER}).then(4, mark("run-2", 3, flag="b")),
        "settle",
        becomes={"a": "already_off", "b": "swept"},
        by={**_own(), "execution": "run-2"},
    ),
    case(
        "each is swept by the execution that turned it off",
        _on({3: BOTH, 4: ONLY_B, 5: NEITHER})
        .then(4, mark("run-2", 3))
        .then(5, mark("run-3", 4, flag="b")),
        "settle",
        flags=(
            {"flag": "a", "outcome": "rolled_back", "sweptBy": "run-2"},
            {"flag": "b", "outcome": "rolled_back", "sweptBy": "run-3"},
        ),
    ),
    case(
        "none of several is swept by what ended before the alarm fired",
        _on({3: BOTH, 4: ONLY_A}).then(4, mark("run-2", 3, flag="b"), began=BEFORE),
        "roll_back",
        becomes={"a": "rolled_back", "b": "already_off"},
    ),
    *[
        case(
            f"another execution that answers the same transition makes a duplicate: {now}",
            _on({3: BOTH, 4: NEITHER, 5: text}).then(4, _by("run-0", 3)).then(5, "by hand"),
            "duplicate",
            reason="execution run-0 answers the same transition",
        )
        for now, text in [("both off", NEITHER), ("one restored", ONLY_B), ("both restored", BOTH)]
    ],
    case(
        "another transition of the same alarm turns off again what a person restored",
        _on({3: BOTH, 4: NEITHER, 5: ONLY_B}).then(4, _by("run-0", 3, EARLIER)).then(5, "restored"),
        "roll_back",
        becomes={"a": "already_off", "b": "rolled_back"},
    ),
    case(
        "a person's release in between is built upon: one is off by it",
        _on({3: BOTH, 4: ONLY_B}).then(4, "by hand"),
        "roll_back",
        becomes={"a": "already_off", "b": "rolled_back"},
    ),
    case(
        "another execution's rollback of one of them is waited for, and never stopped",
        _on({3: BOTH, 4: ONLY_A}).while_it("DEPLOYING", by=mark("run-2", 3, flag="b")),
        "wait",
    ),
    # What was written before.
    *[
        case(
            f"what a dead run wrote is deployed where only flags of this alarm are off in it: {it}",
            _on({3: BOTH, 4: text}, {4: mark("run-2", 3)}, over=OVER),
            "roll_back",
            own=own,
            becomes={"a": "rolled_back", "b": "rolled_back"},
        )
        for it, text, own in [
            ("both", NEITHER, _own(None)),
            ("one alone", ONLY_B, None),
            ("another, too", flags(off="abc"), None),
        ]
    ],
    *[
        case(
            f"once more than the switches was refused, only bare switches of all are taken: {it}",
            _on({3: BOTH, 4: text}, {4: _by("run-1", 3)}, was_refused=True),
            "roll_back",
            own=own,
        )
        for it, text, own in [
            (
                "bare",
                BOTH.replace(
                    '"a": {"enabled": true}, "b": {"enabled": true}',
                    '"a": {"enabled": false}, "b": {"enabled": false}',
                ),
                _own(None),
            ),
            (
                "with notes",
                flags(
                    "c",
                    a='{"enabled": false, "metadata": {"rollbackReason": "x"}}',
                    b='{"enabled": false}',
                ),
                None,
            ),
            ("one alone", ONLY_B, None),
        ]
    ],
    # Experiments.
    case(
        "an experiment on the second flag is stopped once both are off in what is served",
        _experiments(SHOWING_B),
        "stop_experiment",
        experiment={**RUN_B, "flag": "b"},
    ),
    *[
        case(
            f"an experiment waits until all are off in what is served: on is {on}",
            _experiments(SHOWING_B, on=on),
            "roll_back",
        )
        for on in ("a", "b", "ab")
    ],
    case(
        "experiments on both are stopped one after the other: the first",
        _experiments(SHOWING, SHOWING_B),
        "stop_experiment",
        experiment={**RUN_A, "flag": "a"},
    ),
    case(
        "experiments on both are stopped one after the other: the second",
        _experiments(
            _done(SHOWING, "run-1"), SHOWING_B, ended_runs=[samples.stopped_experiment("a")]
        ),
        "stop_experiment",
        experiment={**RUN_B, "flag": "b"},
    ),
    *[
        case(
            f"both experiments were stopped: {memory}",
            _experiments(_done(SHOWING, "run-1"), _done(SHOWING_B, "run-1"), ended_runs=runs),
            "settle",
            becomes={"a": "experiment_stopped", "b": "experiment_stopped"},
            stopped_experiments={"a": RUN_A, "b": RUN_B},
        )
        for memory, runs in [
            (
                "remembered",
                [
                    samples.stopped_experiment("a"),
                    {**RUN_B, "flag": "b", "stopped": True},
                ],
            ),
            ("forgotten by a redrive", []),
        ]
    ],
    case(
        "the experiment of one alone was stopped",
        _experiments(_done(SHOWING_B, "run-1")),
        "settle",
        becomes={"a": "already_off", "b": "experiment_stopped"},
        stopped_experiments={"b": RUN_B},
    ),
    case(
        "a second delivery finds the experiment that the first one stopped: a duplicate",
        _experiments(_done(SHOWING_B, "run-0")),
        "duplicate",
        reason="execution run-0 answers the same transition",
    ),
    case(
        "an experiment on a flag of which only is to be told is left alone",
        _experiments(SHOWING_B, served=flags("c", off="a", b=_wish("notify", "false"))),
        "settle",
        becomes={"a": "already_off", "b": "dry_run"},
    ),
    case(
        "a stack that leaves experiments alone is red for one of several",
        _experiments(SHOWING_B, stop_experiments=False),
        ExperimentLeftRunningError,
        message_like="flag 'b' is off in what is served, but run 1 of experiment 'search-test'",
    ),
    case(
        "who only wants to be told of one hears that another's run leaves it alone",
        _on({3: ONLY_A}, runs=[SHOWING], alarm=_alarm(), mode="notify"),
        "settle",
        becomes={"a": "dry_run", "b": "already_off"},
    ),
    case(
        "who only wants to be told of a rollout hears of each flag, and of its own experiment",
        _on({3: NEITHER, 4: BOTH}, runs=[SHOWING], mode="notify").while_it("DEPLOYING", ends=None),
        "settle",
        flags=(
            {
                "flag": "a",
                "outcome": "dry_run",
                "reason": "deployment 8 of profile 'flags' (DEPLOYING) would be stopped. run 3 of "
                "experiment 'checkout-test' (exp1234) shows the flag, too: it would be stopped",
            },
            {
                "flag": "b",
                "outcome": "dry_run",
                "reason": "deployment 8 of profile 'flags' (DEPLOYING) would be stopped",
            },
        ),
    ),
    case(
        "a flag that is missing in what is served is not found, whatever an experiment shows",
        _on({3: flags("b")}, runs=[SHOWING], mode="notify"),
        "settle",
        becomes={"a": "not_found", "b": "dry_run"},
    ),
    # Deployments of AppConfig's own.
    case(
        "another profile's deployment is left alone where only another flag's run shows something",
        _on({3: NEITHER}, runs=[replace(SHOWING, definition="exp-z")], stop_others=True).while_it(
            "DEPLOYING", ours=False
        ),
        "settle",
        becomes={"a": "already_off", "b": "already_off"},
    ),
    case(
        "one that is only to be told of, and may be on by AppConfig's own, keeps no other one on",
        _on(
            {
                2: flags("a", "c", b=_wish("notify")),
                3: flags("a", "c", b=_wish("notify", "false")),
            }
        ).then(2, managed=True),
        "roll_back",
        flags=(
            {"flag": "a", "outcome": "rolled_back"},
            {
                "flag": "b",
                "outcome": "dry_run",
                "reason": "flag 'b' is off in version 3, but deployment 8, AppConfig's own, came "
                "after deployment 7 and names version 2, which has it on: users may get it. Deploy "
                "a version with the flag off, then redrive",
            },
        ),
    ),
    case(
        "a later deployment of AppConfig's own with one of them on is not off",
        _on({2: ONLY_B, 3: NEITHER}).then(2, managed=True),
        NotConfirmedOffError,
        message_like="flag 'b' is off in version 3, but deployment 8",
    ),
    case(
        "a deployment of AppConfig's own in progress is waited for",
        _on({3: ONLY_A, 4: NEITHER}).while_it("DEPLOYING", managed=True),
        "wait",
    ),
    case(
        "the experiment of one of them is stopped first once that has been waited for a minute",
        _experiments(SHOWING_B, on="ab", alarm=_alarm(NOW - 2 * MINUTE)).while_it(
            "DEPLOYING", 3, managed=True, began=2 * MINUTE
        ),
        "stop_experiment",
        experiment={**RUN_B, "flag": "b"},
    ),
]
