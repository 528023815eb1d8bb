"""The page to explore in a real browser: addresses, filters, intervals, keys; on a phone and on a desk, light and dark."""

import random
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.select import Select
from selenium.webdriver.support.wait import WebDriverWait

from analysis.claims.ledger import Ledger
from analysis.dataset import Study
from analysis.evolution.results import results_of
from analysis.evolution.specifications import CHOICES
from analysis.explore.page import VIEWS
from methods.intervals import wilson
from tests.browser import axe_script, barriers, chromium, require_browser, set_screen

require_browser()

PHONE, DESK = 390, 1280


@pytest.fixture(scope="module")
def browser() -> Iterator[Chrome]:
    with chromium() as driver:
        yield driver


@pytest.fixture
def open_at(browser: Chrome, explore_file: Path) -> Any:
    """Open the page at an address, as from a link elsewhere."""

    def at(address: str = "") -> Chrome:
        set_screen(browser, DESK)
        browser.get("about:blank")
        browser.get(f"{explore_file.as_uri()}{address}")
        return browser

    return at


def count(page: Chrome) -> str:
    return page.find_element(By.CSS_SELECTOR, "section:not([hidden]) .count").text


def choose(page: Chrome, name: str, value: str) -> None:
    Select(page.find_element(By.CSS_SELECTOR, f"section:not([hidden]) select[name={name}]")).select_by_value(value)


def rows(page: Chrome, caption: str) -> list[list[str]]:
    """Return the cells of a table of the open view by its caption."""
    return page.execute_script(  # type: ignore[no-any-return]
        "return [...document.querySelectorAll('section:not([hidden]) table')]"
        ".filter(t => t.caption.textContent.startsWith(arguments[0]))"
        ".flatMap(t => [...t.tBodies[0].rows].map(r => [...r.cells].map(c => c.textContent)))",
        caption,
    )


def test_an_address_opens_its_claim_with_the_account(open_at: Any, ledger: Ledger) -> None:
    page = open_at("#s61.rho.incompat_type")
    claim = page.find_element(By.ID, "s61.rho.incompat_type")
    assert claim.get_attribute("open")
    focused = "return document.activeElement.parentElement && document.activeElement.parentElement.id"
    WebDriverWait(page, 10).until(lambda page: page.execute_script(focused) == "s61.rho.incompat_type")
    assert 0 <= claim.rect["y"] - page.execute_script("return scrollY") < 400
    row = ledger.frame.set_index("claim_id").loc["s61.rho.incompat_type"]
    for told in (row["where"], row["published"], row["recomputed"], "python -m analysis claims s61.rho.incompat_type"):
        assert told in claim.text
    mechanism = ledger.frame[ledger.frame["evidence"] == "several numbers"].iloc[0]
    page = open_at(f"#{mechanism['claim_id']}")
    opened = page.find_element(By.ID, mechanism["claim_id"]).text
    assert mechanism["mechanism"] in opened
    assert "several numbers" in opened
    assert " ".join(mechanism["explanation"].split()) in " ".join(opened.split())


def test_a_mistyped_address_searches(open_at: Any) -> None:
    page = open_at("#s61.rho")
    assert re.match(r"\d+ of \d+ claims", count(page))
    assert page.find_element(By.ID, "s61.rho.all").is_displayed()
    assert not page.find_element(By.ID, "abs.survey.n").is_displayed()


def test_filters_of_claims_select_what_the_ledger_holds(open_at: Any, ledger: Ledger) -> None:
    page, frame = open_at(), ledger.frame
    assert count(page).startswith(f"{len(frame)} of {len(frame)} claims")
    choose(page, "verdict", "differs")
    choose(page, "chapter", "RQ4")
    own = frame[(frame["verdict"] == "differs") & (frame["chapter"] == "RQ4")]
    assert count(page).startswith(f"{len(own)} of ")
    shown = [each.get_attribute("id") for each in page.find_elements(By.CSS_SELECTOR, ".claim") if each.is_displayed()]
    assert shown == list(own["claim_id"])
    page.find_element(By.CSS_SELECTOR, "section:not([hidden]) input[name=decision]").click()
    assert count(page).startswith(f"{int(own['decision'].sum())} of ")
    address = page.execute_script("return location.hash")
    assert open_at(address) and count(page).startswith(f"{int(own['decision'].sum())} of ")
    page.find_element(By.CSS_SELECTOR, "section:not([hidden]) button").click()
    assert count(page).startswith(f"{len(frame)} of ")


