"""Small models in ONNX Runtime, in ONNX's reference evaluator and in float64: who is at fault in them, and the least that shows it.

``python -m conversion.minimisation.reproducer reduce`` and ``… run`` take JSON on standard input and give JSON on standard output.
"""

import contextlib
import importlib
import io
import json
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import ModelProto

from conversion.attribution import EXECUTORS, attribute
from conversion.environments import MODULES
from conversion.minimisation.localisation import Localised, Trial, localise
from conversion.workers import executors
from conversion.workers.examination import DRAWS, PERTURBED, largest
from conversion.workers.float64_graph import in_float64
from conversion.workers.graph_nodes import attribute_texts
from conversion.workers.network import Network
from conversion.workers.outputs import FLOAT64, FRAMEWORK, describe_outputs, discrete_wrong, pair
from conversion.workers.pipeline import Case, run_task
from conversion.workers.reduction import Feed, as_text, reduce_graph
from conversion.workers.server import merge
from conversion.workers.stages import describe_error
from datapackage.conversions import IN_THE_GRAPH, REFERENCE_EVALUATOR


def run(name: str, model: ModelProto, feed: Feed) -> list[Any]:
    """Run a model in one of the executors of `conversion.workers.executors`."""
    values = list(feed.values())
    if name == executors.ONNX_REFERENCE:
        return executors.model_in_evaluator(model)(values)
    if name == executors.ONNX_FLOAT64:
        wide = [executors.as_float64(value) for value in values]
        return executors.model_in_evaluator(in_float64(model))(wide)
    return executors.onnx_runtime(model.SerializeToString(), optimised=name == executors.ORT_ALL)(values)


def judged(model: ModelProto, feed: Feed, party: str) -> dict[str, Any]:
    """Return a graph's row as `conversion.attribution` reads it, where no framework can run the graph.

    In the framework's stead stands ONNX's reference evaluator, with the graph in float64 for the truth; where that evaluator is the
    party asked about, ONNX Runtime without optimisations, for both. Rounding alone is told by moving the last digits of the inputs.

    Raises
    ------
    Exception
        An executor can't run the graph.
    """
    inputs = list(feed.values())
    outputs = {name: [run(name, model, feed)] for name in EXECUTORS}
    stead = executors.ORT_OFF if party == REFERENCE_EVALUATOR else executors.ONNX_REFERENCE
    outputs[FRAMEWORK] = outputs[stead]
    outputs[FLOAT64] = outputs[stead if party == REFERENCE_EVALUATOR else executors.ONNX_FLOAT64]
    generator = np.random.default_rng(0)
    draws = [
        [run(stead, model, dict(zip(feed, (moved(value, generator) for value in inputs), strict=True)))]
        for _ in range(DRAWS)
    ]
    spread = [largest(output) for output in zip(*(pair(outputs[FRAMEWORK], draw) for draw in draws), strict=True)]
    compared = [(FLOAT64, name) for name in (FRAMEWORK, *EXECUTORS)] + [(FRAMEWORK, executors.ORT_ALL)]
    return {
        "outputs": describe_outputs(outputs[FRAMEWORK]),
        "executors": {FLOAT64: {"status": "ok"}},
        "pairs": {f"{one}|{other}": pair(outputs[one], outputs[other]) for one, other in compared}
        | {f"{FRAMEWORK}|{PERTURBED}": spread},
        "discrete": {name: discrete_wrong(outputs, name, draws) for name in EXECUTORS},
    }


def moved(value: Any, generator: np.random.Generator) -> Any:
    """Move floating point by a unit in the last place, up, down or not; whole numbers and other types stay, as in campaigns."""
    if value.dtype.kind != "f":
        return value
    with np.errstate(all="ignore"):
        changed = value * (1 + generator.integers(-1, 2, value.shape) * np.finfo(value.dtype).eps)
        return np.where((value == np.trunc(value)) | ~np.isfinite(value), value, changed).astype(value.dtype)


def at_fault(party: str) -> Callable[[ModelProto, Feed], bool]:
    """Return a test whether a party is at fault in a graph; one that fails in an executor shows nothing."""

    def fails(model: ModelProto, feed: Feed) -> bool:
        try:
            found = attribute(judged(model, feed, party))
        except Exception:
            return False
        return found is not None and found.party == party

    return fails


