"""Errors that a user can act on: what is wrong, where, and what to do about it.

Faults are data, so that a check can report all of them at once; an `InputError` carries the list.
"""

from collections.abc import Sequence
from dataclasses import dataclass


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
    reason : str
        Stable code of the kind of fault, for programs.
    """

    file: str
    message: str
    row: int | None = None
    column: str | None = None
    value: str | None = None
    reason: str = "invalid"

    def __str__(self) -> str:
        place = self.file
        if self.row is not None:
            place += f", row {self.row}"
        if self.column is not None:
            place += f", column {self.column}"
        if self.value is not None:
            place += f", value {self.value!r}"
        return f"{place}: {self.message} [{self.reason}]"


class InputError(StudyError):
    """Input that cannot be used; lists every fault found, not the first alone.

    Parameters
    ----------
    faults : sequence of Fault
        At least one.
    """

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults = tuple(faults)
        count = f"{len(self.faults)} fault{'s' if len(self.faults) != 1 else ''} found"
        super().__init__("\n".join([count, *(f"  {fault}" for fault in self.faults)]))
