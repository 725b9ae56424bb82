"""What users may get of a flag: "off" only where nothing that is known of has it on."""

from __future__ import annotations

import pytest

from appconfig_rollback.errors import FlagNotFoundError, NotHostedError
from appconfig_rollback.exposure import Beside, Exposure, exposure
from tests.appconfig import SHOWING
from tests.appconfig_client import open_experiments, open_store
from tests.domain.situation import Situation, flags

ON, OFF = flags("a"), flags(off="a")


def _seen(situation: Situation) -> Exposure:
    store = open_store(situation)
    served = store.served()
    document = store.document(served.version, situation.type)
    beside = Beside(store, served, situation.type)
    return exposure(beside, open_experiments(situation), document, "a")


def test_a_rollout_of_a_version_by_its_number_or_its_label_counts() -> None:
    for named in (4, "release-4"):
        situation = Situation({3: OFF, 4: ON}, labels={"release-4": 4})
        situation.while_it("DEPLOYING", named)

        seen = _seen(situation)

        assert (seen.by, seen.state) == ("rollout", "on")
        assert seen.reason == "deployment 8 (DEPLOYING) is turning it on, with version 4"


def test_a_rollout_of_a_version_that_nobody_can_find_is_not_off() -> None:
    situation = Situation({3: OFF}).while_it("DEPLOYING", "a label that is gone")

    with pytest.raises(NotHostedError):
        _seen(situation)


def test_a_rollout_of_another_profile_has_no_flags_of_this_one() -> None:
    situation = Situation({3: OFF, 4: ON}).while_it("DEPLOYING", 4, ours=False)

    assert _seen(situation).state == "off"


def test_a_rollout_of_appconfigs_own_without_a_version_is_its_experiments_matter() -> None:
    situation = Situation({3: OFF}, runs=[SHOWING])
    situation.while_it("DEPLOYING", "what AppConfig puts there", managed=True)

    assert (_seen(situation).by, _seen(situation).experiment) == ("experiment", SHOWING)


def test_what_appconfig_itself_deployed_since_is_unknown_to_be_off() -> None:
    situation = Situation({3: OFF, 4: ON})
    situation.then(4, managed=True)

    assert (_seen(situation).by, _seen(situation).state) == ("managed", "unknown")


def test_off_is_said_where_nothing_has_it_on() -> None:
    assert _seen(Situation({3: OFF})) == Exposure(
        "nothing", "version 3, which is served, has it off"
    )


def test_a_flag_that_is_nowhere_is_not_off() -> None:
    with pytest.raises(FlagNotFoundError):
        _seen(Situation({3: flags("b")}))


def test_off_is_not_said_while_appconfig_makes_a_deployment_of_its_own() -> None:
    situation = Situation({3: OFF, 4: OFF})
    situation.while_it("DEPLOYING", 4, managed=True)

    assert (_seen(situation).by, _seen(situation).state) == ("settling", "unknown")
    assert _seen(situation).reason == "deployment 8, AppConfig's own, is under way"


@pytest.mark.parametrize("running", [True, False])
def test_what_appconfig_itself_deploys_by_a_label_counts(*, running: bool) -> None:
    situation = Situation({3: OFF, 4: ON}, labels={"rc": 4})
    if running:
        situation.while_it("DEPLOYING", "rc", managed=True)
    else:
        situation.then("rc", managed=True)

    assert _seen(situation).by == ("rollout" if running else "managed")
