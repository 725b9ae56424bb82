"""The state machine as a graph, read from its definition (ASL)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Iterator

EdgeKind = Literal["next", "choice", "catch"]


@dataclass(frozen=True)
class State:
    """A state: its name, its type, and what its Comment says."""

    name: str
    type: str
    comment: str


@dataclass(frozen=True)
class Edge:
    """A way from a state to another; `label` says when it is taken, empty where it always is."""

    source: str
    target: str
    kind: EdgeKind
    label: str = ""


@dataclass(frozen=True)
class Machine:
    """The whole graph, states in the order of the definition."""

    start: str
    states: tuple[State, ...]
    edges: tuple[Edge, ...]

    def loops(self) -> set[tuple[str, str]]:
        """Find the edges that lead back: each from a state to one on the way to it."""
        targets = {
            s.name: [e.target for e in self.edges if e.source == s.name] for s in self.states
        }
        back, done = set(), set()
        way: list[tuple[str, Iterator[str]]] = [(self.start, iter(targets.get(self.start, [])))]
        while way:
            name, rest = way[-1]
            target = next(rest, None)
            if target is None:
                done.add(name)
                way.pop()
            elif any(target == above for above, _ in way):
                back.add((name, target))
            elif target not in done and target in targets:
                way.append((target, iter(targets[target])))
        return back


def read_machine(definition: dict[str, Any]) -> Machine:
    """Read a definition; the happy way of each state comes before its Catch."""
    states = definition["States"]
    return Machine(
        start=definition["StartAt"],
        states=tuple(
            State(name, state["Type"], state.get("Comment", "")) for name, state in states.items()
        ),
        edges=tuple(edge for name, state in states.items() for edge in _edges(name, state)),
    )


def _edges(name: str, state: dict[str, Any]) -> Iterator[Edge]:
    for rule in state.get("Choices", []):
        yield Edge(name, rule["Next"], "choice", _condition(rule))
    if "Default" in state:
        yield Edge(name, state["Default"], "choice", "otherwise")
    if "Next" in state:
        yield Edge(name, state["Next"], "next")
    for catcher in state.get("Catch", []):
        if catcher["Next"] == state.get("Next"):
            continue  # the same way again
        errors = [error for error in catcher["ErrorEquals"] if error != "States.ALL"]
        yield Edge(name, catcher["Next"], "catch", ", ".join(errors))


def _condition(rule: dict[str, Any]) -> str:
    """Say what a Choice rule asks for: the last word of its variable, and what it is compared to.

    Rules of `And`, `Or` and `Not` are described by their parts.
    """
    for word, joint in (("And", " and "), ("Or", " or ")):
        if word in rule:
            return joint.join(_condition(part) for part in rule[word])
    if "Not" in rule:
        return f"not {_condition(rule['Not'])}"
    name = str(rule.get("Variable", rule.get("Condition", ""))).rsplit(".", 1)[-1]
    for key, value in rule.items():
        if key.endswith("Equals"):
            if name == "decision":  # it says by itself what it is about
                return _word(value).replace("_", " ")
            return name if value is True else f"{name} {_word(value)}"
    return name


def _word(value: object) -> str:
    """Write a compared value as a person would."""
    return "no" if value is False else str(value)
