"""The columns of a rater's sheet, as they are written and under which names they are known when it comes back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

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
    Column(NUMBER, "No.", ("no", "number", "#"), 5),
    Column(ISSUE, "Issue", ("issue key", "key", "url", "link"), 27),
    Column(TITLE, "Title", (), 34),
    Column(EXCERPT, "Excerpt", ("body", "text"), 56),
    Column(SAYS, "Raters say", ("raters", "labels"), 62),
    Column("symptom", "Symptom", (), 17),
    Column("cause", "Root cause", ("cause",), 26),
    Column("cause_detail", "Detail", ("cause detail", "cause_detail"), 15),
    Column("location", "Location", (), 20),
    Column(UNSURE, "Unsure", ("not sure",), 8),
    Column(RATIONALE, "Rationale", ("reason", "reasons", "memo", "comment", "comments"), 44),
    Column(DECIDED_BY, "Decided by", ("decided_by", "by"), 12),
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


def shown_columns(*, texts: bool, decisions: bool = False) -> list[Column]:
    """Return the columns of a sheet: with titles and excerpts or without, of a rater or of an adjudication."""
    left_out = set() if texts else {TITLE, EXCERPT}
    left_out |= {UNSURE} if decisions else {SAYS, DECIDED_BY}
    return [column for column in COLUMNS if column.name not in left_out]
