"""A campaign as tables below ``data/conversions/``: one row a task, operators, and a manifest that says how it was made.

No error text is exported, only its stage, class and operator; no model and no path of the machine.
"""

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping
from math import isfinite
from pathlib import Path
from typing import Any

from conversion import injection
from conversion.attribution import ORT_ALL, attribute
from conversion.classification import classify
from conversion.criteria import Criterion, criterion, elements, metric_sets, vacuous, worst
from conversion.records import Records, Row
from conversion.tasks import command_of
from datapackage.conversions import SUCCESS
from datapackage.files import write_atomic

_EXAMINED = ("float64", "ort_off", "onnx_reference", "onnx_float64")
# Largest differences that stand beside the deciding pair's: column, pair, metric
_FURTHER = (
    ("eager_max_rel1", "framework|eager", "max_rel1"),
    ("optimiser_max_rel1", "ort_off|ort_all", "max_rel1"),
    ("reference_max_rel1", "framework|onnx_reference", "max_rel1"),
    ("runtime_max_rel1", "onnx_reference|ort_off", "max_rel1"),
    ("float64_max_rel1", "float64|onnx_float64", "max_rel1"),
)
_DECIDING = (
    ("max_abs_diff", "max_abs"),
    ("max_rel_diff", "max_rel"),
    ("max_rel1_diff", "max_rel1"),
    ("max_ulp_diff", "ulp"),
)
_FAULT = (
    "party", "party_reason", "framework_error", "moved_error", "onnx_error", "output_size", "error_to_noise",
    "discrete_wrong",
)  # fmt: skip
STUDY_CRITERIA = {"absolute_1e_7": "absolute-1e-7", "close_1e_3": "close-1e-3", "absolute_1e_3": "absolute-1e-3"}
COLUMNS = (
    "converter", "nodes", "model", "opset", "reported", "outcome", "error_stage", "error_class", "error_operator",
    "difference", *(name for name, _ in _DECIDING), "mismatched_elements", "compared_elements", "outputs", "vacuous",
    "opset_written", "model_nodes", "onnx_nodes", "parameters", *_FAULT, *STUDY_CRITERIA,
    *(name for name, _, _ in _FURTHER), *_EXAMINED, "loads_unchecked", "convert_seconds", "seconds",
    "peak_mb",
)  # fmt: skip
OPERATOR_COLUMNS = ("converter", "operator", "types", "graphs", "nodes", "unsuccessful")


def table(rows: Iterable[Row], by: Criterion) -> Iterator[dict[str, Any]]:
    """Yield a campaign's rows as they stand in its table; see the descriptor for the columns."""
    for row in rows:
        found = classify(row, by)
        compared = row.get("error") is None
        yield {
            "converter": row["exporter"],
            "nodes": row["nodes"],
            "model": row["model"],
            "opset": row["opset"],
            **found._asdict(),
            **{
                name: _known(worst(row, "framework|ort_all", metric)) if compared else None
                for name, metric in _DECIDING
            },
            "mismatched_elements": _beyond(row) if compared else None,
            "compared_elements": elements(row) if compared else None,
            "outputs": len(row["outputs"]) if "outputs" in row else None,
            "vacuous": vacuous(row) if "outputs" in row else None,
            **{name: row.get(name) for name in ("opset_written", "model_nodes", "onnx_nodes", "parameters")},
            **_fault(row),
            **_verdicts(row),
            **{name: _known(worst(row, pair, metric)) for name, pair, metric in _FURTHER},
            **{name: row.get("executors", {}).get(name, {}).get("status") for name in _EXAMINED},
            "loads_unchecked": row.get("loads_unchecked", {}).get("status"),
            "convert_seconds": row["stages"].get("convert"),
            "seconds": row.get("seconds"),
            "peak_mb": row.get("peak_mb"),
        }


def _beyond(row: Row) -> int:
    return int(sum(found["beyond_torch"] for found in metric_sets(row, "framework|ort_all")))


