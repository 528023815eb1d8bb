"""The report in a real browser: nothing loaded, nothing broken; on a phone and on a desk, light, dark and printed."""

import base64
import re
from collections.abc import Iterator

import pytest
from selenium.webdriver import Chrome

from analysis.report.inline_svg import COLOURS_BY_MODE
from tests.browser import axe_script, barriers, chromium, require_browser
from tests.conftest import ROOT

require_browser()

PHONE, DESK, WIDE = 390, 1000, 1440
REPORT = (ROOT / "paper" / "report.html").as_uri()
LUMINANCE = """
    const channels = getComputedStyle(arguments[0])[arguments[1]].match(/[\\d.]+/g).slice(0, 3).map(c => c / 255)
        .map(c => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
    return 0.2126 * channels[0] + 0.7152 * channels[1] + 0.0722 * channels[2];
"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Chrome]:
    with chromium() as driver:
        driver.get(REPORT)
        yield driver


@pytest.fixture
def page(browser: Chrome) -> Chrome:
    """The report as it opens on a wide screen, light."""
    show(browser, WIDE, "light")
    browser.execute_script("window.scrollTo(0, 0)")
    return browser


def show(page: Chrome, width: int, scheme: str, media: str = "") -> None:
    page.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride",
        {"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": width < 500},
    )
    features = [{"name": "prefers-color-scheme", "value": scheme}]
    page.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": media, "features": features})


def contrast(page: Chrome, selector: str, of: str = "color") -> float:
    """Return the contrast (WCAG 2.2, 1.4.3) of an element with the page's ground."""
    element = page.execute_script("return document.querySelector(arguments[0])", selector)
    body = page.execute_script("return document.body")
    one, two = (page.execute_script(LUMINANCE, *each) for each in ((element, of), (body, "backgroundColor")))
    return (max(one, two) + 0.05) / (min(one, two) + 0.05)


def test_the_browser_has_nothing_to_complain_about(page: Chrome) -> None:
    assert page.get_log("browser") == []
    loaded = "return performance.getEntriesByType('resource').filter(e => !e.name.startsWith('data:')).length"
    assert page.execute_script(loaded) == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, PHONE, DESK, WIDE])
def test_the_page_fits_a_phone_and_a_desk(page: Chrome, width: int, scheme: str) -> None:
    show(page, width, scheme)
    assert page.execute_script("return document.documentElement.scrollWidth") <= width


def test_no_table_is_cut_on_a_desk_and_no_number_broken(page: Chrome) -> None:
    show(page, 1280, "light")
    cut = "Array.from(document.querySelectorAll('.table .scroll')).filter(e => e.scrollWidth > e.clientWidth + 1)"
    wide = f"return {cut}.map(e => e.parentElement.id)"
    assert page.execute_script(wide) == []
    words = page.execute_script("return document.querySelector('main').textContent")
    assert not re.search(r"\w\|\w|[-+]0(?:\.0+)? \[|p = <|\b[pρ] = [0-9]|[0-9]e-[0-9]", words)


def test_answers_come_first(page: Chrome) -> None:
    """A reader sees findings before anything else is told, on a phone too."""
    for width in (WIDE, PHONE):
        show(page, width, "light")
        top = "return document.querySelector('table.findings tbody tr').getBoundingClientRect().bottom"
        assert page.execute_script(top) < 800
    order = page.execute_script("return Array.from(document.querySelectorAll('main > section'), s => s.id)")
    assert order[:4] == ["findings", "differences", "verdicts", "survey"]
    assert page.execute_script("return document.querySelector('table.findings').tBodies[0].rows.length") == 9


