"""An error names every faulty row, and what many rows share only once."""

import re
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from datapackage.errors import Fault, InputError

FAULT = Fault("failures.csv", "must be one of: crash, hang", column="symptom", value="crush", reason="constraint-error")


@given(st.lists(st.integers(2, 60), min_size=1, unique=True))
def test_rows_with_the_same_fault_share_a_line_that_names_each(rows: list[int]) -> None:
    count, line = str(InputError([replace(FAULT, row=row) for row in rows])).splitlines()
    assert count == f"{len(rows)} fault{'s' * (len(rows) > 1)} found"
    named = re.fullmatch(
        r"  failures\.csv, rows? ([\d–, ]+?)(?: \((\d+) rows\))?, column symptom, value 'crush': .*", line
    )
    assert named is not None
    ranges = [part.split("–") for part in named[1].split(", ")]
    assert [row for part in ranges for row in range(int(part[0]), int(part[-1]) + 1)] == sorted(rows)
    assert int(named[2] or 1) == len(rows)


def test_other_faults_keep_their_own_line_in_the_order_found() -> None:
    other = replace(FAULT, value="hung")
    faults = [replace(FAULT, row=9), replace(other, row=4), replace(FAULT, row=3), Fault("opsets.csv", "is missing")]
    lines = str(InputError(faults)).splitlines()
    assert lines[0] == "4 faults found"
    assert [line.split(":")[0].strip() for line in lines[1:]] == [
        "failures.csv, rows 3, 9 (2 rows), column symptom, value 'crush'",
        "failures.csv, row 4, column symptom, value 'hung'",
        "opsets.csv",
    ]
    assert InputError(faults).faults == tuple(faults)
