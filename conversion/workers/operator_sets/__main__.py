"""Measure an operator set again: ``PYTHONHASHSEED=0 python -m conversion.workers.operator_sets torch|tensorflow``."""

import json
import sys
from pathlib import Path

from nnsmith.materialize import Model
from nnsmith.narrow_spec import infer_topset_from_scratch


def measure(framework: str) -> dict[str, dict[str, list[list[str]]]]:
    """Try every operator with every combination of data types; return those that run, sorted."""
    measured = infer_topset_from_scratch(Model.init(framework, backend_target="cpu"), None)
    return {
        name: {
            side: sorted([dtype.name for dtype in combination] for combination in combinations)
            for side, combinations in (("in", types.in_dtypes), ("out", types.out_dtypes))
        }
        for name, types in sorted(measured.items())
    }


if __name__ == "__main__":
    (framework,) = sys.argv[1:]
    path = Path(__file__).with_name(f"{framework}.json")
    lines = [f"{json.dumps(name)}: {json.dumps(types)}" for name, types in measure(framework).items()]
    path.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")
