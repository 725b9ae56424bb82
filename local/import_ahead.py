"""What all functions of a code package import of it is imported once, before they are forked.

The functions of a deployment share one package of modules, whose classes take Python longer to make
than all else of a forked function's cold start. Importing them asks for nothing, keeps nothing, and
reads no setting; so each fork begins with a copy of its own of what it would have made.
"""

from __future__ import annotations

import gc
import importlib
import pkgutil
import sys
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import ModuleType

PACKAGE = "appconfig_rollback"


@cache
def modules_of(folder: str) -> dict[str, ModuleType]:
    """Import the package of a folder of code; by name, and no longer among those of this process.

    None of them where one cannot be imported: the function that does it raises what is to be told.
    """
    if not Path(folder, PACKAGE).is_dir():
        return {}
    sys.path.insert(0, folder)
    try:
        importlib.import_module(PACKAGE)
        for module in pkgutil.walk_packages([str(Path(folder, PACKAGE))], f"{PACKAGE}."):
            importlib.import_module(module.name)
        return _taken()
    except Exception:  # noqa: BLE001 - whatever code raises that does not work
        _taken()
        return {}
    finally:
        sys.path.remove(folder)
        gc.freeze()


def _taken() -> dict[str, ModuleType]:
    names = [name for name in sys.modules if name.partition(".")[0] == PACKAGE]
    return {name: sys.modules.pop(name) for name in names}
