"""How much faster sharing of sequences is found from strings of bounded length than pair by pair from all paths.

``python -m benchmarks.sequences``; prints the figures as JSON and exits with 3 when a bound is missed. The pairwise method, the
study's, is run on models drawn at random and extrapolated to all by the numbers of their pairs of paths, which it goes through.
Seconds are the processor's. ``--architectures DIR`` names the folder of a campaign on architectures, and times structure, paths and
sequences of each of its graphs as well: Swin-T's and Llama's are the largest.
"""

import argparse
import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from analysis.dataset import Study
from datapackage.commandline import DATA
from datapackage.errors import StudyError
from methods.labelled_graphs import LabelledGraph, path_count, strings
from methods.sharing import by_containment, exclusive_items
from tests.methods.pairwise_oracle import coded_paths, shared

RATIO, SECONDS, GROWTH = 1000, 30.0, 1.25
EACH = 1.0  # seconds for one graph of an architecture
SHORTEST, LONGEST = 3, 10
MISMATCHED, CORRECT = 100, 900
_MOST_PAIRS = 2_000  # of paths: the pairwise method's sample leaves pairs of models with more alone, which favours it


def main() -> int:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.sequences", description=__doc__)
    parser.add_argument("--pairs", type=int, default=300, help="pairs of models for the pairwise method (default: 300)")
    parser.add_argument("--architectures", type=Path, metavar="DIR", help="folder of a campaign on architectures")
    arguments = parser.parse_args()
    figures = measure(Study(DATA), arguments.pairs)
    slow = {}
    if arguments.architectures is not None:
        each = architectures(arguments.architectures)
        slow = {name: found for name, found in each.items() if found["seconds"] >= EACH}
        figures = {**figures, "architectures": each}
    print(json.dumps(figures, indent=2))  # noqa: T201
    met = not slow and figures["ratio"] >= RATIO and figures["seconds"] < SECONDS and figures["exponent"] <= GROWTH
    return 0 if met else 3


def architectures(folder: Path) -> dict[str, dict[str, Any]]:
    """Return, of each graph below a campaign's folder, its nodes on paths, number of paths, sequences, and the seconds they take.

    Raises
    ------
    StudyError
        There is no graph.
    """
    from onnx import load  # noqa: PLC0415

    from conversion.graph_structure import structure  # noqa: PLC0415 - needs onnx

    paths = sorted((folder / "graphs").glob("*.onnx"))
    if not paths:
        raise StudyError(
            f"{folder}: holds no graph; run `python -m conversion run --suite architectures --out {folder}`"
        )
    found = {}
    for path in paths:
        model = load(str(path))
        started = time.process_time()
        graph = structure(model)
        number, distinct = path_count(graph), sum(len(items) for items in strings(graph, LONGEST))
        seconds = round(time.process_time() - started, 3)
        found[path.stem] = {
            "nodes": len(graph.labels), "paths": f"{number:.3g}" if number < 1e300 else f"10^{len(str(number)) - 1}",
            "sequences": distinct, "seconds": seconds,
        }  # fmt: skip
    return found


def measure(study: Study, pairs: int) -> dict[str, Any]:
    """Find sharing among 100 mismatched and 900 correct models, in four sizes of problem, and pair by pair in a sample."""
    table = study.graphs.sample(frac=1, random_state=1)
    graphs = [LabelledGraph.parse(text) for text in table["graph"]][: MISMATCHED + CORRECT]
    marked = np.arange(len(graphs)) % (len(graphs) // MISMATCHED) == 0
    sizes = [len(graphs) // 8, len(graphs) // 4, len(graphs) // 2, len(graphs)]
    seconds = [_timed(graphs[:size], marked[:size]) for size in sizes]
    exponent = float(np.polyfit(np.log(sizes), np.log(seconds), 1)[0])
    each, tried = _pairwise(graphs, pairs)
    paths = np.array([path_count(graph) for graph in graphs], dtype=float)
    among = float((paths[marked].sum() ** 2 - (paths[marked] ** 2).sum()) / 2)
    all_pairs = among + float(paths[marked].sum() * paths[~marked].sum())
    return {
        "mismatched": int(marked.sum()),
        "correct": int((~marked).sum()),
        "seconds": round(seconds[-1], 2),
        "exponent": round(exponent, 2),
        "pairs_of_paths": round(all_pairs),
        "pairs_of_paths_tried": tried,
        "microseconds_a_pair_of_paths": round(1e6 * each, 1),
        "pairwise_hours_extrapolated": round(each * all_pairs / 3600, 1),
        "ratio": round(each * all_pairs / seconds[-1]),
    }


def _timed(graphs: Sequence[LabelledGraph], marked: "np.ndarray[tuple[int], np.dtype[np.bool_]]") -> float:
    started = time.process_time()
    held = [set().union(*strings(graph, LONGEST)[SHORTEST - 1 :]) for graph in graphs]
    exclusive_items(by_containment(held), marked)
    return time.process_time() - started


def _pairwise(graphs: Sequence[LabelledGraph], pairs: int) -> tuple[float, int]:
    """Return seconds a pair of paths of the study's method, and the pairs tried; what it reports must be found."""
    generator = np.random.default_rng(1)
    spent, tried = 0.0, 0
    for _ in range(pairs):
        first, second = (graphs[place] for place in generator.choice(len(graphs), 2, replace=False))
        number = path_count(first) * path_count(second)
        if not 0 < number <= _MOST_PAIRS:
            continue
        codes: dict[str, str] = {}
        started = time.process_time()
        reported = shared(coded_paths(first, codes), coded_paths(second, codes), codes)
        spent += time.process_time() - started
        tried += number
        one, other = (set().union(*strings(graph, len(graph.labels))) for graph in (first, second))
        if not reported <= one & other:
            raise AssertionError("the pairwise method reports a sequence that the strings lack")
    return spent / tried, tried


if __name__ == "__main__":
    raise SystemExit(main())