def test_every_figure_is_drawn_with_its_number_and_legible_on_a_phone(page: Chrome) -> None:
    figures = page.execute_script(
        "return Array.from(document.querySelectorAll('figure'), f => [f.id, f.querySelector('figcaption').innerText,"
        " f.querySelector('svg').getAttribute('aria-label').length, f.querySelector('svg').getBBox().width])"
    )
    assert len(figures) == len(list((ROOT / "figures").glob("*.svg")))
    for number, (name, caption, description, width) in enumerate(figures, start=1):
        assert caption.startswith(f"Figure {number}. "), name
        assert description > 20, name
        assert width > 400, name
    show(page, PHONE, "light")
    narrowest = "return Math.min(...Array.from(document.querySelectorAll('figure svg'), s => s.clientWidth))"
    assert page.execute_script(narrowest) >= 600


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_words_and_figures_stand_out_in_light_and_in_the_dark(page: Chrome, scheme: str) -> None:
    show(page, WIDE, scheme)
    ground = page.execute_script(LUMINANCE, page.execute_script("return document.body"), "backgroundColor")
    assert (ground < 0.1) == (scheme == "dark")
    for selector in ("h1", "p", "figcaption", ".note", "a", "td", "table.claims tr.remark td"):
        assert contrast(page, selector) >= 4.5, selector
    assert contrast(page, "figure svg", "fill") >= 7  # writing in figures
    for name in ("blue", "orange", "green", "pink"):
        assert contrast(page, f'figure svg [style*="fill: var(--{name})"]', "fill") >= (2.9 if name == "pink" else 3), (
            name
        )
    # the ground of a figure is the page's
    assert contrast(page, 'figure svg path[style*="fill: var(--paper)"]', "fill") == 1


def test_a_dark_page_is_printed_light(page: Chrome) -> None:
    show(page, DESK, "dark", media="print")
    assert page.execute_script(LUMINANCE, page.execute_script("return document.body"), "backgroundColor") > 0.9
    assert contrast(page, "p") > 7
    assert page.execute_script("return getComputedStyle(document.querySelector('nav')).display") == "none"
    show(page, DESK, "light")
    pdf = base64.b64decode(page.execute_cdp_cmd("Page.printToPDF", {"printBackground": False})["data"])
    assert pdf.startswith(b"%PDF")
    assert pdf.count(b"/Type /Page\n") > 10


def test_contents_stay_in_reach_on_a_wide_screen(page: Chrome) -> None:
    page.execute_script("document.getElementById('conversion').scrollIntoView()")
    top, bottom = page.execute_script(
        "const box = document.querySelector('nav').getBoundingClientRect(); return [box.top, box.bottom]"
    )
    assert top >= 0
    assert bottom <= 800
    shown = "return Array.from(document.querySelectorAll('nav a')).filter(a => a.getBoundingClientRect().width).length"
    assert page.execute_script(shown) > 20
    show(page, PHONE, "light")
    assert page.execute_script(shown) < 10


def test_links_inside_the_page_have_one_target(page: Chrome) -> None:
    broken = page.execute_script(
        "return Array.from(document.querySelectorAll('a[href^=\"#\"]'), a => a.getAttribute('href').slice(1))"
        '.filter(id => document.querySelectorAll(`[id="${id}"]`).length !== 1)'
    )
    assert broken == []
    doubled = page.execute_script(
        "const ids = Array.from(document.querySelectorAll('[id]'), e => e.id);"
        "return ids.filter((id, place) => ids.indexOf(id) !== place)"
    )
    assert doubled == []


def test_names_of_rows_stay_in_sight_while_a_table_scrolls_on_a_phone(page: Chrome) -> None:
    show(page, PHONE, "light")
    before, after, hidden = page.execute_script(
        "const box = document.querySelector('#table-table08 .scroll'), name = box.querySelector('tbody th');"
        "const left = () => name.getBoundingClientRect().left; const before = left(); box.scrollLeft = 150;"
        "return [before, left(), box.scrollLeft]"
    )
    assert hidden == 150
    assert after == before


def test_claims_stand_one_below_the_other_on_a_phone(page: Chrome) -> None:
    show(page, PHONE, "light")
    width, label = page.execute_script(
        "const cell = document.querySelector('#survey-claims td[data-label=Printed]');"
        "return [document.getElementById('survey-claims').scrollWidth, getComputedStyle(cell, '::before').content]"
    )
    assert width <= PHONE
    assert "Printed" in label


def test_an_audit_finds_no_barrier(page: Chrome) -> None:
    # outlines of letters have nothing to audit, and there are many
    found = barriers(page, axe_script(), "{exclude: ['svg > *']}")
    assert found == []


def test_the_colours_of_the_page_are_those_of_the_figures(page: Chrome) -> None:
    for position, scheme in enumerate(("light", "dark")):
        show(page, WIDE, scheme)
        for name, colours in COLOURS_BY_MODE.items():
            value = f"return getComputedStyle(document.documentElement).getPropertyValue('--{name}')"
            assert page.execute_script(value).strip() == colours[position]
