"""A table of the paper beside its recomputation, cell by cell, from the ledger."""

from collections.abc import Sequence

import pandas as pd
from great_tables import GT, loc, style

from analysis.claims.ledger import Ledger
from analysis.report.tables import styled
from datapackage.tables import records


def beside(ledger: Ledger, prefix: str, columns: Sequence[str], title: str) -> GT:
    """Lay out a paper's table with each cell as printed and as recomputed; cells that do not hold are marked.

    Parameters
    ----------
    ledger : Ledger
        Verdicts of all claims.
    prefix : str
        What the table's claim ids start with, such as ``t08``; an id is ``prefix.row.column``.
    columns : sequence of str
        The ids' last parts, in the order of the table.
    title : str
        Heading.
    """
    frame, held = cells(ledger, prefix, columns)
    gt = styled(frame, title, f"beside-{prefix}", stub="row")
    for column in columns:
        pair = [f"{column}|printed", f"{column}|recomputed"]
        gt = gt.tab_spanner(column, pair).cols_label(dict(zip(pair, ("paper", "data"), strict=True)))
        gt = gt.cols_align("right", pair)
        broken = [position for position, ok in enumerate(held[column]) if not ok]
        if broken:
            gt = gt.tab_style(style.fill("#F6E3EE"), loc.body(pair, broken))
    return gt


def cells(ledger: Ledger, prefix: str, columns: Sequence[str]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the cells of a table as printed and recomputed, and whether each holds.

    Returns
    -------
    frame : DataFrame
        Column ``row``, then ``COLUMN|printed`` and ``COLUMN|recomputed`` for each column; an unprinted cell is missing.
    held : DataFrame, bool
        A column per column of the table; true also where nothing is printed or nothing can be recomputed.
    """
    found: dict[str, dict[str, str]] = {}
    held: dict[str, dict[str, bool]] = {}
    # the longest suffix first: ``compilers.share`` before ``share``
    suffixes = sorted(columns, key=len, reverse=True)
    for claim in records(ledger.frame[ledger.frame["claim_id"].str.startswith(f"{prefix}.")]):
        rest = str(claim["claim_id"]).removeprefix(f"{prefix}.")
        column = next((suffix for suffix in suffixes if rest.endswith(f".{suffix}")), None)
        if column is None:
            continue
        row = rest.removesuffix(f".{column}")
        found.setdefault(row, {})[f"{column}|printed"] = claim["published"]
        found[row][f"{column}|recomputed"] = claim["recomputed"] or "–"
        held.setdefault(row, {})[column] = claim["verdict"] in ("reproduced", "not_recomputable")
    names = [f"{column}|{kind}" for column in columns for kind in ("printed", "recomputed")]
    frame = pd.DataFrame.from_dict(found, orient="index").reindex(columns=names).rename_axis("row").reset_index()
    held_frame = pd.DataFrame([{c: held[row].get(c, True) for c in columns} for row in found], columns=list(columns))
    return frame.assign(row=frame["row"].str.replace("_", " ")), held_frame.astype(bool)
