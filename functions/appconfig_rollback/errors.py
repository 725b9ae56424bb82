"""The errors of a rollback, named after the remedy.

Step Functions matches an error by its class name alone, so a base class here groups for readers
and for Python; the state machine's Retry and Catch name the classes below one by one.
"""

from __future__ import annotations


class RollbackError(Exception):
    """Base of every error that this project raises on purpose."""


# --- The machine can fix it -------------------------------------------------------------------


class RetryLaterError(RollbackError):
    """AWS throttled the call, failed (5xx), was out of reach, or answered nonsense: call again."""


class RefreshRequiredError(RollbackError):
    """Somebody else wrote first, or the environment is busy: begin again from what is served."""


class BareSwitchRequiredError(RollbackError):
    """AppConfig refuses a version that has more in it than the switch: write the switch alone."""


# --- A person must act -------------------------------------------------------------------------


class PersonMustActError(RollbackError):
    """Base of what no repetition fixes; the message says what was expected, what came and where."""


class NotAnAlarmError(PersonMustActError):
    """The execution's input is none of the known shapes of an alarm."""


class NotAStatusEventError(PersonMustActError):
    """What is to begin a watch is no news of an execution that has an output."""


class AlarmNameMismatchError(PersonMustActError):
    """Nothing of the alarm names a flag: no series, no tag, and its name has another form."""


class TooManyFlagsError(PersonMustActError):
    """The alarm's tags name more flags than one deployment is to turn off."""


class FlagNotFoundError(PersonMustActError):
    """The served document has no flag of any name that the alarm guards."""


class UnreadableDocumentError(PersonMustActError):
    """The served document is not JSON, or does not have the shape of its profile type."""


class SwitchRequiredError(PersonMustActError):
    """Something has the flag's name, and no known shape says how to turn it off."""


class BooleanFeatureRequiredError(PersonMustActError):
    """The flag is a Powertools feature whose values are not booleans, so none of them is off."""


class FlagsAtRequiredError(PersonMustActError):
    """The flag has a switch in more than one place; the stack's parameter FlagsAt says which."""


class FeatureFlagsProfileRequiredError(PersonMustActError):
    """A feature-flag document is in a freeform profile, where nothing reads it as one."""


class NotHostedError(PersonMustActError):
    """The profile's documents are not in AppConfig's hosted store, so no version can be written."""


class NothingDeployedError(PersonMustActError):
    """The environment serves nothing of this profile."""


class InvalidConfigurationError(PersonMustActError):
    """The document with the flag off is refused: by the profile's validators, or as too large."""


class RequestRefusedError(PersonMustActError):
    """AWS refused the request as it stands (too large, over a quota, a bad value)."""


class ResourceMissingError(PersonMustActError):
    """AWS knows no such application, environment, profile, version, topic or alarm."""


class PermissionDeniedError(PersonMustActError):
    """The function's role may not do what the step has to do."""


class KmsKeyDeniedError(PersonMustActError):
    """The function's role may not use the key that encrypts what is served."""


class ExperimentLeftRunningError(PersonMustActError):
    """An experiment shows the flag to users, and the stack is set to leave experiments alone."""


class ExperimentNotStoppedError(PersonMustActError):
    """An experiment shows the flag to users, and its run cannot be stopped."""


class SdkModelError(PersonMustActError):
    """The SDK does not know an API that the rollback calls, and our model of it is no help."""


class StartAnewError(PersonMustActError):
    """The execution was started by a definition that these functions do not serve."""


class MissingSettingError(PersonMustActError):
    """An environment variable of the function is not set, or has no usable value."""


# --- The rollback did not hold -----------------------------------------------------------------


class RolledBackByAppConfigError(RollbackError):
    """AppConfig undid the deployment that turns the flag off."""


class FlagStillOnError(RollbackError):
    """The deployment is complete, and yet what is served has the flag on."""


class NotConfirmedOffError(RollbackError):
    """A deployment of AppConfig's own serves the flag on, after the one that turns it off."""


class BaseRevertedError(RollbackError):
    """The deployment that this rollback built upon was reverted; its changes are served again."""


class RollbackBudgetSpentError(RollbackError):
    """The flag is not confirmed off within the time that the stack allows."""


class UnknownDeploymentStateError(RollbackError):
    """AppConfig reports a deployment state that this project does not know."""


class NoticeNotSentError(RollbackError):
    """The outcome is as reported, but its notice could not be published."""
