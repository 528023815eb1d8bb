"""Documents that people write: bounded before they are parsed, every fault told with its path, schemas for editors."""

import json
import time
from pathlib import Path

import pytest
import yaml

from datapackage.codebook import load_codebook
from datapackage.columns import columns_read
from datapackage.documents import load_json, load_yaml
from datapackage.errors import InputError
from datapackage.questions import load_questionnaire
from datapackage.validation import validate
from docs.schemas import DOCUMENTS, FOLDER, main
from mining.published_archive.full_archive_tables import TABLES, resource_of
from tests.conftest import DATA, edit

BOMB = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{new}: &{new} [{', '.join([f'*{old}'] * 9)}]\n" for old, new in zip("abcdefgh", "bcdefghi", strict=True)
)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("[" * 200_000, "too-large"),
        ("{a: " * 200_000, "too-large"),
        ("- " * 200_000, "too-large"),
        (BOMB, "too-large"),
        ("a: 1\nb: 2\na: 3\n", "repeated"),
        ("!!python/object/apply:os.system [x]", "format"),
        ("a: 2020-13-45", "format"),
        ("? [a]\n: b", "format"),
        ("a: \0", "format"),
        ("a: 1\n---\nb: 2\n", "format"),
    ],
)
def test_hostile_yaml_is_refused_at_once(text: str, reason: str) -> None:
    started = time.process_time()
    with pytest.raises(InputError) as caught:
        load_yaml("file.yaml", text)
    assert {fault.reason for fault in caught.value.faults} == {reason}
    assert time.process_time() - started < 2


@pytest.mark.parametrize(
    ("text", "reason"),
    [("[" * 200_000, "too-large"), ('{"a": 1, "a": 2}', "repeated"), ("NaN", "format"), ("9" * 6000, "format")],
)
def test_hostile_json_is_refused(text: str, reason: str) -> None:
    with pytest.raises(InputError) as caught:
        load_json("file.json", text)
    assert {fault.reason for fault in caught.value.faults} == {reason}


def test_repeated_anchors_within_reason_are_read() -> None:
    assert load_yaml("f", "a: &a [1, 2]\nb: *a\nc:\n  <<: {x: 1}\n") == {"a": [1, 2], "b": [1, 2], "c": {"x": 1}}


def test_all_faults_of_all_documents_come_together_with_their_paths(data: Path) -> None:
    edit(data / "codebook.yaml", "aliases: [Wrong Code]", "aliases: boom")
    edit(data / "codebook.yaml", "        number: 1\n", "        number: one\n")
    edit(data / "survey/questions.yaml", "confidence: 0.90", "confidence: 90")
    edit(data / "datapackage.json", '"primaryKey"', '"primarykey"')
    with pytest.raises(InputError) as caught:
        validate(data)
    told = {(Path(fault.file).name, fault.column, fault.reason) for fault in caught.value.faults}
    assert told == {
        ("codebook.yaml", "dimensions.symptom.codes[2].aliases", "format"),
        ("codebook.yaml", "dimensions.symptom.codes[1].number", "format"),
        ("questions.yaml", "plan.confidence", "format"),
        ("datapackage.json", "resources[1].schema.primarykey", "unknown-key"),
    }


@pytest.mark.parametrize(
    ("old", "new", "path"),
    [
        ('"type": "date"', '"type": "string"', "resources[1].schema.fields"),
        ('"resource": "samples"', '"resource": "nowhere"', "resources[1].schema.foreignKeys[1].reference.resource"),
        ('"path": "failures.csv"', '"path": "../failures.csv"', "resources[1].path"),
        ('"codes": "symptom"', '"codes": "sympton"', "codes"),
        ('[A-Za-z0-9_.-]+/', '[A-Za-z0-9_.-+/', "resources[1].schema.fields[1].constraints.pattern"),
        ('"name": "ratings"', '"name": "failures"', "resources[2].name"),
    ],
)  # fmt: skip
def test_a_descriptor_that_contradicts_itself_or_the_code_is_refused(data: Path, old: str, new: str, path: str) -> None:
    edit(data / "datapackage.json", old, new)
    with pytest.raises(InputError) as caught:
        validate(data)
    assert path in {fault.column for fault in caught.value.faults}


@pytest.mark.parametrize(
    ("table", "column"),
    [
        ("conversions-2026-11-trained", "error_stage"),
        ("conversions-2026-11-trained-operators", "unsuccessful"),
        ("conversions-onnx-node-tests", "reference_evaluator"),
    ],
)
def test_a_campaign_cannot_lose_a_column_that_rules_and_chapters_read(data: Path, table: str, column: str) -> None:
    path = data / "datapackage.json"
    document = json.loads(path.read_text(encoding="utf-8"))
    fields = next(entry for entry in document["resources"] if entry["name"] == table)["schema"]["fields"]
    fields[:] = [field for field in fields if field["name"] != column]
    path.write_text(json.dumps(document), encoding="utf-8")
    with pytest.raises(InputError, match=f"the code reads a column {column}"):
        validate(data)


@pytest.mark.parametrize("table", TABLES)
def test_the_importer_describes_the_columns_that_are_read(table: str) -> None:
    described = {field["name"]: field["type"] for field in resource_of(table)["schema"]["fields"]}
    read = dict(columns_read(table))
    assert read.items() <= described.items()
    assert read or table == "archive_sequence_files"  # for readers alone


@pytest.mark.parametrize(("slug", "becomes"), [("stall", "[]"), ("stall", "[gone]"), ("crash", "[wrong_model]")])
def test_a_retired_code_that_is_not_replaced_is_refused(data: Path, slug: str, becomes: str) -> None:
    entry = f"    retired:\n      - {{slug: {slug}, name: Stall, definition: It stalls., rule: It stands., becomes: {becomes}}}\n"
    edit(data / "codebook.yaml", "    codes:\n", f"{entry}    codes:\n")
    with pytest.raises(InputError) as caught:
        load_codebook(data)
    assert [(fault.column, fault.value, fault.reason) for fault in caught.value.faults] == [
        ("dimensions.symptom.retired[1]", slug, "retired-code")
    ]


def test_the_stored_schemas_are_those_of_the_models(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert main(["--check"]) == 0, "run python -m docs.schemas and commit"
    monkeypatch.setattr("docs.schemas.FOLDER", tmp_path)
    assert main(["--check"]) == 3


def test_a_document_names_the_schema_that_is_there() -> None:
    for file, _ in DOCUMENTS.values():
        path = DATA.parent / file
        if path.suffix == ".yaml":
            first = path.read_text(encoding="utf-8").splitlines()[0]
            named = path.parent / first.removeprefix("# yaml-language-server: $schema=")
            assert named.resolve().parent == FOLDER
            assert json.loads(named.read_text(encoding="utf-8"))["title"] == file


def test_a_document_may_be_written_in_another_layout(data: Path) -> None:
    """The models judge what a document says, not how it is laid out."""
    before = load_codebook(data), load_questionnaire(data)
    for file in ("codebook.yaml", "survey/questions.yaml"):
        content = yaml.safe_load((data / file).read_text(encoding="utf-8"))
        (data / file).write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")
    assert (load_codebook(data), load_questionnaire(data)) == before