def test_intervals_are_the_packages(open_at: Any) -> None:
    page, draw = open_at(), random.Random(5)
    for n in (1, 2, 7, 100, 5000):
        for k in {0, n, draw.randint(0, n), draw.randint(0, n)}:
            found = page.execute_script("return Explore.wilson(arguments[0], arguments[1])", k, n)
            assert [found["share"], found["low"], found["high"]] == pytest.approx(list(wilson(k, n)), abs=1e-12)
    assert page.execute_script("return Explore.wilson(0, 0)") is None


def test_counts_and_intervals_of_failures_follow_the_filter(open_at: Any, study: Study) -> None:
    page = open_at("#failures")
    choose(page, "converter", "tf2onnx")
    choose(page, "symptom", "wrong_model")
    own = study.failures[(study.failures["converter"] == "tf2onnx") & (study.failures["symptom"] == "wrong_model")]
    assert count(page).startswith(f"{len(own)} of {len(study.failures)} failures")
    hits = int((own["location"] == "node_conversion").sum())
    name, shown, interval, _ = rows(page, "Location")[0]
    share = wilson(hits, len(own))
    assert (name, shown) == ("Node conversion", str(hits))
    percent = [f"{100 * value:.0f}" for value in share]
    assert interval.replace("\u00a0", " ") == f"{percent[0]} % [{percent[1]}, {percent[2]}]"
    links = page.find_elements(By.CSS_SELECTOR, ".failures-list a")
    expected = {f"https://github.com/{issue.replace('#', '/issues/')}" for issue in own["issue"]}
    assert {link.get_attribute("href") for link in links} == expected


def test_outcomes_of_a_campaign_are_the_tables(open_at: Any, study: Study) -> None:
    page = open_at("#conversions")
    for name, frame in study.campaigns.items():
        choose(page, "campaign", name)
        assert count(page) == f"{len(frame)} conversions of {name}"
        for converter in sorted(set(frame["converter"].astype(str))):
            choose(page, "converter", converter)
            own = frame[frame["converter"] == converter]
            found = {
                row[0]: int(row[1].split(",")[0]) for row in rows(page, "Outcome by converter") if row[1][0] != "0"
            }
            assert found == {k.replace("_", " "): v for k, v in own["outcome"].astype(str).value_counts().items()}
        choose(page, "converter", "")
    operators = study.campaign_operators["2026-11-synthetic-torch"]
    page = open_at("#conversions?campaign=2026-11-synthetic-torch&operator=conv")
    shown = rows(page, "Operators")
    assert shown and len(shown) == int(operators["operator"].str.lower().str.contains("conv").sum())


def test_a_reproducer_opens_to_its_commands(open_at: Any, study: Study) -> None:
    page = open_at("#conversions")
    shown = page.find_elements(By.CSS_SELECTOR, ".reproducer")
    assert len(shown) == len(study.reproducers)
    first = study.reproducers.iloc[0]
    commands = shown[0].find_elements(By.TAG_NAME, "pre")
    assert commands and not any(command.is_displayed() for command in commands)
    shown[0].find_element(By.TAG_NAME, "summary").click()
    assert all(command.is_displayed() for command in commands)
    assert any(f"minimise campaigns/again {first['task']}" in command.text for command in commands)
    assert first["model"].split()[0] in shown[0].text
    page = open_at("#conversions?operator=no-such-operator")
    assert page.find_elements(By.CSS_SELECTOR, ".reproducer") == []


