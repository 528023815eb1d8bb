"""What the tests of the page to explore share: a page made from the data at hand, and what it embeds."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from analysis.chapters import CHAPTERS
from analysis.claims.ledger import Ledger
from analysis.dataset import Study
from analysis.explore import explore_page


def embedded_data(page: str) -> dict[str, Any]:
    """Return what a page embeds, as its script reads it."""
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', page, re.DOTALL)
    assert found
    return json.loads(found[1])  # type: ignore[no-any-return]


@pytest.fixture(scope="session")
def explore_text(study: Study, ledger: Ledger) -> str:
    return explore_page(study, ledger, [chapter.claims for chapter in CHAPTERS])


@pytest.fixture(scope="session")
def explore_file(explore_text: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("explore") / "explore.html"
    path.write_text(explore_text, encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def embedded(explore_text: str) -> dict[str, Any]:
    return embedded_data(explore_text)
