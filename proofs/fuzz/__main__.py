"""`make fuzz`: tries whatever others may write, and measures the documents that hurt most."""

from __future__ import annotations

import argparse
import logging
import os
import sys
import time
from datetime import UTC, datetime

from local.cloud import REPOSITORY
from proofs.fuzz.measuring import measure
from proofs.fuzz.report import page
from proofs.fuzz.targets import TARGETS
from proofs.fuzz.trying import by_atheris, by_hypothesis, has_atheris

PAGE = REPOSITORY / "docs" / "proof" / "hostile.md"


def main() -> int:
    """Try every target; gives 1 where something was found, and 0 otherwise."""
    parser = argparse.ArgumentParser(prog="make fuzz", description=__doc__)
    parser.add_argument("--minutes", type=float, default=10.0, help="for each target")
    parser.add_argument("--only", default="", metavar="NAME", help="one target, and no page")
    asked = parser.parse_args()
    targets = [target for target in TARGETS if asked.only in ("", target.name)]
    if not targets:
        parser.error(f"there are: {', '.join(target.name for target in TARGETS)}")
    if not has_atheris():
        print("atheris is not installed (pip install '.[fuzz]'): Hypothesis has all the time.")
    print(f"{len(targets)} targets of {asked.minutes:g} minutes each.", flush=True)
    logging.disable()
    began, tried = time.monotonic(), []
    for target in targets:
        share = asked.minutes * 60 / (2 if has_atheris() else 1)
        tried.append(by_hypothesis(target, share))
        tried += [by_atheris(target, share)] if has_atheris() else []
        for each in tried[-2:]:
            if each.target == target.name:
                said = f"{each.examples:,} examples in {each.seconds:.0f} s"
                print(f"{each.target}, {each.by}: {said}, {len(each.found)} findings", flush=True)
    findings = [f"{each.target}: {found}" for each in tried for found in each.found]
    print("\n".join(findings) or "Nothing was found.")
    if asked.only:
        return 1 if findings else 0
    costs = measure()
    findings += [f"{each.name}: did not end" for each in costs if each.seconds is None]
    ran = (
        f"Each target was tried for {asked.minutes:g} minutes; with the measurements below it took "
        f"{(time.monotonic() - began) / 60:.0f} minutes on {os.cpu_count()} processors, with "
        f"Python {sys.version_info.major}.{sys.version_info.minor}, {datetime.now(UTC):%Y-%m-%d}."
    )
    kept = "Something was found:" if findings else "Every promise was kept."
    PAGE.write_text(page(tried, costs, [ran, kept], findings), "utf-8")
    print(f"{ran}\n{kept}\nWrote {PAGE.relative_to(REPOSITORY)}")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
