"""What a warm forking server saves against a process a model, the study's way, and where dynamo's time goes.

``python -m benchmarks.campaign [MODELS]``, in the environments of ``make conversion-env``. The same generated models and the
same work both times (export, ONNX Runtime, no further executors). Times are the processor's, so other work on the machine
disturbs them little. Prints the figures as JSON and exits with 3 when a bound is missed.
"""

import json
import resource
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median
from typing import Any

from conversion.campaign import new_server
from conversion.environments import MODULES, interpreter
from conversion.isolation import Server
from conversion.tasks import EXPORTERS, Specification, Task, tasks

BOUNDS = {"torchscript": 10.0, "tf2onnx": 7.0}
MODELS = 8
SIZES = tuple(range(15, 101, 5))

# The parts of an export by dynamo, as torch names them
_PROFILE = """
import cProfile, json, pstats, sys, tempfile, pathlib
from conversion.workers import torch_framework as torch_side
folder = pathlib.Path(tempfile.mkdtemp())
torch_side.warm(folder)
task = json.loads(sys.argv[1])
case = torch_side.SUITES[task["suite"]](task)
profile = cProfile.Profile()
profile.runcall(case.export, task["exporter"], task["opset"], folder / "model.onnx")
stats = pstats.Stats(profile)
total = stats.total_tt
parts = {}
for (file, _, name), (_, _, _, cumulative, _) in stats.stats.items():
    for part, (place, function) in json.loads(sys.argv[2]).items():
        if name == function and place in file.replace("\\\\", "/"):
            parts[part] = max(parts.get(part, 0), cumulative / total)
print(json.dumps({part: round(share, 2) for part, share in sorted(parts.items(), key=lambda item: -item[1])}))
"""
_PARTS = {
    "torch.export (capture)": ("torch/export/__init__", "export"),
    "decompositions": ("exporter/_fx_passes", "decompose_with_registry"),
    "registry of operators": ("exporter/_registration", "from_torchlib"),
    "translation": ("exporter/_core", "_exported_program_to_onnx_program"),
    "optimisation of the ONNX graph": ("exporter/_onnx_program", "optimize"),
}


def main(models: int) -> int:
    """Run the benchmark."""
    figures: dict[str, Any] = {}
    missed = False
    for word in EXPORTERS:
        planned = benchmark_tasks(word, models)
        with tempfile.TemporaryDirectory() as folder:
            warm = warm_seconds(planned, Path(folder))
            fresh = [fresh_seconds(task, Path(folder)) for task in planned]
        ratio = sum(fresh) / sum(warm)
        figures[word] = {
            "models": len(planned),
            "models_per_minute_and_core": round(60 * len(warm) / sum(warm), 1),
            "median_seconds": round(median(warm), 3),
            "process_a_model_median_seconds": round(median(fresh), 3),
            "ratio": round(ratio, 1),
        }
        missed |= ratio < BOUNDS.get(word, 0)
    figures["dynamo"]["shares_of_an_export"] = dynamo_shares(benchmark_tasks("dynamo", 9)[-1])
    print(json.dumps(figures, indent=2))  # noqa: T201
    return 3 if missed else 0


def benchmark_tasks(exporter: str, models: int) -> list[Task]:
    """Return tasks of export and one runtime alone, on two inputs."""
    specification = Specification("synthetic", (exporter,), models, SIZES, inputs=2, seed=99, examine=False)
    return list(tasks(specification))


def warm_seconds(planned: list[Task], folder: Path) -> list[float]:
    """Return the processor's seconds of each task in a fork of a warm server; its start is not counted."""
    server = new_server(planned[0]["framework"], folder / "warm")
    server.start()
    try:
        return [float(server.run(task)["cpu_seconds"]) for task in planned]
    finally:
        server.close()


def fresh_seconds(task: Task, folder: Path) -> float:
    """Return the processor's seconds of a process that imports the framework, runs one task and ends."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    server = Server(interpreter(task["framework"]), MODULES[task["framework"]], folder / "fresh", options=("--cold",))
    try:
        server.run(task)
    finally:
        server.close()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def dynamo_shares(task: Task) -> dict[str, float]:
    """Return which share of a warm export by dynamo each of its parts takes; parts hold one another."""
    command = [str(interpreter("torch")), "-c", _PROFILE, json.dumps(task), json.dumps(_PARTS)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603 - our own interpreter
    shares: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return shares


if __name__ == "__main__":
    raise SystemExit(main(int(sys.argv[1]) if len(sys.argv) > 1 else MODELS))
