"""The seal of a data folder: it passed every check as it is, byte for byte, and who only reads it need not check all of it anew.

It stands in ``datapackage.json`` as ``checked``: a hash over all else that is there (the hashes of the tables included), the
codebook and the questions. Only what has just found no fault sets it, and any edit breaks it. A table is examined by
itself whenever it is read, sealed or not; ``python -m analysis validate`` looks at everything.
"""

import hashlib
import json
from pathlib import Path

from datapackage import codebook, questions
from datapackage.descriptor import Descriptor, read_descriptor, write_descriptor
from datapackage.validation import edited_file_faults, undescribed_file_faults

KEY = "checked"


def seal(data: Path) -> None:
    """Say in the descriptor that the folder has no fault; to be called where just that was found.

    Parameters
    ----------
    data : Path
        The data folder, its tables described as they are (see `datapackage.descriptor.refresh`).
    """
    descriptor = read_descriptor(data)
    write_descriptor(data, {**descriptor, KEY: _digest(data, descriptor)})


def is_sealed(data: Path) -> bool:
    """Tell whether the folder was checked as a whole and no byte of it has changed since.

    Raises
    ------
    InputError
        The descriptor is missing or malformed.
    """
    descriptor = read_descriptor(data)
    return (
        descriptor.get(KEY) == _digest(data, descriptor)
        and all((data / entry["path"]).is_file() for entry in descriptor["resources"])
        and not any(fault for entry in descriptor["resources"] for fault in edited_file_faults(data, entry))
        and not any(undescribed_file_faults(data, descriptor))
    )


def _digest(data: Path, descriptor: Descriptor) -> str:
    digest = hashlib.sha256(json.dumps({**descriptor, KEY: None}, sort_keys=True).encode())
    for name in (codebook.FILE, questions.FILE):
        if (data / name).is_file():
            digest.update((data / name).read_bytes())
        digest.update(b"\0")
    return f"sha256:{digest.hexdigest()}"
