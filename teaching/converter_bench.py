"""Lab 5's bench: a model on PyTorch and, exported, on every executor of ONNX; live where PyTorch is, else as recorded.

PyTorch lives in an environment of its own (``make conversion-env``); a converter that crashes or hangs there ends its own
process, not the notebook. Without that environment the lab's own models are shown as they were recorded
(``python -m teaching.converter_bench`` records them anew).
"""

import atexit
import hashlib
import json
import sys
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from conversion.environments import interpreter
from conversion.isolation import Server
from conversion.tasks import EXPORTERS, TORCH
from datapackage.errors import StudyError
from datapackage.files import write_atomic
from teaching.checks import in_full
from teaching.tensors_as_json import Array, decoded, encoded

RECORDED = Path(__file__).with_name("recorded-runs.json")
EXECUTORS: Mapping[str, str] = {
    "framework": "PyTorch in float32, as the model is written",
    "float64": "PyTorch in float64: the truth, where rounding is concerned",
    "ort_off": "ONNX Runtime without optimisations",
    "ort_all": "ONNX Runtime with all of them, as everybody runs it",
    "onnx_reference": "ONNX's reference evaluator: the specification as slow Python code",
    "onnx_float64": "the reference evaluator on the graph in float64",
}
_LIMITS = {"generate": 60, "reference": 60, "convert": 120, "examine": 60}
_MEMORY_MB = 4000
_OPSET = 18


@dataclass(frozen=True)
class Model:
    """A model to examine.

    Attributes
    ----------
    source : str
        Python that defines ``model(*inputs)`` with ``torch``, ``nn``, ``F`` and ``np`` at hand.
    inputs : tuple of array
        What it is called with.
    exporter : str
        ``dynamo`` or ``torchscript``.
    """

    source: str
    inputs: tuple[Array, ...]
    exporter: str = "dynamo"

    @property
    def key(self) -> str:
        """Names the model: a digest of source, inputs and exporter."""
        parts = [self.source.strip(), self.exporter, *(json.dumps(encoded(value)) for value in self.inputs)]
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


@dataclass(frozen=True)
class Runs:
    """What the executors gave.

    Attributes
    ----------
    outputs : mapping of str to array
        First output by executor (`EXECUTORS`), of those that ran.
    failures : mapping of str to str
        What the others ended with, by executor, or by stage where the model did not come so far.
    operators : tuple of str
        The operators of the exported graph, in order, constants left out.
    recorded : bool
        Whether this was read from the lab's record.
    """

    outputs: Mapping[str, Array]
    failures: Mapping[str, str]
    operators: tuple[str, ...]
    recorded: bool = field(compare=False, default=False)

    def table(self) -> pd.DataFrame:
        """Return a row per executor: what it gave, or ended with."""
        rows = [(name, _shown(self.outputs[name]), about) for name, about in EXECUTORS.items() if name in self.outputs]
        rows += [(name, text, EXECUTORS.get(name, "stage")) for name, text in self.failures.items()]
        return pd.DataFrame(rows, columns=["executor", "gave", "which is"]).set_index("executor")

    def _repr_html_(self) -> str:
        graph = " → ".join(self.operators) or "nothing was exported"
        source = "as recorded" if self.recorded else "run just now"
        return str(in_full(self.table()).set_caption(f"{graph} ({source})").to_html())


def examine(model: Model) -> Runs:
    """Run a model on every executor.

    Raises
    ------
    StudyError
        The environment of PyTorch is missing, and the model is none of those that were recorded.
    """
    try:
        interpreter(TORCH)
    except StudyError as error:
        rows = recorded()
        if model.key in rows:
            return runs(rows[model.key], recorded=True)
        raise StudyError(
            f"{error}. Without it only the lab's own models can be shown, unchanged, as recorded"
        ) from None
    return runs(_server().run(_task(model)))


def is_live() -> bool:
    """Tell whether models are run here, or shown as they were recorded."""
    try:
        interpreter(TORCH)
    except StudyError:
        return False
    return True


def runs(row: Mapping[str, Any], *, recorded: bool = False) -> Runs:
    """Return a worker's row as `Runs`."""
    executors = row.get("executors", {})
    outputs = {name: decoded(one["output"]) for name, one in executors.items() if one["status"] == "ok"}
    failures = {name: _ended(one) for name, one in executors.items() if one["status"] != "ok"}
    if "error" in row:
        failures[row["error"]["stage"]] = _ended({"status": row["status"]} | row["error"])
    return Runs(outputs, failures, tuple(row.get("operators", ())), recorded)


def recorded() -> dict[str, Any]:
    """Return the recorded rows by `Model.key`; ``versions`` tells what they were run with."""
    rows: dict[str, Any] = json.loads(RECORDED.read_text(encoding="utf-8"))
    return rows


def record(models: Iterable[Model]) -> dict[str, Any]:
    """Run models and return what `recorded` gives."""
    server = _server()
    rows = {model.key: _kept(server.run(_task(model))) for model in models}
    return {"versions": dict(server.versions), **dict(sorted(rows.items()))}


def _kept(row: Mapping[str, Any]) -> dict[str, Any]:
    """Leave out what changes from run to run, and error texts beyond their class."""
    kept: dict[str, Any] = {name: row[name] for name in ("status", "operators") if name in row}
    kept["executors"] = {
        name: {key: one[key] for key in ("status", "type", "output") if key in one}
        for name, one in row.get("executors", {}).items()
    }
    if "error" in row:
        kept["error"] = {key: row["error"][key] for key in ("stage", "type")}
    return kept


@cache
def _server() -> Server:
    folder = tempfile.TemporaryDirectory(prefix="converter-bench-")
    server = Server(interpreter(TORCH), "teaching.converter_worker", Path(folder.name))
    atexit.register(folder.cleanup)
    atexit.register(server.close)
    return server


def _task(model: Model) -> dict[str, Any]:
    exporter, _ = EXPORTERS[model.exporter]
    return {
        "id": model.key,
        "source": model.source,
        "inputs": [encoded(value) for value in model.inputs],
        "exporter": exporter,
        "opset": _OPSET,
        "limits": _LIMITS,
        "memory_mb": _MEMORY_MB,
    }


def _shown(output: Array) -> str:
    with np.printoptions(precision=4, threshold=8, edgeitems=3, linewidth=60):
        return f"{output.dtype} {output.shape}: {np.array2string(output.ravel())}"


def _ended(one: Mapping[str, Any]) -> str:
    text = " ".join(str(one.get("text", "")).split())
    return f"{one['status']}: {one['type']}" + (f" ({text[:120]})" if text else "")


def main(models: Sequence[Model]) -> int:
    """Record the lab's models anew, one a line."""
    lines = [f"{json.dumps(key)}: {json.dumps(row)}" for key, row in record(models).items()]
    write_atomic(RECORDED, "{\n" + ",\n".join(lines) + "\n}\n")
    return 0


if __name__ == "__main__":
    from teaching.exercises_break_a_converter import recorded_models

    sys.exit(main(recorded_models()))
