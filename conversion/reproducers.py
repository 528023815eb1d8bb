"""Causes of wrong conversions, each with one smallest model: ``data/conversions/reproducers.csv`` and drafts of bug reports.

A cause is a party at fault, an operator, the types of its inputs and its attributes. Models are ONNX text, inputs are JSON that
gives back every bit; nothing here is binary, and nothing is sent anywhere.
"""

import csv
import hashlib
import io
import json
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from conversion.criteria import worst
from conversion.environments import interpreter
from conversion.records import Row
from datapackage.errors import Fault, InputError, StudyError
from datapackage.files import write_atomic
from datapackage.reasons import Reason

COLUMNS = (
    "reproducer", "party", "operator", "types", "attributes", "nodes", "nodes_before", "task", "campaign", "steps", "model",
    "inputs",
)  # fmt: skip
RUNTIME, OPTIMISER, REFERENCE = PARTIES = ("runtime", "optimiser", "reference")
PartyOf = Callable[[Row], str | None]
_TOLERANCE = 1e-3
_ROOT = Path(__file__).resolve().parents[1]
_GRACE = 120  # seconds beyond the search's own limit: imports, and the values of all nodes


def outvoted(row: Row) -> str | None:
    """Return which of ONNX Runtime's kernels, its optimisations and ONNX's reference the others outvote by 1e-3 of 1 + the size.

    The framework in both precisions must agree with the party that is right, so that no ill-conditioned model is taken for a
    defect; None where nobody is outvoted, or an executor is missing.
    """
    gaps = {
        name: worst(row, pair, "max_rel1")
        for name, pair in (
            ("own", "float64|framework"),
            ("plain", "framework|ort_off"),
            ("optimised", "ort_off|ort_all"),
            ("reference", "framework|onnx_reference"),
        )
    }
    if any(value is None for value in gaps.values()):
        return None
    far = {name: value > _TOLERANCE for name, value in gaps.items() if value is not None}
    if far["own"]:
        return None
    if far["plain"]:
        return None if far["reference"] else RUNTIME
    if far["optimised"]:
        return OPTIMISER
    return REFERENCE if far["reference"] else None


