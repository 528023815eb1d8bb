"""Rules between the columns of a table, which a table schema cannot state."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase

import pandas as pd

from datapackage.codebook import Codebook
from datapackage.conversions import outcome
from datapackage.errors import Fault
from datapackage.reasons import Reason

TAKEN_BACK = "none"
"""Code of a rating that takes back an earlier detail of the cause."""

Check = Callable[[pd.DataFrame, Codebook], Iterator[tuple[int, str, str, str]]]


@dataclass(frozen=True)
class Rule:
    """A rule of one table.

    Attributes
    ----------
    table : str
        Name of the table in the descriptor; ``*`` stands for any text.
    reason : Reason
        The kind of fault.
    check : callable
        Yields (position of the row from 0, column, value, message) for each violation.
    """

    table: str
    reason: Reason
    check: Check

    def applies_to(self, table: str) -> bool:
        """Whether the rule is one of this table."""
        return fnmatchcase(table, self.table)

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
    allowed["cause_detail"] += (TAKEN_BACK,)
    for name, dimension in codebook.dimensions.items():  # given before the code was retired
        allowed[name] += tuple(code.slug for code in dimension.retired)
    for position, (dimension, code) in enumerate(zip(frame["dimension"], frame["code"], strict=True)):
        if code not in allowed[dimension]:
            yield position, "code", str(code), f"is not a code of {dimension}; allowed: {', '.join(allowed[dimension])}"


def deprecated_for_a_reason(frame: pd.DataFrame, _: Codebook) -> Iterator[tuple[int, str, str, str]]:
    """Yield rows that are deprecated without a reason, or active with one."""
    for position, (status, reason) in enumerate(zip(frame["status"], frame["status_reason"], strict=True)):
        if status == "deprecated" and pd.isna(reason):
            yield position, "status_reason", "", "must say why the row is deprecated"
        if status == "active" and not pd.isna(reason):
            yield position, "status_reason", str(reason), "must be empty for an active row"


def revisions_count_up(frame: pd.DataFrame, _: Codebook) -> Iterator[tuple[int, str, str, str]]:
    """Yield ratings whose revision has no predecessor: an earlier rating is kept, never replaced."""
    key = ["sample", "round", "issue", "rater", "dimension"]
    expected = frame.sort_values("revision", kind="stable").groupby(key, observed=True).cumcount() + 1
    for position in frame.index[(frame["revision"] != expected.reindex(frame.index)).to_numpy()]:
        value = str(frame["revision"].iloc[position])
        yield position, "revision", value, f"must be {expected[position]}: revisions of a rating count from 1"


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


def outcome_follows_evidence(frame: pd.DataFrame, _: Codebook) -> Iterator[tuple[int, str, str, str]]:
    """Yield conversions whose outcome is not the one that follows from what is recorded; see `datapackage.conversions`.

    A table that states no outcome has none that could be wrong.
    """
    if "outcome" not in frame.columns:
        return
    evidence = frame[["reported", "error_stage", "error_class", "difference"]].astype(object)
    evidence = evidence.where(evidence.notna(), None)
    rows = zip(evidence.itertuples(index=False, name=None), frame["outcome"].astype(str), strict=True)
    for position, (recorded, stands) in enumerate(rows):
        expected = outcome(*recorded)
        if expected is None:
            message = (
                "follows from nothing: an exception needs error_stage and error_class and has no difference, a match or "
                "mismatch has a difference and neither of them"
            )
            yield position, "outcome", stands, message
        elif stands != expected:
            yield position, "outcome", stands, f"does not follow from what is recorded; it must be {expected}"


def interval_in_order(frame: pd.DataFrame, _: Codebook) -> Iterator[tuple[int, str, str, str]]:
    """Yield rows whose earliest day is after the latest."""
    for position in frame.index[frame["created_earliest"] > frame["created_latest"]]:
        yield (
            position,
            "created_earliest",
            f"{frame['created_earliest'].iloc[position]:%Y-%m-%d}",
            "is after created_latest",
        )


def part_of_total(frame: pd.DataFrame, _: Codebook) -> Iterator[tuple[int, str, str, str]]:
    """Yield rows that count more cases than there are."""
    for position in frame.index[frame["count"] > frame["total"]]:
        yield (
            position,
            "count",
            str(frame["count"].iloc[position]),
            f"is more than the total {frame['total'].iloc[position]}",
        )


def released_once(frame: pd.DataFrame, _: Codebook) -> Iterator[tuple[int, str, str, str]]:
    """Yield rows that give an operator set of a source another day of release than the set's first row does."""
    first = frame.groupby(["source", "opset"], observed=True)["released"].transform("first")
    for position in frame.index[frame["released"] != first]:
        message = f"differs from {first.iloc[position]:%Y-%m-%d} of the same operator set and source"
        yield position, "released", f"{frame['released'].iloc[position]:%Y-%m-%d}", message


def printed_number(frame: pd.DataFrame, _: Codebook) -> Iterator[tuple[int, str, str, str]]:
    """Yield claims whose unit asks for a number and whose printed form is none."""
    texts = {"ranking", "verdict", "date"}
    allowed = {"N/A", "archived"}  # what the paper prints for a count that it does not have
    for position, (printed, unit) in enumerate(zip(frame["published"], frame["unit"], strict=True)):
        if unit not in texts and printed not in allowed and pd.isna(pd.to_numeric(printed, errors="coerce")):
            yield position, "published", str(printed), f"must be a number, as its unit is {unit}"


RULES = (
    Rule("failures", Reason.DETAIL_OF_CAUSE, detail_belongs_to_cause),
    Rule("failures", Reason.DATE_ORDER, dates_agree),
    Rule("failures", Reason.DUPLICATE_RANK, issue_of_converter_once),
    Rule("failures", Reason.STATUS_REASON, deprecated_for_a_reason),
    Rule("ratings", Reason.CODE_OF_DIMENSION, code_of_dimension),
    Rule("ratings", Reason.REVISION_ORDER, revisions_count_up),
    Rule("issue_dates", Reason.DATE_ORDER, interval_in_order),
    Rule("reference_distributions", Reason.PART_OF_TOTAL, part_of_total),
    Rule("opsets", Reason.ONE_RELEASE_DAY, released_once),
    Rule("claims", Reason.NOT_A_NUMBER, printed_number),
    Rule("conversions-*", Reason.OUTCOME_OF_EVIDENCE, outcome_follows_evidence),
)
