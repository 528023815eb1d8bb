"""What the page embeds of the ledger: every claim as it is shown, mechanisms told once."""

from collections.abc import Sequence
from typing import Any

from analysis.claims.chapter import ClaimChapter
from analysis.claims.findings import FINDINGS, findings_of
from analysis.claims.ledger import UNEXPLAINED, VERDICTS, Ledger, verdict_name
from analysis.claims.printed import show_printed, with_unit
from datapackage.tables import records


def document(ledger: Ledger, chapters: Sequence[ClaimChapter]) -> dict[str, Any]:
    """Return the claims.

    Parameters
    ----------
    ledger : Ledger
        Verdicts of all claims.
    chapters : sequence of ClaimChapter
        They tell in which file a claim is recomputed.

    Returns
    -------
    dict
        ``verdicts`` (code → words), ``findings`` (numbers), ``chapters`` (name → file), ``mechanisms`` (chapter, name, evidence,
        explanation) and ``claims``: id, where, quantity, printed, recomputed, verdict, decision, chapter, findings, mechanism
        (place in ``mechanisms``, or null), by_mechanism, note, today.
    """
    files = {chapter.name: _file(chapter) for chapter in chapters}
    mechanisms: dict[tuple[str, str, str, str], int] = {}
    claims = []
    for row in records(ledger.frame):
        mechanism = None
        if row["mechanism"]:
            told = "" if row["mechanism"] == UNEXPLAINED else row["explanation"]
            key = (row["chapter"], row["mechanism"], row["evidence"], told)
            mechanism = mechanisms.setdefault(key, len(mechanisms))
        claims.append(
            {
                "id": row["claim_id"],
                "where": row["where"],
                "quantity": row["quantity"].replace("_", " "),
                "printed": show_printed(row["published"], row["unit"]).replace("_", " "),
                "recomputed": with_unit(row["recomputed"], row["unit"]).replace("_", " "),
                "verdict": row["verdict"],
                "decision": bool(row["decision"]),
                "chapter": row["chapter"],
                "findings": findings_of(row["claim_id"], row["where"]),
                "mechanism": mechanism,
                "by_mechanism": with_unit(row["mechanism_value"], row["unit"]).replace("_", " "),
                "note": row["note"],
                "today": row["today"],
            }
        )
    names = ("chapter", "name", "evidence", "explanation")
    return {
        "verdicts": {verdict: verdict_name(verdict) for verdict in VERDICTS},
        "findings": [finding.number for finding in FINDINGS],
        "chapters": files,
        "mechanisms": [dict(zip(names, key, strict=True)) for key in mechanisms],
        "claims": claims,
    }


def _file(chapter: ClaimChapter) -> str:
    return f"{chapter.recompute.__module__.replace('.', '/')}.py"
