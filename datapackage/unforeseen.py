"""The last resort of the command lines: an error that nobody foresaw, as one message and a report in a file.

What can be named is an `InputError`; what reaches this module is a fault of the project. The report holds the traceback and
the versions, and neither values of variables nor anything that was declared secret.
"""

import os
import platform
import re
import tempfile
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

REPORT_TO = "the project's issue tracker"
EXIT_CODE = 70
"""``EX_SOFTWARE`` of sysexits.h: an internal error."""

_SECRETS: set[str] = set()
_SECRET_NAMES = re.compile("TOKEN|SECRET|PASSWORD|CREDENTIAL|API_?KEY", re.IGNORECASE)
# GitHub's tokens, authorisation headers, and names and passwords in addresses
_SECRET_FORMS = re.compile(
    r"gh[a-z]_[A-Za-z0-9_]{8,}|github_pat_[A-Za-z0-9_]{8,}|(?i:(?:bearer|token|basic)\s+[A-Za-z0-9._~+/=-]{8,})|(?<=://)[^/\s@]+(?=@)"
)


def conceal(secret: str) -> None:
    """Never let a text appear in a report; whoever reads a secret declares it."""
    if secret:
        _SECRETS.add(secret)


@contextmanager
def reading(what: object) -> Iterator[None]:
    """Note on an error that leaves the block what was being read, for the report.

    Examples
    --------
    >>> try:
    ...     with reading("table.csv"):
    ...         raise KeyError("column")
    ... except KeyError as error:
    ...     error.__notes__
    ['while reading table.csv']
    """
    try:
        yield
    except Exception as error:
        error.add_note(f"while reading {what}")
        raise


def report(program: str, command: Sequence[str], error: BaseException) -> str:
    """Write the report of an unforeseen error and return the message for the user.

    Parameters
    ----------
    program : str
        As the user types it.
    command : sequence of str
        The arguments.
    error : BaseException
        The error.

    Returns
    -------
    str
        What failed, what was being read, where the report is and what to do with it; lines without line end at the last.
    """
    text = _clean(_report_text(program, command, error))
    notes = [note for note in getattr(error, "__notes__", ()) if note.startswith("while reading ")]
    kind = _clean(" ".join(traceback.format_exception_only(error)[0].split()))[:500]
    lines = [f"{program}: internal error{''.join(f' {_clean(note)}' for note in notes[:1])}: {kind}"]
    try:
        handle, name = tempfile.mkstemp(prefix="onnx-converter-failures-", suffix=".txt")
        with os.fdopen(handle, "w", encoding="utf-8", errors="backslashreplace") as stream:
            stream.write(text)
        place = f"the details are in {name}"
    except OSError as problem:
        place = f"the details could not be written ({problem.strerror})"
    return "\n".join([*lines, f"This is a fault of the program, not of your input; {place}. Send them to {REPORT_TO}."])


def _report_text(program: str, command: Sequence[str], error: BaseException) -> str:
    head = [
        f"command   {program} {' '.join(command)}",
        f"python    {platform.python_version()} on {platform.system()} {platform.machine()}",
        f"folder    {Path.cwd()}",
        "",
    ]
    return "\n".join(head) + "\n" + "".join(traceback.format_exception(error))


def _clean(text: str) -> str:
    named = {value for name, value in os.environ.items() if _SECRET_NAMES.search(name) and len(value) >= 4}
    for secret in sorted(_SECRETS | named, key=len, reverse=True):
        text = text.replace(secret, "[secret]")
    return _SECRET_FORMS.sub("[secret]", text)
