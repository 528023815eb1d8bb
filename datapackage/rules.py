"""Rules between the columns of a table, which a table schema cannot state."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pandas as pd

from datapackage.codebook import Codebook
from datapackage.errors import Fault

Check = Callable[[pd.DataFrame, Codebook], Iterator[tuple[int, str, str, str]]]


@dataclass(frozen=True)
class Rule:
    """A rule of one table.

    Attributes
    ----------
    table : str
        Name of the table in the descriptor.
    reason : str
        Stable code of the fault.
    check : callable
        Yields (position of the row from 0, column, value, message) for each violation.
    """

    table: str
    reason: str
    check: Check

    def faults(self, file: str, frame: pd.DataFrame, codebook: Codebook) -> Iterator[Fault]:
        """Yield one fault per violation; row 1 is the header."""
        for position, column, value, message in self.check(frame, codebook):
            yield Fault(file, message, row=position + 2, column=column, value=value, reason=self.reason)


def detail_belongs_to_cause(frame: pd.DataFrame, codebook: Codebook) -> Iterator[tuple[int, str, str, str]]:
    """Yield failures whose finer cause is not one of their cause's."""
    for position, (cause, detail) in enumerate(zip(frame["cause"], frame["cause_detail"], strict=True)):
        if pd.isna(detail):
            continue
        allowed = codebook.details[cause].slugs if cause in codebook.details else ()
        if detail not in allowed:
            message = f"is not a detail of {cause}; allowed: {', '.join(allowed) or 'none, leave it empty'}"
            yield position, "cause_detail", str(detail), message


def dates_agree(frame: pd.DataFrame, _: Codebook) -> Iterator[tuple[int, str, str, str]]:
    """Yield rows whose earliest, latest and exact dates contradict each other."""
    columns = zip(frame["created"], frame["created_earliest"], frame["created_latest"], strict=True)
    for position, (created, earliest, latest) in enumerate(columns):
        if earliest > latest:
            yield position, "created_earliest", f"{earliest:%Y-%m-%d}", "is after created_latest; exchange them"
        if not pd.isna(created) and not earliest <= created <= latest:
            yield position, "created", f"{created:%Y-%m-%d}", "lies outside created_earliest to created_latest"


def code_of_dimension(frame: pd.DataFrame, codebook: Codebook) -> Iterator[tuple[int, str, str, str]]:
    """Yield ratings whose code is not one of their dimension's."""
    allowed = {dimension: codebook.slugs(dimension) for dimension in (*codebook.dimensions, "cause_detail")}
    for position, (dimension, code) in enumerate(zip(frame["dimension"], frame["code"], strict=True)):
        if code not in allowed[dimension]:
            yield position, "code", str(code), f"is not a code of {dimension}; allowed: {', '.join(allowed[dimension])}"


def issue_of_converter_once(frame: pd.DataFrame, _: Codebook) -> Iterator[tuple[int, str, str, str]]:
    """Yield rows that repeat a population rank within a sample and converter."""
    ranks = frame[frame["population_rank"].notna()]
    for position in ranks.index[ranks.duplicated(["sample", "converter", "population_rank"])]:
        value = str(frame["population_rank"].iloc[position])
        yield (
            position,
            "population_rank",
            value,
            "stands twice in one sample of a converter; two issues cannot share it",
        )


RULES = (
    Rule("failures", "detail-of-cause", detail_belongs_to_cause),
    Rule("failures", "date-order", dates_agree),
    Rule("failures", "duplicate-rank", issue_of_converter_once),
    Rule("ratings", "code-of-dimension", code_of_dimension),
)
