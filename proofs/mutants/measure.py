"""Runs mutmut in the copy of the project, whose folder has to be the current one.

mutmut starts pytest anew for each mutant, which takes two seconds where the tests take
milliseconds. Here its fork server collects the tests once, and each of its children runs those
that come by the mutant's function, the fastest first.
"""

from __future__ import annotations

import resource
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mutmut import __main__ as mutmut
from mutmut.configuration import config
from mutmut.runners.harness import PytestRunner
from mutmut.state import state
from mutmut.utils.file_utils import change_cwd
from mutmut.workers.isolation import ForkServerRunner

from proofs.mutants.harmless import reason, reasons
from proofs.mutants.results import fate, module_of, modules

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pytest

_PROCESSES = 2
#: A mutant that fills the memory fails by itself, before the machine does.
_MOST_MEMORY = 4 << 30


class _CollectedOnce(PytestRunner):
    """Keeps pytest's session open for the children that are forked from this process."""

    _items: dict[str, pytest.Item] | None = None

    def warm_up(self) -> None:
        """Collect all tests, as `pytest --collect-only` does, but without ending."""
        from _pytest.config import _prepareconfig
        from _pytest.main import Session

        settings = config()
        arguments = ["--rootdir=.", "-q", "-s", "--tb=no", *settings.pytest_add_cli_args]
        # The children stay in the folder that they are forked in.
        self._folder = change_cwd("mutants")
        self._folder.__enter__()
        prepared = _prepareconfig([*arguments, *settings.pytest_add_cli_args_test_selection])
        prepared._do_configure()
        session = Session.from_config(prepared)
        prepared.hook.pytest_sessionstart(session=session)
        prepared.hook.pytest_collection(session=session)
        self._items = {item.nodeid: item for item in session.items}

    def run_tests(self, *, mutant_name: str | None, tests: Iterable[str]) -> int:
        """Run tests until one fails: 0 if none does."""
        if self._items is None:
            return super().run_tests(mutant_name=mutant_name, tests=tests)
        resource.setrlimit(resource.RLIMIT_AS, (_MOST_MEMORY, _MOST_MEMORY))
        fastest_first = sorted(tests, key=lambda test: state().duration_by_test[test])
        items = [self._items[test] for test in fastest_first]
        session = items[0].session
        for item, following in zip(items, [*items[1:], None], strict=True):
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
            if session.testsfailed:
                return 1
        return 0


class _Runner(ForkServerRunner):
    def run_clean_tests(self, tests: Iterable[str]) -> int:  # noqa: ARG002
        """Do nothing: all tests have just passed, when it was seen which function each runs."""
        return 0


def _runner(max_workers: int = _PROCESSES) -> ForkServerRunner:
    return _Runner(max_workers, _CollectedOnce, {})


def _only(chosen: set[str]) -> None:
    """Let mutmut try the mutants of these modules that are new, or survived and may do harm."""
    collect = mutmut.collect_source_file_mutation_data

    def to_try(**asked: Any) -> tuple[list[Any], dict[str, Any]]:
        mutants, by_path = collect(**asked)
        known = reasons()
        harmless = {
            key
            for module in modules(Path())
            for key, mutant in module.survivors.items()
            if reason(mutant, known)
        }
        settled = ("killed", "timed out")
        return [
            (data, name, code if name in harmless or fate(code) in settled else None)
            for data, name, code in mutants
            if module_of(data.path) in chosen
        ], by_path

    mutmut.collect_source_file_mutation_data = to_try


def main() -> None:
    """Try the mutants of the modules that are named."""
    _only(set(sys.argv[1:]))
    mutmut.get_mutant_runner = _runner  # type: ignore[attr-defined]
    mutmut._run((), _PROCESSES)


if __name__ == "__main__":
    main()