def intermediate_values(model: ModelProto, feed: Feed) -> dict[str, Any]:
    """Return every value of a graph on a feed, by ONNX's reference evaluator."""
    copy = ModelProto()
    copy.CopyFrom(model)
    del copy.graph.output[:]
    names = [name for node in model.graph.node for name in node.output if name]
    copy.graph.output.extend(onnx.ValueInfoProto(name=name) for name in names)
    with np.errstate(all="ignore"):
        found = executors.evaluator_of(copy).run(None, feed)
    return dict(feed) | {name: np.asarray(value) for name, value in zip(names, found, strict=True)}


def tried(case: Case, task: Mapping[str, Any]) -> Trial:
    """Export, run and examine a case as a campaign does, in this process."""
    row: dict[str, Any] = {"stages": {}}

    def report(told: Mapping[str, Any]) -> None:
        merge(row, told.get("fields", {}))

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.onnx"
        try:
            run_task({**task, "examine": True, "inject": False, "keep": {}}, lambda _: case, Path(folder), report)
        except Exception as error:
            row["error"] = describe_error(error)
        model = onnx.load(str(path)) if path.exists() else None
    outputs = {}
    if "error" not in row and row.get("executors", {}).get("float64", {}).get("status") == "ok":
        outputs = {
            "framework": case.executors()["framework"](case.inputs[0]),
            "float64": case.float64()(case.inputs[0]),
        }
    return Trial(row, model, outputs)


def reduce_task(module: Any, task: Mapping[str, Any], party: str, place: int, seconds: float) -> dict[str, Any]:
    """Reduce a generated model of a campaign while a party stays at fault, and describe the least that shows it.

    The framework's instructions are reduced first (`conversion.minimisation.localisation`); of the graph that the exporter
    writes of them, nodes are taken away where the fault is one of the graph's executors.

    Parameters
    ----------
    module : module
        The framework's, with ``on_one_thread`` and ``network``.
    task : mapping
        Of the campaign.
    party : str
        One of `datapackage.conversions.AT_FAULT`.
    place : int
        Which input of the model shows the fault.
    seconds : float
        For the search.

    Raises
    ------
    ValueError
        The fault does not show again.
    """
    module.on_one_thread()
    deadline = time.monotonic() + seconds
    network = module.network(task)
    found = localise(network, lambda case: tried(case, task), party, place, lambda: time.monotonic() >= deadline)
    model, steps, complete = found.trial.model, found.steps, found.complete
    assert model is not None  # noqa: S101 - a part that shows a fault was exported
    names = [value.name for value in model.graph.input][: len(found.feed)]
    feed = dict(zip(names, found.feed.values(), strict=True))
    results = {name: [encoded(value) for value in values] for name, values in found.trial.outputs.items()}
    if party in IN_THE_GRAPH and len(model.graph.node) > 1 and at_fault(party)(model, feed):
        least = reduce_graph(model, intermediate_values(model, feed), at_fault(party), deadline=deadline)
        if len(least.model.graph.node) < len(model.graph.node):
            model, feed, results = least.model, least.feed, {}
            steps, complete = (*steps, *least.steps), complete and least.complete
    kept = [network.instructions[place] for place in found.kept]
    return described(model, feed, steps, complete=complete) | {
        "framework_operators": [each.operator for each in kept if not each.constant],
        "framework_attributes": {name: str(value) for name, value in kept[-1].attributes.items()},
        "first": _first(network, found),
        "results": results,
    }


def _first(network: Network, found: Localised) -> dict[str, Any]:
    """Describe the first value at which the party is at fault; empty where none is known."""
    if found.first is None:
        return {}
    place = found.first.place
    instruction = network.instructions[place]
    return {
        "operator": instruction.operator,
        "types": list(found.first_types),
        "attributes": {name: str(value) for name, value in instruction.attributes.items()},
        "place": f"{_computed(network, place)} of {_computed(network)}",
    }


def _computed(network: Network, last: int | None = None) -> int:
    """Count the instructions that are no weights, up to one of them."""
    end = len(network.instructions) if last is None else last + 1
    return sum(not each.constant for each in network.instructions[:end])


