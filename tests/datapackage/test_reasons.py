"""The reasons of faults: all raised, all explained, all listed."""

import re

import pytest

from datapackage.reasons import Reason
from docs.faults import PAGE, main, page
from tests.conftest import ROOT

PACKAGES = ("analysis", "conversion", "datapackage", "labelling", "mining", "teaching")


def test_the_stored_page_lists_them() -> None:
    assert main(["--check"]) == 0, "run python -m docs.faults and commit"


def test_a_page_that_lacks_one_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    shortened = page().replace("| `missing-file` |", "| `lost-file` |")
    monkeypatch.setattr("docs.faults.page", lambda: shortened)
    assert PAGE.read_text(encoding="utf-8") != shortened
    assert main(["--check"]) == 3


@pytest.mark.parametrize("reason", Reason)
def test_each_says_what_it_means_and_what_to_do(reason: Reason) -> None:
    assert re.fullmatch(r"[a-z]+(-[a-z]+)*", reason)
    assert re.fullmatch(r"\S.+\.", reason.meaning)
    assert re.fullmatch(r"[A-Z].+\.", reason.remedy)
    assert str(reason) == reason.value == f"{reason}"


def test_none_is_listed_that_nothing_raises() -> None:
    sources = [path for package in PACKAGES for path in (ROOT / package).rglob("*.py")]
    code = "\n".join(path.read_text(encoding="utf-8") for path in sources if path.name != "reasons.py")
    raised = set(re.findall(r"Reason\.([A-Z_]+)\b", code))
    assert {reason.name for reason in Reason} <= raised


def test_no_reason_is_a_bare_text() -> None:
    sources = [path for package in PACKAGES for path in (ROOT / package).rglob("*.py")]
    found = [path for path in sources if re.search(r"\breason=\"", path.read_text(encoding="utf-8"))]
    assert found == []
