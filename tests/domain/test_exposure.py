"""What users may get of a flag: "off" only where nothing that is known of has it on."""

from __future__ import annotations

from datetime import timedelta

import pytest

from appconfig_rollback.deployments import Completed, Served
from appconfig_rollback.errors import FlagNotFoundError
from appconfig_rollback.experiments import ExperimentRun
from appconfig_rollback.exposure import Exposure, exposure
from tests.domain.looks import FIRED, Place, flags

ON, OFF = flags("a"), flags(off="a")
SHOWING = ExperimentRun("exp1234", "test", 3, running=True, shows_flag=True)


def _seen(place: Place) -> Exposure:
    served = Served(9, place.running, tuple(place.completed), 3, tuple(place.managed))
    document = place.document(3, place.profile_type)
    return exposure(place, place.experiments, served, document, "a")


def test_a_rollout_of_a_version_by_its_number_or_its_label_counts() -> None:
    for named in (4, "release-4"):
        place = Place({3: OFF, 4: ON}, labels={"release-4": 4})
        place.run("DEPLOYING", named)

        seen = _seen(place)

        assert (seen.by, seen.state) == ("rollout", "on")
        assert seen.because == "deployment 8 (DEPLOYING) is turning it on, with version 4"


def test_a_rollout_of_appconfigs_own_without_a_version_is_its_experiments_matter() -> None:
    place = Place({3: OFF}, runs=[SHOWING])
    place.run("DEPLOYING", "what AppConfig puts there", managed=True)

    assert (_seen(place).by, _seen(place).experiment) == ("experiment", SHOWING)


def test_what_appconfig_itself_deployed_since_is_unknown_to_be_off() -> None:
    place = Place({3: OFF, 4: ON})
    place.managed = [Completed(9, 4, FIRED + timedelta(seconds=1))]

    assert (_seen(place).by, _seen(place).state) == ("managed", "unknown")


def test_off_is_said_where_nothing_has_it_on() -> None:
    assert _seen(Place({3: OFF})) == Exposure("nothing", "version 3, which is served, has it off")


def test_a_flag_that_is_nowhere_is_not_off() -> None:
    with pytest.raises(FlagNotFoundError):
        _seen(Place({3: flags("b")}))


def test_off_is_not_said_while_appconfig_makes_a_deployment_of_its_own() -> None:
    place = Place({3: OFF, 4: OFF})
    place.run("DEPLOYING", 4, managed=True)

    assert (_seen(place).by, _seen(place).state) == ("settling", "unknown")


@pytest.mark.parametrize("running", [True, False])
def test_what_appconfig_itself_deploys_by_a_label_counts(*, running: bool) -> None:
    place = Place({3: OFF, 4: ON}, labels={"rc": 4})
    if running:
        place.run("DEPLOYING", "rc", managed=True)
    else:
        place.complete(8, "rc", managed=True)

    assert _seen(place).by == ("rollout" if running else "managed")
