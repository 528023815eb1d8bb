"""Disagreements as a sheet with all raters' labels and rationales, and the decisions read back from it.

The sheet has the columns of a rater's sheet, so the terminal opens it too; where the raters agree on a dimension its code
stands there already.
"""

from collections.abc import Sequence
from pathlib import Path

from datapackage.codebook import Codebook
from datapackage.reasons import Reason
from labelling.columns import DECIDED_BY, RATIONALE
from labelling.finals import ADJUDICATION, CONSENSUS, DISPUTED, STALE, Standing
from labelling.labels import DIMENSIONS, Label
from labelling.sheets import Returned, read_sheet


def to_decide(standings: Sequence[Standing], *, unsure: bool) -> list[Standing]:
    """Return the issues that need a decision: disputed ones, those labelled again after one, and, if asked, unsure ones."""
    return [each for each in standings if each.state in (DISPUTED, STALE) or (unsure and each.unsure and each.final)]


def identity(sample: str) -> str:
    """Return what stands in column Sheet of an adjudication."""
    return f"{sample}/{ADJUDICATION}/{CONSENSUS}"


def code_names(codebook: Codebook, label: Label) -> dict[str, str]:
    """Return a label's codes as people read them, by dimension; '' where there is none."""
    cause = codebook["cause"][label.cause]
    details = {detail.slug: detail.name for detail in cause.details}
    return {
        "symptom": codebook["symptom"][label.symptom].name,
        "cause": cause.name,
        "cause_detail": details.get(label.cause_detail, ""),
        "location": codebook["location"][label.location].name,
    }


def agreed_codes(codebook: Codebook, standing: Standing) -> dict[str, str]:
    """Return the names of the codes that all raters gave alike; a detail counts only where the cause is agreed too."""
    named = [code_names(codebook, label) for label in standing.labels]
    same = {name: named[0][name] for name in DIMENSIONS if len({each[name] for each in named}) == 1}
    if "cause" not in same:
        same.pop("cause_detail", None)
    return same


def what_raters_say(codebook: Codebook, standing: Standing) -> str:
    """Return all labels of an issue as text, a rater a line, with rationales below."""
    lines = []
    for label in standing.labels:
        names = code_names(codebook, label)
        cause = names["cause"] + (f" / {names['cause_detail']}" if names["cause_detail"] else "")
        lines.append(
            f"{label.rater}: {names['symptom']} · {cause} · {names['location']}" + (" (unsure)" if label.unsure else "")
        )
        if label.rationale:
            lines.append(f"   {' '.join(label.rationale.split())}")
    return "\n".join(lines)


def read_decisions(path: Path, codebook: Codebook, time: str, sample: str) -> Returned:
    """Read an adjudication sheet.

    Raises
    ------
    InputError
        See `labelling.sheets.read_sheet`; the returned faults also name decisions without who or why.
    """
    returned = read_sheet(path, codebook, time, (sample, ADJUDICATION, CONSENSUS))
    for label in returned.labels:
        lacking = [(DECIDED_BY, label.decided_by), (RATIONALE, label.rationale)]
        for column, text in lacking:
            if not text:
                message = "must say who decided" if column == DECIDED_BY else "must say why"
                message = f"{message} on {label.issue}"
                returned.faults.append(returned.fault(label.issue, column, message, Reason.MISSING_REASON))
    return returned
