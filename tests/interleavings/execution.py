"""An execution: the functions and the definition that ship, one AWS call at a time."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any, cast

from botocore.exceptions import ReadTimeoutError

import notify_failure
from appconfig_rollback.times import iso
from flag_rollback.by_hand.turning_off import INSTEAD, START, Person, of_person
from flag_rollback.by_hand.walk import ExecutionFailedError, Walk, definition, function_of
from tests.appconfig import refusal
from tests.interleavings.actor import Fault, Move
from tests.interleavings.place import replaying
from tests.interleavings.replaying import Answer, Call, CallId, Finished, Replay
from tests.interleavings.world import CLOCK, END, READS, REDRIVEN, Fired, World, commutes, perform

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator

_MACHINE = "arn:aws:states:eu-west-1:123456789012:execution:rollback"
#: Where an execution looks at what users get.
#: States of an execution in here that its definition does not have.
_ENDING, _NEWS, _OVER = "it ends", "news of its failure", "over"
_LOOKS = ("FetchConfig", "CheckDeployment", "NotifyFailure", _NEWS)


@dataclass(frozen=True)
class Doing:
    """How far an execution is: in which state, with what data and which answers so far.

    `saw` are the flags with what users had of them at any read of its last look; `listed` are the
    flags that were on in what was served as it last listed deployments, `reverted` those of them
    that had been reverted. `outcome` and `flags` are
    its output's, `error` is what it failed with.
    """

    state: str
    data: str
    answers: tuple[tuple[CallId, Answer], ...] = ()
    saw: frozenset[tuple[str, bool]] = frozenset()
    listed: frozenset[str] = frozenset()
    reverted: frozenset[int] = frozenset()
    outcome: str | None = None
    flags: tuple[tuple[str, str], ...] = ()
    error: str | None = None
    redriven: bool = False


class _AgainError(BaseException):
    """The task is tried again."""


class Execution:
    """An execution that answers a transition; or a person's `flag-rollback off`, `by_hand`."""

    background = False

    def __init__(
        self, name: str, fired: Fired, *, by_hand: bool = False, at_once: bool = True
    ) -> None:
        self.name = name
        self.fired = fired
        self.by_hand = by_hand
        self._at_once = at_once
        self._waiting: dict[Doing, dict[CallId, Call]] = {}
        self.largest = 0
        self._given_to: dict[tuple[str, str, bool], Any] = {}
        self._runs: dict[Hashable, tuple[Finished | None, dict[CallId, Call]]] = {}

    def begin(self) -> Doing:
        if self.by_hand:
            person = Person("somebody", "double charges")
            alarm = of_person(self.name, self.fired.flags, person, self.fired.at, _MACHINE)
            return self._settled(Doing(START, json.dumps({"alarm": alarm})))
        return self._settled(Doing(definition()["StartAt"], "{}"))

    def is_over(self, local: Hashable) -> bool:
        assert isinstance(local, Doing)
        return local.state == _OVER

    def redrive(self, doing: Doing) -> Doing:
        """Begin again where it failed, as Step Functions does."""
        assert doing.error
        return self._settled(Doing("AwaitRedrive", doing.data, redriven=True))

    def moves(self, local: Hashable, world: World, fault: Fault) -> Iterator[Move]:
        """Let each call that it waits for be answered, or go wrong.

        A function that dies after it has read something leaves nothing behind, and begins again:
        as if it had begun later. So only those die that have changed something; and AwaitRedrive,
        which does not begin again.
        """
        assert isinstance(local, Doing)
        for number, call in self._waiting.get(local, {}).items():
            after, answer = perform(world, self.name, call)
            same = commutes(call, self.name, world)
            reads = call.operation.startswith(READS)
            what = f"{local.state}: {call.operation}"
            seen = self._seen(local, call, after, same)
            on, then_world = self._on(self._given(seen, number, answer), after, fault)
            yield Move(what, on, then_world, fault, same)
            if call.operation == END:
                continue
            then: Fault = "happened as it told" if call.operation == "publish" else "happened"
            harmless = reads and self._at_once and local.state != "AwaitRedrive"
            if fault == "crash" and not harmless and not self.by_hand:
                died = self._died(local)
                yield Move(f"{what}, and the function dies", died, after, then, same)
            elif fault == "lost":
                lost = Answer.of(ReadTimeoutError(endpoint_url="https://aws"))
                timed_out = self._given(seen, number, lost)
                yield Move(f"{what}, and no answer", timed_out, after, then, same)
                if not reads:
                    yield Move(f"{what}, and it is called again", local, after, then, same)
            elif fault == "denied":
                denied = Answer.of(refusal(call.operation, 403, "AccessDeniedException"))
                yield Move(
                    f"{what} is denied", self._given(seen, number, denied), world, "happened", same
                )

    def _on(self, doing: Doing, world: World, fault: Fault) -> tuple[Doing, World]:
        """Go on through the calls that commute with whatever the others do."""
        while self._at_once and fault not in ("lost", "denied"):
            for number, call in self._waiting.get(doing, {}).items():
                reads = call.operation.startswith(READS)
                may_die = fault == "crash" and not (reads and doing.state != "AwaitRedrive")
                if not may_die and commutes(call, self.name, world):
                    world, answer = perform(world, self.name, call)
                    doing = self._given(doing, number, answer)
                    break
            else:
                break
        return doing, world

    def _seen(self, doing: Doing, call: Call, world: World, constant: bool) -> Doing:
        """Put down what users had of its flags as it looked."""
        if constant or doing.state not in _LOOKS:
            if call.operation == "stop_experiment_run":
                definition_id = call.asked["ExperimentDefinitionIdentifier"]
                store = world.appconfig
                run = next(run for run in store.runs if run.definition == definition_id)
                if store.flag_of(run) in doing.listed:
                    world.shown_on |= {definition_id}
            return doing
        saw = {(flag, world.users_get(flag)) for flag in self.fired.flags}
        listed, before, reverted = doing.listed, doing.saw, doing.reverted
        if call.operation == "list_deployments":
            if doing.state == _NEWS:  # it looks only where nobody has told yet
                before = frozenset()
            on = world.appconfig.flags(world.appconfig.serves())
            found = world.appconfig.deployments.values()
            reverted = frozenset(each.number for each in found if each.state == "REVERTED")
            listed = frozenset(flag for flag in self.fired.flags if on.get(flag))
        return replace(doing, saw=before | saw, listed=listed, reverted=reverted)

    def _given(self, doing: Doing, number: CallId, answer: Answer) -> Doing:
        """Go on with an answer."""
        if doing.state == _ENDING:
            following = _NEWS if doing.error and not self.by_hand else _OVER
            return self._settled(replace(doing, state=following))
        answers = tuple(sorted((*doing.answers, (number, answer)), key=lambda each: each[0]))
        return self._settled(replace(doing, answers=answers))

    def _died(self, doing: Doing) -> Doing:
        """Let Step Functions see that the function has died, with all that it knew."""
        if doing.state == _NEWS:  # Lambda calls it again
            return self._settled(replace(doing, answers=()))

        died = type("Lambda.Unknown", (Exception,), {})("RequestId: 1 Error: Runtime exited")
        return self._settled(self._stepped(doing, Finished(error=died)))

    def _settled(self, doing: Doing) -> Doing:
        """Go on until it waits for a call, or is over."""
        while doing.state != _OVER and doing not in self._waiting:
            if doing.state == _ENDING:
                asked = {"data": doing.data if doing.error else "", "failed": bool(doing.error)}
                self._waiting[doing] = {(0,): Call.of(END, asked)}
                continue
            finished, waiting = self._ran(doing)
            if finished is None:
                self._waiting[doing] = waiting
            elif doing.state == _NEWS:
                doing = replace(doing, state=_OVER, answers=())
            else:
                doing = self._stepped(doing, finished)
        return doing

    def _ran(self, doing: Doing) -> tuple[Finished | None, dict[CallId, Call]]:
        """Run the function of a state as far as it has answers; what users had is nothing to it."""
        known = doing.state, doing.data, doing.answers, doing.redriven, doing.error
        if known not in self._runs:
            replay = Replay(dict(doing.answers))
            with replaying(replay):
                finished = replay.run(partial(self._perform, doing))
            self._runs[known] = finished, replay.waiting
        return self._runs[known]

    def _perform(self, doing: Doing) -> Any:  # noqa: ANN401 - whatever the function answers
        """Let the function of a state do its work."""
        if doing.state == _NEWS:
            return notify_failure.handler(cast("Any", _news(doing, self)), None)
        if self.by_hand and doing.state in INSTEAD:
            return INSTEAD[doing.state](None)
        key = doing.state, doing.data, doing.redriven
        if key not in self._given_to:
            self._given_to[key] = self._walk(doing).given(doing.state)
        return function_of(definition()["States"][doing.state]["Resource"])(self._given_to[key])

    def _walk(self, doing: Doing) -> Walk:
        walk = Walk(self.context(doing), lambda: iso(CLOCK.now()), lambda _: _wait(walk))
        walk.data = json.loads(doing.data)
        return walk

    def _stepped(self, doing: Doing, finished: Finished) -> Doing:
        """Go from a function's end to the next task."""
        walk = self._walk(doing)

        def perform(_: object) -> Any:  # noqa: ANN401 - as the definition has it
            if finished.error:
                raise finished.error
            return finished.answer

        walk.instead = {doing.state: perform}
        try:
            name = walk.step(doing.state)
            while name is not None and definition()["States"][name]["Type"] != "Task":
                name = walk.step(name)
        except _AgainError:
            saw: frozenset[tuple[str, bool]] = frozenset()
            return replace(doing, answers=(), saw=saw if doing.state in _LOOKS else doing.saw)
        except ExecutionFailedError as failed:
            error = str(failed)
            if self.by_hand:
                caught = walk.data["failure"]["caught"]
                error = f"{caught['Error']}: {caught['Cause']}"
            data = json.dumps(walk.data)
            return replace(doing, state=_ENDING, data=data, answers=(), error=error)
        if name is None:
            flags = tuple((each["flag"], each["outcome"]) for each in walk.data["flags"])
            return replace(
                doing, state=_ENDING, answers=(), outcome=walk.data["outcome"], flags=flags
            )
        saw = frozenset() if name in _LOOKS else doing.saw
        self.largest = max(self.largest, len(json.dumps(walk.data)))
        return replace(doing, state=name, data=_leveled(walk.data), answers=(), saw=saw)

    def context(self, doing: Doing) -> dict[str, Any]:
        """Write the context object's `Execution`."""
        fired = self.fired
        state = {"value": "ALARM", "timestamp": fired.transition, "reason": "too many errors"}
        detail: dict[str, Any] = {"alarmName": fired.alarm, "state": state}
        if len(fired.flags) > 1:
            tags = {"feature-flag": " ".join(fired.flags)}
            detail |= {"alarmTags": tags, "alarmTagsStatus": "SUCCESS"}
        redriven = {"RedriveTime": iso(REDRIVEN)} if doing.redriven else {}
        return {
            "Id": f"{_MACHINE}:{self.name}",
            "Name": self.name,
            "Input": {"detail": detail},
            "StartTime": fired.transition,
            **redriven,
        }


def _wait(walk: Walk) -> None:
    """Let a wait take no time; a task that is tried again begins anew."""
    if definition()["States"][walk.states[-1]]["Type"] == "Task":
        raise _AgainError


def _leveled(data: dict[str, Any]) -> str:
    """Write the state data, without counts of how long it has waited, and what nobody reads."""
    told = {key: value for key, value in data.items() if key != "conflict"}
    if "config" in told:
        told["config"] = {**told["config"], "attempt": 1, "backoffSeconds": 1}
    if told.get("deployment"):
        told["deployment"] = {**told["deployment"], "pollSeconds": 1}
    return json.dumps(told)


def _news(doing: Doing, execution: Execution) -> dict[str, Any]:
    """Write EventBridge's news of an execution that has failed."""
    context = execution.context(doing)
    name, _, cause = (doing.error or "").partition(": ")
    detail = {
        "executionArn": context["Id"],
        "status": "FAILED",
        "error": name,
        "cause": cause,
        "input": json.dumps(context["Input"]),
    }
    return {"detail": detail}
