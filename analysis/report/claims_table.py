"""The table of claims that do not hold as printed, by the mechanism behind them; a remark has a row of its own."""

from collections.abc import Mapping
from pathlib import Path

import pandas as pd
from markupsafe import Markup

from analysis.claims.ledger import UNEXPLAINED
from analysis.claims.printed import show_printed, with_unit
from analysis.report.environment import HTML
from datapackage.tables import records

CSS = (Path(__file__).parent / "claims.css").read_text(encoding="utf-8")


def claims_table(rows: pd.DataFrame, name: str, title: str, *, explorer: str = "") -> Markup:
    """Return the claims that need a reader's attention: printed, recomputed, and what the mechanism yields.

    Parameters
    ----------
    rows : DataFrame
        Rows of the ledger.
    name : str
        Identifier of the table.
    title : str
        Heading.
    explorer : str
        Where the page to explore lies, seen from here: each claim then links to its own address there.
    """
    template = HTML.get_template("report/claims.html.j2")
    return Markup(template.render(groups=claim_groups(rows), name=name, title=title, explorer=explorer))  # noqa: S704  (autoescape)


def claim_groups(rows: pd.DataFrame) -> list[dict[str, object]]:
    """Return the claims by mechanism, a mechanism where its first claim stands in the paper.

    Returns
    -------
    list of dict
        ``mechanism``, ``explanation`` and ``claims``, each of these with id, claim, decision, where, printed, recomputed,
        by_mechanism and remark, all as they are shown.
    """
    groups = rows.groupby("mechanism", sort=False)
    return [{**_heading(part.iloc[0]), "claims": [claim_cells(row) for row in records(part)]} for _, part in groups]


def claim_cells(row: Mapping[str, str]) -> dict[str, object]:
    """Return what a table shows of a claim; see `claim_groups`."""
    words = "Internally inconsistent." if row["verdict"] == "internally_inconsistent" else ""
    unit = row["unit"]
    return {
        # quantities name codes by their slugs
        "id": row["claim_id"],
        "claim": row["quantity"].replace("_", " "),
        "decision": row["decision"],
        "where": row["where"],
        "printed": show_printed(row["published"], unit).replace("_", " "),
        "recomputed": with_unit(row["recomputed"], unit).replace("_", " ") or "–",
        "by_mechanism": with_unit(row["mechanism_value"], unit).replace("_", " ") or "–",
        "mechanism": row["mechanism"],
        "remark": f"{words} {row['note']}".strip(),
    }


def _heading(row: pd.Series) -> dict[str, str]:
    mechanism = row["mechanism"]
    if mechanism == UNEXPLAINED:
        return {"mechanism": "Unexplained", "explanation": ""}
    if not mechanism:
        return {"mechanism": "The paper's own numbers decide; no mechanism is known", "explanation": ""}
    return {
        "mechanism": f"{mechanism[:1].upper()}{mechanism[1:]} ({row['evidence']})",
        "explanation": row["explanation"],
    }
