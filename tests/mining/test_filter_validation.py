"""Precision and recall of the filters: the sheet out and back, and intervals against published ones."""

import csv
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from datapackage.errors import InputError
from datapackage.reasons import Reason
from datapackage.sheets import neutral_cell
from mining.derived_tables import derive
from mining.filter_validation import estimate, read_sheet, sheet
from mining.sampling import draw_key
from mining.store_tables import read_issues
from tests.mining.conftest import fetch, run
from tests.mining.test_filters import ISSUE


@pytest.fixture
def mined(serve, small, store, clock):
    fetch(serve(small), store, clock)
    derive(store)
    return store


def draw(store, path, n=6, seed=1):
    return run("validate-filter", "draw", "--store", store, "--sheet", path, "--n", n, "--seed", seed)


@pytest.mark.parametrize(
    ("hits", "of", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_intervals_are_those_of_newcombe(hits, of, low, high):
    """Newcombe 1998, Statistics in Medicine 17, 857-872, Table I, method 3 (Wilson's score without continuity correction)."""
    labels = {str(number): number < hits for number in range(of)}
    precision, _ = estimate(labels, labels)
    assert (precision.low, precision.high) == pytest.approx((low, high), abs=5e-5)


def test_precision_and_recall_by_hand():
    labels = {"a": True, "b": True, "c": True, "d": False, "e": False}
    precision, recall = estimate(labels, {"a", "b", "d", "not sampled"})
    assert (precision.hits, precision.of) == (2, 3)
    assert (recall.hits, recall.of) == (2, 3)


@pytest.mark.parametrize(("relevant", "verdict"), [(100, "reached"), (80, "open"), (40, "missed")])
def test_rule(relevant, verdict):
    labels = {str(number): number < relevant for number in range(100)}
    assert estimate(labels, labels)[0].verdict == verdict


def test_nothing_kept_is_no_number():
    precision, _ = estimate({"a": True}, set())
    assert precision.value != precision.value  # NaN
    assert (precision.low, precision.high, precision.verdict) == (0.0, 1.0, "open")


def test_sheet_goes_out_and_comes_back(mined, tmp_path, capsys):
    path = tmp_path / "sheet.csv"
    assert draw(mined, path) == 0
    with path.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert len(rows) == 6
    assert set(rows[0]) == {"issue", "url", "title", "relevant"}
    assert all(row["title"].startswith("'=cmd") for row in rows)
    with path.open("w", encoding="utf-8-sig", newline="") as stream:
        writer = csv.DictWriter(stream, rows[0])
        writer.writeheader()
        writer.writerows({**row, "relevant": "Yes" if place % 2 else " no "} for place, row in enumerate(rows))
    capsys.readouterr()
    assert run("validate-filter", "read", "--store", mined, "--sheet", path) == 0
    printed = capsys.readouterr().out
    assert "6 labelled issues, 3 relevant" in printed
    assert printed.count("precision") == printed.count("recall") == 3


def test_a_sheet_is_not_drawn_over(mined, tmp_path):
    path = tmp_path / "sheet.csv"
    path.write_text("my labels")
    assert draw(mined, path) == 1
    assert path.read_text() == "my labels"


def test_all_faults_of_a_sheet_are_told_at_once(mined, tmp_path, capsys):
    known = [
        issue.issue
        for issue in read_issues(mined)
        if not {"question", "pending on user response"} & set(issue.label_names)
    ]
    path = tmp_path / "sheet.csv"
    path.write_text(f"issue,relevant\n{known[0]},maybe\n{known[1]},\n{known[2]},yes\n{known[2]},yes\nx/y#1,no\n")
    assert run("validate-filter", "read", "--store", mined, "--sheet", path) == 1
    message = capsys.readouterr().err
    assert "4 faults" in message
    for place in ("row 2", "row 3", "row 5", "row 6"):
        assert place in message


def test_every_fault_of_a_sheet_says_what_and_where(tmp_path):
    path = tmp_path / "sheet.csv"
    path.write_text("issue,relevant\na/b#1,maybe\na/b#2,\na/b#1,yes\nx/y#1,no\n")
    with pytest.raises(InputError) as caught:
        read_sheet(path, {"a/b#1", "a/b#2"})
    told = [(fault.file, fault.row, fault.column, fault.value, fault.reason) for fault in caught.value.faults]
    assert told == [
        (str(path), 2, "relevant", "maybe", Reason.UNLABELLED),
        (str(path), 3, "relevant", "", Reason.UNLABELLED),
        (str(path), 4, "issue", "a/b#1", Reason.REPEATED),
        (str(path), 5, "issue", "x/y#1", Reason.UNKNOWN_ISSUE),
    ]
    path.write_text("url\nu\n")
    with pytest.raises(InputError, match="column is missing, or the sheet is empty") as caught:
        read_sheet(path, ())
    told = [(fault.file, fault.column, fault.reason) for fault in caught.value.faults]
    assert told == [(str(path), column, Reason.MISSING_LABEL) for column in ("issue", "relevant")]
    for content, reason in ((None, Reason.MISSING_FILE), (b"\xff", Reason.FORMAT)):
        path.unlink() if content is None else path.write_bytes(content)
        with pytest.raises(InputError) as caught:
            read_sheet(path, ())
        assert [(fault.file, fault.reason) for fault in caught.value.faults] == [(str(path), reason)]


def test_answers_are_read_in_any_case_and_between_blanks(tmp_path):
    answers = {"yes": True, "Y": True, " TRUE ": True, "1": True, "no": False, "N": False, "False": False, "0": False}
    path = tmp_path / "sheet.csv"
    path.write_text("relevant,issue\n" + "".join(f"{answer}, a/b#{n} \n" for n, answer in enumerate(answers)))
    assert list(read_sheet(path, {f"a/b#{n}" for n in range(8)}).values()) == list(answers.values())


def test_a_sheet_is_drawn_by_the_seed_and_issues_without_a_title_have_an_empty_one():
    issues = [replace(ISSUE, issue=f"onnx/tensorflow-onnx#{number}") for number in range(1, 20)]
    lines = sheet(issues, 3, 7, {}).splitlines()
    first = sorted((draw_key(7, issue.issue), issue.issue) for issue in issues)[:3]
    expected = [
        f"{name},https://github.com/onnx/tensorflow-onnx/issues/{name.partition('#')[2]},," for _, name in first
    ]
    assert lines == ["issue,url,title,relevant", *expected]
    with pytest.raises(InputError, match="asks for more than the population's 19 issues") as caught:
        sheet(issues, 20, 7, {})
    (fault,) = caught.value.faults
    assert (fault.file, fault.value, fault.reason) == ("--n", "20", Reason.SAMPLE_TOO_LARGE)
    assert len(sheet(issues, 19, 7, {}).splitlines()) == 20


@pytest.mark.parametrize("content", [b"", b"issue;relevant\na;yes\n", b"\xff\xfe", b"relevant\nyes\n"])
def test_unusable_sheets_are_told(content, mined, tmp_path, capsys):
    path = tmp_path / "sheet.csv"
    path.write_bytes(content)
    assert run("validate-filter", "read", "--store", mined, "--sheet", path) == 1
    assert str(path) in capsys.readouterr().err


@given(st.text())
def test_no_cell_is_a_formula(text):
    cell = neutral_cell(text)
    assert not cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"))
    assert "\n" not in cell
    assert neutral_cell("plain words") == "plain words"
