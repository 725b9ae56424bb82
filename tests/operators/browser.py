"""A real Chromium without a window."""

from __future__ import annotations

import os
import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest
from selenium.webdriver import Chrome, ChromeOptions
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.support.wait import WebDriverWait

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

#: Set where a missing browser is a failure: in CI.
REQUIRED = "REQUIRE_BROWSER"
SECONDS = 20
_FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--window-size=1400,900",
)


class Browser:
    """Opens pages and looks at them."""

    def __init__(self, chrome: Chrome) -> None:
        self.chrome = chrome
        # Without a window some versions take the page for one that has no focus, and send no such
        # event; a page that somebody looks at has it.
        chrome.execute_cdp_cmd("Emulation.setFocusEmulationEnabled", {"enabled": True})

    def open(self, address: str) -> None:
        """Open a page, and wait until it shows the execution."""
        self.chrome.get(address)
        self.wait_until("return Boolean(document.body.dataset.shown)", f"{address} to be shown")

    def run(self, script: str, *arguments: Any) -> Any:  # noqa: ANN401 - JavaScript
        """Run JavaScript in the page."""
        return self.chrome.execute_script(script, *arguments)

    def wait_until(self, script: str, what: str) -> None:
        """Wait until JavaScript answers something true."""
        wait = WebDriverWait(self.chrome, SECONDS, poll_frequency=0.05)
        wait.until(lambda _: self.run(script), what)

    def text(self, selector: str) -> str:
        """Read what an element shows."""
        return str(self.run("return document.querySelector(arguments[0]).innerText", selector))

    def colours(self, dark: bool) -> None:
        """Prefer dark colours, or light ones."""
        value = "dark" if dark else "light"
        media = {"features": [{"name": "prefers-color-scheme", "value": value}]}
        self.chrome.execute_cdp_cmd("Emulation.setEmulatedMedia", media)

    def press(self, key: str, code: int) -> None:
        """Press a key."""
        for kind in ("keyDown", "keyUp"):
            event = {"type": kind, "key": key, "code": key, "windowsVirtualKeyCode": code}
            if key == "Enter" and kind == "keyDown":
                event["text"] = "\r"
            self.chrome.execute_cdp_cmd("Input.dispatchKeyEvent", event)

    def complaints(self) -> list[str]:
        """What the page's scripts and its security policy complained about."""
        log = self.chrome.get_log("browser")  # type: ignore[no-untyped-call]
        return [entry["message"] for entry in log if entry["level"] == "SEVERE"]


@contextmanager
def open_browser(profile: Path) -> Iterator[Browser]:
    """Start Chromium with an empty profile; skips where there is none, unless it is required."""
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    driver = shutil.which("chromedriver")
    if not chromium or not driver:
        reason = "there is no chromium with chromedriver (Debian: chromium, chromium-driver)"
        if os.environ.get(REQUIRED):
            pytest.fail(reason)
        pytest.skip(reason)
    options = ChromeOptions()
    options.binary_location = chromium
    for flag in (*_FLAGS, f"--user-data-dir={profile}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    chrome = Chrome(options=options, service=Service(driver))
    try:
        yield Browser(chrome)
    finally:
        chrome.quit()
