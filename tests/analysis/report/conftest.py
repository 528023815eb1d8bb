import pytest

from analysis.dataset import Study
from analysis.reproduce import Reproduction, reproduce
from datapackage.commandline import DATA


@pytest.fixture(scope="session")
def reproduction() -> Reproduction:
    """One run on the shipped data."""
    return reproduce(Study(DATA))
