"""Chromium for tests of pages: one way to start it, to set a screen, and to measure what a reader sees."""

import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from selenium.webdriver import Chrome, ChromeOptions
from selenium.webdriver.chrome.service import Service

from datapackage.errors import StudyError
from demo.github_server.npm import fetch_npm_file

AXE = ("axe-core", "4.14.1", "axe.min.js", "29348999450cdf2849a8e70b7912fc2da85a849da39c0d0d5394f51d4a9ed95c")

_FLAGS = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage",
)  # fmt: skip


def require_browser() -> None:
    """Skip a module where Chromium's driver is missing; in continuous integration it must be there."""
    if shutil.which("chromedriver") is None and os.environ.get("CI") != "true":
        pytest.skip("no chromedriver; install Chromium and its driver to test pages in it", allow_module_level=True)


@contextmanager
def chromium() -> Iterator[Chrome]:
    """Start Chromium, and end it."""
    options = ChromeOptions()
    for flag in _FLAGS:
        options.add_argument(flag)
    options.binary_location = shutil.which("chromium") or ""
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = Chrome(options=options, service=Service(shutil.which("chromedriver")))
    try:
        yield driver
    finally:
        driver.quit()


def set_screen(page: Chrome, width: int, scheme: str = "light") -> None:
    """Show the page as wide as this, light or dark; below 500 as a phone does."""
    page.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride",
        {"width": width, "height": 844, "deviceScaleFactor": 1, "mobile": width < 500},
    )
    features = [{"name": "prefers-color-scheme", "value": scheme}]
    page.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})


def axe_script() -> str:
    """Return axe-core, of Deque; skip where npm cannot fetch it, but not in continuous integration."""
    package, version, member, sha256 = AXE
    place = Path(sys.prefix) / "share" / package / version / member
    try:
        return fetch_npm_file(package, version, member, sha256, place).read_text(encoding="utf-8")
    except StudyError as error:
        if os.environ.get("CI") == "true":
            raise
        pytest.skip(str(error))


def barriers(page: Chrome, script: str, context: str = "document") -> list[str]:
    """Return what axe-core finds: WCAG 2.2 A and AA and its best practices; headings, tables, names, contrast.

    Parameters
    ----------
    page : Chrome
        The page, as it is to be audited.
    script : str
        See `axe_script`.
    context : str
        JavaScript: what to audit, as ``axe.run`` takes it.
    """
    page.execute_script(script)
    page.set_script_timeout(120)
    found: list[str] = page.execute_async_script(
        f"const done = arguments[0]; axe.run({context}, {{resultTypes: ['violations']}})"
        ".then(r => done(r.violations.map(v => `${v.id}: ${v.nodes[0].html.slice(0, 200)}`)))"
    )
    return found
