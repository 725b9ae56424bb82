"""The shape of a notice: one text for each of SNS's protocols.

`default` is JSON for programs, `email` is for a person at three in the morning, `sms` is for the
lock screen of a phone, `https` is the custom notification of Amazon Q Developer in chat
applications, which shows it in Slack and Teams.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from appconfig_rollback.plain_text import ascii_line, is_plain, one_line, shortened

_SUBJECT_LIMIT = 99  # SNS: ASCII, no control characters, less than 100 characters
_SMS_LIMIT = 140  # SNS: a message holds 140 bytes, which is as many characters in ASCII
# https://docs.aws.amazon.com/chatbot/latest/adminguide/custom-notifs.html
_CARD_TITLE_LIMIT = 250
_CARD_TEXT_LIMIT = 8000
_CARD_STEP_LIMIT = 350
_CARD_KEYWORD_LIMIT = 75
#: The @ of Slack's and Teams' names for all who are there.
_EVERYBODY = re.compile(r"@(?=(?:channel|here|everyone|team|general)\b)", re.IGNORECASE)


@dataclass(frozen=True)
class Notice:
    """What to publish: SNS subject, one message per protocol, attributes for filter policies.

    An attribute that is a list matches a filter policy by any of its texts.
    """

    subject: str
    messages: dict[str, str]
    attributes: dict[str, str | list[str]]


@dataclass(frozen=True)
class Step:
    """Something to do next: a sentence, or what `command` does."""

    text: str
    command: str = ""

    def __str__(self) -> str:
        return f"{self.text}: {self.command}" if self.command else self.text


def in_all_forms(
    title: str,
    document: dict[str, Any],
    sections: Mapping[str, str | Sequence[str]],
    next_steps: Sequence[Step],
    look: Step,
    attributes: dict[str, str | list[str]],
) -> Notice:
    """Write a notice once for each kind of subscriber.

    `document` is for programs, `sections` by their headings and `next_steps` for people; a section
    is a line, or several. `look` stands for a step whose command a form has no room for.
    """
    title = one_line(title)
    texts = {name: _lines(text) for name, text in sections.items()}
    words = {name: _joined(value) for name, value in attributes.items()}
    lines = [title, ""]
    lines += [f"{name}:\n  {text}\n" for name, text in texts.items()]
    lines += ["What to do next:"]
    lines += [f"  {number}. {_by_mail(step, look)}" for number, step in enumerate(next_steps, 1)]
    chat = {
        "version": "1.0",
        "source": "custom",
        "content": {
            "textType": "client-markdown",
            "title": shortened(_harmless(title), _CARD_TITLE_LIMIT),
            "description": shortened(
                "\n".join(f"*{name}:* {_harmless(text)}" for name, text in texts.items()),
                _CARD_TEXT_LIMIT,
            ),
            "nextSteps": [_on_card(step, look) for step in next_steps],
            "keywords": [
                shortened(_harmless(one_line(each)), _CARD_KEYWORD_LIMIT) for each in words.values()
            ],
        },
        "metadata": {
            "threadId": document["executionArn"],
            "summary": _harmless(title),
            "eventType": document["action"],
            "relatedResources": [document["executionArn"]],
            "additionalContext": {
                name: _harmless(one_line(value)) for name, value in words.items()
            },
        },
    }
    return Notice(
        subject=ascii_line(title, _SUBJECT_LIMIT),
        messages={
            "default": json.dumps(document),
            "email": "\n".join(lines),
            "sms": _on_phone(title, next_steps, look),
            "https": json.dumps(chat),
        },
        attributes=attributes,
    )


def _lines(section: str | Sequence[str]) -> str:
    """Write a section; what others wrote stays within its lines, and forges no section."""
    lines = [section] if isinstance(section, str) else section
    return "\n  ".join(map(one_line, lines))


def _by_mail(step: Step, look: Step) -> str:
    """Write a step for a mail; a command that nobody could copy from there is replaced."""
    text = one_line(step.text)
    if not step.command or is_plain(step.command):
        return str(Step(text, step.command))
    return f"{text} (see {look.command})" if is_plain(look.command) else text


def _on_card(step: Step, look: Step) -> str:
    """Write a step for a card; a command that does not fit into it is replaced, never changed."""
    text = _harmless(one_line(step.text))
    if not step.command:
        return shortened(text, _CARD_STEP_LIMIT)
    if len(str(step)) <= _CARD_STEP_LIMIT and _is_harmless(step.command):
        return f"{text}: {step.command}"
    pointer = f"{shortened(text, 120)} (by mail, or see {look.command})"
    if len(pointer) <= _CARD_STEP_LIMIT and _is_harmless(pointer):
        return pointer
    return f"{shortened(text, _CARD_STEP_LIMIT - 22)} (the mail has how to)"


def _harmless(text: str) -> str:
    """Take out of others' text what a chat makes mentions and links with other words of.

    Slack's are in angle brackets (its guide, "Formatting text for app surfaces"), or, where names
    are looked up in a text, behind an @; Markdown's links are in square brackets followed by round
    ones. That Amazon Q Developer escapes none of them is believed, so a name or a reason must not
    be able to call a whole channel.
    """
    text = text.replace("<", "\u2039").replace("](", "] (")
    return _EVERYBODY.sub("\uff20", text)


def _is_harmless(command: str) -> bool:
    return is_plain(command) and _harmless(command) == command


def _on_phone(title: str, next_steps: Sequence[Step], look: Step) -> str:
    """Write a line for a phone: with the first step, or where to look, if there is room.

    A command that is not written in printable ASCII would be another one there.
    """
    for step in [*next_steps[:1], look]:
        text = f"{ascii_line(title, _SMS_LIMIT)}. {step}"
        if len(text) <= _SMS_LIMIT and ascii_line(text, _SMS_LIMIT) == text:
            return text
    return ascii_line(title, _SMS_LIMIT)


def _joined(value: str | list[str]) -> str:
    return value if isinstance(value, str) else ", ".join(value)
