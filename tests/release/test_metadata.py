"""Metadata: stated once, the same in every form, and of the tables that are there."""

import json
from pathlib import Path

import pytest

from datapackage.descriptor import read_descriptor
from datapackage.errors import StudyError
from datapackage.files import parse_yaml, sha256
from release.facts import facts
from release.metadata import documents
from tests.conftest import DATA, ROOT


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """What the facts are read from, to edit."""
    (tmp_path / "data").mkdir()
    for name in ("CITATION.cff", "pyproject.toml", "requirements-core.in", "data/datapackage.json"):
        (tmp_path / name).write_bytes((ROOT / name).read_bytes())
    return tmp_path


def replaced(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_the_stored_files_are_what_the_facts_say() -> None:
    for path, text in documents(ROOT).items():
        assert (ROOT / path).read_text(encoding="utf-8") == text, f"{path}: run python -m release metadata and commit"


def test_every_form_has_the_same_title_version_licence_and_authors() -> None:
    found = {path: json.loads(text) for path, text in documents(ROOT).items()}
    code, deposit, data = found["codemeta.json"], found[".zenodo.json"], found["data/croissant.json"]
    citation = parse_yaml((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert code["name"] == deposit["title"] == citation["title"]
    assert code["version"] == deposit["version"] == citation["version"]
    assert code["license"].endswith(f"/{deposit['license']}")
    names = [author["name"] for author in citation["authors"]]
    assert [a["name"] for a in code["author"]] == [c["name"] for c in deposit["creators"]] == names
    assert [c["name"] for c in data["creator"]] == names
    assert citation["preferred-citation"]["doi"] in code["referencePublication"]["@id"]
    assert len(code["referencePublication"]["author"]) == len(citation["preferred-citation"]["authors"])


def test_a_new_version_reaches_every_form(checkout: Path) -> None:
    before = documents(checkout)
    replaced(checkout / "CITATION.cff", "version: 0.1.0", "version: 9.8.7")
    replaced(checkout / "pyproject.toml", 'version = "0.1.0"', 'version = "9.8.7"')
    after = documents(checkout)
    assert json.loads(after["codemeta.json"])["version"] == json.loads(after[".zenodo.json"])["version"] == "9.8.7"
    assert "version 9.8.7" in json.loads(after["data/croissant.json"])["citeAs"]
    assert all(before[path] != after[path] for path in after)


def test_facts_that_are_stated_twice_must_be_the_same_and_all_unlike_ones_are_named(checkout: Path) -> None:
    replaced(checkout / "pyproject.toml", 'version = "0.1.0"', 'version = "0.2.0"')
    replaced(checkout / "data/datapackage.json", '"model converters"', '"converters of models"')
    with pytest.raises(StudyError) as error:
        facts(checkout)
    assert "version in pyproject.toml is '0.2.0', in CITATION.cff '0.1.0'" in str(error.value)
    assert "keywords in data/datapackage.json" in str(error.value)


def test_croissant_describes_every_table_and_column_with_the_files_hash() -> None:
    described = json.loads(documents(ROOT)["data/croissant.json"])
    entries = read_descriptor(DATA)["resources"]
    hashes = {file["@id"]: file["sha256"] for file in described["distribution"]}
    assert hashes == {entry["path"]: sha256(DATA / entry["path"]) for entry in entries}
    columns = {each["@id"]: [field["name"] for field in each["field"]] for each in described["recordSet"]}
    assert columns == {
        entry["name"]: [field["name"] for field in entry["schema"]["fields"]] for entry in entries if "schema" in entry
    }
