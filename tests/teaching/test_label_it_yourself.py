"""The page that a class opens, in a real browser: keys, files, κ, a phone, the dark, and no network."""

import csv
import io
import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from statsmodels.stats.inter_rater import cohens_kappa

from datapackage.codebook import load_codebook
from methods.agreement import coefficients, confusion
from teaching.page import PAGE
from teaching.vignettes import load_vignettes
from tests.browser import chromium, require_browser
from tests.conftest import DATA

require_browser()

CODEBOOK = load_codebook(DATA)
VIGNETTES = load_vignettes(CODEBOOK)
COLUMNS = ["vignette", "symptom", "cause", "cause_detail", "location", "rater"]


@pytest.fixture(scope="module")
def driver() -> Iterator[Chrome]:
    with chromium() as driver:
        yield driver


@pytest.fixture
def page(driver: Chrome) -> Chrome:
    """The page as a student opens it for the first time."""
    driver.get(PAGE.as_uri())
    driver.execute_script("localStorage.clear()")
    driver.get(PAGE.as_uri())
    return driver


def press(page: Chrome, keys: str) -> None:
    page.find_element(By.ID, "main").send_keys(keys)


def sheet(labels: dict[str, dict[str, str]], rater: str = "wren", separator: str = ",") -> str:
    """Return labels as the page saves them."""
    stream = io.StringIO()
    writer = csv.writer(stream, delimiter=separator, lineterminator="\n")
    writer.writerow(COLUMNS)
    for name, codes in labels.items():
        writer.writerow([name, codes["symptom"], codes["cause"], codes.get("detail", ""), codes["location"], rater])
    return stream.getvalue()


