"""What one table says of another: rows that it refers to, and counts that it must not exceed."""

from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

from datapackage.errors import Fault
from datapackage.reasons import Reason


def foreign_key_faults(
    file: str, frame: pd.DataFrame, entry: Mapping[str, Any], tables: Mapping[str, pd.DataFrame]
) -> Iterator[Fault]:
    """Yield a fault for every row that refers to a row that does not exist.

    Parameters
    ----------
    file : str
        The table's file, for messages.
    frame : DataFrame of str
        Its cells; a row with an empty cell in a reference refers to nothing.
    entry : mapping
        Its description.
    tables : mapping
        Name → cells of every table that can be read; references to others are not looked at.
    """
    for key in entry["schema"].get("foreignKeys", ()):
        columns, reference = key["fields"], key["reference"]
        name = reference["resource"] or entry["name"]
        target = frame if name == entry["name"] else tables.get(name)
        if target is None:
            continue
        known = set(target[reference["fields"]].itertuples(index=False, name=None))
        for position, row in enumerate(frame[columns].itertuples(index=False, name=None)):
            if not any(pd.isna(cell) for cell in row) and row not in known:
                message = f"no such row in {name}; add the row it refers to, or correct the key"
                yield Fault(file, message, position + 2, ", ".join(columns), ", ".join(row), Reason.FOREIGN_KEY)


def rank_faults(file: str, failures: pd.DataFrame, samples: pd.DataFrame) -> Iterator[Fault]:
    """Yield a fault for every failure whose rank is beyond the end of its population.

    Parameters
    ----------
    file : str
        The failures' file, for messages.
    failures : DataFrame
        Columns ``sample``, ``converter``, ``population_rank``.
    samples : DataFrame
        Columns ``sample``, ``converter``, ``population``.
    """
    sizes = {(sample, converter): size for sample, converter, size in samples.itertuples(index=False, name=None)}
    rows = failures[["sample", "converter", "population_rank"]].itertuples(index=False, name=None)
    for position, (sample, converter, rank) in enumerate(rows):
        size = sizes.get((sample, converter))
        if size is not None and not pd.isna(rank) and rank >= size:
            message = f"ranks count from 0, and the population in samples.csv has {size} issues; correct either"
            yield Fault(file, message, position + 2, "population_rank", str(rank), Reason.RANK_BEYOND_POPULATION)
