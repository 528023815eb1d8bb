"""A seeded slice of the campaign of damaged archives; ``python -m benchmarks.robustness --archive`` runs more."""

from pathlib import Path

import pytest

from benchmarks.robustness import archive as robustness
from benchmarks.robustness.archive_mutations import MUTATIONS


def test_a_seed_gives_the_same_runs_and_all_kinds() -> None:
    chosen = robustness.cases(3, 120)
    assert chosen == robustness.cases(3, 120)
    assert {case.mutation for case in chosen} == set(MUTATIONS)


def test_a_slice_of_the_campaign_ends_well(archive: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ONNX_ARCHIVE", str(archive))
    with robustness.Trial() as trial:
        ends = {case: trial.judge(case) for case in robustness.cases(11, 6)}
    assert {case.name: end for case, end in ends.items() if end[0] not in robustness.GOOD} == {}
