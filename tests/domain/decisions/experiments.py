"""A decision says "off" only where no experiment, and nothing of AppConfig's own, has it on."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import product
from typing import TYPE_CHECKING, Any

from appconfig_rollback.errors import (
    ExperimentLeftRunningError,
    NotConfirmedOffError,
    PermissionDeniedError,
)
from appconfig_rollback.experiments import reason_to_stop
from tests import samples
from tests.appconfig import SHOWING
from tests.domain.situation import NOW, DecisionCase, Situation, case, flags, mark
from tests.samples import FIRED

if TYPE_CHECKING:
    from datetime import datetime

    from appconfig_rollback.experiments import ExperimentRun

ON, OFF, BOTH_OFF = flags("a", "b"), flags("b", off="a"), flags(off="ab")
MINUTE = timedelta(seconds=60)
RUN = samples.experiment()
RUN_STOPPED = [samples.stopped_experiment("a")]
BY_IT = {"a": RUN}
NAMED = r"run 3 of experiment 'checkout-test' \(exp1234\)"
STOPPED = samples.stopped_deployment(version=4)
DENIED = PermissionDeniedError("appconfig:ListExperimentDefinitions")
LISTS = "ListExperimentDefinitions"
#: What a deployment of AppConfig's own may name: a version, or something of an experiment's.
NAMES: list[int | str] = [3, 4, "experiment-3"]
SHOWN, NOT_SHOWN = [SHOWING], list["ExperimentRun"]()


def _off(*runs: ExperimentRun, **more: Any) -> Situation:
    return Situation({3: OFF}, runs=list(runs), **more)


def _unlisted(run: ExperimentRun, *, stopped: bool = False) -> Situation:
    """The list of experiments is too old for a run that this execution went to stop."""
    made = _off(run, ended_runs=[samples.stopped_experiment("a", stopped=stopped)])
    made.on = {run.definition: "z"}
    return made


def _done(by: str, fired: datetime = FIRED) -> ExperimentRun:
    """The run, as an execution has stopped it."""
    written = samples.marked(3, by, "a", fired)
    reason = reason_to_stop(written, "FeatureFlag-a-ErrorRate", "12.7 > 5.0")
    return replace(SHOWING, running=False, reasons=reason)


def _swept_off(*runs: ExperimentRun, **more: Any) -> Situation:
    """Flag a went off together with flag b, by another execution."""
    made = Situation({3: ON, 4: BOTH_OFF}, runs=list(runs), **more)
    return made.then(4, mark("run-2", base=3, flag="b"))


def _rolled_back(*runs: ExperimentRun, by: str = "run-1", **more: Any) -> Situation:
    """An execution's own deployment turned the flag off."""
    return Situation({3: ON, 4: OFF}, runs=list(runs), **more).then(4, mark(by, base=3))


def _own_rollout(served: str, rolled_out: str, **more: Any) -> Situation:
    """AppConfig makes a deployment of its own."""
    return Situation({3: served, 4: rolled_out}, **more).while_it("DEPLOYING", managed=True)


