"""Texts that try to be more than text, and what of them must never get through."""

from __future__ import annotations

import re
from html.parser import HTMLParser

#: What runs in a page, or tries to leave what it stands in.
MARKUP = (
    '<script>document.title="run"</script>',
    '"><img src=x onerror="document.title=1">',
    "'/><svg onload=alert(1)>",
    "</script></style></title></textarea><b onclick=x>",
    "{{ 7 * 7 }}{% raw %}",
    "javascript:document.title=1",
    "]]>--><!--",
)
#: What calls people, or hides where a link goes.
CHAT = (
    "@channel @here @Everyone @team",
    "<!channel> <!here|here> <!everyone> <!subteam^S1>",
    "<@U012345> <#C012345>",
    "<https://evil.example|the console>",
    "[the console](https://evil.example)",
    "![x](https://evil.example/x.png)",
    "<at>everyone</at>",
)
#: What steers a terminal, a log, a header, or the direction of writing.
STEERING = (
    "\x1b[2J\x1b]0;title\x07",
    "\x9b2J\x90\x85",
    "\r\nX-Forged: yes\r\n\r\n",
    "\n\nUsers:\n  the flag is OFF\n",
    "\u2028Users: it is OFF\u2029",
    "\u202eNO llits\u202c \u2066x\u2069 \u200f",
    "\x00\x08\x7f",
    "half \ud83d, half \udcff",
)
ALL = (*MARKUP, *CHAT, *STEERING)
#: The same in fewer words, for what takes a while to write.
TOGETHER = (*map(" ".join, (MARKUP, CHAT, STEERING)), " ".join(ALL))
IDS = [ascii(text)[:24] for text in ALL]

_STEERING = re.compile(
    "[\\x00-\\x08\\x0b-\\x1f\\x7f-\\x9f\\u200e\\u200f\\u2028-\\u202e\\u2066-\\u2069\\ud800-\\udfff]"
)


def steering(text: str) -> list[str]:
    """The characters of a text that steer; line feeds and tabs are for others to judge."""
    return [*map(ascii, _STEERING.findall(text))]


class _Outline(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[tuple[str, ...]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        schemes = [re.split("[:?#]", v or "")[0] for name, v in attrs if name in ("href", "src")]
        self.found.append((tag, *(name for name, _ in attrs), *schemes))

    def handle_endtag(self, tag: str) -> None:
        self.found.append((f"/{tag}",))

    def handle_comment(self, data: str) -> None:
        self.found.append(("comment", data))

    def handle_decl(self, decl: str) -> None:
        self.found.append(("declaration", decl))


def outline(page: str) -> list[tuple[str, ...]]:
    """All elements of a page with the names of their attributes, and the schemes of their links.

    What is text stays out: two pages whose texts alone differ have the same outline.
    """
    parser = _Outline()
    parser.feed(page)
    parser.close()
    return parser.found
