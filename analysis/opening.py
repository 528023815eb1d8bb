"""A data folder opened for computing: what `validate` refuses is said before anything is computed from it."""

import sys
from pathlib import Path

from analysis.dataset import Study
from datapackage.errors import InputError
from datapackage.reasons import Reason
from datapackage.validation import EDITED, validate

_SAID = {*EDITED, Reason.UNDESCRIBED_FILE}


def open_study(data: Path) -> Study:
    """Return the study of a data folder, checked as a whole.

    Tables that were edited since they were described are computed with, and a note on standard error says so: results then
    are of this folder, not of the one that ``datapackage.json`` describes.

    Parameters
    ----------
    data : Path
        The data folder.

    Raises
    ------
    InputError
        A table, a reference or a description has faults; all of them are listed.
    """
    faults = validate(data)
    if any(fault.reason not in _SAID for fault in faults):
        raise InputError(faults)
    for fault in faults:
        sys.stderr.write(f"note: {fault}\n")
    return Study(data)
