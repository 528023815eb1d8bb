"""The onnx package's own node tests through ONNX Runtime and the reference evaluator: the runtime's faults without a converter.

``python -m conversion.workers.node_tests`` in the torch environment prints a CSV: test, operator, opset, and for each side
whether its outputs match (by the test's own tolerances), differ, or where it fails.
"""

import csv
import sys
import warnings
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import numpy_helper
from onnx.backend.test.loader import load_model_tests

from conversion.workers import executors

COLUMNS = ("test", "operator", "opset", "onnx_runtime", "reference_evaluator")


def results() -> Iterator[tuple[str, str, int, str, str]]:
    """Yield one row a test."""
    for case in load_model_tests(kind="node"):
        model = case.model if case.model is not None else onnx.load(str(Path(str(case.model_dir)) / "model.onnx"))
        tolerances = (case.rtol, case.atol)
        sides = (executors.model_in_onnx_runtime, executors.model_in_evaluator)
        try:
            data = list(_data(case, model))
        except NotImplementedError:
            found = ["not_tried", "not_tried"]
        else:
            found = [_outcome(partial(make, model), data, tolerances) for make in sides]
        opset = next(entry.version for entry in model.opset_import)
        yield case.name, _operator(model), opset, found[0], found[1]


def _operator(model: onnx.ModelProto) -> str:
    """Return the operator under test: the last node's that is not a mere cast to the type of an output."""
    operators = [node.op_type for node in model.graph.node]
    others = [operator for operator in operators if operator not in {"Cast", "Constant"}]
    return str((others or operators)[-1])


def _data(case: Any, model: onnx.ModelProto) -> Iterator[tuple[list[Any], list[Any]]]:
    if case.data_sets is not None:
        yield from case.data_sets
        return
    for folder in sorted(Path(case.model_dir).glob("test_data_set_*")):
        sides = []
        for side, values in (("input", model.graph.input), ("output", model.graph.output)):
            read = [_read(folder / f"{side}_{number}.pb", value) for number, value in enumerate(values)]
            sides.append([value for value in read if value is not None])
        yield sides[0], sides[1]


def _read(path: Path, value: onnx.ValueInfoProto) -> Any:
    if not path.exists():
        return None
    if not value.type.HasField("tensor_type"):
        raise NotImplementedError("a sequence or an optional")
    tensor = onnx.TensorProto()
    tensor.ParseFromString(path.read_bytes())
    array = numpy_helper.to_array(tensor)
    if array.dtype.kind not in "fiubcSUO" or array.dtype.name.startswith(
        ("bfloat", "float8", "float4", "int4", "uint4")
    ):
        raise NotImplementedError("ONNX Runtime's Python interface takes no such array")
    return array


def _outcome(
    make: Callable[[], executors.Run], data: Sequence[tuple[list[Any], list[Any]]], tolerances: tuple[float, float]
) -> str:
    try:
        run = make()
    except Exception:
        return "load_failure"
    for inputs, expected in data:
        try:
            outputs = run(inputs)
        except Exception:
            return "run_failure"
        if not _close(expected, outputs, *tolerances):
            return "differs"
    return "matches"


def _close(expected: Sequence[Any], outputs: Sequence[Any], relative: float, absolute: float) -> bool:
    if len(expected) != len(outputs):
        return False
    for one, other in zip(expected, outputs, strict=True):
        a, b = np.asarray(one), np.asarray(other)
        if a.shape != b.shape or a.dtype != b.dtype:
            return False
        if not _equal(a, b, relative, absolute):
            return False
    return True


def _equal(a: Any, b: Any, relative: float, absolute: float) -> bool:
    if a.dtype.kind in "fc":
        return bool(np.allclose(b, a, rtol=relative, atol=absolute, equal_nan=True))
    if a.dtype.kind in "iubSUO":
        return bool(np.array_equal(a, b))
    return bool(a.tobytes() == b.tobytes())  # narrow types of floating point: as in the file, or not


def main() -> None:
    """Print the table."""
    warnings.simplefilter("ignore")
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(COLUMNS)
    rows: list[tuple[str, str, int, str, str]] = []
    with np.errstate(all="ignore"):
        rows.extend(results())
    writer.writerows(sorted(rows))


if __name__ == "__main__":
    main()
