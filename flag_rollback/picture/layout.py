"""Where the states and the ways between them stand in the picture.

Graphviz does it best and is asked where it is installed; elsewhere a library from PyPI does, so
that the picture needs no program that may be missing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from flag_rollback.picture import graphviz, layers
from flag_rollback.picture.sizes import box_width

if TYPE_CHECKING:
    from flag_rollback.execution.machine import Machine
    from flag_rollback.picture.sizes import Layout


def lay_out(machine: Machine) -> Layout:
    """Lay the state machine out, from top to bottom."""
    width = box_width(machine)
    return graphviz.lay_out(machine, width) or layers.lay_out(machine, width)
