"""Fuzzes a target by atheris, which looks for input that reaches new code.

`python -m proofs.fuzz.guided TARGET SECONDS FOLDER`, a process of its own: libFuzzer ends it.
"""

from __future__ import annotations

import sys
from pathlib import Path


def main() -> None:
    """Fuzz for a while, from the samples on; what breaks the target is left in the folder."""
    import atheris  # type: ignore[import-not-found, import-untyped, unused-ignore]

    name, seconds, folder = sys.argv[1], float(sys.argv[2]), Path(sys.argv[3])
    with atheris.instrument_imports(include=["appconfig_rollback", "parse_alarm"]):
        from proofs.fuzz.targets import TARGETS, surroundings

    target, seeds = TARGETS[name]
    corpus = folder / "corpus"
    corpus.mkdir(exist_ok=True)
    for number, sample in enumerate(seeds):
        (corpus / f"sample-{number}").write_bytes(sample)
    with surroundings():
        words = [
            *(sys.argv[0], f"-max_total_time={seconds:.0f}", "-max_len=4096", "-timeout=20"),
            *("-print_final_stats=1", f"-artifact_prefix={folder}/", str(corpus)),
        ]
        atheris.Setup(words, target)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
