"""The price of a rollback, against sums done by hand."""

from __future__ import annotations

import pytest

from proofs.benchmarks.prices import Usage, price

NOTHING = Usage(0, 0, 512, 0, ())


def test_what_uses_nothing_costs_nothing() -> None:
    assert price(NOTHING) == 0


@pytest.mark.parametrize(
    ("usage", "dollars_per_million"),
    [
        # 0.5 GB for 2 s is a GB-second.
        (Usage(1, 2000, 512, 0, ()), 13.3334 + 0.20),
        (Usage(0, 0, 512, 15, ()), 375.0),
        (Usage(0, 0, 512, 0, ("sns:Publish",)), 0.50),
        (Usage(0, 0, 512, 0, ("cloudwatch:PutMetricData", "cloudwatch:DescribeAlarms")), 20.0),
        # AppConfig's control plane is free.
        (Usage(0, 0, 512, 0, ("appconfig:StartDeployment", "states:DescribeExecution")), 0.0),
    ],
)
def test_each_part_has_its_price(usage: Usage, dollars_per_million: float) -> None:
    assert price(usage) * 1_000_000 == pytest.approx(dollars_per_million)
