"""Which reading of the described procedure gives the numbers that the study prints and that its notebook saved."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, replace
from itertools import product

import pandas as pd

from analysis.claims.printed import agrees
from analysis.evolution.pipeline import (
    Change,
    Normalisation,
    Options,
    Outcome,
    ReleaseTables,
    rho_of,
    tested,
)

_OUTCOMES: tuple[tuple[Outcome, Normalisation], ...] = (
    ("all", "count"),
    ("incompatibility_or_type", "count"),
    ("incompatibility_or_type", "share"),
)
_CHANGES: tuple[Change, ...] = ("changes", "added", "updated")
_SAVED: Mapping[str, Options] = {
    "total": Options(),
    "incompat_or_type": Options(outcome="incompatibility_or_type"),
    "incompat_or_type_share": Options(outcome="incompatibility_or_type", normalisation="share"),
}


def readings() -> Iterator[Options]:
    """Yield the readings of the described procedure: outcome, merging, dropping and size varied, all else as described."""
    for (name, form), change, merged in product(_OUTCOMES, _CHANGES, (True, False)):
        for first, last in product((True, False), repeat=2):
            yield Options(name, form, change, merged=merged, drop_first=first, drop_last=last)


def search(tables: ReleaseTables) -> pd.DataFrame:
    """Compute ρ under every reading of the described procedure.

    Parameters
    ----------
    tables : ReleaseTables
        Releases of the sample.

    Returns
    -------
    DataFrame
        One row per reading: outcome, normalisation, change, merged, drop_first, drop_last, n, rho.
    """
    rows = []
    for options in readings():
        used = tested(tables(options))
        rows.append(asdict(options) | {"n": len(used), "rho": rho_of(used)})
    columns = ["outcome", "normalisation", "change", "merged", "drop_first", "drop_last", "n", "rho"]
    return pd.DataFrame(rows)[columns]


def chance_match(search: pd.DataFrame, high: float = 0.6) -> float:
    """How probable it is that some reading gives a number that has nothing to do with any.

    Parameters
    ----------
    search : DataFrame
        See `search`.
    high : float
        Numbers are taken to be equally probable from 0 to here, in steps of a hundredth.

    Returns
    -------
    float
        Share of these two-digit numbers to which some reading rounds.
    """
    numbers = [f"{step / 100:.2f}" for step in range(round(100 * high) + 1)]
    hit = [any(agrees(float(rho), number, "rho") for rho in search["rho"]) for number in numbers]
    return sum(hit) / len(hit)


def saved_correlations(tables: ReleaseTables, outputs: pd.DataFrame) -> pd.DataFrame:
    """Recompute the correlations that the study's notebook saved.

    Parameters
    ----------
    tables : ReleaseTables
        Releases of the sample.
    outputs : DataFrame
        See `analysis.dataset.load_notebook_outputs`.

    Returns
    -------
    DataFrame
        One row per saved correlation: quantity, value (saved), recomputed.
    """
    rows = outputs[(outputs["research_question"] == "RQ3") & outputs["quantity"].str.startswith("spearman ")]
    pairs = rows["quantity"].str.extract(r"spearman (\w+)~(\w+)")
    values = [tables.rho(replace(_SAVED[outcome], change=change)) for change, outcome in pairs.to_numpy()]
    return rows[["quantity", "value"]].assign(recomputed=values).reset_index(drop=True)
