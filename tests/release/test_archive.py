"""The archive of a release: the same commit, the same bytes; nothing that is not committed, nothing left out."""

import gzip
import hashlib
import io
import os
import subprocess
import tarfile
from pathlib import Path

import pytest

from datapackage.errors import StudyError
from release.archive import CHECKSUMS, build
from tests.conftest import ROOT

NAMES = (
    "CITATION.cff",
    "pyproject.toml",
    "requirements-core.in",
    "CHANGELOG.md",
    "data/datapackage.json",
    ".gitignore",
)


def git(folder: Path, *arguments: str) -> None:
    identity = {
        "GIT_AUTHOR_NAME": "a",
        "GIT_AUTHOR_EMAIL": "a@b",
        "GIT_COMMITTER_NAME": "a",
        "GIT_COMMITTER_EMAIL": "a@b",
    }
    moment = {"GIT_AUTHOR_DATE": "2024-05-06T07:08:09Z", "GIT_COMMITTER_DATE": "2024-05-06T07:08:09Z"}
    command = ["git", "-C", str(folder), "-c", "core.hooksPath=", *arguments]
    subprocess.run(command, check=True, capture_output=True, env={**os.environ, **identity, **moment})


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A small project with a commit."""
    folder = tmp_path / "checkout"
    for name in NAMES:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes((ROOT / name).read_bytes())
    (folder / "run").write_text("#!/bin/sh\n")
    (folder / "run").chmod(0o755)
    git(folder, "init", "--quiet")
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", "first")
    return folder


def members(content: bytes) -> dict[str, tarfile.TarInfo]:
    with tarfile.open(fileobj=io.BytesIO(gzip.decompress(content))) as archive:
        return {entry.name.split("/", 1)[1]: entry for entry in archive}


def test_two_runs_and_another_clone_give_the_same_bytes(checkout: Path, tmp_path: Path) -> None:
    name, first = build(checkout)
    assert name == "onnx-converter-failures-0.1.0.tar.gz"
    assert build(checkout) == (name, first)
    clone = tmp_path / "elsewhere" / "clone"
    git(tmp_path, "clone", "--quiet", str(checkout), str(clone))
    (clone / "run").touch()
    assert build(clone)[1] == first


def test_it_holds_every_committed_file_with_its_checksum_and_mode(checkout: Path) -> None:
    _, content = build(checkout)
    found = members(content)
    assert set(found) == {*NAMES, "run", CHECKSUMS}
    assert found["run"].mode == 0o755
    assert found["CITATION.cff"].mode == 0o644
    assert {(entry.uid, entry.gid, entry.uname, entry.mtime) for entry in found.values()} == {(0, 0, "", 1_714_979_289)}
    with tarfile.open(fileobj=io.BytesIO(content)) as archive:
        sums = archive.extractfile(f"onnx-converter-failures-0.1.0/{CHECKSUMS}")
        assert sums is not None
        lines = dict(reversed(line.split("  ", 1)) for line in sums.read().decode().splitlines())
    assert lines == {name: hashlib.sha256((checkout / name).read_bytes()).hexdigest() for name in (*NAMES, "run")}


@pytest.mark.parametrize("change", ["edited", "new"])
def test_what_is_not_committed_is_refused(change: str, checkout: Path) -> None:
    (checkout / ("run" if change == "edited" else "note.txt")).write_text("changed")
    with pytest.raises(StudyError, match="not committed"):
        build(checkout)


def test_a_version_that_the_changelog_does_not_tell_of_is_refused(checkout: Path) -> None:
    for name, old in (("CITATION.cff", "version: 0.1.0"), ("pyproject.toml", 'version = "0.1.0"')):
        path = checkout / name
        path.write_text(path.read_text(encoding="utf-8").replace(old, old.replace("0.1.0", "0.1.1")), encoding="utf-8")
    git(checkout, "commit", "--quiet", "--all", "--message", "version")
    with pytest.raises(StudyError, match=r"has no section '## 0\.1\.1'"):
        build(checkout)


def test_a_folder_without_git_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StudyError, match="git says"):
        build(tmp_path)


def test_a_folder_within_a_checkout_is_no_release(checkout: Path) -> None:
    with pytest.raises(StudyError, match="not the root"):
        build(checkout / "data")