def _fault(row: Row) -> dict[str, Any]:
    """Return who is at fault, and both sides' distances from float64 at the point that says so."""
    found = attribute(row)
    if found is None:
        return dict.fromkeys(_FAULT)
    point = found.point
    wrong = [sum(counts) for counts in row.get("discrete", {}).get("ort_all", ()) if counts is not None]
    numbers = (
        (point.framework, point.moved, point.errors.get(ORT_ALL), point.size, point.ratio)
        if point is not None and point.size > 0
        else (None,) * 5
    )
    finite = [number if number is not None and isfinite(number) else None for number in numbers]
    return dict(zip(_FAULT, (found.party, found.reason, *finite, sum(wrong)), strict=True))


def _verdicts(row: Row) -> dict[str, str | None]:
    """Return the outcome of the comparison by each of the study's criteria."""
    if row.get("error") is not None:
        return dict.fromkeys(STUDY_CRITERIA)
    return {column: classify(row, criterion(name)).outcome for column, name in STUDY_CRITERIA.items()}


def _known(value: float | None) -> float | None:
    return None if value is None else float(value)


def operators(rows: Iterable[Row], by: Criterion) -> list[dict[str, Any]]:
    """Count, by converter, operator and types of its inputs: graphs that hold it, its nodes, and graphs that are no success."""
    found: dict[tuple[str, str, str], list[int]] = {}
    for row in rows:
        good = classify(row, by).outcome == SUCCESS
        for operator, kinds in row.get("operators", {}).items():
            for types, nodes in kinds.items():
                entry = found.setdefault((row["exporter"], operator, types), [0, 0, 0])
                entry[0] += 1
                entry[1] += nodes
                entry[2] += not good
    return [dict(zip(OPERATOR_COLUMNS, (*key, *values), strict=True)) for key, values in sorted(found.items())]


# What a manifest tells of a session; its command line may name folders of the machine
_SESSION = ("started", "seconds", "tasks", "engine", "workers", "machine")


def manifest(records: Records, by: Criterion, exported: int) -> dict[str, Any]:
    """Return how a campaign was made: specification, criterion, versions, machine, durations."""
    used = {row["exporter"]: row.get("versions") for row in records.rows()}
    known = records.versions()
    specification = records.specification()
    return {
        "command": command_of(specification),
        "specification": specification.as_json() | {"limits": specification.stage_limits()},
        "criterion": {"name": by.name, "description": by.description},
        "tasks": exported,
        "versions": {converter: known[key] for converter, key in sorted(used.items()) if key in known},
        "sessions": [{name: session[name] for name in _SESSION if name in session} for session in records.sessions()],
    }


def export(records: Records, folder: Path, name: str, by: Criterion) -> list[Path]:
    """Write ``<name>.csv``, ``<name>-operators.csv`` and ``<name>.json`` below a folder; return what was written.

    Of a campaign with planted faults ``<name>.csv`` holds these, and there is no table of operators.
    """
    rows = sorted(records.rows(), key=lambda row: (row["exporter"], row["opset"], row["nodes"] or 0, row["model"]))
    if records.specification().inject:
        tables = {f"{name}.csv": _csv(injection.COLUMNS, injection.table(rows))}
    else:
        tables = {
            f"{name}.csv": _csv(COLUMNS, table(rows, by)),
            f"{name}-operators.csv": _csv(OPERATOR_COLUMNS, operators(rows, by)),
        }
    told = json.dumps(manifest(records, by, len(rows)), indent=1, sort_keys=True) + "\n"
    written = {folder / file: text for file, text in {**tables, f"{name}.json": told}.items()}
    for path, text in written.items():
        write_atomic(path, text)
    return list(written)


def _csv(columns: Iterable[str], rows: Iterable[Mapping[str, Any]]) -> str:
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    names = list(columns)
    writer.writerow(names)
    writer.writerows([_cell(row[name]) for name in names] for row in rows)
    return stream.getvalue()


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return repr(value) if isinstance(value, float) else str(value)
