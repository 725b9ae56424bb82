"""A redrive goes on after one that is refused, names each, and never advises itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from local.cloud import EmbeddedCloud
from local.faults import Fault
from local.site import DOCUMENT, Site, new_flags
from tests.operators.person import Person
from tests.operators.test_inspect import DENIED, failed
from tests.operators.test_interrupting import interrupted

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.cloud

ALL = ("redrive", "--all-failed", "--since", "10m", "--yes")


def not_redrivable(name: str) -> Fault:
    """Let AWS refuse to redrive one execution, whoever asks for it."""
    return Fault(
        "states:RedriveExecution",
        400,
        "ExecutionNotRedrivable",
        "Execution is too old to redrive",
        about=name,
        from_root=True,
    )


@pytest.fixture(scope="module")
def cloud() -> Iterator[EmbeddedCloud]:
    """A cloud of its own: what other tests left red would be redriven, too."""
    with EmbeddedCloud(iam=True, wait_scale=0.004) as running:
        yield running


@pytest.fixture(scope="module")
def shared_site(cloud: EmbeddedCloud) -> Site:
    return Site.build(cloud, new_flags(cloud), "redriving")


@pytest.fixture
def site(shared_site: Site, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """The stack, with its flags on, no faults, and nothing that is red."""
    shared_site.release(DOCUMENT)
    yield shared_site
    shared_site.cloud.faults.clear()
    for name, value in shared_site.cloud.environment().items():
        monkeypatch.setenv(name, value)
    Person(shared_site.stack.name).types(*ALL, "--follow")


def test_one_that_cannot_be_redriven_does_not_keep_the_others_red(
    site: Site, person: Person
) -> None:
    first, refused, last = (failed(site) for _ in range(3))
    site.cloud.faults.set(not_redrivable(refused))

    done = person.types(*ALL, "--follow", exit_code=1)

    assert f"Not redriven: {refused}: " in done.output
    assert "Execution is too old to redrive" in done.output
    assert f"Redriven: {first}\n" in done.output
    assert f"Redriven: {last}\n" in done.output
    assert "2 of 3 redriven, 1 not; each reason is above.\n" in done.output
    left = person.types("executions", "--status", "failed", "--since", "10m").output
    assert refused[:13] in left
    assert first[:13] not in left
    assert last[:13] not in left


def test_one_alone_that_cannot_be_redriven_is_not_done(site: Site, person: Person) -> None:
    name = failed(site)
    site.cloud.faults.set(not_redrivable(name))

    done = person.types("redrive", "latest", "--yes", exit_code=1)

    assert "Execution is too old to redrive" in done.output
    assert "See how it goes" not in done.output


def test_it_does_not_advise_itself(site: Site, person: Person) -> None:
    failed(site)
    assert "flag-rollback redrive" in person.types("inspect").output
    site.cloud.faults.set(DENIED)

    done = person.types("redrive", "latest", "--follow", answers="y\n", exit_code=1)

    assert "still red: CreateVersion failed: PermissionDeniedError" in done.output
    assert "flag-rollback redrive" not in done.output


def test_without_a_terminal_it_names_yes(site: Site, person: Person) -> None:
    failed(site)

    done = person.types("redrive", "latest", exit_code=2)

    assert "there is no terminal to ask on; pass --yes" in done.output


def test_who_presses_ctrl_c_hears_that_the_redrive_goes_on(
    site: Site, person: Person, request: pytest.FixtureRequest
) -> None:
    name = failed(site)
    site.hold("FetchConfig")
    request.addfinalizer(lambda: site.let_go("FetchConfig"))
    program = "from flag_rollback.cli import main; main()"
    words = ("redrive", name, "--follow", "--yes", "--stack", person.stack)

    code, _, told = interrupted(program, *words, once="ParseAlarm")

    assert code == 130
    assert f"Execution {name} goes on; see it with:\n  flag-rollback inspect {name}" in told
    assert "Aborted" not in told
    site.let_go("FetchConfig")
    machine = site.stack.outputs["StateMachineArn"].replace(":stateMachine:", ":execution:")
    site.await_end(f"{machine}:{name}")
