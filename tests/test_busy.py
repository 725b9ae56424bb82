"""The loops of `make test-busy` end with it, whatever ends it."""

from __future__ import annotations

import subprocess
import sys

import pytest

from flag_rollback.waiting import wait_for
from local.cloud import REPOSITORY
from tests.busy import spinning
from tests.processes import is_alive

pytestmark = pytest.mark.thorough

#: Keeps the processors busy, tells by which processes, and hangs.
HANGING = """
import time
from tests.busy import spinning
with spinning() as loops:
    print(*[loop.pid for loop in loops], flush=True)
    time.sleep(600)
"""


def test_the_loops_spin_until_the_block_is_left() -> None:
    with spinning() as loops:
        assert all(loop.poll() is None for loop in loops)
    assert all(loop.poll() is not None for loop in loops)


def test_the_loops_end_where_their_parent_is_killed() -> None:
    command = [sys.executable, "-c", HANGING]
    with subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.PIPE, text=True) as parent:
        try:
            assert parent.stdout is not None
            loops = [int(number) for number in parent.stdout.readline().split()]
            assert loops
            assert all(map(is_alive, loops))
        finally:
            parent.kill()
    wait_for(lambda: not any(map(is_alive, loops)), "the end of the loops", seconds=60)


def test_it_exits_as_pytest_does() -> None:
    command = [sys.executable, "-m", "tests.busy", "--no-such-option"]
    assert subprocess.run(command, cwd=REPOSITORY, capture_output=True, check=False).returncode == 4
