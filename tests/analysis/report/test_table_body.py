"""Tables written by column against great-tables' own, cell by cell."""

import pandas as pd
import pytest
from great_tables import GT
from hypothesis import given
from hypothesis import strategies as st

from analysis.report.table_body import ReportTable

_TEXT = st.one_of(st.none(), st.text(alphabet="ab<>&\"'\\\\_%$#{}~^–ρ \n", max_size=6))
_NUMBER = st.one_of(st.none(), st.floats(-1e6, 1e6, width=32))


def _both(frame: pd.DataFrame, change=lambda table: table, **options) -> tuple[tuple[str, str], ...]:
    tables = (change(kind(frame, id="t", **options)) for kind in (GT, ReportTable))
    return tuple((table.as_raw_html(), table.as_latex()) for table in tables)


@given(st.lists(st.tuples(_TEXT, _NUMBER, st.integers(-9, 9), st.booleans()), min_size=1, max_size=4))
def test_cells_are_written_and_escaped_as_great_tables_does(rows: list[tuple[object, ...]]) -> None:
    frame = pd.DataFrame(rows, columns=["text", "number", "whole", "truth"]).convert_dtypes()
    own, quick = _both(frame, lambda table: table.sub_missing(missing_text="–"))
    assert quick == own


def test_formats_groups_stubs_and_an_index_of_its_own_are_kept() -> None:
    frame = pd.DataFrame(
        {
            "name": ["a<b", "c&d", "e"],
            "group": ["x_1", "x_1", "y"],
            "value": [1.25, None, -0.0],
            "more": ["1", None, "%"],
        },
        index=[5, 3, 9],
    )
    own, quick = _both(
        frame,
        lambda table: table.fmt_number("value", decimals=1).sub_missing(missing_text="<none>"),
        rowname_col="name",
        groupname_col="group",
    )
    assert quick == own
    assert "1.2" in quick[0]
    assert "&lt;none&gt;" in quick[0]


@pytest.mark.parametrize("hostile", ["<script>alert(1)</script>", "\\input{secret}"])
def test_hostile_cells_are_text(hostile: str) -> None:
    _, (page, latex) = _both(pd.DataFrame({"cell": [hostile]}))
    assert "<script>" not in page
    assert "\\input{" not in latex
