"""The labs as notebooks: each source in ``labs/`` makes one for students and one for the teacher.

A source is a Python file in the percent format (``# %%`` starts a cell, ``# %% [markdown]`` one of text). What students are to
write is marked as in otter-grader: a line that ends with ``# SOLUTION`` keeps its left side and loses its right one; what
stands between ``# BEGIN SOLUTION`` and ``# END SOLUTION`` becomes ``...``, or ``NAME = ...`` after ``# END SOLUTION: NAME``.
"""

import argparse
import json
import re
import sys
from pathlib import Path

from datapackage.files import write_atomic

SOURCES = Path(__file__).resolve().parent / "labs"
NOTEBOOKS = Path(__file__).resolve().parents[1] / "notebooks" / "teaching"
_CELL = re.compile(r"^# %%(?P<kind> \[markdown\])?[^\n]*\n", re.MULTILINE)
_LINE = re.compile(r"^(?P<left>\s*[\w, ]+ = ).*# SOLUTION$", re.MULTILINE)
_BLOCK = re.compile(
    r"^(?P<indent>[ ]*)# BEGIN SOLUTION\n.*?^[ ]*# END SOLUTION(?:: (?P<name>\w+))?$", re.MULTILINE | re.DOTALL
)


def cells(source: str) -> list[tuple[str, str]]:
    r"""Split a source into cells.

    Returns
    -------
    list of (str, str)
        Kind (``markdown`` or ``code``) and text of each cell, markers of solutions included.

    Examples
    --------
    >>> cells("# %% [markdown]\n# # Title\n# %%\nx = 1\n")
    [('markdown', '# Title'), ('code', 'x = 1')]
    """
    starts = list(_CELL.finditer(source))
    ends = [start.start() for start in starts[1:]] + [len(source)]
    found = []
    for start, end in zip(starts, ends, strict=True):
        text = source[start.end() : end].strip("\n")
        if start["kind"]:
            found.append(("markdown", "\n".join(line.removeprefix("#").removeprefix(" ") for line in text.split("\n"))))
        else:
            found.append(("code", text))
    return found


def for_students(code: str) -> str:
    r"""Return a cell's code without its solutions.

    Examples
    --------
    >>> for_students("share = 0.74  # SOLUTION")
    'share = ...'
    >>> for_students("# BEGIN SOLUTION\nx = 1\n# END SOLUTION: x\ncheck(x)")
    'x = ...\ncheck(x)'
    """
    code = _BLOCK.sub(lambda block: block["indent"] + (f"{block['name']} = ..." if block["name"] else "..."), code)
    return _LINE.sub(lambda line: line["left"] + "...", code)


def for_teachers(code: str) -> str:
    """Return a cell's code with its solutions, without the marks."""
    code = re.sub(r"^[ ]*# (?:BEGIN|END) SOLUTION.*\n?", "", code, flags=re.MULTILINE)
    return re.sub(r"[ ]*# SOLUTION$", "", code, flags=re.MULTILINE)


def notebook(source: str, *, solved: bool) -> str:
    """Return a lab as a notebook (JSON), not executed.

    Parameters
    ----------
    source : str
        Text of a file of ``labs/``.
    solved : bool
        Whether the teacher's version is wanted.
    """
    title, *others = cells(source)
    # a lab finds the project as the other notebooks do
    everything = [title, ("code", finding_cell()), *others]
    made = {
        "cells": [_cell(number, kind, text, solved=solved) for number, (kind, text) in enumerate(everything)],
        "metadata": {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    return json.dumps(made, indent=1, ensure_ascii=False) + "\n"


def finding_cell() -> str:
    """Return the cell by which the project's notebooks find it; it is written in the first of them."""
    stored = json.loads(next(iter(sorted(NOTEBOOKS.parent.glob("*.ipynb")))).read_text(encoding="utf-8"))
    return "".join(next(cell["source"] for cell in stored["cells"] if cell["cell_type"] == "code"))


def _cell(number: int, kind: str, text: str, *, solved: bool) -> dict[str, object]:
    cell: dict[str, object] = {"cell_type": kind, "id": f"cell-{number:02d}", "metadata": {}}
    if kind == "markdown":
        return cell | {"source": text.splitlines(keepends=True)}
    code = for_teachers(text) if solved else for_students(text)
    return cell | {"execution_count": None, "outputs": [], "source": code.splitlines(keepends=True)}


def notebooks() -> dict[Path, str]:
    """Return the notebooks of all labs by path: ``NAME.ipynb`` for students, ``NAME-teacher.ipynb`` beside it."""
    made = {}
    for path in sorted(SOURCES.glob("*.py")):
        text = path.read_text(encoding="utf-8")
        made[NOTEBOOKS / f"{path.stem}.ipynb"] = notebook(text, solved=False)
        made[NOTEBOOKS / f"{path.stem}-teacher.ipynb"] = notebook(text, solved=True)
    return made


def main(argv: list[str] | None = None) -> int:
    """Write the notebooks, or compare them with what is stored."""
    parser = argparse.ArgumentParser(prog="python -m teaching.lab_notebooks", description="Make the labs' notebooks.")
    parser.add_argument("--check", action="store_true", help="write nothing; exit code 3 where a stored one differs")
    check = parser.parse_args(argv).check
    made = notebooks()
    stale = [path for path, text in made.items() if not path.is_file() or path.read_text(encoding="utf-8") != text]
    for path in stale:
        if check:
            sys.stderr.write(f"{path}: is missing or not what its source gives; run python -m teaching.lab_notebooks\n")
        else:
            write_atomic(path, made[path])
    return 3 if check and stale else 0


if __name__ == "__main__":
    sys.exit(main())
