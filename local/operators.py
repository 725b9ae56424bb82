"""Who operates a stack on the embedded cloud: for each command a user with its policy."""

from __future__ import annotations

from typing import TYPE_CHECKING

from local.policies import filled, values_of
from local.users import User, create_user

if TYPE_CHECKING:
    from local.cloud import EmbeddedCloud
    from local.stack import Stack


class Operators:
    """The users of one stack, each made when it is first needed.

    `additions` are policies that each of them has besides its command's.
    """

    def __init__(self, cloud: EmbeddedCloud, stack: Stack, *additions: str) -> None:
        self._cloud, self._stack, self._additions = cloud, stack, additions
        self._users: dict[str, User] = {}

    def user(self, command: str) -> User:
        """The user who may do what a command needs, and no more."""
        if command not in self._users:
            values = values_of(self._cloud, self._stack)
            policy, *more = (filled(name, values) for name in (command, *self._additions))
            for addition in more:
                policy["Statement"] += addition["Statement"]
            name = f"{self._stack.name}-{command}"
            self._users[command] = create_user(self._cloud, name, policy)
        return self._users[command]

    def assert_nothing_was_denied(self, command: str) -> None:
        """Raise AssertionError if IAM has denied a command's user anything."""
        if user := self._users.get(command):
            denied = [question for question in user.asked if not question.allowed]
            assert denied == [], f"policies/{command}.json lacks {denied}"
