"""Operators and operator sequences of the models that the onnx package ships as tests: the public stand-in for converters' own.

``python -m conversion.onnx_tests`` prints a CSV: kind of test; an operator with the types of its inputs and its pattern of
attributes, or a sequence of operators along edges (as in `conversion.graph_structure`); and how many tests have it.
"""

import csv
import sys
import warnings
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

import onnx
from onnx import ModelProto
from onnx.backend.test.loader import DATA_DIR, load_model_tests

from conversion.graph_structure import structure
from conversion.reproducers import pattern
from conversion.workers.graph_nodes import attribute_texts, nested_graphs, operator_name
from conversion.workers.graphs import value_types
from methods.labelled_graphs import strings

COLUMNS = ("kind", "sequence", "types", "attributes", "tests")
KINDS = ("node", "simple", "pytorch-converted", "pytorch-operator")
LIGHT = "light"
LONGEST = 6

Key = tuple[str, str, str]


def shipped() -> Iterator[tuple[str, ModelProto]]:
    """Yield kind and model of each test whose model the package holds; others would be downloaded."""
    for kind in KINDS:
        for case in sorted(load_model_tests(kind=kind), key=lambda case: case.name):
            if case.model is not None:
                yield kind, case.model
            elif case.model_dir is not None:
                yield kind, onnx.load(str(Path(case.model_dir) / "model.onnx"))
    for path in sorted((Path(DATA_DIR) / LIGHT).glob("*.onnx")):
        yield LIGHT, onnx.load(str(path))


def held(model: ModelProto) -> set[Key]:
    """Return a model's operators, each with the types of its inputs and its attributes' pattern, and its sequences of two and more.

    Parameters
    ----------
    model : ModelProto
        Types of values that shape inference does not know are ``?``.
    """
    found: set[Key] = set()
    types = value_types(model)
    for graph in nested_graphs(model.graph):
        for node in graph.node:
            inputs = " ".join(sorted({types.get(name, "?") for name in node.input if name}))
            found.add((operator_name(node), inputs, pattern(attribute_texts(node))))
    for of_length in strings(structure(model), LONGEST)[1:]:
        found.update((" ".join(items), "", "") for items in of_length)
    return found


def table(models: Iterable[tuple[str, ModelProto]]) -> list[tuple[str, str, str, str, int]]:
    """Count, by kind, the tests that hold each operator or sequence; sorted."""
    counts: Counter[tuple[str, str, str, str]] = Counter()
    for kind, model in models:
        counts.update((kind, *key) for key in held(model))
    return [(*key, count) for key, count in sorted(counts.items())]


def main() -> None:
    """Print the table."""
    warnings.simplefilter("ignore")
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(table(shipped()))


if __name__ == "__main__":
    main()
