"""Tables as Parquet: the cells of the CSV, with the types of the descriptor; and the same number read by R."""

import csv
import datetime as dt
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from analysis.dataset import load_failures
from datapackage.descriptor import load_descriptor
from datapackage.errors import InputError, StudyError
from datapackage.export import arrow_table, export
from methods.intervals import wilson
from tests.conftest import DATA, ROOT, Run, edit

TYPES = {
    "string": pa.string(),
    "integer": pa.int64(),
    "number": pa.float64(),
    "boolean": pa.bool_(),
    "date": pa.date32(),
    "datetime": pa.timestamp("ms", tz="UTC"),
}


def as_cell(value: Any) -> str:
    """Return a value as the project's CSV spells it, by rules of its own."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dt.datetime):
        return value.strftime("%Y-%m-%dT%H:%M:%SZ")
    return value.isoformat() if isinstance(value, dt.date) else str(value)


def test_every_table_comes_back_cell_by_cell_with_its_types(tmp_path: Path) -> None:
    written = export(DATA, tmp_path / "out")
    entries = [entry for entry in load_descriptor(DATA)["resources"] if "schema" in entry]
    assert len(written) == len(entries)
    for entry in entries:
        path = tmp_path / "out" / entry["path"]
        assert path.read_bytes() == (DATA / entry["path"]).read_bytes()
        table = pq.read_table(path.with_suffix(".parquet"))
        fields = entry["schema"]["fields"]
        assert [(field.name, field.type) for field in table.schema] == [(f["name"], TYPES[f["type"]]) for f in fields]
        with path.open(encoding="utf-8", newline="") as stream:
            rows = list(csv.DictReader(stream))
        for field in fields:
            found, wanted = table[field["name"]].to_pylist(), [row[field["name"]] for row in rows]
            if field["type"] == "number":
                assert [value is None for value in found] == [cell == "" for cell in wanted]
                given = [(value, float(cell)) for value, cell in zip(found, wanted, strict=True) if cell]
                assert all(a == b or (a != a and b != b) for a, b in given)  # noqa: PLR0124  (NaN)
            else:
                assert [as_cell(value) for value in found] == wanted, (entry["name"], field["name"])
            assert table.schema.field(field["name"]).metadata[b"description"].decode() == field["description"]


def test_an_empty_cell_and_a_result_that_is_no_number_stay_apart() -> None:
    entry = {
        "name": "t", "description": "d",
        "schema": {"fields": [{"name": "x", "type": "number", "description": "x", "unit": "s"}]},
    }  # fmt: skip
    table = arrow_table(pd.DataFrame({"x": ["NaN", None, "-INF", "2.5"]}), entry, {"name": "n"})
    values = table["x"].to_pylist()
    assert values[0] != values[0]
    assert values[1:] == [None, float("-inf"), 2.5]
    assert table.schema.field("x").metadata[b"unit"] == b"s"


def test_nothing_is_overwritten(run: Run, tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    done = run("datapackage", "export", tmp_path)
    assert done.returncode == 1
    assert "not empty" in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_data_with_faults_is_not_exported(data: Path, tmp_path: Path) -> None:
    edit(data / "failures.csv", "crash,shape", "crush,shape")
    with pytest.raises(InputError, match="crush"):
        export(data, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_without_pyarrow_it_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    monkeypatch.setitem(sys.modules, "pyarrow.parquet", None)
    with pytest.raises(StudyError, match="make setup"):
        export(DATA, tmp_path / "out")


@pytest.mark.skipif(shutil.which("Rscript") is None, reason="R is not installed; the lines for it were not run")
def test_the_lines_for_r_give_the_same_share_and_interval() -> None:
    page = (ROOT / "docs" / "data-elsewhere.md").read_text(encoding="utf-8")
    lines = re.findall(r"```r\n(.*?)```", page, re.DOTALL)
    assert len(lines) == 1
    assert len(lines[0].splitlines()) == 5
    done = subprocess.run(
        ["Rscript", "--vanilla", "-e", lines[0]], cwd=ROOT, capture_output=True, text=True, check=True
    )
    failures = load_failures()
    wanted = wilson(int((failures["location"] == "node_conversion").sum()), len(failures))
    found = [float(number) for number in re.findall(r"[\d.]+", done.stdout.splitlines()[-1])]
    assert found == pytest.approx(list(wanted), abs=6e-5)
