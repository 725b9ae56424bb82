"""What users see, in which system, and why: the words that come first wherever people read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from appconfig_rollback.plain_text import ascii_line

#: "?" where it is unknown whether users get a flag.
Effect = Literal["OFF", "ON", "?"]

#: Why it is so after an outcome, in a clause: for a single flag, and for several.
BECAUSE: Mapping[str, tuple[str, str]] = {
    "rolled_back": ("it was rolled back", "they were rolled back"),
    "rollout_stopped": ("its rollout was stopped", "their rollout was stopped"),
    "experiment_stopped": ("its experiment was stopped", "their experiments were stopped"),
    "already_off": ("it was off already", "they were off already"),
    "held_back": ("its rollback was held back", "their rollback was held back"),
    "dry_run": ("its rollback is only told of", "their rollback is only told of"),
    "duplicate": ("it is left to another execution", "they are left to another execution"),
    "ignored": ("nothing more was done", "nothing more was done"),
}

_ENVIRONMENT_LIMIT = 16


@dataclass(frozen=True)
class Headline:
    """The state of flags, those of `flags`, out of as many as `of` that an alarm guards.

    `environment` is what people call it. Why it is so is said by `happened` in a few words, and by
    `because` in a clause: one for a single flag, and one for several. `on` says of a flag that
    users get whether it stayed on, or was turned on again.
    """

    effect: Effect
    flags: Sequence[str]
    of: int
    environment: str
    happened: str
    because: tuple[str, str]
    drill: bool = False
    on: str = "still ON"

    @property
    def subject(self) -> str:
        """The first line of all: phones show 40 characters, and effect and system are in them."""
        drill = " DRILL" if self.drill else ""
        named = f" ({', '.join(self.flags)})" if self.flags and self.of > 1 else ""
        environment = ascii_line(self.environment, _ENVIRONMENT_LIMIT)
        return f"{self.effect}{drill} {environment} {self._which}: {self.happened}{named}"

    @property
    def sentence(self) -> str:
        """The same as a sentence."""
        flags = ", ".join(f'"{flag}"' for flag in self.flags) or "a flag"
        several = len(self.flags) > 1
        where = f"in {self.environment}: {self.because[several]}"
        match self.effect:
            case "OFF":
                said = f"{flags} {'are' if several else 'is'} OFF {where}"
            case "ON":
                said = f"{flags} {'are' if several else 'is'} {self.on} {where}"
            case "?":
                said = f"Users may still get {flags} {where}"
        return f"This was a drill. {said}." if self.drill else f"{said}."

    @property
    def _which(self) -> str:
        about = len(self.flags)
        if about < self.of:
            return f"{about} of {self.of} flags"
        return f"{about} flags" if about > 1 else "".join(self.flags) or "a flag"
