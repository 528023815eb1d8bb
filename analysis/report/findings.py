"""The nine findings as a reader wants them first: what the paper says, what it prints, what the data gives, what holds.

The words are blocks of ``findings.txt.j2`` in each chapter's folder: ``COLUMN_NUMBER``, such as ``recomputed_4``, with the
chapter's numbers as ``n`` and the printed claims, with their units, as ``printed``. README and report show the same frame.
A further column is a name in `COLUMNS` or `ROBUSTNESS` and blocks of that name; a finding without such a block has a dash.
"""

from collections.abc import Mapping, Sequence

import pandas as pd

from analysis.claims.findings import FINDINGS, verdict
from analysis.claims.ledger import Ledger
from analysis.claims.printed import show_printed
from analysis.report.captions import text_block
from analysis.report.chapter import Chapter, Content
from analysis.report.tables import with_relations
from datapackage.tables import records

# column → heading; the columns that templates fill
COLUMNS: Mapping[str, str] = {
    "sentence": "What the paper finds",
    "printed": "Printed",
    "recomputed": "Recomputed [95 % interval]",
}
# what a finding stands, in a table of its own where these are too many for one
ROBUSTNESS: Mapping[str, str] = {
    "design_weighted": "For the whole population",
    "corrected": "Corrected for the labels' error",
    "under_nulls": "Against chance, by null",
    "by_experiment": "By experiment, on today's converters",
    "fails_if": "It would fail if",
}
HEADINGS: Mapping[str, str] = {
    "finding": "Finding",
    "chapter": "Chapter",
    **COLUMNS,
    **ROBUSTNESS,
    "verdict": "Verdict",
}
NOTHING = "–"


def findings(ledger: Ledger, chapters: Sequence[tuple[Chapter, Content]]) -> pd.DataFrame:
    """Return the paper's findings with their recomputation.

    Parameters
    ----------
    ledger : Ledger
        Verdicts of all claims.
    chapters : sequence of (Chapter, Content)
        The chapters' results; findings of other chapters are left out.

    Returns
    -------
    DataFrame
        One row per finding: finding (1 to 9), chapter (such as ``RQ2``), sentence (what the paper finds, in our own words),
        printed, recomputed (with 95 % intervals), those of `ROBUSTNESS`, verdict (in words; see
        `analysis.claims.findings.verdict`).
    """
    printed = {
        row["claim_id"]: show_printed(row["published"], row["unit"]).replace("_", " ") for row in records(ledger.frame)
    }
    by_name = {chapter.number: (chapter, content) for chapter, content in chapters}
    rows = []
    for finding in FINDINGS:
        if finding.chapter not in by_name:
            continue
        chapter, content = by_name[finding.chapter]
        values = {"n": content.numbers, "printed": printed}
        template = f"{chapter.folder}/findings.txt.j2"
        words = {
            name: with_relations(text_block(template, f"{name}_{finding.number}", values) or NOTHING)
            for name in (*COLUMNS, *ROBUSTNESS)
        }
        row = {"finding": finding.number, "chapter": chapter.number, **words, "verdict": verdict(finding, ledger)}
        rows.append(row)
    return pd.DataFrame(rows, columns=list(HEADINGS))
