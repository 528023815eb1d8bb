"""The list of the reasons why an input is refused, written from `datapackage.reasons.Reason`.

``python -m docs.faults`` writes ``faults.md``; ``--check`` compares it with what is stored.
"""

import argparse
import sys
from pathlib import Path

from datapackage.files import write_atomic
from datapackage.reasons import Reason

PAGE = Path(__file__).with_name("faults.md")
_HEAD = """# Faults

Generated from `datapackage/reasons.py` by `python -m docs.faults`.

An input that is refused is answered by a line for each thing that is wrong with it: file, row (the header is row 1), column,
value, what is wrong with it and what to do, and, in brackets, the reason's code, which never changes:

    data/failures.csv, row 3, column symptom, value 'crush': must be one of: crash, wrong_model, ... [constraint-error]

In Python, an `InputError` carries them as `faults`, each with a `reason`.

| reason | what is wrong | what to do |
| --- | --- | --- |
"""


def page() -> str:
    """Return the page, one row per reason in order of the codes."""
    rows = (f"| `{reason}` | {reason.meaning} | {reason.remedy} |" for reason in sorted(Reason))
    return _HEAD + "\n".join(rows) + "\n"


def main(argv: list[str] | None = None) -> int:
    """Write the page, or compare it with what is stored."""
    parser = argparse.ArgumentParser(prog="python -m docs.faults", description="List the reasons of faults.")
    parser.add_argument("--check", action="store_true", help="write nothing; exit code 3 where the stored page differs")
    if not parser.parse_args(argv).check:
        write_atomic(PAGE, page())
    elif not PAGE.is_file() or PAGE.read_text(encoding="utf-8") != page():
        sys.stderr.write("docs/faults.md: is missing or not the list of reasons; run python -m docs.faults\n")
        return 3
    return 0


if __name__ == "__main__":
    sys.exit(main())
