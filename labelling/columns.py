"""The columns of a rater's sheet, as they are written and under which names they are known when it comes back."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from datapackage.errors import Fault, InputError
from datapackage.reasons import Reason

NUMBER, ISSUE, TITLE, EXCERPT = "number", "issue", "title", "excerpt"
UNSURE, RATIONALE, SHEET, TIME, TOOL = "unsure", "rationale", "sheet", "time", "tool"
SAYS, DECIDED_BY = "says", "decided_by"


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its name in the program, its heading, other headings, and its width in characters."""

    name: str
    heading: str
    aliases: tuple[str, ...]
    width: float


COLUMNS: tuple[Column, ...] = (
    Column(NUMBER, "No.", ("no", "number", "#"), 7),
    Column(ISSUE, "Issue", ("issue key", "key", "url", "link"), 29),
    Column(TITLE, "Title", (), 34),
    Column(EXCERPT, "Excerpt", ("body", "text"), 56),
    Column(SAYS, "Raters say", ("raters", "labels"), 62),
    Column("symptom", "Symptom", (), 18),
    Column("cause", "Root cause", ("cause",), 26),
    Column("cause_detail", "Detail", ("cause detail", "cause_detail"), 16),
    Column("location", "Location", (), 20),
    Column(UNSURE, "Unsure", ("not sure",), 11),
    Column(RATIONALE, "Rationale", ("reason", "reasons", "memo", "comment", "comments"), 44),
    Column(DECIDED_BY, "Decided by", ("decided_by", "by"), 15),
    Column(SHEET, "Sheet", (), 18),
    Column(TIME, "Time", (), 20),
    Column(TOOL, "Tool", (), 10),
)
HEADINGS: Mapping[str, str] = {column.name: column.heading for column in COLUMNS}
NEEDED = (ISSUE, "symptom", "cause", "location")
_KNOWN: Mapping[str, str] = {
    text.casefold(): column.name for column in COLUMNS for text in (column.heading, column.name, *column.aliases)
}


def positions(header: Sequence[str]) -> dict[str, int]:
    """Return where each known column stands in a header, from 0; the first of two equal ones."""
    found: dict[str, int] = {}
    for position, text in enumerate(header):
        name = _KNOWN.get(" ".join(text.split()).casefold())
        if name is not None:
            found.setdefault(name, position)
    return found


def find_header(rows: Iterable[Sequence[str]]) -> tuple[int, dict[str, int]]:
    """Return which row names most columns, from 0 (people put titles above), and where each column stands in it."""
    found = [(positions(row), index) for index, row in enumerate(islice(rows, 20))]
    place, index = max(found, key=lambda each: (len(each[0]), -each[1]), default=({}, 0))
    return index, place


def require_columns(file: str, place: Mapping[str, int]) -> None:
    """Raise an InputError that names every column which a sheet needs and lacks."""
    message = "column is missing; restore it, or take the codes over into a fresh sheet"
    lacking = [HEADINGS[name] for name in NEEDED if name not in place]
    if lacking:
        raise InputError([Fault(file, message, column=each, reason=Reason.MISSING_LABEL) for each in lacking])


def shown_columns(*, texts: bool, decisions: bool = False) -> list[Column]:
    """Return the columns of a sheet: with titles and excerpts or without, of a rater or of an adjudication."""
    left_out = set() if texts else {TITLE, EXCERPT}
    left_out |= {UNSURE} if decisions else {SAYS, DECIDED_BY}
    return [column for column in COLUMNS if column.name not in left_out]
