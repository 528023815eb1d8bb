"""Errors that a user can act on: what is wrong, where, and what to do about it.

Faults are data, so that a check can report all of them at once; an `InputError` carries the list.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from datapackage.reasons import Reason


class StudyError(Exception):
    """Base of every error that this project raises on purpose; command lines print it and exit with 1."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong with an input.

    Attributes
    ----------
    file : str
        File (or sheet of a file, as ``book.xlsx[Sheet]``) that holds the fault.
    message : str
        What is wrong and what to do about it.
    row : int or None
        Line of the file or row of the sheet, counted from 1 with the header as row 1.
    column : str or None
        Column name.
    value : str or None
        The offending value as it stands in the file.
    reason : Reason
        The kind of fault, for programs; a string like ``missing-file`` by its value.
    """

    file: str
    message: str
    row: int | None = None
    column: str | None = None
    value: str | None = None
    reason: Reason = Reason.INVALID

    def __str__(self) -> str:
        return self.text([] if self.row is None else [self.row])

    def text(self, rows: Sequence[int]) -> str:
        """Return the fault as a line that names these rows, ascending, in place of its own."""
        place = self.file
        if rows:
            place += f", row {rows[0]}" if len(rows) == 1 else f", rows {_ranges(rows)} ({len(rows)} rows)"
        if self.column is not None:
            place += f", column {self.column}"
        if self.value is not None:
            place += f", value {self.value!r}"
        return f"{place}: {self.message} [{self.reason}]"


def _ranges(rows: Sequence[int]) -> str:
    """Whole numbers, ascending, as ``2–5, 9``."""
    known = set(rows)
    starts = [row for row in rows if row - 1 not in known]
    ends = [row for row in rows if row + 1 not in known]
    return ", ".join(str(a) if a == b else f"{a}–{b}" for a, b in zip(starts, ends, strict=True))


def _lines(faults: Iterable[Fault]) -> Iterator[str]:
    """Yield a line for each fault that differs from the others in more than its row."""
    rows: dict[Fault, set[int]] = {}
    for fault in faults:
        rows.setdefault(replace(fault, row=None), set()).update([] if fault.row is None else [fault.row])
    for fault, found in rows.items():
        yield f"  {fault.text(sorted(found))}"


class InputError(StudyError):
    """Input that cannot be used; lists every fault found, not the first alone, and what many rows share once.

    Parameters
    ----------
    faults : sequence of Fault
        At least one.
    """

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults = tuple(faults)
        count = f"{len(self.faults)} fault{'s' if len(self.faults) != 1 else ''} found"
        super().__init__("\n".join([count, *_lines(self.faults)]))

    def __reduce__(self) -> tuple[type["InputError"], tuple[Sequence[Fault]]]:
        # the faults pass from one process to another, not the text that was made of them
        return type(self), (self.faults,)
