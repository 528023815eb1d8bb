"""The archive's large files, made in their true form with known answers, become tables; what is broken is named."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from datapackage.descriptor import refresh
from datapackage.errors import Fault, InputError
from datapackage.tables import read_table
from datapackage.validation import validate
from mining.published_archive.full_archive import FullArchive, read_full_archive
from mining.published_archive.full_archive_tables import TABLES
from mining.published_archive.importing import import_archive
from mining.published_archive.large_files import LARGE_FILES, blob_name
from tests.conftest import DATA, Run
from tests.mining.full_data import LISTS
from tests.mining.made_archive import (
    DATA_ZIP,
    FILTER_CASES,
    ISSUE_FILES,
    PARSER_ZIP,
    REAL,
    REAL_ANSWERS,
    issue,
    sequences,
    write_large_files,
    write_zip,
)

Change = Callable[[str, Any], Any]


@pytest.fixture
def made(tmp_path: Path) -> Path:
    write_large_files(tmp_path / "archive", LISTS, folder="results/", macos=True)
    return tmp_path / "archive"


def read(archive: Path, *, allow_changed: bool = True) -> tuple[FullArchive, list[Fault]]:
    faults: list[Fault] = []
    return read_full_archive(archive, faults, allow_changed=allow_changed, orders=20), faults


def broken(tmp_path: Path, change: Change) -> list[Fault]:
    write_large_files(tmp_path / "broken", LISTS, change=change)
    return read(tmp_path / "broken")[1]


def test_issue_lists_are_counted_filtered_and_kept_apart_from_texts(made: Path) -> None:
    full, faults = read(made)
    assert faults == []
    issues = full.tables["archive_issues"]
    for (converter, kind), name in ISSUE_FILES.items():
        rows = issues[(issues["converter"] == converter) & (issues["list"] == kind)]
        assert rows["issue"].str.partition("#")[2].astype(int).tolist() == [each["number"] for each in LISTS[name]]
        assert rows["created"].tolist() == [each["created_at"] for each in LISTS[name]]
    everything = issues[issues["list"] == "all"]
    made_for = everything[everything["issue"].str.contains("#8000")]
    assert not made_for["kept"].any()
    assert len(made_for) == 2 * sum(not keeps for _, keeps in FILTER_CASES)
    assert everything.drop(made_for.index)["kept"].all()
    assert made_for["timeline_cut"].sum() == 2
    assert set(everything["evidence"].dropna()) == {
        "closed_with_commit@1", "commit_references@1", "closed_cross_reference@1", "connected@1", "connected@100",
    }  # fmt: skip
    assert issues["latest"].max() == "2023-03-03T03:03:03Z"
    text = "\n".join(frame.to_csv() for frame in full.tables.values())
    assert "SECRET" not in text
    assert "somebody" not in text.replace("somebody/pytorch#7", "")


def test_real_models_are_classed(made: Path) -> None:
    frame = read(made)[0].tables["archive_real_models"]
    for converter, answers in REAL_ANSWERS.items():
        rows = frame[frame["converter"] == converter]
        counts = rows["class"].value_counts()
        assert len(rows) == answers["total"][1]
        for kind, (_, models) in answers.items():
            assert kind == "total" or counts.get(kind, 0) == models, (converter, kind)
        assert rows["conversion_files"].sum() == answers["conversion_failure"][0]
    tf = frame[frame["converter"] == "tf2onnx"]
    assert tf["difference"].fillna("none").tolist()[:6] == ["finite", "finite", "infinite", "nan", "none", "none"]
    assert tf["class"].tolist()[3:6] == ["undetermined"] * 3


def test_the_other_form_that_pandas_reads_gives_the_same(made: Path, tmp_path: Path) -> None:
    entries = json.loads((made / REAL["tf2onnx"]).read_text())
    expected = read(made)[0].tables["archive_real_models"]
    columns = {key for entry in entries for key in entry}
    by_column = {c: {str(n): entry.get(c) for n, entry in enumerate(entries)} for c in sorted(columns)}
    (made / REAL["tf2onnx"]).write_text(json.dumps(by_column))
    pd.testing.assert_frame_equal(read(made)[0].tables["archive_real_models"], expected)


def test_sequences_are_decoded_cleaned_and_reduced(made: Path) -> None:
    tables = read(made)[0].tables
    torch = tables["archive_sequences"]
    torch = torch[torch["converter"] == "torch.onnx"].set_index("operators")
    assert set(torch[torch["mismatch"] > 0].index) == {
        "Abs Add Relu Mul", "Abs Add Relu Mul Sub", "Abs Add Relu Mul Div", "Cos Sin Tan", "Neg Neg Neg",
    }  # fmt: skip
    assert set(torch[torch["correct"] > 0].index) == {"Neg Neg Neg", "Cos Sin Tan Exp Log", "Abs Add Relu Mul Div"}
    assert torch.index[torch["reduced_mismatch_only"].astype(bool)].tolist() == ["Cos Sin Tan"]
    models = tables["archive_sequence_models"]
    number = torch.loc["Cos Sin Tan", "sequence"]
    own = models[(models["converter"] == "torch.onnx") & (models["sequence"] == number)]
    assert own["model"].tolist() == [0, 1, 2, 3]
    sizes = tables["archive_sequence_reductions"].set_index(["converter", "set"])
    assert sizes.loc[("torch.onnx", "mismatch"), ["canonical", "least", "most"]].tolist() == [3, 2, 3]
    files = tables["archive_sequence_files"].set_index(["converter", "set"])
    assert files.loc[("torch.onnx", "mismatch"), ["models", "sequences", "path_pairs"]].tolist() == [5, 8, 12]
    assert files.loc[("torch.onnx", "correct"), "model_pairs"] == 3
    operators = tables["archive_sequence_operators"].set_index(["converter", "operator"])
    assert operators.loc[("torch.onnx", "Tanh"), ["in_correct", "seen_correct"]].tolist() == [True, False]


def test_every_way_in_which_the_files_may_lie_gives_the_same(made: Path, tmp_path: Path) -> None:
    expected = {name: frame.to_csv() for name, frame in read(made)[0].tables.items()}
    plain = tmp_path / "plain"
    write_large_files(plain, LISTS)
    unpacked = tmp_path / "unpacked"
    write_large_files(unpacked, LISTS)
    for path, contents in ((DATA_ZIP, LISTS), (PARSER_ZIP, sequences())):
        for name, content in contents.items():
            beside = unpacked / Path(path).parent / "folder" / name
            beside.parent.mkdir(exist_ok=True)
            beside.write_text(json.dumps(content))
    both = tmp_path / "both"
    shutil.copytree(unpacked, both)
    (unpacked / DATA_ZIP).unlink()
    (unpacked / PARSER_ZIP).write_bytes(b"")
    for archive in (plain, unpacked, both):
        full, faults = read(archive)
        assert faults == []
        assert {name: frame.to_csv() for name, frame in full.tables.items()} == expected, archive.name
    assert any("is empty" in notice for notice in read(unpacked)[0].notices)
    assert any("passed over" in notice and "__MACOSX" in notice for notice in read(made)[0].notices)
    (both / DATA_ZIP).parent.joinpath("folder", "all_tf2onnx_issues.json").write_text("[]")
    assert [fault.reason for fault in read(both)[1]] == ["copies-differ"]


def test_what_is_absent_is_left_out(made: Path) -> None:
    (made / DATA_ZIP).unlink()
    (made / REAL["torch.onnx"]).write_text("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n")
    full, faults = read(made)
    assert faults == []
    assert "archive_issues" not in full.tables
    assert set(full.tables["archive_real_models"]["converter"]) == {"tf2onnx"}
    (made / PARSER_ZIP).unlink()
    assert set(read(made)[0].tables) == {"archive_real_models"}


def test_files_are_known_by_gits_names(made: Path, tmp_path: Path) -> None:
    # printf 'hello\n' | git hash-object --stdin
    (tmp_path / "hello").write_bytes(b"hello\n")
    assert blob_name(tmp_path / "hello") == "ce013625030ba8dba906f756967f9e9ca394464a"
    faults = read(made, allow_changed=False)[1]
    assert [fault.reason for fault in faults] == ["changed-file"] * len(LARGE_FILES)
    assert all("--allow-changed" in fault.message for fault in faults)
    for path in (DATA_ZIP, PARSER_ZIP):
        shutil.unpack_archive(made / path, (made / path).parent)
        (made / path).unlink()
    faults = read(made, allow_changed=False)[1]
    assert len([fault for fault in faults if fault.reason == "changed-file"]) == 2 + 4 + 6


BROKEN: dict[str, tuple[str, Change, str]] = {
    "no list": (ISSUE_FILES["tf2onnx", "all"], lambda _: {"a": 1}, "format"),
    "empty list": (ISSUE_FILES["tf2onnx", "all"], lambda _: [], "empty-file"),
    "no object": (ISSUE_FILES["tf2onnx", "all"], lambda c: [*c, 3], "invalid"),
    "no timeline": (ISSUE_FILES["tf2onnx", "all"], lambda c: [c[0] | {"timeline": None}], "invalid"),
    "bad moment": (ISSUE_FILES["tf2onnx", "all"], lambda c: [c[0] | {"created_at": "2023-01-01"}], "invalid"),
    "another repository": (
        ISSUE_FILES["tf2onnx", "all"], lambda c: [issue("onnx/onnx", 3, "2020-01-01T00:00:00Z")], "wrong-repository",
    ),
    "another number": (ISSUE_FILES["tf2onnx", "all"], lambda c: [c[0] | {"number": 1}], "contradiction"),
    "error 3": (Path(REAL["tf2onnx"]).name, lambda c: [c[0] | {"error": 3}], "invalid"),
    "true for a number": (Path(REAL["tf2onnx"]).name, lambda c: [c[0] | {"max_abs_diff": True}], "invalid"),
    "negative": (Path(REAL["tf2onnx"]).name, lambda c: [c[0] | {"max_abs_diff": -1.0}], "invalid"),
    "no files": (Path(REAL["tf2onnx"]).name, lambda c: [c[0] | {"file_path": None}], "invalid"),
    "control character": (Path(REAL["tf2onnx"]).name, lambda c: [c[0] | {"name": "a\x1b[2J"}], "invalid"),
    "no results": ("torch_mismatch_seq_match_results.json", lambda c: c | {"results": []}, "missing-key"),
    "unknown character": (
        "torch_mismatch_seq_match_results.json",
        lambda c: c | {"results": {"0,1": ["\u2603" * 4]}, "results_decoded": {}}, "unknown-code",
    ),
    "no inverse": (
        "torch_mismatch_seq_match_results.json", lambda c: c | {"node_type_token_dict": {"Abs": "\0"}}, "contradiction",
    ),
    "decoded otherwise": (
        "torch_mismatch_seq_match_results.json",
        lambda c: c | {"results_decoded": c["results_decoded"] | {"1,2": [["Abs", "Add"]]}}, "contradiction",
    ),
    "both orders of a pair": (
        "torch_mismatch_seq_match_results.json",
        lambda c: c | {"results": c["results"] | {"1,0": []}, "results_decoded": {}}, "duplicate-key",
    ),
    "bad pair": ("torch_mismatch_seq_match_results.json", lambda c: c | {"results": {"a": []}}, "invalid"),
    "no markers": (
        "torch_test_mismatch_seq_match_results.json",
        lambda c: c | {"node_type_token_dict": {"A": "a"}, "token_node_type_dict": {"a": "A"}}, "missing-key",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", BROKEN)
def test_what_is_broken_is_named(tmp_path: Path, case: str) -> None:
    target, change, reason = BROKEN[case]
    faults = broken(tmp_path, lambda name, content: change(content) if name == target else content)
    assert reason in {fault.reason for fault in faults}
    assert all(target in fault.file for fault in faults)
    assert "SECRET" not in "\n".join(map(str, faults))


def test_all_faults_of_all_files_are_told(tmp_path: Path) -> None:
    write_large_files(tmp_path, LISTS, change=lambda name, content: {} if name.startswith("tf2onnx") else content)
    members = {name: content for name, content in LISTS.items() if not name.startswith("filt")}
    write_zip(tmp_path / DATA_ZIP, members | {"../all_tf2onnx_issues.json": []})
    faults = read(tmp_path)[1]
    assert {fault.reason for fault in faults} >= {"missing-member", "unsafe-path", "empty-file", "missing-key"}
    assert len({fault.file for fault in faults}) >= 5


@pytest.mark.parametrize("content", [b"PK no", b"PK\x05\x06" + b"\0" * 18])
def test_a_file_that_is_no_zip_is_named(made: Path, content: bytes) -> None:
    (made / DATA_ZIP).write_bytes(content)
    faults = read(made)[1]
    assert faults
    assert {fault.reason for fault in faults} <= {"format", "missing-member"}


@pytest.mark.parametrize("literal", ["[" * 100_000, "NaN", "[1,]", "[" + "9" * 400 + "]", '["\\ud800"', ""])
def test_what_is_no_json_is_named(made: Path, literal: str) -> None:
    (made / REAL["tf2onnx"]).write_text(literal + " " if literal else " ")
    faults = read(made)[1]
    assert {fault.reason for fault in faults} <= {"format", "invalid", "empty-file"}
    assert faults


def test_each_removal_and_the_filter_are_told_with_their_counts(tmp_path: Path) -> None:
    name, filtered = ISSUE_FILES["tf2onnx", "all"], ISSUE_FILES["tf2onnx", "filtered"]
    entries = [dict(entry) for entry in LISTS[name]]
    entries[0] |= {"pull_request": {"url": "x"}}
    entries[1] |= {"labels": [{"name": "question"}, {"name": "a|b"}]}
    entries[2] |= {"labels": [{"name": "Question"}, {"name": "question|x"}]}  # neither is the label
    write_large_files(tmp_path, LISTS | {name: entries})
    full, faults = read(tmp_path)
    assert faults == []
    own = [line for line in full.notices if line.startswith("tf2onnx: ")]
    total, distinct = len(entries), len({entry["number"] for entry in entries})
    assert own[0] == (
        f"tf2onnx: {name} holds {total} entries ({distinct} issues); {total - 1} without pull requests, {total - 2} of these "
        "without label 'pending on user response' or 'question'"
    )
    gone = f"onnx/tensorflow-onnx#{entries[0]['number']}"
    held = len(LISTS[filtered])
    assert f"keeps {held - 1} entries" in own[1]
    assert own[1].endswith(f"{filtered} holds {held} entries ({held - 1} issues), not kept here: {gone}")
    others = [line for line in full.notices if line.startswith("torch.onnx: ")]
    assert len(others) == 2
    assert others[1].endswith("the same in the same order")


@pytest.fixture
def clone(archive: Path, tmp_path: Path) -> Path:
    target = tmp_path / "clone"
    shutil.copytree(archive, target, copy_function=shutil.copyfile)
    write_large_files(target, LISTS)
    return target


def test_a_full_archive_is_imported_and_a_snapshot_after_it_takes_its_tables_away_only_if_told_so(
    archive: Path, clone: Path, data: Path, invoke: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mining.published_archive.full_archive.ORDERS", 3)
    done = import_archive(clone, data, allow_changed=True)
    assert done.full
    assert set(done.rows) > set(TABLES)
    refresh(data)
    assert validate(data) == []
    failures = read_table(data, "failures")
    assert failures["created"].notna().all()
    assert (failures["created_earliest"] == failures["created_latest"]).all()
    stored = {path: path.read_bytes() for path in data.rglob("*") if path.is_file()}
    import_archive(clone, data, allow_changed=True)
    assert {path: path.read_bytes() for path in data.rglob("*") if path.is_file()} == stored
    with pytest.raises(InputError, match="--allow-fewer-rows") as caught:
        import_archive(archive, data)
    assert {fault.reason for fault in caught.value.faults} == {"fewer-rows", "fewer-values"}
    done = import_archive(archive, data, allow_fewer_rows=True)
    assert set(done.removed) == set(TABLES)
    refresh(data)
    for path in DATA.rglob("*"):
        if path.is_file():
            assert (data / path.relative_to(DATA)).read_bytes() == path.read_bytes(), path
    assert not (data / "archive").exists()


def test_a_rank_at_which_another_issue_stands_is_named(clone: Path, data: Path) -> None:
    lists = dict(LISTS)
    name = ISSUE_FILES["tf2onnx", "filtered"]
    lists[name] = LISTS[name][1:]
    write_zip(clone / DATA_ZIP, lists)
    with pytest.raises(InputError, match="of the filtered list holds") as caught:
        import_archive(clone, data, allow_changed=True)
    assert len(caught.value.faults) == 100