def load(page: Chrome, path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")
    before = page.execute_script("return document.getElementById('results').hidden")
    page.execute_script("document.getElementById('agreement').replaceChildren()")
    page.find_element(By.ID, "load").send_keys(str(path))
    assert before is not None
    for _ in range(100):
        if page.execute_script("return document.getElementById('agreement').childElementCount"):
            return
    pytest.fail("nothing was loaded")


def reference_labels() -> dict[str, dict[str, str]]:
    return {
        v.id: {"symptom": v.symptom, "cause": v.cause, "detail": v.detail, "location": v.location} for v in VIGNETTES
    }


def open_with(page: Chrome, labels: dict[str, dict[str, str]]) -> None:
    """Open the page as one finds it again after labelling; Chromium writes what a page keeps with a delay."""
    for _ in range(20):
        page.execute_script(
            "localStorage.setItem('label-it-yourself-1', JSON.stringify({answers: arguments[0], at: 0, rater: 'wren'}))",
            labels,
        )
        page.refresh()
        if page.find_element(By.ID, "progress").text.startswith("All labelled"):
            return
    pytest.fail("the page does not find its labels again")


def kept(page: Chrome) -> dict[str, Any]:
    return json.loads(page.execute_script("return localStorage.getItem('label-it-yourself-1')"))  # type: ignore[no-any-return]


def test_kappa_in_the_page_is_the_packages(page: Chrome) -> None:
    """On 50 random pairs of label lists: value against methods.agreement, interval against statsmodels."""
    generator = random.Random(20240916)
    for _ in range(50):
        codes = [f"c{i}" for i in range(generator.randint(1, 6))]
        first = [generator.choice(codes) for _ in range(generator.randint(2, 40))]
        second = [code if generator.random() < 0.6 else generator.choice(codes) for code in first]
        shown = page.execute_script("return Agreement.kappa(arguments[0], arguments[1])", first, second)
        table = confusion(first, second)
        expected = coefficients(table[None].astype(float))
        assert shown["percent"] == pytest.approx(expected["percent"][0])
        if np.isnan(expected["kappa"][0]):
            assert shown["kappa"] is None  # how NaN crosses to Python
            continue
        assert shown["kappa"] == pytest.approx(expected["kappa"][0])
        with np.errstate(divide="ignore", invalid="ignore"):  # its test of κ = 0, which is not looked at
            oracle = cohens_kappa(table)
        assert shown["low"] == pytest.approx(max(-1.0, oracle.kappa_low), abs=1e-9)
        assert shown["high"] == pytest.approx(min(1.0, oracle.kappa_upp), abs=1e-9)


def test_a_class_labels_with_keys_alone_and_a_reload_loses_nothing(page: Chrome) -> None:
    press(page, "1b8u" + Keys.ENTER)  # crash, incompatibility, external, load model
    press(page, "2e" + Keys.ENTER)
    assert kept(page)["answers"] == {
        "v01": {"symptom": "crash", "cause": "incompatibility", "detail": "external", "location": "load_model"},
        "v02": {"symptom": "wrong_model", "cause": "incorrect_numerical_computation"},
    }
    assert page.find_element(By.ID, "progress").text == "1 labelled, 23 to go"
    page.refresh()
    assert page.find_element(By.ID, "count").text.startswith("Report 3 of 24")
    press(page, Keys.BACKSPACE)
    assert page.find_element(By.CSS_SELECTOR, "input[value=wrong_model]").is_selected()


def test_another_cause_forgets_the_detail(page: Chrome) -> None:
    press(page, "b8c")
    assert kept(page)["answers"]["v01"] == {"cause": "type_problem"}
    assert [each.text for each in page.find_elements(By.CSS_SELECTOR, "[data-dimension=detail] .code > span > span")] == [
        "Node", "Tensor", "Conventional",
    ]  # fmt: skip


def test_the_references_own_labels_agree_with_it(page: Chrome) -> None:
    open_with(page, reference_labels())
    page.find_element(By.ID, "show-results").click()
    cells = [each.text for each in page.find_elements(By.CSS_SELECTOR, "#agreement table:first-of-type td.number")][:12]
    assert cells == ["24", "100 %", "1.00", "[1.00, 1.00]"] * 3
    assert "Nowhere, so far." in page.find_element(By.ID, "agreement").text


def test_disagreements_name_rules_and_open_codes(page: Chrome) -> None:
    labels = reference_labels()
    labels["v11"] |= {"cause": "incorrect_assignment", "detail": ""}  # the codebook leaves it open
    labels["v02"] |= {"symptom": "crash"}
    open_with(page, labels)
    page.find_element(By.ID, "show-results").click()
    reasons = [each.text for each in page.find_elements(By.CLASS_NAME, "reason")]
    assert len(reasons) == 2
    assert CODEBOOK["symptom"]["crash"].rule in reasons[0]
    assert "the codebook leaves both open" in reasons[1]


@pytest.mark.parametrize("separator", [",", ";"])
def test_a_classmates_file_is_compared(page: Chrome, tmp_path: Path, separator: str) -> None:
    press(page, "1b8u" + Keys.ENTER)
    page.find_element(By.ID, "show-results").click()
    load(page, tmp_path / "labels.csv", "\ufeff" + sheet(reference_labels(), "wren", separator).replace("\n", "\r\n"))
    text = page.find_element(By.ID, "agreement").text
    assert "You and wren" in text
    assert page.find_element(By.ID, "message").text == ""


def test_a_wrong_file_is_refused_with_all_its_faults(page: Chrome, tmp_path: Path) -> None:
    page.find_element(By.ID, "show-results").click()
    load(
        page,
        tmp_path / "labels.csv",
        sheet(reference_labels()).replace("v03,bad_performance", "v99,slow").replace("v05,hang", "v05,stuck"),
    )
    message = page.find_element(By.ID, "message").text
    assert 'row 4: no report "v99"' in message
    assert 'row 6: "stuck" is no code of symptom' in message
    load(page, tmp_path / "other.csv", "<script>alert(1)</script>\n1\n")
    assert "it lacks the columns vignette, symptom" in page.find_element(By.ID, "message").text


def test_nothing_is_loaded_sent_or_complained_about(page: Chrome) -> None:
    page.find_element(By.ID, "show-results").click()
    assert page.get_log("browser") == []
    assert page.execute_script("return performance.getEntriesByType('resource').length") == 0
    source = PAGE.read_text(encoding="utf-8")
    assert not any(
        word in source for word in ("http://", "https://", "fetch(", "XMLHttpRequest", "sendBeacon", "@import")
    )


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("view", ["labelling", "results"])
def test_it_fits_a_phone_and_a_desk(page: Chrome, width: int, view: str) -> None:
    if view == "results":
        press(page, "1b8u")
        page.find_element(By.ID, "show-results").click()
    page.execute_cdp_cmd("Emulation.setDeviceMetricsOverride",
                         {"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": width < 500})  # fmt: skip
    assert page.execute_script("return document.documentElement.scrollWidth") <= width
    small = (
        "return [...document.querySelectorAll('button, .code')]"
        ".filter(e => e.offsetHeight && e.offsetHeight < arguments[0]).length"
    )
    assert page.execute_script(small, 40 if width < 500 else 24) == 0, "too small for a finger"
    page.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def test_a_screen_reader_finds_names_and_roles(page: Chrome) -> None:
    unnamed = page.execute_script(
        "return [...document.querySelectorAll('input, button')].filter(e => e.offsetParent && "
        "!(e.labels?.length || e.textContent.trim() || e.getAttribute('aria-label'))).length"
    )
    assert unnamed == 0
    assert page.execute_script(
        "return [...document.querySelectorAll('fieldset')].every(f => f.querySelector('legend'))"
    )
    assert page.find_element(By.ID, "progress").get_attribute("role") == "status"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out_in_light_and_dark(page: Chrome, scheme: str) -> None:
    """Contrast of at least 4.5 (WCAG 2.1, 1.4.3) between the text's colours and their background."""
    page.execute_cdp_cmd(
        "Emulation.setEmulatedMedia", {"features": [{"name": "prefers-color-scheme", "value": scheme}]}
    )
    colours = page.execute_script(
        "const style = getComputedStyle(document.documentElement);"
        "return Object.fromEntries(['back', 'text', 'soft', 'card', 'chosen', 'good', 'bad', 'accent']"
        ".map(name => [name, style.getPropertyValue('--' + name).trim()]))"
    )
    for front, behind in (("text", "back"), ("soft", "back"), ("soft", "card"), ("soft", "chosen"), ("text", "chosen"),
                          ("good", "back"), ("bad", "back"), ("accent", "back")):  # fmt: skip
        assert _contrast(colours[front], colours[behind]) >= 4.5, (front, behind)
    page.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})


def _contrast(first: str, second: str) -> float:
    lights = sorted(_luminance(colour) for colour in (first, second))
    return (lights[1] + 0.05) / (lights[0] + 0.05)


def _luminance(colour: str) -> float:
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
