"""Ctrl-C and its like: the run ends there, and what was made is still removed."""

from __future__ import annotations

import signal


class Interruption:
    """Raises KeyboardInterrupt where a signal comes in, and remembers that it came.

    Python drops what is raised while it frees an object (data model, ``object.__del__``). Such a
    run would go on to its end, and look as if nobody had wanted it to stop.
    """

    def __init__(self) -> None:
        self.came = False

    def listen(self) -> None:
        """Answer whoever ends the program, in whatever way.

        A shell lets what it starts in the background ignore SIGINT.
        """
        for ending in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(ending, self._end)

    def _end(self, *_: object) -> None:
        self.came = True
        raise KeyboardInterrupt

    def check(self) -> None:
        """Raise what was dropped.

        Raises:
            KeyboardInterrupt: a signal has come in.
        """
        if self.came:
            raise KeyboardInterrupt
