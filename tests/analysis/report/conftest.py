import pytest

from analysis.dataset import Study
from analysis.drawing import drawing_process
from analysis.reproduce import Reproduction, reproduce
from datapackage.commandline import DATA


@pytest.fixture(scope="session")
def reproduction() -> Reproduction:
    """One run on the shipped data."""
    with drawing_process() as drawing:
        return reproduce(Study(DATA), drawing)
