"""GitHub's GraphQL schema, as published on npm: fetched once, checked, kept in the virtual environment, never in git.

``python -m demo.github_server.schema`` fetches it (needs ``npm``; without it the tests of fetching are skipped, but fail in
continuous integration).
"""

import functools
import os
import sys
from pathlib import Path

from graphql import GraphQLSchema, build_schema

from datapackage.errors import StudyError
from demo.github_server.excerpt import PATH as EXCERPT
from demo.github_server.npm import fetch_npm_file

PACKAGE = "@octokit/graphql-schema"
VERSION = "15.26.1"
SHA256 = "3c62d0526d133cee53221c89de9b455ade24db78b9e7ad56d642c4c15bce2654"
PATH = Path(sys.prefix) / "share" / "github-graphql-schema" / VERSION / "schema.graphql"


def fetch_schema() -> Path:
    """Return the schema's path; fetch the package first if it isn't there."""
    return fetch_npm_file(PACKAGE, VERSION, "schema.graphql", SHA256, PATH)


def load_schema() -> GraphQLSchema:
    """Return the schema, ready to execute: the whole where it was fetched, else the excerpt that the project's queries touch."""
    return _built(PATH if PATH.is_file() else EXCERPT)


def whole_schema() -> GraphQLSchema:
    """Return the whole schema; it is fetched where it isn't there."""
    return _built(fetch_schema())


@functools.cache
def _built(path: Path) -> GraphQLSchema:
    # GitHub's schema uses constructs that the validator is stricter about than GitHub
    return build_schema(path.read_text(encoding="utf-8"), assume_valid=True, assume_valid_sdl=True)


if __name__ == "__main__":
    try:
        print(fetch_schema())  # noqa: T201
    except StudyError as error:
        if os.environ.get("CI") == "true":
            sys.exit(f"error: {error}")
        print(f"without GitHub's schema the tests of fetching are skipped: {error}")  # noqa: T201
