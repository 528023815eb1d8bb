"""Operator sequences of a campaign's graphs: structure, number of paths and distinct sequences of each, stored in its folder.

`graphs.parquet` has a row a graph, `sequences.parquet` one a graph and sequence. What the analysis needs goes to
``data/conversions/NAME-graphs.csv``: the structure as text, from which sequences of any length, contexts and numbers of paths
follow again (`methods.labelled_graphs`), at a tenth of their size.
"""

import csv
import io
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import onnx
import pyarrow as pa
import pyarrow.parquet as pq
from google.protobuf.message import DecodeError

from conversion.classification import classify
from conversion.criteria import CRITERIA
from conversion.graph_structure import structure
from conversion.records import Records, Row
from datapackage.conversions import MISMATCH, NOT_COMPARED, SUCCESS, WRONG_DTYPE, WRONG_SHAPE
from datapackage.errors import Fault, InputError
from datapackage.files import write_atomic
from datapackage.reasons import Reason
from methods.labelled_graphs import LabelledGraph, path_count, strings

LONGEST = 10
"""Operators of the longest sequences that the study's saved output holds."""
STUDYS_CRITERIA = ("close-1e-3", "absolute-1e-7")
"""The study's for torch.onnx and for tf2onnx; every graph is judged by both."""


def verdict_column(criterion: str) -> str:
    """Return the column of a criterion's verdicts.

    Examples
    --------
    >>> verdict_column("close-1e-3")
    'by_close_1e_3'
    """
    return f"by_{criterion.replace('-', '_')}"


GRAPH_COLUMNS = (
    "converter",
    "nodes",
    "model",
    "opset",
    *(verdict_column(name) for name in STUDYS_CRITERIA),
    "paths",
    "graph",
)
_VERDICTS = {
    SUCCESS: "match",
    MISMATCH: "mismatch",
    WRONG_SHAPE: "mismatch",
    WRONG_DTYPE: "mismatch",
    NOT_COMPARED: NOT_COMPARED,
}


class Structured(NamedTuple):
    """A task of a campaign with the structure of its graph."""

    row: Row
    graph: LabelledGraph


def structured(records: Records) -> Iterator[Structured]:
    """Yield the tasks of a campaign whose exporter wrote a graph, sorted by their names.

    Raises
    ------
    InputError
        Graphs that cannot be read, all of them.
    """
    faults = []
    for row in sorted(records.rows(), key=lambda row: str(row["id"])):
        path = records.graph_path(row["id"])
        if not path.exists():
            continue
        try:
            found = structure(onnx.load(str(path)))
        except (DecodeError, ValueError) as error:
            message = f"is no graph in ONNX's form: {error}; remove its row and run the campaign again"
            faults.append(Fault(str(path), message, reason=Reason.FORMAT))
            continue
        if not faults:
            yield Structured(row, found)
    if faults:
        raise InputError(faults)


def verdict(row: Row, criterion: str) -> str | None:
    """Return ``match``, ``mismatch`` (of value, shape or type) or, of NaN, ``not_compared``; None of a task that failed."""
    return _VERDICTS.get(classify(row, CRITERIA[criterion]).outcome)


def store(records: Records, longest: int = LONGEST) -> tuple[int, int]:
    """Write ``graphs.parquet`` and ``sequences.parquet`` into a campaign's folder; return the numbers of graphs and sequences.

    Raises
    ------
    InputError
        See `structured`.
    """
    graphs: list[dict[str, Any]] = []
    sequences: dict[str, list[Any]] = {"task": [], "converter": [], "length": [], "sequence": []}
    for row, graph in structured(records):
        graphs.append({"task": row["id"], **graph_row(row, graph)})
        for found in strings(graph, longest):
            texts = sorted(" ".join(items) for items in found)
            for text in texts:
                sequences["task"].append(row["id"])
                sequences["converter"].append(row["exporter"])
                sequences["length"].append(text.count(" ") + 1)
                sequences["sequence"].append(text)
    kinds = {"task": pa.string(), "converter": pa.string(), "length": pa.int8(), "sequence": pa.string()}
    schema = pa.schema(list(kinds.items()))
    _write(records.folder / "graphs.parquet", pa.Table.from_pylist(graphs, schema=_GRAPH_SCHEMA))
    _write(records.folder / "sequences.parquet", pa.table(sequences, schema=schema))
    return len(graphs), len(sequences["task"])


_GRAPH_SCHEMA = pa.schema(
    [("task", pa.string())]
    + [(name, pa.int32() if name in {"nodes", "opset"} else pa.string()) for name in GRAPH_COLUMNS]
)


def graph_row(row: Row, graph: LabelledGraph) -> dict[str, Any]:
    """Return a graph's row as it stands in the tables; numbers of paths are text, since they outgrow 64 bits."""
    return {
        "converter": row["exporter"],
        "nodes": row["nodes"],
        "model": row["model"],
        "opset": row["opset"],
        **{verdict_column(name): verdict(row, name) for name in STUDYS_CRITERIA},
        "paths": str(path_count(graph)),
        "graph": graph.text(),
    }


def export_graphs(records: Records, folder: Path, name: str) -> Path:
    """Write ``NAME-graphs.csv`` below a folder; return its path."""
    rows = sorted(
        (graph_row(row, graph) for row, graph in structured(records)),
        key=lambda row: (row["converter"], row["opset"], row["nodes"] or 0, row["model"]),
    )
    path = folder / f"{name}-graphs.csv"
    write_atomic(path, _csv(rows))
    return path


def _csv(rows: Iterable[dict[str, Any]]) -> str:
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(GRAPH_COLUMNS)
    writer.writerows(["" if row[name] is None else row[name] for name in GRAPH_COLUMNS] for row in rows)
    return stream.getvalue()


def _write(path: Path, table: pa.Table) -> None:
    buffer = pa.BufferOutputStream()
    pq.write_table(table, buffer, compression="zstd")
    write_atomic(path, buffer.getvalue().to_pybytes())
