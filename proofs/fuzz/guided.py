"""Tries one target with atheris, whose inputs follow what code they reach; run by `make fuzz`.

libFuzzer ends the process itself, so it has one of its own. What it found is in its last lines on
standard error, and in a file for each finding.
"""

from __future__ import annotations

import logging
import sys
from pathlib import Path

import atheris


def main() -> None:
    """Try the target of this name for so many seconds, from the inputs in a folder."""
    name, seconds, folder = sys.argv[1:]
    with atheris.instrument_imports(include=["appconfig_rollback", "parse_alarm", "flag_rollback"]):
        from proofs.fuzz.targets import TARGETS
    from proofs.fuzz.inputs import samples_of

    logging.disable()
    for number, sample in enumerate(samples_of(name)):
        (Path(folder) / f"sample-{number}").write_bytes(sample)
    (target,) = (each for each in TARGETS if each.name == name)
    atheris.Setup(
        [
            "guided",
            folder,
            f"-max_total_time={seconds}",
            "-max_len=4096",
            "-timeout=60",
            "-rss_limit_mb=2048",
            "-print_final_stats=1",
            f"-artifact_prefix={folder}-",
        ],
        target.run,
    )
    atheris.Fuzz()


if __name__ == "__main__":
    main()