def ask(framework: str, what: str, request: Mapping[str, Any], seconds: float) -> dict[str, Any]:
    """Put a request to `conversion.workers.reproducer` in a framework's environment.

    Raises
    ------
    StudyError
        It failed, or did not answer in time.
    """
    command = [str(interpreter(framework)), "-m", "conversion.workers.reproducer", what]
    try:
        ended = subprocess.run(  # noqa: S603 - the project's own interpreter
            command,
            input=json.dumps(request),
            capture_output=True,
            text=True,
            timeout=seconds + _GRACE,
            cwd=_ROOT,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise StudyError(f"{what} did not end in {seconds + _GRACE:.0f} s; give it more with --seconds") from None
    if ended.returncode != 0:
        lines = ended.stderr.strip().splitlines()
        raise StudyError(f"{what} failed: {lines[-1] if lines else 'without a word'}")
    answer: dict[str, Any] = json.loads(ended.stdout.strip().splitlines()[-1])
    return answer


def reproducer(found: Mapping[str, Any], party: str, row: Row, campaign: str) -> dict[str, str]:
    """Return the table's row of what a reduction found; its name tells the cause, and is the same for the same cause."""
    attributes = " ".join(f"{name}={value}" for name, value in sorted(found["attributes"].items()))
    operator, types = " → ".join(found["operators"]), " ".join(found["types"])
    digest = hashlib.sha256(f"{party}/{operator}/{types}/{attributes}".encode()).hexdigest()[:6]
    return {
        "reproducer": f"{party}-{found['operators'][-1].lower()}-{digest}",
        "party": party,
        "operator": operator,
        "types": types,
        "attributes": attributes,
        "nodes": str(found["nodes"]),
        "nodes_before": str(row.get("onnx_nodes", "")),
        "task": row["id"],
        "campaign": campaign,
        "steps": "; ".join(found["steps"]),
        "model": " ".join(found["model"].split()),
        "inputs": json.dumps(found["feed"], separators=(",", ":")),
    }


def read(path: Path) -> list[dict[str, str]]:
    """Read the table; empty where it does not exist.

    Raises
    ------
    InputError
        It has other columns.
    """
    if not path.exists():
        return []
    with path.open(encoding="utf-8", newline="") as stream:
        reader = csv.DictReader(stream)
        rows = list(reader)
    if tuple(reader.fieldnames or ()) != COLUMNS:
        raise InputError([Fault(str(path), f"must have the columns {', '.join(COLUMNS)}", reason=Reason.FORMAT)])
    return rows


def merged(known: list[dict[str, str]], new: dict[str, str]) -> list[dict[str, str]]:
    """Return the table with a reproducer: of one cause the smaller model stays, of equal ones the known."""
    size = {row["reproducer"]: (int(row["nodes"]), len(row["inputs"])) for row in known}
    name = new["reproducer"]
    if name in size and size[name] <= (int(new["nodes"]), len(new["inputs"])):
        return known
    return sorted([row for row in known if row["reproducer"] != name] + [new], key=lambda row: row["reproducer"])


def write(path: Path, rows: list[dict[str, str]]) -> None:
    """Write the table."""
    stream = io.StringIO()
    writer = csv.DictWriter(stream, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    write_atomic(path, stream.getvalue())


def find(path: Path, name: str) -> dict[str, str]:
    """Return a reproducer by its name.

    Raises
    ------
    InputError
        There is none of that name.
    """
    rows = read(path)
    for row in rows:
        if row["reproducer"] == name:
            return row
    known = ", ".join(row["reproducer"] for row in rows) or "none is stored"
    raise InputError([Fault(str(path), f"holds no such reproducer; it has: {known}", column="reproducer", value=name)])


_EXPECTED: Mapping[str, str] = {
    RUNTIME: "ONNX Runtime with all optimisations off gives another result than ONNX's reference evaluator; the framework that the "
    "model was converted from agrees with the reference evaluator.",
    OPTIMISER: "ONNX Runtime's result changes with its graph optimisations.",
    REFERENCE: "ONNX's reference evaluator gives another result than ONNX Runtime; the framework that the model was converted from "
    "agrees with ONNX Runtime.",
}
_AT: Mapping[str, str] = {RUNTIME: "ONNX Runtime", OPTIMISER: "ONNX Runtime", REFERENCE: "onnx (reference evaluator)"}


def report(row: Mapping[str, str], verdicts: Mapping[str, Any], versions: Mapping[str, str]) -> str:
    """Return the draft of a bug report, for a person to check against the operator's specification, and to file or not."""
    told = "\n".join(
        f"| {name} | {'; '.join(' '.join(each) for each in found['outputs']) if 'outputs' in found else found['error']} |"
        for name, found in verdicts.items()
        if isinstance(found, dict)
    )
    last = row["operator"].rpartition(" ")[2]
    used = ", ".join(
        f"{name} {versions[name]}" for name in ("onnx", "onnxruntime", "numpy", "python") if name in versions
    )
    feed = ", ".join(
        f"{name!r}: np.array([{', '.join(_literal(number) for number in value['values'])}], "
        f"{value['dtype']!r}).reshape({tuple(value['shape'])})"
        for name, value in json.loads(row["inputs"]).items()
    )
    return f"""# Draft: {last}: results differ ({row["types"]}; {row["attributes"] or "default attributes"})

For {_AT[row["party"]]}. Not filed: a person must check it against the specification and the open issues first.

{_EXPECTED[row["party"]]} Which of them the specification asks for: https://onnx.ai/onnx/operators/onnx__{last}.html

Versions: {used}. Found in a generated model ({row["task"]}) and reduced: {row["steps"]}.

```python
import numpy as np, onnx, onnx.parser, onnxruntime as ort
from onnx.reference import ReferenceEvaluator

nan, inf = np.nan, np.inf
model = onnx.parser.parse_model({row["model"]!r})
feed = {{{feed}}}
print(ReferenceEvaluator(model).run(None, feed))
for level in (ort.GraphOptimizationLevel.ORT_DISABLE_ALL, ort.GraphOptimizationLevel.ORT_ENABLE_ALL):
    options = ort.SessionOptions()
    options.graph_optimization_level = level
    print(level, ort.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"]).run(None, feed))
```

| executor | first numbers |
| --- | --- |
{told}
"""


def _literal(number: Any) -> str:
    return repr(float.fromhex(number)) if isinstance(number, str) else repr(number)