def reduce_model(model: ModelProto, inputs: list[Feed], party: str, seconds: float) -> dict[str, Any]:
    """Reduce a model that no generator made to the least graph in which a party is at fault, on the first input that shows it.

    Raises
    ------
    ValueError
        On no input it is.
    """
    fails, deadline = at_fault(party), time.monotonic() + seconds
    for feed in inputs:
        if fails(model, feed):
            found = reduce_graph(model, intermediate_values(model, feed), fails, deadline=deadline)
            return described(found.model, found.feed, found.steps, complete=found.complete) | {
                "framework_operators": [], "framework_attributes": {}, "first": {}, "results": {},
            }  # fmt: skip
    raise ValueError("the party is not at fault on any input of the graph alone")


def described(model: ModelProto, feed: Feed, steps: Sequence[str], *, complete: bool) -> dict[str, Any]:
    """Return what a reproducer tells of its model."""
    inner = [node for node in model.graph.node if node.op_type != "Constant"] or list(model.graph.node)
    return {
        "nodes": len(model.graph.node),
        "operators": [node.op_type for node in inner],
        "attributes": attribute_texts(inner[-1]) if inner else {},  # an exporter folds what is constant
        "types": sorted({value.dtype.name for value in feed.values()}),
        "model": as_text(model),
        "feed": {name: encoded(value) for name, value in feed.items()},
        "steps": list(steps),
        "complete": complete,
    }


def encoded(value: Any) -> dict[str, Any]:
    """Return an array as JSON that gives back every bit: type, shape, and numbers (floating point as hexadecimal text)."""
    flat = value.ravel().tolist()
    numbers = [float(number).hex() for number in flat] if value.dtype.kind == "f" else flat
    return {"dtype": value.dtype.name, "shape": list(value.shape), "values": numbers}


def decoded(stored: Mapping[str, Any]) -> Any:
    """Return the array that `encoded` stored."""
    numbers = [float.fromhex(number) if isinstance(number, str) else number for number in stored["values"]]
    return np.array(numbers, dtype=stored["dtype"]).reshape(stored["shape"])


def verdicts(model: ModelProto, feed: Feed) -> dict[str, Any]:
    """Return what each executor makes of a model: its outputs as `encoded` has them, or the class of its error."""
    told: dict[str, Any] = {}
    for name in (executors.ONNX_FLOAT64, executors.ONNX_REFERENCE, executors.ORT_OFF, executors.ORT_ALL):
        try:
            outputs = run(name, model, feed)
        except Exception as error:
            told[name] = {"error": type(error).__name__}
            continue
        told[name] = {"outputs": [encoded(value) for value in outputs]}
    return told


def _read(stored: Mapping[str, Any]) -> tuple[ModelProto, list[Feed]]:
    """Return a model with the inputs that a campaign kept, by the names of the graph."""
    model = onnx.load(stored["model"])
    initialised = {tensor.name for tensor in model.graph.initializer}
    names = [value.name for value in model.graph.input if value.name not in initialised]
    arrays = np.load(io.BytesIO(Path(stored["inputs"]).read_bytes()))
    count = len({key.partition("/")[0] for key in arrays})
    return model, [{name: arrays[f"{number}/{place}"] for place, name in enumerate(names)} for number in range(count)]


def main() -> None:
    """Answer one request."""
    request = json.loads(sys.stdin.read())
    with contextlib.redirect_stdout(sys.stderr):  # exporters print
        if sys.argv[1:] == ["reduce"] and "task" in request:
            about = (request[name] for name in ("task", "party", "place", "seconds"))
            answer = reduce_task(importlib.import_module(MODULES[request["framework"]]), *about)
        elif sys.argv[1:] == ["reduce"]:
            model, inputs = _read(request)
            answer = reduce_model(model, inputs, request["party"], request["seconds"])
        else:
            feed = {name: decoded(value) for name, value in request["feed"].items()}
            answer = verdicts(onnx.parser.parse_model(request["model"]), feed)
    sys.stdout.write(json.dumps(answer) + "\n")


if __name__ == "__main__":
    main()
