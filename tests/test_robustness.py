"""A slice of `python -m benchmarks.robustness --data`: one damaged copy of each kind, judged as there."""

import pytest

from benchmarks.robustness.data import ACCEPTED, REFUSED, run
from benchmarks.robustness.mutations import MUTATIONS


@pytest.mark.parametrize("number", range(len(MUTATIONS)))
def test_damaged_data_is_refused_or_rightly_accepted(number: int) -> None:
    ended = run(7, number)
    assert ended.end in (REFUSED, ACCEPTED), (ended.damage, ended.text)
