"""A broken table yields its faults, all of them, with place, value and remedy; an edited sound one does not."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from datapackage.errors import InputError
from datapackage.tables import read_table
from datapackage.validation import validate
from tests.conftest import DATA, Run, edit

FIRST = "onnx/tensorflow-onnx#7,issta24,tf2onnx,238,2018-04-19,2018-04-19,2018-04-19,crash,shape_problem,,node_conversion,active,\n"
HEADER = (
    "issue,sample,converter,population_rank,created,created_earliest,created_latest,"
    "symptom,cause,cause_detail,location,status,status_reason\n"
)


def _failures(old: str, new: str) -> Callable[[Path], None]:
    return lambda data: edit(data / "failures.csv", old, new)


def _bytes(content: bytes) -> Callable[[Path], None]:
    def write(data: Path) -> None:
        (data / "failures.csv").write_bytes(content)

    return write


BREAKAGES = {
    "unknown code": (_failures("crash,shape", "crush,shape"), ["row 2", "symptom", "crush", "must be one of: crash"]),
    "duplicate key": (_failures(FIRST, FIRST + FIRST), ["row 3", "primary-key", "keep one row"]),
    "missing column": (_failures(",status_reason\n", "\n"), ["1 fault found", "column status_reason", "add the column"]),
    "extra column": (_failures(",status_reason\n", ",status_reason,remark\n"), ["1 fault found", "column remark"]),
    "renamed column": (_failures("cause_detail", "detail"), ["detail"]),
    "bad date": (_failures("238,2018-04-19", "238,2018-04-31"), ["row 2", "created", "2018-04-31", "as 2024-01-31"]),
    "bad number": (_failures("tf2onnx,238", "tf2onnx,many"), ["row 2", "population_rank", "many"]),
    "negative number": (_failures("tf2onnx,238", "tf2onnx,-1"), ["row 2", "population_rank", "-1"]),
    "missing value": (_failures("crash,shape_problem", ",shape_problem"), ["row 2", "symptom", "must not be empty"]),
    "bad key": (_failures("onnx/tensorflow-onnx#7,", "tensorflow-onnx 7,"), ["row 2", "issue", "tensorflow-onnx 7"]),
    "unquoted comma": (_failures(FIRST, FIRST.replace("crash", "crash,or so")), ["row 2", "extra-cell"]),
    "short row": (_failures(FIRST, FIRST.replace("active,", "active")), ["row 2", "status_reason", "missing-cell"]),
    "detail of another cause": (_failures("shape_problem,,", "shape_problem,external,"), ["row 2", "detail-of-cause"]),
    "dates in disorder": (_failures(",2018-04-19,crash", ",2018-04-01,crash"), ["row 2", "date-order"]),
    "rank twice": (_failures("tf2onnx,233", "tf2onnx,238"), ["row 3", "duplicate-rank", "238"]),
    "semicolons": (lambda data: _bytes((data / "failures.csv").read_bytes().replace(b",", b";"))(data), ["label"]),
    "wrong encoding": (_bytes(HEADER.encode() + "é".encode("latin-1")), ["row 2", "xe9", "save the file as UTF-8"]),
    "empty file": (_bytes(b""), ["empty", "header row"]),
    "no rows of the sample": (_bytes(HEADER.encode()), ["has no rows", "empty-table"]),
}  # fmt: skip


def test_a_frozen_sample_that_nobody_drew_is_a_fault(data: Path) -> None:
    edit(data / "datapackage.json", '"frozenSamples": [\n    "issta24"', '"frozenSamples": [\n    "issta42"')
    faults = validate(data)
    assert [(fault.column, fault.value) for fault in faults] == [("frozenSamples", "issta42")]
    assert "samples.csv" in str(faults[0])


@pytest.mark.parametrize("kind", BREAKAGES)
def test_broken_table_stops_the_run_with_its_fault(kind: str, data: Path, tmp_path: Path, invoke: Run) -> None:
    breakage, expected = BREAKAGES[kind]
    breakage(data)
    result = invoke("analysis", "reproduce", "--data", data, "--out", tmp_path / "out")
    assert result.returncode == 1, result.stderr
    assert "failures" in result.stderr
    assert "Traceback" not in result.stderr
    for part in expected:
        assert part in result.stderr
    assert not (tmp_path / "out").exists()


def test_all_faults_of_all_tables_are_listed_at_once(data: Path) -> None:
    edit(data / "failures.csv", "crash,shape_problem", "crush,shape_problem")
    edit(data / "failures.csv", "build_failure,typo", "build_failure,tpyo")
    edit(data / "ratings.csv", "drift-a,cause,1,others", "drift-a,cause,1,other")
    edit(data / "samples.csv", "issta24,tf2onnx", "issta25,tf2onnx")
    (data / "published" / "issue_dates.csv").unlink()
    (data / "extra.csv").write_text("a\n1\n")
    faults = {(Path(fault.file).name, fault.reason, fault.row) for fault in validate(data)}
    assert {
        ("failures.csv", "constraint-error", 2),
        ("failures.csv", "constraint-error", 3),
        ("failures.csv", "foreign-key", 2),
        ("ratings.csv", "code-of-dimension", 2),
        ("samples.csv", "hash-count", None),
        ("issue_dates.csv", "missing-file", None),
        ("extra.csv", "undescribed-file", None),
    } <= faults


@pytest.mark.parametrize(
    ("file", "old", "new", "expected"),
    [
        ("samples.csv", "tf2onnx,242", "tf2onnx,12", "the population in samples.csv has 12 issues"),
        (
            "published/claims.csv",
            "valid survey responses,92,count",
            "valid survey responses,many,count",
            "must be a number",
        ),
        (
            "published/issue_dates.csv",
            "7,2018-04-19,2018-04-19,2018-04-19",
            "7,,2018-04-19,2018-04-01",
            "after created_latest",
        ),
        ("published/reference_distributions.csv", "hang,4,359", "hang,400,359", "more than the total 359"),
        ("opsets.csv", "release_notes,9,2019-01-22", "release_notes,9,2019-01-21", "of the same operator set"),
        ("ratings.csv", "issta24,pilot,", "issta24,early,", "no rating of this round"),
    ],
)
def test_rules_between_columns_and_tables(  # noqa: PLR0917  (four parameters of the case, three fixtures)
    file: str, old: str, new: str, expected: str, data: Path, invoke: Run, tmp_path: Path
) -> None:
    text = (data / file).read_text(encoding="utf-8")
    assert old in text
    count = -1 if file == "ratings.csv" else 1
    (data / file).write_text(text.replace(old, new, count), encoding="utf-8")
    results = [
        invoke("analysis", *command, "--data", data)
        for command in (["validate"], ["reproduce", "--out", tmp_path / "o"])
    ]
    assert results[0].returncode == 1
    assert any(expected in result.stderr for result in results)


@pytest.mark.parametrize("file", ["failures.csv", "conversions/issta24-synthetic.csv"])
def test_a_study_without_one_of_its_converters_is_an_error_not_a_traceback(
    file: str, data: Path, invoke: Run, tmp_path: Path
) -> None:
    lines = (data / file).read_text(encoding="utf-8").splitlines(keepends=True)
    (data / file).write_text("".join(line for line in lines if "tf2onnx" not in line), encoding="utf-8")
    result = invoke("analysis", "reproduce", "--data", data, "--out", tmp_path / "out")
    assert result.returncode == 1
    assert "restore the study's rows" in result.stderr


def test_the_committed_data_is_valid() -> None:
    assert validate(DATA) == []


def test_an_edited_table_is_a_fault_for_validate_alone(data: Path, invoke: Run) -> None:
    edit(data / "failures.csv", "crash,shape_problem", "hang,shape_problem")
    assert len(read_table(data, "failures")) == 200
    result = invoke("analysis", "validate", "--data", data)
    assert result.returncode == 1
    assert "hash-count" in result.stderr
    assert "analysis describe" in result.stderr
    assert invoke("analysis", "describe", "--data", data).returncode == 0
    assert invoke("analysis", "validate", "--data", data).returncode == 0


def test_a_table_with_faults_is_not_described(data: Path, invoke: Run) -> None:
    edit(data / "failures.csv", "crash,shape_problem", "crush,shape_problem")
    before = (data / "datapackage.json").read_bytes()
    result = invoke("analysis", "describe", "--data", data)
    assert result.returncode == 1
    assert "value 'crush'" in result.stderr
    assert "edited since" not in result.stderr
    assert (data / "datapackage.json").read_bytes() == before


def test_a_code_added_to_the_codebook_is_allowed_at_once_and_asked_to_be_described(data: Path) -> None:
    new = "      - {slug: flaky, name: Flaky, definition: Fails now and then., rule: Repeats differ.}\n  cause:\n"
    edit(data / "codebook.yaml", "  cause:\n", new)
    edit(data / "failures.csv", "crash,shape_problem", "flaky,shape_problem")
    assert "flaky" in set(read_table(data, "failures")["symptom"])
    assert "descriptor-outdated" in {fault.reason for fault in validate(data)}


@pytest.mark.parametrize(
    ("file", "content", "expected"),
    [
        ("datapackage.json", "{", "not readable as UTF-8 JSON"),
        ("datapackage.json", "[]", "must hold keys and values"),
        ("codebook.yaml", "dimensions: [", "not readable as UTF-8 YAML"),
        ("codebook.yaml", "dimensions: {}", "symptom, cause and location"),
    ],
)
def test_unreadable_descriptions_are_named(data: Path, file: str, content: str, expected: str) -> None:
    (data / file).write_text(content)
    with pytest.raises(InputError, match=expected):
        validate(data)


def test_a_codebook_with_two_meanings_for_a_spelling_is_refused(data: Path) -> None:
    edit(data / "codebook.yaml", "aliases: [Wrong Code]", "aliases: [Crash]")
    with pytest.raises(InputError, match="both crash and wrong_model"):
        read_table(data, "failures")


def test_an_unknown_table_is_named_with_the_known_ones() -> None:
    with pytest.raises(InputError, match=r"no table 'failure'.*failures"):
        read_table(DATA, "failure")


def test_every_column_is_described(data: Path) -> None:
    descriptor = json.loads((data / "datapackage.json").read_text(encoding="utf-8"))
    for resource in descriptor["resources"]:
        assert resource["description"]
        for field in resource["schema"]["fields"]:
            assert field["description"].endswith("."), (resource["name"], field["name"])


@pytest.mark.parametrize(
    ("record", "right", "wrong"),
    [
        # a result of another shape is wrong, whatever the comparison made of it
        ("exception,{},compare,shape_differs", "wrong_shape", "not_compared"),
        ("exception,{},compare,boolean_outputs", "not_compared", "success"),
        ("exception,{},load,kernel_missing", "load_failure", "conversion_failure"),
        ("mismatch,{},,,,finite", "mismatch", "success"),
    ],
)
@pytest.mark.parametrize("table", ["issta24-synthetic", "later-campaign"])
def test_an_outcome_must_follow_from_the_record(data: Path, record: str, right: str, wrong: str, table: str) -> None:
    """Checked in every table of conversions, a later campaign's included."""
    path = data / "conversions" / "issta24-synthetic.csv"
    edit(path, record.format(right), record.format(wrong))
    if table != "issta24-synthetic":
        path.rename(path.with_name(f"{table}.csv"))
        edit(data / "datapackage.json", "conversions-issta24-synthetic", f"conversions-{table}")
        edit(data / "datapackage.json", "issta24-synthetic.csv", f"{table}.csv")
    faults = [fault for fault in validate(data) if fault.reason == "outcome-of-evidence"]
    assert [(fault.column, fault.value) for fault in faults] == [("outcome", wrong)]
    assert f"must be {right}" in faults[0].message
