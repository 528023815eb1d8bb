"""``python -m analysis claims`` lists, filters and writes the ledger, and refuses what it does not know."""

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from analysis.claims.ledger import Ledger
from tests.conftest import Run, edit


def test_the_command_lists_and_filters(invoke: Run, tmp_path: Path) -> None:
    result = invoke("analysis", "claims", "--verdict", "differs")
    assert result.returncode == 0
    assert "s5.drift.n  differs" in result.stdout
    assert "header rows counted → 20" in result.stdout
    assert "f4.node_conversion.share" not in result.stdout
    path = tmp_path / "ledger.csv"
    assert invoke("analysis", "claims", "--csv", path).returncode == 0
    frame = pd.read_csv(path)
    wanted = ["claim_id", "where", "quantity", "published", "recomputed", "verdict", "decision", "mechanism", "note"]
    assert set(wanted) <= set(frame.columns)
    assert invoke("analysis", "claims", "--csv", "-").stdout == path.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["s61.rho.all"], lambda rows: rows["claim_id"] == "s61.rho.all"),
        (["t04.*", "s61.rho.all"], lambda rows: rows["claim_id"].str.match(r"t04\.|s61\.rho\.all$")),
        (["--chapter", "rq3"], lambda rows: rows["chapter"] == "RQ3"),
        (["--finding", "8"],
         lambda rows: rows["where"].str.contains("Finding 8") | rows["claim_id"].str.match(r"t11\.|s62\.(synthetic|real)\.")),
        (["--finding", "7", "--chapter", "RQ3", "--verdict", "differs"], lambda rows: rows["claim_id"].str.match(r"s61\.|f7\.")),
        (["--decision"], lambda rows: rows["decision"]),
        (["--verdict", "internally inconsistent"], lambda rows: rows["verdict"] == "internally_inconsistent"),
        (["--chapter", "RQ1", "--decision", "f1.*"],
         lambda rows: rows["decision"] & rows["claim_id"].str.startswith("f1.")),
    ],
)  # fmt: skip
def test_a_selection_gives_the_rows_of_the_whole_ledger(
    arguments: list[str], expected: Callable[[pd.DataFrame], pd.Series], invoke: Run, ledger: Ledger
) -> None:
    """Computing only some chapters changes no row."""
    wanted = ledger.frame[expected(ledger.frame)]
    assert 0 < len(wanted) < len(ledger.frame)
    shown = invoke("analysis", "claims", *arguments, "--csv", "-")
    assert (shown.returncode, shown.stdout) == (0, wanted.to_csv(index=False, lineterminator="\n"))


def test_what_was_not_asked_for_is_not_shown(invoke: Run, ledger: Ledger) -> None:
    text = invoke("analysis", "claims", "--finding", "7").stdout
    assert f"3 of {len(ledger.frame)} printed claims" in text
    shown = [claim for claim in ledger.frame["claim_id"] if f"{claim}  " in text]
    assert shown == ["s61.rho.all", "s61.rho.incompat_type", "f7.verdict"]


def test_a_finding_of_another_chapter_has_nothing_to_show(invoke: Run, ledger: Ledger) -> None:
    result = invoke("analysis", "claims", "--finding", "7", "--chapter", "RQ1")
    assert result.returncode == 0
    assert result.stdout.splitlines()[0] == f"0 of {len(ledger.frame)} printed claims"


def test_an_unknown_claim_is_refused_with_its_neighbours(invoke: Run) -> None:
    result = invoke("analysis", "claims", "s61.rho.al", "t99.*")
    assert result.returncode == 1
    assert "no claim 's61.rho.al'; did you mean s61.rho.all" in result.stderr
    assert "'t99.*'" in result.stderr


def test_csv_is_not_written_into_a_folder_that_is_not_there(
    invoke: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for command in (["claims"], ["multiverse"], ["sample", "issta24"]):
        with pytest.raises(SystemExit, match="2"):
            invoke("analysis", *command, "--csv", tmp_path / "nowhere" / "file.csv")
        assert "nowhere' does not exist" in capsys.readouterr().err
    assert not (tmp_path / "nowhere").exists()


def test_a_difference_without_account_exits_with_3(data: Path, invoke: Run) -> None:
    edit(data / "failures.csv", "crash,shape_problem,,node_conversion", "crash,shape_problem,,export")
    result = invoke("analysis", "claims", "--data", data)
    assert result.returncode == 3
    assert "t08.export.total: differs (1 printed, 2 recomputed)" in result.stderr
