"""Does a filter keep the relevant issues? Precision and recall against people's labels, with their uncertainty.

Issues are drawn from the population before the commit/PR filter, so that what a filter drops is seen, too; the sheet
doesn't tell what a filter did, so that it can't sway whoever labels.
"""

import csv
import io
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from datapackage.errors import Fault, InputError
from datapackage.issues import parse_issue
from datapackage.reasons import Reason
from datapackage.sheets import neutral_cell
from mining.records import Issue
from mining.sampling import draw_key

RULE = 0.8
"""Precision and recall that a filter should reach."""
COLUMNS = ("issue", "url", "title", "relevant")
_ANSWERS = {"yes": True, "y": True, "true": True, "1": True, "no": False, "n": False, "false": False, "0": False}


@dataclass(frozen=True, slots=True)
class Estimate:
    """A share with its interval.

    Attributes
    ----------
    measure : str
        ``precision`` (of the kept issues, those relevant) or ``recall`` (of the relevant issues, those kept).
    hits, of : int
        Numerator and denominator.
    value, low, high : float
        Share and Wilson's score interval at 95 %; NaN, 0 and 1 when the denominator is 0.
    verdict : str
        ``reached``: the whole interval is at 0.8 or above; ``missed``: all of it is below; ``open`` otherwise.
    """

    measure: str
    hits: int
    of: int
    value: float
    low: float
    high: float
    verdict: str


def sheet(issues: Sequence[Issue], n: int, seed: int, titles: Mapping[str, str]) -> str:
    """Return a sheet (CSV) of `n` issues to label, in order of drawing (see `mining.sampling`).

    Parameters
    ----------
    issues : sequence of Issue
        The unfiltered population.
    n : int
        How many.
    seed : int
        Of the draw.
    titles : mapping
        Issue → title; people need it, and it comes from strangers: a leading formula character is neutralised.

    Raises
    ------
    InputError
        The population is smaller than `n`.
    """
    if n > len(issues):
        message = f"asks for more than the population's {len(issues)} issues; ask for fewer"
        raise InputError([Fault("--n", message, value=str(n), reason=Reason.SAMPLE_TOO_LARGE)])
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(COLUMNS)
    for issue in sorted(issues, key=lambda candidate: draw_key(seed, candidate.issue))[:n]:
        cells = (issue.issue, parse_issue(issue.issue).url, titles.get(issue.issue, ""), "")
        writer.writerow([neutral_cell(text) for text in cells])
    return stream.getvalue()


def read_sheet(path: Path, known: Collection[str]) -> dict[str, bool]:
    """Read a labelled sheet.

    Parameters
    ----------
    path : Path
        The sheet that `sheet` made, column ``relevant`` filled with yes or no.
    known : collection of str
        The store's issues.

    Returns
    -------
    dict
        Issue → whether it is relevant.

    Raises
    ------
    InputError
        The sheet is missing, lacks a column, or has rows that are unlabelled, repeated or unknown; all faults together.
    """
    try:
        rows = list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8-sig"))))
    except FileNotFoundError:
        raise InputError([Fault(str(path), "file is missing; draw it first", reason=Reason.MISSING_FILE)]) from None
    except (UnicodeDecodeError, csv.Error) as error:
        raise InputError(
            [Fault(str(path), f"is not CSV in UTF-8 ({error}); export it as such", reason=Reason.FORMAT)]
        ) from error
    present = set(rows[0]) if rows else set()
    lacking = [column for column in ("issue", "relevant") if column not in present]
    if lacking:
        message = "column is missing, or the sheet is empty; export it as CSV with commas"
        raise InputError([Fault(str(path), message, column=column, reason=Reason.MISSING_LABEL) for column in lacking])
    labels: dict[str, bool] = {}
    faults = []
    for number, row in enumerate(rows, start=2):
        issue, answer = (row["issue"] or "").strip(), (row["relevant"] or "").strip()
        if issue not in known:
            faults.append(
                Fault(str(path), "is not in the store's population", number, "issue", issue, Reason.UNKNOWN_ISSUE)
            )
        if issue in labels:
            faults.append(Fault(str(path), "stands twice; keep one row", number, "issue", issue, Reason.REPEATED))
        if answer.lower() not in _ANSWERS:
            faults.append(Fault(str(path), "label it yes or no", number, "relevant", answer, Reason.UNLABELLED))
        labels[issue] = _ANSWERS.get(answer.lower(), False)
    if faults:
        raise InputError(faults)
    return labels


def estimate(labels: Mapping[str, bool], kept: Collection[str]) -> tuple[Estimate, Estimate]:
    """Return a filter's precision and recall on labelled issues.

    Parameters
    ----------
    labels : mapping
        Issue → whether it is relevant; a simple random sample of the population.
    kept : collection of str
        The issues that the filter keeps.

    Returns
    -------
    precision, recall : Estimate
        With Wilson's score intervals at 95 % (Wilson 1927, J. Am. Stat. Assoc. 22, 209–212).
    """
    hits = sum(relevant and issue in kept for issue, relevant in labels.items())
    return (
        _share("precision", hits, sum(issue in kept for issue in labels)),
        _share("recall", hits, sum(labels.values())),
    )


def _share(measure: str, hits: int, of: int) -> Estimate:
    if not of:
        return Estimate(measure, hits, of, float("nan"), 0.0, 1.0, "open")
    # estimates alone need it: a fetch shouldn't carry a hundred megabytes more
    from methods.intervals import wilson  # noqa: PLC0415

    _, low, high = wilson(hits, of)
    verdict = "reached" if low >= RULE else "missed" if high < RULE else "open"
    return Estimate(measure, hits, of, hits / of, low, high, verdict)
