"""Labelling one issue after the other, key by key, without a screen: what each key does to the sheet.

An issue takes a key for the symptom, one for the cause, one for the detail where the cause has one, one for the location and
Enter: with the link opened first, six at most.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median

from datapackage.codebook import Code, Codebook
from datapackage.issues import parse_issue
from labelling.columns import DECIDED_BY, ISSUE, RATIONALE, SAYS, TIME, TITLE, TOOL, UNSURE
from labelling.labels import DIMENSIONS, resolve
from labelling.sheet_file import EditRow, SheetFile

KEYS = "1234567890abcefghijklmn"
"""Keys of a dimension's codes, in codebook order; without letters that do something else (d, o, t, u)."""
_TITLE_WIDTH = 60


@dataclass(frozen=True)
class _Step:
    """What undoing takes: the row, what stood in it, and where the rater was."""

    index: int
    cells: dict[str, str]
    dimension: str


class Session:
    """A rater at work on a sheet.

    Parameters
    ----------
    sheet : SheetFile
        Opened for editing.
    codebook : Codebook
        Codes.
    now : callable
        Returns the moment as it stands in labels.
    clock : callable
        Returns seconds, for the pace.
    """

    def __init__(
        self, sheet: SheetFile, codebook: Codebook, now: Callable[[], str], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.sheet, self.codebook = sheet, codebook
        self._now, self._clock = now, clock
        self._history: list[_Step] = []
        self._durations: list[float] = []
        self._started = clock()
        self._decided_by = ""
        self.index = next((place for place, row in enumerate(sheet.rows) if not self.complete(row)), 0)
        self.dimension = "symptom"
        self.highlighted = 0
        self._to_first_open()

    @property
    def row(self) -> EditRow:
        """The issue on the screen."""
        return self.sheet.rows[self.index]

    @property
    def adjudicating(self) -> bool:
        """Whether the sheet holds disagreements to decide."""
        return SAYS in self.sheet.columns

    @property
    def url(self) -> str:
        """The issue's page."""
        return parse_issue(self.row[ISSUE].removeprefix("'")).url

    def codes(self) -> tuple[Code, ...]:
        """Codes of the dimension that is asked."""
        if self.dimension == "cause_detail":
            cause = self.codebook["cause"].resolve(self.row["cause"])
            return cause.details if cause else ()
        return self.codebook[self.dimension].codes

    def complete(self, row: EditRow) -> bool:
        """Whether a row has all its codes, and in an adjudication also who and why."""
        _, problems = resolve(self.codebook, row.cells)
        decided = SAYS not in self.sheet.columns or (row[DECIDED_BY] and row[RATIONALE])
        return not problems and bool(decided)

    def done(self) -> int:
        """How many issues are complete."""
        return sum(self.complete(row) for row in self.sheet.rows)

    def progress(self) -> str:
        """Return issues done, pace and remaining time, from this session's median."""
        done, total = self.done(), len(self.sheet.rows)
        text = f"{done} of {total} done"
        if len(self._durations) >= 2 and done < total:
            seconds = median(self._durations)
            minutes = round(seconds * (total - done) / 60)
            left = f"{minutes // 60} h {minutes % 60:02d} min" if minutes >= 60 else f"{max(1, minutes)} min"
            text += f" · {seconds:.0f} s an issue · about {left} left"
        return text

    def press(self, key: str) -> bool:
        """Give the code of a key to the dimension that is asked; return whether the key has one."""
        place = KEYS.find(key)
        if not 0 <= place < len(self.codes()):
            return False
        self.choose(place)
        return True

    def choose(self, place: int) -> None:
        """Give the code at a place of the list, and ask the next dimension."""
        cells = {self.dimension: self.codes()[place].name}
        if self.dimension == "cause" and cells["cause"] != self.row["cause"]:
            cells["cause_detail"] = ""
        self._put(cells)
        self._ask_next()

    def detail_is_optional(self) -> bool:
        """Whether a detail is asked that the cause may go without."""
        cause = self.codebook["cause"].resolve(self.row["cause"])
        return self.dimension == "cause_detail" and cause is not None and not cause.detail_required

    def skip_detail(self) -> bool:
        """Leave out a detail that the cause may go without; return whether it may."""
        if not self.detail_is_optional():
            return False
        self._put({"cause_detail": ""})
        self.ask("location")
        return True

    def _ask_next(self) -> None:
        order = list(DIMENSIONS)
        following = order[min(order.index(self.dimension) + 1, len(order) - 1)]
        self.ask(following)
        if following == "cause_detail" and not self.codes():
            self.ask("location")

    def ask(self, dimension: str) -> None:
        """Ask a dimension; the highlight stands on the code that is given already."""
        self.dimension = dimension
        given = [place for place, code in enumerate(self.codes()) if self.row[dimension].casefold() in code.spellings]
        self.highlighted = given[0] if given else 0

    def back(self) -> None:
        """Ask the dimension before."""
        order = [name for name in DIMENSIONS if name != "cause_detail" or self._has_details()]
        if self.dimension in order:
            self.ask(order[max(0, order.index(self.dimension) - 1)])

    def _has_details(self) -> bool:
        cause = self.codebook["cause"].resolve(self.row["cause"])
        return bool(cause and cause.details)

    def toggle_unsure(self) -> None:
        """Mark the issue as unsure, or take the mark back."""
        self._put({UNSURE: "" if self.row[UNSURE] else "yes"})

    def write(self, column: str, text: str) -> None:
        """Set rationale or who decided; who decided is kept for the next issues."""
        plain = " ".join(text.split())
        if column == DECIDED_BY:
            self._decided_by = plain
        self._put({column: plain})

    def _put(self, cells: dict[str, str]) -> None:
        if self.adjudicating and self._decided_by and not self.row[DECIDED_BY]:
            cells = cells | {DECIDED_BY: self._decided_by}
        stamped = cells | {TIME: self._now(), TOOL: "terminal"}
        before = {column: self.row[column] for column in stamped}
        self.sheet.put(self.row, stamped)
        self._history.append(_Step(self.index, before, self.dimension))

    def undo(self) -> bool:
        """Take back the last change, wherever it was; return whether there was one."""
        if not self._history:
            return False
        step = self._history.pop()
        self.index = step.index
        self.sheet.put(self.row, step.cells)
        self.ask(step.dimension)
        return True

    def advance(self) -> str:
        """Go to the next issue that isn't complete; return what the present one lacks, and stay, where it lacks something."""
        if not self.complete(self.row):
            _, problems = resolve(self.codebook, self.row.cells)
            if problems:
                self.ask(problems[0].dimension)
                return problems[0].message
            return "say who decided (d) and why (t)"
        self._durations.append(self._clock() - self._started)
        places = [*range(self.index + 1, len(self.sheet.rows)), *range(self.index)]
        self.index = next((place for place in places if not self.complete(self.sheet.rows[place])), self.index)
        self._started = self._clock()
        self._to_first_open()
        return ""

    def move(self, steps: int) -> None:
        """Go some issues further or back."""
        self.index = (self.index + steps) % len(self.sheet.rows)
        self._started = self._clock()
        self._to_first_open()

    def find(self, text: str) -> bool:
        """Go to the next issue with a text in its name, title, codes or rationale; return whether there is one."""
        wanted = text.casefold().strip()
        places = [(self.index + step) % len(self.sheet.rows) for step in range(1, len(self.sheet.rows) + 1)]
        for place in places:
            cells = self.sheet.rows[place].cells
            shown = [cells.get(name, "") for name in (ISSUE, TITLE, SAYS, *DIMENSIONS, RATIONALE)]
            if wanted and any(wanted in cell.casefold() for cell in shown):
                self.index = place
                self._to_first_open()
                return True
        return False

    def _to_first_open(self) -> None:
        _, problems = resolve(self.codebook, self.row.cells)
        self.ask(problems[0].dimension if problems else "symptom")
