"""The environments of the frameworks: where they lie, and which module serves a framework."""

import os
from collections.abc import Mapping
from pathlib import Path

from conversion.tasks import TENSORFLOW, TORCH
from datapackage.errors import StudyError

_ROOT = Path(__file__).resolve().parents[1]
_FOLDERS: Mapping[str, str] = {TORCH: ".venv-conversion-torch", TENSORFLOW: ".venv-conversion-tf"}
MODULES: Mapping[str, str] = {
    TORCH: "conversion.workers.torch_framework",
    TENSORFLOW: "conversion.workers.tensorflow_framework",
}


def interpreter(framework: str) -> Path:
    """Return the interpreter of a framework's environment.

    ``CONVERSION_TORCH_PYTHON`` and ``CONVERSION_TENSORFLOW_PYTHON`` name others, on a cluster for example.

    Raises
    ------
    StudyError
        The environment is not there; the message tells how to make it.
    """
    named = os.environ.get(f"CONVERSION_{framework.upper()}_PYTHON")
    path = Path(named) if named else _ROOT / _FOLDERS[framework] / "bin" / "python"
    if not path.exists():
        raise StudyError(f"{path}: the environment of {framework} is missing; run `make conversion-env` once")
    return path
