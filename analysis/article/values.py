"""What the article takes from a run: ``paper/article.json``, so that its source holds no number and no verdict."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from analysis.article.table_cells import table_cells
from analysis.claims.findings import touching
from analysis.claims.ledger import VERDICTS, Ledger, verdict_name
from analysis.report.captions import caption_block
from analysis.report.chapter import Chapter, Content
from analysis.report.claims_table import claim_groups
from analysis.report.html import verdict_rows
from analysis.report.tables import with_relations

# chapter → what of it the article shows
FIGURES: Mapping[str, tuple[str, ...]] = {
    "conversion": ("conversion-flow", "conversion-fault", "planted-faults", "sequence-chance")
}
TABLES: Mapping[str, tuple[str, ...]] = {
    "failures": ("label-error",),
    "conversion": ("then-and-now",),
}


def article_values(
    ledger: Ledger,
    chapters: Sequence[tuple[Chapter, Content]],
    found: Sequence[Mapping[str, object]],
    *,
    edited: Sequence[str] = (),
) -> str:
    """Return the article's values as JSON.

    Parameters
    ----------
    ledger : Ledger
        Verdicts of all claims.
    chapters : sequence of (Chapter, Content)
        The chapters' results.
    found : sequence of mapping
        The findings' rows (see `analysis.report.findings.findings`).
    edited : sequence of str
        Tables that are not the published ones; the article says so.

    Returns
    -------
    str
        ``numbers`` (by chapter and name), ``findings`` (as in the report, in order), ``claims`` (count by verdict, and all),
        ``by_chapter`` (the same for each chapter), ``verdicts`` (codes in order, with their words), ``differences`` (claims
        that change a finding, by mechanism), ``figures`` (caption and description by name), ``tables`` (cells by name; see
        `analysis.article.table_cells`) and ``edited``. What a chapter does not have is missing.
    """
    used = [verdict for verdict in VERDICTS if ledger.counts[verdict]]
    values: dict[str, Any] = {
        "numbers": {chapter.slug: dict(content.numbers) for chapter, content in chapters},
        "findings": list(found),
        "claims": {"all": len(ledger.frame), **{verdict: int(ledger.counts[verdict]) for verdict in used}},
        "by_chapter": verdict_rows(ledger),
        "verdicts": [[verdict, verdict_name(verdict)] for verdict in used],
        "differences": claim_groups(touching(ledger)),
        "figures": {},
        "tables": {},
        "edited": list(edited),
    }
    for chapter, content in chapters:
        for picture in content.figures:
            if picture.name in FIGURES.get(chapter.slug, ()):
                caption, alt = (
                    caption_block(chapter.folder, kind, picture.name, content.numbers, picture.values)
                    for kind in ("caption", "alt")
                )
                values["figures"][picture.name] = {"caption": caption, "alt": alt}
        for table in content.tables:
            if table.name in TABLES.get(chapter.slug, ()):
                note = caption_block(chapter.folder, "note", table.name, content.numbers, table.values)
                values["tables"][table.name] = {**table_cells(table.gt), "note": note or ""}
    text = json.dumps(values, ensure_ascii=False, indent=1, sort_keys=True, allow_nan=False, default=str)
    return with_relations(text) + "\n"
