"""Chromium for tests of pages: one way to start it, to set a screen, and to measure what a reader sees."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from selenium.webdriver import Chrome, ChromeOptions
from selenium.webdriver.chrome.service import Service

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
