"""Models that NNSmith generates: the same seed yields the same graph, weights and inputs, on every machine.

NNSmith itself does not promise that. Here: each model is made in a process of its own (z3 keeps state), the operator sets
are frozen, no budget of wall-clock time steers the search (a hanging solver is killed from outside), and the weights are
not refined, which has such a budget of 20 ms.

Source: J. Liu et al., "NNSmith: Generating Diverse and Valid Test Cases for Deep Learning Compilers", ASPLOS 2023.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from nnsmith.graph_gen import model_gen
from nnsmith.materialize import Model
from nnsmith.util import set_seed

# The main suite; what else fails is mostly a kernel that ONNX Runtime lacks for half precision and small integers
MAIN_TYPES = ("float32", "int64", "bool")
_NO_TIME_LIMIT_MS = 2_000_000_000  # z3 takes a third of it, as an unsigned integer of 32 bits
_SEED_BITS = 31


def operator_set(framework: str, types: tuple[str, ...] | None, without: Collection[str] = ()) -> list[Any]:
    """Return NNSmith's operators of a framework, narrowed to the frozen data types, and to `types` if given.

    Raises
    ------
    ValueError
        An operator to leave out is none of NNSmith's.
    """
    # ruff: noqa: PLC0415 - importing the data types loads the framework
    from nnsmith.abstract.dtype import DType

    frozen = json.loads(
        Path(__file__).with_name("operator_sets").joinpath(f"{framework}.json").read_text(encoding="utf-8")
    )
    candidates = Model.init(framework, backend_target="cpu").operators()
    unknown = set(without) - {name.removeprefix("core.") for name in frozen}
    if unknown:
        raise ValueError(f"no operators of NNSmith: {', '.join(sorted(unknown))}")
    chosen = []
    for operator in sorted(candidates, key=lambda candidate: candidate.name()):
        known = frozen.get(operator.name())
        if operator.name().removeprefix("core.") in without:
            continue
        if known is None or operator.limit_domain:  # such as Sqrt of a negative number: NaN with certainty
            continue
        sides = {
            side: [
                tuple(DType[name] for name in group)
                for group in known[side]
                if types is None or set(group) <= set(types)
            ]
            for side in ("in", "out")
        }
        if sides["in"] and sides["out"]:
            operator.in_dtypes, operator.out_dtypes = sides["in"], sides["out"]
            chosen.append(operator)
    return chosen


def generate_graph(framework: str, task: Mapping[str, Any]) -> Any:
    """Return NNSmith's graph for a task's nodes, seed and suite; call it once a process."""
    types = MAIN_TYPES if task["suite"] == "synthetic" else None
    seed = task["seed"]
    Model.init(framework, backend_target="cpu").add_seed_setter()
    generator = model_gen(
        opset=operator_set(framework, types, task.get("without", ())),
        method="symbolic-cinit",
        max_nodes=task["nodes"],
        seed=seed,
        timeout_ms=_NO_TIME_LIMIT_MS,
        dtype_choices=types,
    )
    return generator.make_concrete()


def seed_weights(seed: int) -> None:
    """Set every generator of random numbers that a model's weights are drawn from."""
    set_seed(seed)


def random_inputs(input_like: Mapping[str, Any], task: Mapping[str, Any]) -> list[list[Any]]:
    """Return a task's inputs for NNSmith's description of them, each a list of arrays in order."""
    return [
        [
            random_input(tuple(like.shape), like.dtype.name, task["seed"], index, name)
            for name, like in input_like.items()
        ]
        for index in range(task["inputs"])
    ]


def random_input(shape: tuple[int, ...], dtype: str, seed: int, index: int, name: str) -> np.ndarray[Any, Any]:
    """Return the `index`-th input of a model.

    Even inputs lie in (3, 7), where few operators are undefined (NNSmith's own choice), odd ones in (-2, 2). Integers are
    the rounded numbers; booleans say which are above the middle.
    """
    key = hashlib.sha256(f"{seed}/{index}/{name}".encode()).digest()
    numbers = np.random.default_rng(int.from_bytes(key[:8], "big")).random(shape)
    low = 3.0 if index % 2 == 0 else -2.0
    if dtype == "bool":
        return np.asarray(numbers > 0.5)
    values = low + 4.0 * numbers
    kind = np.dtype(dtype)
    if kind.kind in "iu":
        return np.asarray(np.clip(np.round(values), 0 if kind.kind == "u" else None, None).astype(kind))
    return np.asarray(values.astype(kind))


def describe(graph: Any) -> dict[str, Any]:
    """Return the fields of the row that the graph decides: how many operators, which, and a checksum of the graph."""
    names = [instruction.iexpr.op.name() for instruction in graph.insts]
    text = graph.pretty() if hasattr(graph, "pretty") else str(graph)
    return {
        "model_nodes": graph.n_compute_inst(),
        "graph_sum": hashlib.sha256(text.encode()).hexdigest()[:16],
        "model_operators": dict(sorted(Counter(name.removeprefix("core.") for name in names).items())),
    }