CASES: list[DecisionCase] = [
    # Whatever says off stops a run that shows the flag first.
    *[
        case(
            f"a run that shows the flag is stopped first: {why}",
            situation,
            "stop_experiment",
            experiment={**RUN, "flag": "a"},
            reason="run 3 of experiment 'checkout-test' (exp1234) to be DONE",
        )
        for why, situation in [
            ("already off", _off(SHOWING)),
            ("rollout stopped", _off(SHOWING, stopped_deployments=[STOPPED])),
            ("swept", _swept_off(SHOWING)),
            ("rolled back", _rolled_back(SHOWING)),
        ]
    ],
    case("without the run: already off", _off(), "already_off"),
    case("without the run: stopped", _off(stopped_deployments=[STOPPED]), "rollout_stopped"),
    case("without the run: swept", _swept_off(), "swept"),
    case("without the run: rolled back", _rolled_back(), "roll_back"),
    case(
        "a flag that is on in what is served goes off there first",
        Situation({3: ON}, runs=[SHOWING]),
        "roll_back",
    ),
    case(
        "a run that shows the flag to nobody is left alone",
        _off(replace(SHOWING, shows_flag=False)),
        "already_off",
    ),
    # What was stopped.
    case(
        "the outcome is that the experiment was stopped where that was the whole job",
        _off(ended_runs=RUN_STOPPED),
        "experiment_stopped",
        stopped_experiments=BY_IT,
    ),
    case(
        "another outcome stays what it was and names the stopped run",
        _swept_off(ended_runs=RUN_STOPPED),
        "swept",
        stopped_experiments=BY_IT,
    ),
    case(
        "an execution that forgot recognises the run that it stopped: the whole job",
        _off(_done("run-1")),
        "experiment_stopped",
        stopped_experiments=BY_IT,
    ),
    case(
        "an execution that forgot recognises the run that it stopped: rolled back",
        _rolled_back(_done("run-1")),
        "roll_back",
        stopped_experiments=BY_IT,
    ),
    case(
        "a second delivery of the alarm whose execution stopped the run is a duplicate",
        _off(_done("run-0")),
        "duplicate",
        reason="execution run-0 answers the same transition",
    ),
    case(
        "a run that was stopped for another transition makes no duplicate",
        _off(_done("run-0", FIRED - MINUTE)),
        "already_off",
    ),
    case(
        "a run that a person stopped makes no duplicate",
        _off(replace(_done("run-0"), reasons="not significant")),
        "already_off",
    ),
    case(
        "no run that another execution stopped takes an own rollback away",
        _rolled_back(_done("run-0")),
        "roll_back",
        stopped_experiments={},
    ),
    case(
        "a run that this execution knows shows the flag though it is not listed",
        _unlisted(SHOWING),
        "stop_experiment",
    ),
    case(
        "a run that this execution knows was stopped by it though it is not listed",
        _unlisted(_done("run-1")),
        "experiment_stopped",
    ),
    # Who wants only to be told, or experiments to be left alone.
    *[
        case(
            f"who only wants to be told is told that the run would be stopped: "
            f"flag {policy or 'auto'}, stack {mode}, enabled {enabled}",
            Situation(
                {3: flags(a=f'{{"enabled": {enabled}{metadata}}}')}, runs=[SHOWING], mode=mode
            ),
            "dry_run",
            reason_like=rf"{NAMED} shows.*would be stopped",
        )
        for mode, policy, enabled in product(["auto", "notify"], ["", "notify"], ["true", "false"])
        for metadata in [', "metadata": {"rollback": "notify"}' if policy else ""]
        if "notify" in (mode, policy)
    ],
    case(
        "a stack that only tells and leaves experiments alone says so",
        _off(SHOWING, mode="notify", stop_experiments=False),
        "dry_run",
        reason_like="shows it; it would be left alone$",
    ),
    case(
        "a flag that opted out keeps its experiment",
        Situation(
            {3: flags(a='{"enabled": false, "metadata": {"rollback": "off"}}')}, runs=[SHOWING]
        ),
        "opted_out",
    ),
    case(
        "a stack that leaves experiments alone is red and names the run",
        _off(SHOWING, stop_experiments=False),
        ExperimentLeftRunningError,
        message_like=NAMED,
    ),
    case(
        "a stack that leaves experiments alone rolls back what is served",
        Situation({3: ON}, runs=[SHOWING], stop_experiments=False),
        "roll_back",
    ),
    case(
        "who only wants to be told hears that the run beside a flag that is on would be left alone",
        Situation({3: ON}, runs=[SHOWING], mode="notify", stop_experiments=False),
        "dry_run",
        flags=(
            {
                "flag": "a",
                "outcome": "dry_run",
                "reason": "the stack is set to tell, and to do nothing. run 3 of experiment "
                "'checkout-test' (exp1234) shows the flag, too: it would be left alone",
            },
        ),
    ),
    *[
        case(
            f"who only wants to be told hears who has stopped the run: {by}",
            _off(_done(by), mode="notify"),
            outcome,
        )
        for by, outcome in [("run-1", "experiment_stopped"), ("run-0", "already_off")]
    ],
    # Experiments that cannot be read hinder nothing but the word "off".
    case("unreadable experiments: on", Situation({3: ON}).without(DENIED, LISTS), "roll_back"),
    case(
        "unreadable experiments: dry run",
        Situation({3: ON}, mode="notify").without(DENIED, LISTS),
        "dry_run",
        reason_like="cannot be told",
    ),
    case("unreadable experiments: off", _off().without(DENIED, LISTS), PermissionDeniedError),
    # Deployments of AppConfig's own.
    case(
        "a later deployment of AppConfig's own with the flag on is not off",
        Situation({2: ON, 3: OFF}).then(2, managed=True),
        NotConfirmedOffError,
        message_like=r"deployment 8, AppConfig's own.*version 2",
    ),
    *[
        case(
            f"a later deployment of AppConfig's own without the flag on does no harm: {version}",
            Situation({3: OFF, 4: OFF}).then(version, managed=True),
            "already_off",
        )
        for version in NAMES
    ],
    *[
        case(
            f"a deployment of AppConfig's own in progress is waited for and never stopped: "
            f"ours {ours}, stop others {stop_others}",
            Situation(
                {3: ON, 4: ON},
                stop_others=stop_others,
                alarm=samples.alarm("a", NOW - 2 * MINUTE),
            ).while_it("DEPLOYING", ours=ours, managed=True, began=2 * MINUTE),
            "wait",
            reason_like="^deployment 8 of profile",
        )
        for ours, stop_others in product([True, False], [True, False])
    ],
    *[
        case(
            f"the experiment is stopped first once that has been waited for a minute: "
            f"begun {began} s, fired {fired} s ago",
            Situation(
                {3: ON, 4: ON},
                runs=[SHOWING],
                alarm=samples.alarm("a", NOW - timedelta(seconds=fired)),
            ).while_it("DEPLOYING", managed=True, began=timedelta(seconds=began)),
            kind,
        )
        for began, fired, kind in [
            (54, 300, "wait"),
            (300, 54, "wait"),
            (60, 60, "wait"),
            (66, 66, "stop_experiment"),
        ]
    ],
    case(
        "a deployment of AppConfig's own that turns the flag on is waited for",
        _own_rollout(OFF, ON),
        "wait",
    ),
    case(
        "a deployment of AppConfig's own that turns the flag on is waited for, the run stopped",
        _own_rollout(OFF, ON, runs=[SHOWING]),
        "stop_experiment",
    ),
    case(
        "a deployment of AppConfig's own that turns the flag on is waited for, the run left",
        _own_rollout(OFF, ON, runs=[SHOWING], stop_experiments=False),
        "wait",
    ),
    *[
        case(
            f"off is not said while AppConfig makes a deployment of its own: "
            f"{version}, {mode}, {before}",
            Situation({3: OFF, 4: OFF}, mode=mode, ended_runs=stopped).while_it(
                "DEPLOYING", version, managed=True
            ),
            "wait",
        )
        for version, mode, (before, stopped) in product(
            NAMES[1:],
            ["auto", "notify"],
            [("no run stopped", []), ("a run stopped", RUN_STOPPED)],
        )
    ],
    case(
        "another profile's deployment of AppConfig's own hinders no word",
        Situation({3: OFF}).while_it("DEPLOYING", managed=True, ours=False),
        "already_off",
    ),
    # Who answered the transition first, and ended before users lost the flag.
    *[
        case(
            f"a duplicate goes on where the other one ended before users lost the flag: "
            f"{'shown' if runs else 'not shown'}, {'over' if over else 'running'}",
            _rolled_back(*runs, by="run-0", over=over),
            "stop_experiment" if runs and over else "duplicate",
        )
        for runs, over in product([SHOWN, NOT_SHOWN], [frozenset({"run-0"}), frozenset[str]()])
    ],
    case(
        "what a person has turned on again since is not left undone, shown or not",
        _rolled_back(SHOWING, by="run-0", over=frozenset({"run-0"})).then(3, "restored by hand"),
        "duplicate",
    ),
    case(
        "an alarm that only tells of a flag that is on does not wait for AppConfig's own",
        _own_rollout(ON, ON, mode="notify"),
        "dry_run",
    ),
    case(
        "a duplicate is no way around a deployment of AppConfig's own",
        _rolled_back(by="run-0", over=frozenset({"run-0"})).then(3, managed=True),
        NotConfirmedOffError,
    ),
    # What is in the way.
    *[
        case(
            f"a rollback of another flag that brings this one on is waited for: {mode}",
            Situation(
                {3: flags("b", off="a"), 5: flags("a", off="b")},
                stopped_deployments=[{**STOPPED, "reverted": True}],
                mode=mode,
            ).while_it("DEPLOYING", 5, by=mark("run-9", base=4, flag="b")),
            "wait",
            reason_like=r"^deployment 8 of profile 'flags' \(",
        )
        for mode in ["auto", "notify"]
    ],
    *[
        case(
            f"what is in the way of stopping a run is {how}",
            _off(SHOWING, stop_others=stop_others).while_it("DEPLOYING", 2, ours=False),
            kind,
            reason_like="deployment 8",
        )
        for how, stop_others, kind in [
            ("stopped", True, "stop_rollout"),
            ("named", False, "stop_experiment"),
        ]
    ],
    case(
        "who only wants to be told hears of the experiment beside a rollout",
        Situation({3: OFF, 4: ON}, runs=[SHOWING], mode="notify").while_it("DEPLOYING"),
        "dry_run",
        reason_like=NAMED,
    ),
    case(
        "a rollout that names a version by its label is looked into",
        Situation({3: OFF, 4: ON}, labels={"release-4.1": 4}).while_it("DEPLOYING", "release-4.1"),
        "stop_rollout",
    ),
]
