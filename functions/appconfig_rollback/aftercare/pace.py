"""How long a watch waits: before its first look, and from look to look.

A watch counts what it waits, not the clock: so the time it takes to look, or to be redriven, never
costs it a look.
"""

from __future__ import annotations

#: By then clients that poll as the AppConfig Agent does by default, each 45 s, have the flag off.
_CLIENTS_SECONDS = 60
#: Where an alarm does not say its period.
_USUAL_PERIOD_SECONDS = 60
#: Up to how many looks the next one comes after so many seconds.
_STEPS = ((5, 60), (10, 120))
_AT_LAST_SECONDS = 300


def first_wait(period_seconds: int | None, watch_seconds: int, jitter: float) -> int:
    """Seconds until the first look: the clients' poll and one period of the alarm.

    `jitter`, from 0 to 1, makes it up to a quarter longer, never shorter: in the first minute of a
    storm there is no look.
    """
    wait = (_CLIENTS_SECONDS + (period_seconds or _USUAL_PERIOD_SECONDS)) * (1 + jitter / 4)
    return max(min(round(wait), watch_seconds), 1)


def next_wait(looks: int, waited_seconds: int, watch_seconds: int, jitter: float) -> int:
    """Seconds until the look after so many looks; the last look is when the time is over.

    `jitter`, from 0 to 1, makes it up to a fifth shorter or longer.
    """
    usual = next((seconds for upto, seconds in _STEPS if looks <= upto), _AT_LAST_SECONDS)
    wait = round(usual * (0.8 + 0.4 * jitter))
    return max(min(wait, watch_seconds - waited_seconds), 1)
