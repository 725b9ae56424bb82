"""What is looked at on a page, in a real browser: sizes of letters, what touches what, and axe."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest

from tests.contract.shipped import ROOT

if TYPE_CHECKING:
    from tests.operators.browser import Browser

#: By `make test`, from linters/package.json.
AXE = ROOT / ".venv" / "node" / "node_modules" / "axe-core" / "axe.min.js"
#: Widths and heights of what people look at it with: a notebook, and a phone.
NOTEBOOK, PHONE = (1440, 900), (390, 844)

# Of all that shows text: whose letters are smaller than 12 pixels, and what is cut off at its edge.
_LETTERS = """
const found = [];
const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
for (let node = walker.nextNode(); node; node = walker.nextNode()) {
  const parent = node.parentElement;
  if (!node.data.trim() || !parent.checkVisibility({visibilityProperty: true})) continue;
  if (parent.closest("script, style, .sr, title")) continue;
  const svg = parent.ownerSVGElement;
  const shrunk = svg ? svg.getBoundingClientRect().width / svg.viewBox.baseVal.width : 1;
  const size = parseFloat(getComputedStyle(parent).fontSize) * shrunk;
  if (size < 11.99) found.push([node.data.trim().slice(0, 40), size]);
}
return found;
"""

# What stands beside or below what it should be on: anything right of the window's edge.
_BEYOND = """
const found = [];
for (const each of document.querySelectorAll("body *")) {
  if (!each.checkVisibility() || each.closest(".scrolled, .sr, .skip, pre, title")) continue;
  const box = each.getBoundingClientRect();
  if (box.width && (box.right > innerWidth + 1 || box.left < -1)) {
    found.push([each.tagName, each.className.baseVal ?? each.className, box.left, box.right]);
  }
}
return found;
"""

# Labels of a drawing that touch each other, or a line or a point that is drawn.
_TOUCHING = """
const found = [];
for (const svg of document.querySelectorAll(arguments[0])) {
  if (!svg.checkVisibility()) continue;
  const frame = svg.getBoundingClientRect();
  const texts = [...svg.querySelectorAll("text")]
    .map((text) => [text, text.getBoundingClientRect()]);
  for (const [text, box] of texts) {
    if (box.left < frame.left - 1 || box.right > frame.right + 1) {
      found.push([text.textContent, "cut off"]);
    }
    for (const [other, there] of texts) {
      if (other !== text && box.left < there.right && there.left < box.right
          && box.top < there.bottom && there.top < box.bottom) {
        found.push([text.textContent, other.textContent]);
      }
    }
    for (const path of svg.querySelectorAll("path")) {
      if (path.closest("marker")) continue;
      const length = path.getTotalLength(), to = path.getScreenCTM();
      for (let at = 0; at <= length; at += 2) {
        const point = path.getPointAtLength(at).matrixTransform(to);
        if (point.x > box.left && point.x < box.right
            && point.y > box.top + 2 && point.y < box.bottom - 3) {
          found.push([text.textContent, path.getAttribute("class")]);
          break;
        }
      }
    }
  }
}
return found;
"""

_AXE = """
const done = arguments[arguments.length - 1];
axe.run(document, { resultTypes: ["violations"] }).then(
  (result) => done(result.violations.flatMap((each) =>
    each.nodes.map((node) => [each.id, node.html.slice(0, 160), node.failureSummary]))),
  (error) => done([["axe itself failed", String(error), ""]]));
"""


def shown(browser: Browser, size: tuple[int, int], address: str, *, dark: bool = False) -> None:
    """Open a page as somebody sees it on a screen of a size, with their colours."""
    width, height = size
    browser.colours(dark)
    browser.chrome.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride",
        {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": size == PHONE},
    )
    browser.open(address)


def small_letters(browser: Browser) -> list[Any]:
    """The texts in view whose letters are smaller than 12 pixels."""
    found: list[Any] = browser.run(_LETTERS)
    return found


def beyond_the_edge(browser: Browser) -> list[Any]:
    """What is wider than the window, and not in a frame that scrolls."""
    found: list[Any] = browser.run(_BEYOND)
    return found


def touching(browser: Browser, drawings: str) -> list[Any]:
    """Labels that touch another or a line, in the drawings of a selector."""
    found: list[Any] = browser.run(_TOUCHING, drawings)
    return found


def complaints_of_axe(browser: Browser) -> list[Any]:
    """What axe-core finds wrong; skips where it is not there, unless it is required."""
    if not AXE.exists():
        if os.environ.get("REQUIRE_NPM"):
            pytest.fail(f"there is no {AXE}")
        pytest.skip("there is no axe-core (make test fetches it where there is npm)")
    browser.run(AXE.read_text("utf-8"))
    found: list[Any] = browser.chrome.execute_async_script(_AXE)
    return found
