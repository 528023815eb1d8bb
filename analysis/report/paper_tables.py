"""A table of the paper beside its recomputation, cell by cell, from the ledger."""

from collections.abc import Mapping, Sequence

import pandas as pd
from great_tables import GT, loc, style

from analysis.claims.ledger import Ledger
from analysis.report.tables import styled
from datapackage.tables import records


def beside(
    ledger: Ledger, prefix: str, columns: Mapping[str, str], title: str, rows: Mapping[str, str] | None = None
) -> GT:
    """Lay out a paper's table with each cell as printed and as recomputed; cells that do not hold are marked.

    Parameters
    ----------
    ledger : Ledger
        Verdicts of all claims.
    prefix : str
        What the table's claim ids start with, such as ``t08``; an id is ``prefix.row.column``.
    columns : mapping of str to str
        The ids' last parts, in the order of the table, with the heading of each.
    title : str
        Heading of the table.
    rows : mapping of str to str, optional
        Words for a row's part of the id (``use.f2f``) or for single codes in it, where these are no words.
    """
    frame, held = cells(ledger, prefix, list(columns))
    frame["row"] = [_heading(str(row), rows or {}) for row in frame["row"]]
    gt = styled(frame, title, f"beside-{prefix}", stub="row")
    for column, heading in columns.items():
        pair = [f"{column}|printed", f"{column}|recomputed"]
        gt = gt.tab_spanner(heading, pair, id=column).cols_label(dict(zip(pair, ("paper", "data"), strict=True)))
        gt = gt.cols_align("right", pair)
        broken = [position for position, ok in enumerate(held[column]) if not ok]
        if broken:
            gt = gt.tab_style(style.fill("#F6E3EE"), loc.body(pair, broken))
    return gt


def _heading(row: str, rows: Mapping[str, str]) -> str:
    """Return the words for a row's part of the id, or for each of its codes."""
    return rows.get(row) or ": ".join(rows.get(code, code.replace("_", " ")) for code in row.split("."))


def cells(ledger: Ledger, prefix: str, columns: Sequence[str]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the cells of a table as printed and recomputed, and whether each holds.

    Returns
    -------
    frame : DataFrame
        Column ``row`` (its part of the id),
        then ``COLUMN|printed`` and ``COLUMN|recomputed`` for each column; an unprinted cell is missing.
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
    return frame, held_frame.astype(bool)
