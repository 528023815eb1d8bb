"""What the archive's large files add to the data: tables that exist only where the full archive was imported.

A snapshot without these files gives the tables that the project ships, and none of these.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from datapackage.errors import Fault
from methods.sequences import Reduction
from mining.published_archive.issue_lists import IssueLists, read_issue_lists
from mining.published_archive.large_files import find_sources
from mining.published_archive.list_steps import list_steps
from mining.published_archive.real_models import read_real_models
from mining.published_archive.sequence_results import SHORTEST, SharedSequences, read_sequences

ORDERS = 200
"""Seeded orders in which the reduction of sequences is tried."""
SEED = 1
Progress = Callable[[str], None]
Found = Mapping[tuple[str, str], SharedSequences]


@dataclass(frozen=True)
class FullArchive:
    """What the large files hold.

    Attributes
    ----------
    tables : dict of str to DataFrame
        By name; see `mining.published_archive.full_archive_tables`.
    lists : IssueLists or None
        The issue lists, to check the other tables against.
    notices : list of str
        What was passed over, and how the issue lists follow from each other.
    """

    tables: dict[str, pd.DataFrame]
    lists: IssueLists | None = None
    notices: list[str] = field(default_factory=list)


def read_full_archive(
    archive: Path, faults: list[Fault], *, allow_changed: bool = False, progress: Progress = lambda _: None,
    orders: int = ORDERS,
) -> FullArchive:  # fmt: skip
    """Read the large files that a clone of the archive has.

    Parameters
    ----------
    archive : Path
        Root of the clone.
    faults : list of Fault
        Receives all faults of all files; the tables are unusable where it grew.
    allow_changed : bool
        See `mining.published_archive.large_files.find_sources`.
    progress : callable
        Told of each step; reading and reducing the sequences takes minutes.
    orders : int
        Seeded orders of the reduction.
    """
    notices: list[str] = []
    before = len(faults)
    progress("looking for the large files")
    sources = find_sources(archive, faults, notices, allow_changed=allow_changed)
    lists = read_issue_lists(sources, faults)
    real = read_real_models(sources, faults)
    if lists is not None or real is not None:
        progress("issue lists and real models read")
    sequences = read_sequences(sources, faults, progress)
    tables: dict[str, pd.DataFrame] = {}
    if lists is not None:
        if len(faults) == before:
            notices += list_steps(lists)
        tables |= {"archive_issues": lists.issues, "archive_events": lists.events}
    if real is not None:
        tables["archive_real_models"] = real
    if sequences is not None and len(faults) == before:
        tables |= sequence_tables(sequences, orders=orders, progress=progress)
    return FullArchive(tables, lists, notices)


def sequence_tables(
    found: Found, *, orders: int = ORDERS, progress: Progress = lambda _: None
) -> dict[str, pd.DataFrame]:
    """Return the tables of the shared sequences.

    Parameters
    ----------
    found : mapping
        See `mining.published_archive.sequence_results.read_sequences`.
    orders : int
        Seeded orders of the reduction.
    progress : callable
        Told of each set that is reduced.
    """
    converters = list(dict.fromkeys(converter for converter, _ in found))
    parts: dict[str, list[dict[str, Any]]] = {
        "archive_sequence_files": [], "archive_sequences": [], "archive_sequence_models": [],
        "archive_sequence_operators": [], "archive_sequence_reductions": [],
    }  # fmt: skip
    for converter in converters:
        sets = {kind: shared for (name, kind), shared in found.items() if name == converter}
        parts["archive_sequence_files"] += _files(converter, sets)
        parts["archive_sequence_operators"] += _operators(converter, sets)
        reductions, kept = _reductions(converter, sets, orders, progress)
        parts["archive_sequence_reductions"] += reductions
        numbers = {
            name: number for number, name in enumerate(sorted({s for each in sets.values() for s in each.pairs}))
        }
        parts["archive_sequences"] += [
            {"converter": converter, "sequence": number, "operators": " ".join(sequence)}
            | {kind: shared.pairs.get(sequence, 0) for kind, shared in sets.items()}
            | {"reduced_mismatch_only": sequence in kept}
            for sequence, number in numbers.items()
        ]
        parts["archive_sequence_models"] += [
            {"converter": converter, "model": model, "sequence": numbers[sequence]}
            for sequence, models in sets["mismatch"].models_with.items()
            for model in sorted(models)
        ]
    # as objects: a whole number that some rows lack must not become a fraction
    frames = {name: pd.DataFrame(rows, dtype=object) for name, rows in parts.items()}
    return {name: frame.where(frame.notna(), None) for name, frame in frames.items()}


def _files(converter: str, sets: Mapping[str, SharedSequences]) -> Iterator[dict[str, Any]]:
    for kind, shared in sets.items():
        yield {
            "converter": converter, "set": kind, "models": shared.models, "model_pairs": shared.model_pairs,
            "path_pairs": shared.path_pairs, "sequences": shared.total, "unique": len(shared.pairs),
            "types": len(shared.types),
        }  # fmt: skip


def _operators(converter: str, sets: Mapping[str, SharedSequences]) -> Iterator[dict[str, Any]]:
    for operator in sorted(set().union(*(shared.types for shared in sets.values()))):
        yield {"converter": converter, "operator": operator} | {
            f"{column}_{kind}": operator in (shared.types if column == "in" else shared.seen)
            for kind, shared in sets.items()
            for column in ("in", "seen")
        }


def _reductions(
    converter: str, sets: Mapping[str, SharedSequences], orders: int, progress: Progress
) -> tuple[list[dict[str, Any]], set[tuple[str, ...]]]:
    """Reduce each set and the sequences of mismatched models alone; return the sizes and what the latter become."""
    groups = {kind: set(shared.pairs) for kind, shared in sets.items()}
    groups["mismatch_only"] = groups["mismatch"] - groups["correct"]
    reduction, rows = Reduction(), []
    for kind, sequences in groups.items():
        progress(f"reducing {len(sequences)} sequences of {converter}, {kind.replace('_', ' ')}, in {orders} orders")
        sizes = reduction.sizes(sequences, orders=orders, seed=SEED)
        rows.append({"converter": converter, "set": kind, "unique": len(sequences), **sizes._asdict(), "seed": SEED})
    kept = reduction.reduced(groups["mismatch_only"])
    rows[-1] |= {
        "in_correct": len(kept & groups["correct"]),
        "shortest": min((len(sequence) for sequence in kept), default=SHORTEST),
        "longest": max((len(sequence) for sequence in kept), default=SHORTEST),
    }
    return rows, kept
