"""One verification: makes things, looks at the contract, asks the questions."""

from __future__ import annotations

from contextlib import contextmanager, suppress
from functools import partial
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError
from click import ClickException
from rich.markup import escape

from appconfig_rollback.errors import RollbackError
from flag_rollback.waiting import WaitedTooLongError
from proofs.aws import (
    questions_alarms,
    questions_appconfig,
    questions_experiments,
    questions_runtime,
    questions_stack,
    questions_stepfunctions,
    single_states,
    trial,
)
from proofs.aws.account import Account, named_errors
from proofs.aws.contract import Contract
from proofs.aws.field import Field
from proofs.aws.listening import Listening
from proofs.aws.making import Made, Maker, Names
from proofs.aws.questions_stepfunctions import Redriven
from proofs.aws.removing import KEPT, remove
from proofs.aws.report import Observation, Section, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from rich.console import Console

    from flag_rollback.execution.report import Report

#: What may go wrong on the way without ending the rest.
_TROUBLE = (
    BotoCoreError,
    ClientError,
    ClickException,
    LookupError,
    RollbackError,
    RuntimeError,
    TypeError,
    WaitedTooLongError,
)


class Verification:
    """Collects findings; what was found stands even where a later part fails.

    `before_each` part is called, and may end it.
    """

    def __init__(
        self,
        account: Account,
        names: Names,
        console: Console,
        *,
        experiments: bool = True,
        wait_scale: float = 1.0,
        before_each: Callable[[], None] = lambda: None,
    ) -> None:
        self.findings: list[Observation] = []
        self._before_each = before_each
        self._experiments = experiments
        self._account = account
        self._console = console
        self._maker = Maker(account, names, wait_scale=wait_scale)

    def run(self) -> None:
        """Find everything out.

        Raises:
            VerifyError: something that everything else needs cannot be made.
        """
        with self._doing("flags, stack, alarms and queue, made (some minutes on AWS)"):
            role = questions_runtime.make_role(self._maker)
            made = self._maker.make(role)
        contract = Contract(made)
        parts: dict[str, Callable[[], Observation | Iterable[Observation]]] = {
            "a rollback, all functions cold": partial(contract.rollback, "cold"),
            "a rollback, all functions warm": partial(contract.rollback, "warm"),
            "a run that fails, and its redrive": contract.failure,
            "the metric, which CloudWatch may show late": contract.metrics,
        }
        for what, part in parts.items():
            with self._doing(what):
                self._collect("contract", what, part)
        what = f"the table of engine cases, by {single_states.calls()} calls of TestState"
        with self._doing(what):
            agreement = partial(single_states.agreement, self._account, role)
            self._collect("engine cases", what, agreement)
        with self._doing("the open questions"):
            self._collect("open questions", "redrive", partial(_of_redrive, contract))
            sdk = partial(questions_runtime.runtime_sdk, self._maker, role)
            self._collect("open questions", "the SDK of the runtime", sdk)
            throttled = partial(questions_runtime.throttled_function, self._maker, role)
            self._collect("open questions", "a throttled function", throttled)
            monitors = partial(questions_stack.suspend_and_restore_monitors, made)
            self._collect("open questions", "the monitors, by the stack's functions", monitors)
            logged = partial(_of_the_log, contract)
            self._collect("open questions", "the functions' log", logged)
            self._collect("open questions", "the alarms' events", partial(_of_alarms, made))
            self._ask_appconfig(made)

    def _ask_appconfig(self, made: Made) -> None:
        field = Field.of(made)
        for question in questions_appconfig.QUESTIONS:
            self._ask(field, question.__name__, partial(question, field))
        if not self._experiments:
            return
        tried, finding = trial.begin(field)
        self.findings.append(finding)
        if tried is not None:
            for about_runs in questions_experiments.QUESTIONS:
                self._ask(tried.field, about_runs.__name__, partial(about_runs, tried))

    def _ask(self, field: Field, name: str, question: Callable[[], Observation]) -> None:
        self._collect("open questions", name.replace("_", " "), partial(field.ask, question))

    def _collect(
        self, section: Section, what: str, part: Callable[[], Observation | Iterable[Observation]]
    ) -> None:
        """Keep what a part finds; where it breaks, say so and go on."""
        self._before_each()
        try:
            found = part()
            # One by one: what came before an error stays.
            for finding in [found] if isinstance(found, Observation) else found:
                self.findings.append(finding)
        except _TROUBLE as error:
            told = error.message if isinstance(error, ClickException) else str(error)
            seen = f"{type(error).__name__}: {told}"
            # A question without an answer is no broken promise.
            verdict: Verdict = "unknown" if section == "open questions" else "NOT as promised"
            self.findings.append(Observation(section, what, "", seen, verdict))

    @contextmanager
    def _doing(self, what: str) -> Iterator[None]:
        self._console.print(f"  {what} ...")
        with named_errors():
            yield


def clean(account: Account, names: Names, console: Console) -> list[str]:
    """Remove what a run made, and say what stays; goes on where nobody listens any more."""

    def say(text: str) -> None:
        # Rich ends the program where its reader has gone, with SystemExit.
        with suppress(OSError, SystemExit):
            console.print(text)

    say(f"  removing everything of run {names.run_id} ...")
    again = f"make verify-aws ARGS='--clean {names.run_id}'"
    try:
        left = remove(account, names, lambda what: say(f"    {what}"))
    except KeyboardInterrupt:
        say(f"[bold red]Interrupted.[/] Go on with: {again}")
        raise
    for what in left:
        say(f"[bold red]Not removed:[/] {escape(what)}")
    say(f"Try again: {again}" if left else f"  Everything is removed. {KEPT}.")
    return left


def _of_redrive(contract: Contract) -> Iterator[Observation]:
    report = _redriven(contract)
    events = contract.reporter.executions.events(report.execution.arn)
    run = Redriven(events, report.execution.status == "SUCCEEDED")
    for question in questions_stepfunctions.QUESTIONS:
        yield question(run)


def _of_alarms(made: Made) -> Iterator[Observation]:
    listening = Listening.begin(made)
    yield questions_alarms.events_of_series(listening)
    yield questions_alarms.tags_in_events(listening)  # its alarm is perhaps refused


def _of_the_log(contract: Contract) -> Observation:
    return questions_stack.log_lines(contract.made, _redriven(contract).execution.arn)


def _redriven(contract: Contract) -> Report:
    if contract.redriven is None:
        raise LookupError("no run was redriven")
    return contract.redriven
