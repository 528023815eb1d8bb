"""The report in a real browser: nothing loaded, nothing broken, nothing wider than a phone."""

import os
import shutil
from collections.abc import Iterator

import pytest
from selenium.webdriver import Chrome, ChromeOptions
from selenium.webdriver.chrome.service import Service

from tests.conftest import ROOT

_DRIVER = shutil.which("chromedriver")
if _DRIVER is None and os.environ.get("CI") != "true":
    pytest.skip("no chromedriver; install Chromium and its driver to test the report in it", allow_module_level=True)


@pytest.fixture(scope="module")
def page() -> Iterator[Chrome]:
    options = ChromeOptions()
    flags = ("--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking")
    for flag in (*flags, "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage"):
        options.add_argument(flag)
    options.binary_location = shutil.which("chromium") or ""
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = Chrome(options=options, service=Service(_DRIVER))
    driver.get((ROOT / "paper" / "report.html").as_uri())
    yield driver
    driver.quit()


def test_the_browser_has_nothing_to_complain_about(page: Chrome) -> None:
    assert page.get_log("browser") == []
    assert (
        page.execute_script(
            "return performance.getEntriesByType('resource').filter(e => !e.name.startsWith('data:')).length"
        )
        == 0
    )


def test_every_figure_is_drawn(page: Chrome) -> None:
    widths = page.execute_script("return Array.from(document.images, image => image.naturalWidth)")
    assert len(widths) >= 4
    assert min(widths) > 600


@pytest.mark.parametrize("width", [390, 1280])
def test_the_page_fits_a_phone_and_a_desk(page: Chrome, width: int) -> None:
    page.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride",
        {"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": width < 500},
    )
    assert page.execute_script("return document.documentElement.scrollWidth") <= width


def test_links_inside_the_page_have_a_target(page: Chrome) -> None:
    broken = page.execute_script(
        "return Array.from(document.querySelectorAll('a[href^=\"#\"]'))"
        ".filter(a => !document.getElementById(a.getAttribute('href').slice(1))).length"
    )
    assert broken == 0
