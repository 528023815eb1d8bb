"""RQ3's claims: verdicts, mechanisms, and what a changed datum changes."""

from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pandas as pd

from analysis.claims.ledger import Ledger, build_ledger
from analysis.dataset import Study
from analysis.evolution.claims import CLAIMS
from tests.conftest import edit


def test_rq3_as_the_data_has_it(ledger: Ledger) -> None:
    rows = ledger.of("RQ3").set_index("claim_id")
    assert rows["verdict"].value_counts().to_dict() == {
        "reproduced": 39, "differs": 3, "internally_inconsistent": 1, "not_recomputable": 1,
    }  # fmt: skip
    columns = ["recomputed", "verdict", "mechanism", "mechanism_value", "decision"]
    assert rows.loc["s61.rho.all", columns].tolist() == ["0.357", "differs", "releases left unmerged", "0.3421", False]
    assert rows.loc["s61.rho.incompat_type", columns].tolist() == [
        "0.5286", "differs", "share in place of count", "0.3326", True,
    ]  # fmt: skip
    assert rows.loc["f7.verdict", columns].tolist() == [
        "undecided", "differs", "not significant read as absent", "rejected", True,
    ]  # fmt: skip
    assert rows.loc["s5.collected.date.fig4", "recomputed"] == "2023-01-18 or later"


def test_a_changed_operator_changes_its_bar_and_the_sum_alone(data: Path, ledger: Ledger) -> None:
    edit(data / "opsets.csv", "release_notes,18,2022-12-12,BitwiseAnd,added,\n", "")
    before = ledger.of("RQ3").set_index("claim_id")["recomputed"]
    after = build_ledger(Study(data), [CLAIMS]).of("RQ3").set_index("claim_id")["recomputed"]
    assert set(before.index[before != after]) == {"fig5.opset18.added", "s5.opsets.additions"}
    assert after["fig5.opset18.added"] == "4"


def test_the_data_speaks_against_a_date_only_while_it_does(data: Path) -> None:
    study = Study(data)
    late = study.failures[study.failures["created_latest"] > "2023-01-06"]["issue"]
    lines = (data / "failures.csv").read_text(encoding="utf-8").splitlines(keepends=True)
    kept = [line for line in lines if line.partition(",")[0] not in set(late)]
    (data / "failures.csv").write_text("".join(kept), encoding="utf-8")
    ledger = build_ledger(Study(data), [CLAIMS])
    row = ledger.of("RQ3").set_index("claim_id").loc["s5.collected.date.fig4"]
    assert len(late) == len(lines) - len(kept) > 0
    assert (row["recomputed"], row["verdict"]) == ("", "internally_inconsistent")


def test_a_day_of_collection_is_bounded_by_the_issue_lists_only_where_they_are() -> None:
    lists = pd.DataFrame({"latest": ["2023-07-01"]})
    there = cast("Study", SimpleNamespace(archive_table=lambda name: lists if name == "archive_issues" else None))
    away = cast("Study", SimpleNamespace(archive_table=lambda _: None))
    for told in (CLAIMS.unseen, CLAIMS.bounded):
        assert told is not None
        assert list(told(there)) == ["s5.collected.*"]
        assert told(away) == {}
