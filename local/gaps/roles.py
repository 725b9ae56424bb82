"""What a service role may do, asked where MiniStack acts for a service without asking."""

from __future__ import annotations

from ministack import app  # type: ignore[import-untyped]
from ministack.core import iam_evaluator  # type: ignore[import-untyped]
from ministack.core.responses import get_account_id, get_region  # type: ignore[import-untyped]
from ministack.services import iam  # type: ignore[import-untyped]

from local import denials


def denial(
    role_arn: str,
    action: str,
    resource_arn: str,
    session: str,
    condition_keys: dict[str, str] | None = None,
) -> str | None:
    """The words with which IAM denies ``role_arn`` the action, or None if it is allowed.

    ``condition_keys`` are those of the request, in lower case, for the policies' conditions. IAM
    user guide, "Policy evaluation logic": everything is denied that no policy allows.
    """
    if not app.AUTH:
        return None
    role = role_arn.rsplit("/", 1)[-1]
    account = get_account_id()
    caller = f"arn:aws:sts::{account}:assumed-role/{role}/{session}"
    decision = iam_evaluator.evaluate(
        iam_evaluator.EvalContext(
            principal_arn=caller,
            principal_type="AssumedRole",
            principal_account=account,
            action=action,
            resource_arn=resource_arn,
            region=get_region(),
            service_context=condition_keys or {},
        ),
        iam_evaluator._gather_role_policies(role, account),
        *iam_evaluator._permissions_boundary(iam._roles, role, account),
    ).decision
    if decision == "Allow":
        return None
    denials.note(caller, action)
    return (
        f"User: {caller} is not authorized to perform: {action} on resource: {resource_arn} "
        f"because no identity-based policy allows the {action} action"
    )


def callers_denial(
    action: str, resource_arn: str, condition_keys: dict[str, str] | None = None
) -> str | None:
    """The message with which IAM denies the present caller the action, or None if it is allowed.

    Only roles are checked: users and root may do everything here. Otherwise as :func:`denial`.
    """
    caller = str(iam_evaluator.caller_arn())
    if ":assumed-role/" not in caller:
        return None
    _, name, session = caller.rsplit("/", 2)
    return denial(name, action, resource_arn, session, condition_keys)
