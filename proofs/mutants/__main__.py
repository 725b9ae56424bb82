"""`make mutants`: changes the functions in one place at a time, and shows what no test notices.

Results are kept in `.mutants/`. Only mutants of functions that changed since are tried anew, and
survivors that nobody has called harmless.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from local.cloud import REPOSITORY
from proofs.mutants import copying
from proofs.mutants.harmless import gone, reasons
from proofs.mutants.lines import covered
from proofs.mutants.report import AIM, Judged, page, share, verdict
from proofs.mutants.results import module_of, modules

PAGE = REPOSITORY / "docs" / "proof" / "mutants.md"


def main() -> int:
    """Try the mutants of modules; 1 where fewer than the aim are noticed, and 0 otherwise."""
    parser = argparse.ArgumentParser(prog="make mutants", description=__doc__)
    parser.add_argument(
        "paths", nargs="*", type=Path, help="modules or folders below functions/; all by default"
    )
    parser.add_argument("--page", action="store_true", help="only write the page, of what is known")
    asked = parser.parse_args()
    try:
        chosen = _chosen(asked.paths)
    except ValueError as error:
        parser.error(str(error))
    began = time.monotonic()
    if not asked.page:
        copying.lay_out()
        _try(chosen)
    known = reasons()
    judged = Judged(list(modules(copying.COPY)), known)
    print(f"\n{verdict(judged)} This run took {(time.monotonic() - began) / 60:.0f} min.")
    for mutant in (each for module in chosen for each in judged.open[module]):
        print(f"Nothing notices {mutant}")
    for name in gone((each for of in judged.modules for each in of.survivors.values()), known):
        print(f"No survivor any more, so it needs no reason: {name}")
    if not asked.paths:
        said = f"Measured on {os.cpu_count()} processors, {datetime.now(UTC):%Y-%m-%d}."
        PAGE.write_text(page(judged, covered(), said), "utf-8")
        print(f"Wrote {PAGE.relative_to(REPOSITORY)}")
    return 0 if share(*judged.total()[:4]) >= AIM else 1


def _chosen(paths: list[Path]) -> list[str]:
    """The names of the modules at paths, or of all.

    Raises:
        ValueError: there is no module at one.
    """
    chosen = set()
    for path in paths or [copying.FUNCTIONS]:
        whole = path.resolve()
        if not whole.exists() or not whole.is_relative_to(copying.FUNCTIONS):
            raise ValueError(f"expected modules below functions/; got {path}")
        for file in whole.rglob("*.py") if whole.is_dir() else [whole]:
            chosen.add(module_of(Path("src") / file.relative_to(copying.FUNCTIONS)))
    return sorted(chosen)


def _try(chosen: list[str]) -> None:
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY)}

    def run(*module: str) -> int:
        command = [sys.executable, "-m", *module]
        return subprocess.run(command, cwd=copying.COPY, env=environment, check=False).returncode

    if run("proofs.mutants.measure", *chosen):
        print("mutmut ended early. It does where a test fails before anything is changed:")
        run("pytest", "-q", "-n", "2", "--rootdir=.", "--fast", *copying.TESTS)
        sys.exit(2)


if __name__ == "__main__":
    sys.exit(main())
