"""Links into AWS's console name exactly what they lead to."""

from __future__ import annotations

from appconfig_rollback.console import alarm_url, console_url

_ARN = "arn:aws:states:eu-west-1:123456789012:execution:rollback:run 1/2"


def test_a_link_to_an_execution_keeps_the_colons_of_its_arn_and_nothing_else() -> None:
    link = console_url(_ARN)

    assert link.endswith(
        "/details/arn:aws:states:eu-west-1:123456789012:execution:rollback:run%201%2F2"
    )


def test_a_link_to_an_alarm_holds_any_name() -> None:
    assert alarm_url("checkout/EU errors", _ARN).endswith("alarm/checkout%2FEU%20errors")
    assert alarm_url("half \ud800", _ARN).endswith("alarm/half%20%3F")
    assert alarm_url("XX", _ARN).endswith("alarm/XX")
