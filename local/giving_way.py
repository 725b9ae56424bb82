"""Environments that are only warmed up give way to those that a rollback waits for.

Lambda gives each environment processors of its own, so a function that starts for later never
slows the one that works now. On a machine with a few processors it would, and so the processes
that a warm-up starts get a lower priority here until it is answered. Where this user may not raise
a priority again, it stays: the function works, a little later.
"""

from __future__ import annotations

import os
from contextlib import suppress
from typing import Any

NICENESS = 10
_WARM_UP = {"warmUp": True}


def install() -> None:
    """Watch MiniStack's environments, in this process."""
    from ministack.core.lambda_runtime import ProvidedWorker  # type: ignore[import-untyped]

    invoke, await_init = ProvidedWorker.invoke, ProvidedWorker._await_init

    def asked(worker: Any, event: object, *others: object, **about: object) -> Any:  # noqa: ANN401
        worker.gives_way = event == _WARM_UP
        try:
            return invoke(worker, event, *others, **about)
        finally:
            if worker.gives_way:
                with suppress(OSError):  # not permitted, or it has ended
                    _be_nice(worker, 0)

    def started(worker: Any, *within: object) -> None:  # noqa: ANN401
        if worker.gives_way:
            _be_nice(worker, NICENESS)
        await_init(worker, *within)

    # An environment may be made before it is asked for anything.
    ProvidedWorker.gives_way = False
    ProvidedWorker.invoke, ProvidedWorker._await_init = asked, started


def _be_nice(worker: Any, by: int) -> None:  # noqa: ANN401
    """Give a function's process our own priority, lower by so much."""
    ours = os.getpriority(os.PRIO_PROCESS, 0)
    os.setpriority(os.PRIO_PROCESS, worker._proc.pid, ours + by)
