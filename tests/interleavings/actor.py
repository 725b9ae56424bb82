"""Whoever acts: what each can do next is worked out from how far it is, and from the world."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator

    from tests.interleavings.world import World

#: What happens once in an order, to any one call of any execution.
#: `crash`: it takes effect, and the function dies. `lost`: it takes effect, and its answer is lost:
#: botocore calls again, or gives up. `denied`: a permission is missing.
Fault = Literal["none", "crash", "lost", "denied", "happened", "happened as it told"]


@dataclass(frozen=True)
class Move:
    """One step of an actor, and how everything stands behind it.

    `commutes` says that it makes no difference whether the others go before it or after it.
    """

    what: str
    local: Hashable
    world: World
    fault: Fault
    commutes: bool = False


class Actor(Protocol):
    """An execution, a person, or AppConfig itself."""

    name: str
    background: bool
    """Whether it works only while others do."""

    def begin(self) -> Hashable:
        """Say how far it is before anything has happened."""

    def is_over(self, local: Hashable) -> bool:
        """Return whether it has nothing left to do."""

    def moves(self, local: Hashable, world: World, fault: Fault) -> Iterator[Move]:
        """List what it can do next; nothing while it has to wait for others."""
