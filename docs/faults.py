"""The list of the reasons why an input is refused, written from `datapackage.reasons.Reason`.

``python -m docs.faults`` writes ``faults.md``; ``--check`` compares it with what is stored.
"""

import sys
from pathlib import Path

from datapackage.reasons import Reason
from docs.generated_page import write_or_check

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
    return write_or_check("docs.faults", PAGE, page(), argv)


if __name__ == "__main__":
    sys.exit(main())
