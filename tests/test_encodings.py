"""What a file holds hangs on no locale: whoever reads or writes text names the encoding."""

import ast
import tomllib
from collections.abc import Iterator

from tests.conftest import ROOT

PACKAGES = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["mypy"]["packages"]


def _unnamed(text: str) -> Iterator[int]:
    """Yield the lines that read or write text in the system's encoding."""
    for node in ast.walk(ast.parse(text)):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        if node.func.attr not in ("read_text", "write_text"):
            continue
        given = {each.arg: ast.unparse(each.value) for each in node.keywords}
        if given.get("encoding", "None") == "None":
            yield node.lineno


def test_no_text_is_read_or_written_in_the_systems_encoding() -> None:
    paths = [path for package in PACKAGES for path in (ROOT / package).rglob("*.py")]
    found = [
        f"{path.relative_to(ROOT)}:{line}" for path in paths for line in _unnamed(path.read_text(encoding="utf-8"))
    ]
    assert len(paths) > 200
    assert found == []


def test_a_text_without_encoding_is_found() -> None:
    text = 'a.read_text()\na.read_text(encoding=None)\na.write_text("x", encoding="utf-8")\nread_text(a)\n'
    assert list(_unnamed(text)) == [1, 2]
