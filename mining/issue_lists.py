"""Tables that name issues: samples, and whatever else has a column ``issue``."""

import csv
import re
from pathlib import Path

from datapackage.errors import Fault, InputError
from datapackage.reasons import Reason

_ISSUE = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9_.-]*/[A-Za-z0-9_-][A-Za-z0-9_.-]*#[0-9]{1,9}")


def read_issue_column(path: Path) -> list[str]:
    """Return the issues named in a table's column ``issue``, each once.

    Raises
    ------
    InputError
        The table is missing, lacks the column, or a cell is not ``owner/repository#number``; all faults together.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            rows = list(csv.DictReader(stream))
    except FileNotFoundError:
        raise InputError(
            [Fault(str(path), "file is missing; name a table with a column issue", reason=Reason.MISSING_FILE)]
        ) from None
    except (UnicodeDecodeError, csv.Error) as error:
        raise InputError([Fault(str(path), f"is not CSV in UTF-8 ({error})", reason=Reason.FORMAT)]) from error
    if not rows or "issue" not in rows[0]:
        raise InputError(
            [Fault(str(path), "is empty or has no column of this name", column="issue", reason=Reason.MISSING_LABEL)]
        )
    message = "is not owner/repository#number"
    faults = [
        Fault(str(path), message, number, "issue", row["issue"], Reason.FORMAT)
        for number, row in enumerate(rows, start=2)
        if not _ISSUE.fullmatch(row["issue"] or "")
    ]
    if faults:
        raise InputError(faults)
    return list(dict.fromkeys(row["issue"] for row in rows))
