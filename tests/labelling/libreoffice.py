"""LibreOffice, as the raters' spreadsheet program."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest


def convert(source: Path, form: str, folder: Path) -> Path:
    """Open a file and save it in another form, as ``xlsx`` or ``csv:Text - txt - csv (StarCalc):59,34,UTF8``."""
    program = shutil.which("soffice")
    if program is None:
        message = "LibreOffice is not installed (Debian: apt-get install libreoffice-calc)"
        if os.environ.get("CI") == "true":
            pytest.fail(message)
        pytest.skip(message)
    folder.mkdir(exist_ok=True)
    result = subprocess.run(
        [program, f"-env:UserInstallation=file://{folder}/profile", "--headless", "--convert-to", form, "--outdir", folder, source],
        capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    made = [path for path in folder.iterdir() if path.is_file()]
    assert made, result.stderr
    return max(made, key=lambda path: path.stat().st_mtime_ns)
