"""The dataset's versions: a number in ``datapackage.json``, a paragraph in ``CHANGELOG.md``."""

import json
from pathlib import Path

from datapackage.descriptor import FILE, load_descriptor
from datapackage.files import write_atomic

CHANGELOG = "CHANGELOG.md"


def add_version(data: Path, day: str, text: str, *, part: int) -> str:
    """Raise the dataset's version and tell of it in the changelog.

    Parameters
    ----------
    data : Path
        The data folder, or a copy that is being edited.
    day : str
        As ``2026-11-24``.
    text : str
        What changed.
    part : int
        0 for columns or codes, 1 for rows, 2 for corrections.

    Returns
    -------
    str
        The new version.
    """
    descriptor = load_descriptor(data)
    numbers = [int(number) for number in descriptor["version"].split(".")]
    numbers = [*numbers[:part], numbers[part] + 1, *[0] * (2 - part)]
    version = ".".join(str(number) for number in numbers)
    descriptor["version"] = version
    write_atomic(data / FILE, json.dumps(descriptor, indent=2, ensure_ascii=False) + "\n")
    path = data / CHANGELOG
    before, mark, after = path.read_text(encoding="utf-8").partition("\n## ")
    write_atomic(path, f"{before}\n## {version} ({day})\n\n{text}\n{mark}{after}")
    return version
