"""GitHub's GraphQL schema, as published on npm: fetched once, checked, kept in the virtual environment, never in git.

``python -m tests.github_server.schema`` fetches it (needs ``npm``; without it the tests of fetching are skipped, but fail in
continuous integration).
"""

import functools
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

from graphql import GraphQLSchema, build_schema

from datapackage.errors import StudyError
from datapackage.files import write_atomic

PACKAGE = "@octokit/graphql-schema"
VERSION = "15.26.1"
SHA256 = "3c62d0526d133cee53221c89de9b455ade24db78b9e7ad56d642c4c15bce2654"
PATH = Path(sys.prefix) / "share" / "github-graphql-schema" / VERSION / "schema.graphql"


def fetch_schema() -> Path:
    """Return the schema's path; fetch the package first if it isn't there."""
    if PATH.is_file() and hashlib.sha256(PATH.read_bytes()).hexdigest() == SHA256:
        return PATH
    npm = shutil.which("npm")
    if npm is None:
        raise StudyError(
            f"npm is needed to fetch {PACKAGE} {VERSION}, GitHub's schema, for the mining tests; install Node.js"
        )
    with tempfile.TemporaryDirectory() as folder:
        command = [npm, "pack", f"{PACKAGE}@{VERSION}", "--json", "--pack-destination", folder]
        done = subprocess.run(command, capture_output=True, text=True, cwd=folder, check=False, timeout=300)
        if done.returncode:
            raise StudyError(f"npm could not fetch {PACKAGE} {VERSION}: {done.stderr.strip()[-500:]}")
        with tarfile.open(Path(folder) / json.loads(done.stdout)[0]["filename"]) as archive:
            member = archive.extractfile("package/schema.graphql")
            assert member is not None
            content = member.read()
    found = hashlib.sha256(content).hexdigest()
    if found != SHA256:
        raise StudyError(f"schema.graphql of {PACKAGE} {VERSION} has SHA-256 {found}, not {SHA256}; don't use it")
    write_atomic(PATH, content)
    return PATH


@functools.cache
def load_schema() -> GraphQLSchema:
    """Return the schema, ready to execute."""
    # GitHub's schema uses constructs that the validator is stricter about than GitHub
    return build_schema(fetch_schema().read_text(encoding="utf-8"), assume_valid=True, assume_valid_sdl=True)


if __name__ == "__main__":
    try:
        print(fetch_schema())  # noqa: T201
    except StudyError as error:
        if os.environ.get("CI") == "true":
            sys.exit(f"error: {error}")
        print(f"without GitHub's schema the tests of fetching are skipped: {error}")  # noqa: T201