def test_a_chosen_specification_is_the_one_of_these_choices(open_at: Any, study: Study) -> None:
    page, frame = open_at("#multiverse"), results_of(study).curve.specifications
    rho = results_of(study).tests["s61.rho.all"].rho
    assert page.find_element(By.CSS_SELECTOR, ".answer").text.startswith(f"r = {rho:.2f} over")
    for row in frame.sample(12, random_state=4).to_dict("records"):
        for name in CHOICES:
            choose(page, name, str(row[name]))
        answer = page.find_element(By.CSS_SELECTOR, ".answer").text
        place = 100 * ((frame["r"] < row["r"] - 5e-5).mean() + 0 * row["n"])
        r = f"{row['r']:.2f}".replace("-", "−")
        assert answer.startswith((f"r = {r} over {row['n']} releases", f"r = {r.replace('−0.00', '0.00')} over"))
        told = float(re.search(r"([\d.]+) % of the", answer)[1])  # type: ignore[index]
        assert abs(told - place) < 3  # ties count half
    choose(page, "normalisation", "share")
    choose(page, "outcome", "all")
    assert "no such specification" in page.find_element(By.CSS_SELECTOR, ".answer").text


def test_another_choice_is_one_press_away(open_at: Any) -> None:
    page = open_at("#multiverse")
    before = page.find_element(By.CSS_SELECTOR, ".answer").text
    shown = next(row for row in rows(page, "One other choice") if row[0] == "Correlation of" and row[2] != "–")
    button = next(each for each in page.find_elements(By.CSS_SELECTOR, ".alternatives button") if each.text == shown[1])
    button.send_keys(Keys.ENTER)
    after = page.find_element(By.CSS_SELECTOR, ".answer").text
    assert after != before
    assert after.startswith(f"r = {shown[2]} over")


def test_keys_alone_are_enough(open_at: Any) -> None:
    page = open_at()
    page.find_element(By.TAG_NAME, "body").send_keys("/")
    assert page.switch_to.active_element.get_attribute("name") == "search"
    page.switch_to.active_element.send_keys("kappa")
    assert int(count(page).split()[0]) < 60
    first = next(each for each in page.find_elements(By.CSS_SELECTOR, ".claim") if each.is_displayed())
    first.find_element(By.TAG_NAME, "summary").send_keys(Keys.ENTER)
    # a page fills what opens after the key's event
    WebDriverWait(page, 10).until(
        lambda _: [each for each in first.find_elements(By.TAG_NAME, "dl") if each.is_displayed()]
    )
    page.find_element(By.ID, "to-failures").send_keys(Keys.ENTER)
    assert page.find_element(By.ID, "view-failures").is_displayed()
    assert not page.find_element(By.ID, "view-claims").is_displayed()
    page.back()
    assert page.find_element(By.ID, "view-claims").is_displayed()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, PHONE, DESK])
def test_every_view_fits_its_screen(open_at: Any, width: int, scheme: str) -> None:
    page = open_at()
    set_screen(page, width, scheme)
    for name in VIEWS:
        page.execute_script("location.hash = arguments[0]", f"#{name}")
        assert page.find_element(By.ID, f"view-{name}").is_displayed()
        assert page.execute_script("return document.documentElement.scrollWidth") <= width
    ground = page.execute_script("return getComputedStyle(document.body).backgroundColor")
    assert (sum(map(int, re.findall(r"\d+", ground)[:3])) < 150) == (scheme == "dark")


def test_the_first_view_takes_less_than_a_second_and_nothing_is_loaded(browser: Chrome, open_at: Any) -> None:
    browser.execute_cdp_cmd("Performance.enable", {"timeDomain": "threadTicks"})  # the page's own, whatever else runs
    page = open_at()
    metrics = browser.execute_cdp_cmd("Performance.getMetrics", {})["metrics"]
    browser.execute_cdp_cmd("Performance.disable", {})
    took = {each["name"]: each["value"] for each in metrics}
    assert 0 < took["TaskDuration"] < 1
    assert page.execute_script("return performance.getEntriesByType('resource').length") == 0
    for name in VIEWS:
        open_at(f"#{name}")
    assert page.get_log("browser") == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("address", ["#s61.rho.all", "#failures", "#conversions", "#multiverse"])
def test_an_audit_finds_no_barrier(open_at: Any, address: str, scheme: str) -> None:
    script, page = axe_script(), open_at(address)
    set_screen(page, DESK, scheme)
    found = barriers(page, script)
    assert found == []
