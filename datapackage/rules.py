"""Rules between the columns of a table, which a table schema cannot state."""

import datetime as dt
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase

import numpy as np
import pandas as pd

from datapackage.cells import FORMS
from datapackage.codebook import Codebook
from datapackage.conversions import FINITE, INFINITE, REAL_TOLERANCE, REPORTED_MATCH, UNRECORDED, outcome
from datapackage.errors import Fault
from datapackage.issues import parse_issue, repositories
from datapackage.reasons import Reason

TAKEN_BACK = "none"
"""Code of a rating that takes back an earlier detail of the cause."""

ONNX_PUBLISHED = pd.Timestamp("2017-09-07")
"""The day on which ONNX was announced and its code published; no issue of a converter is older."""

STUDY_COLLECTED = pd.Timestamp("2023-07-07")
"""The later of the two days that the study gives for its collection of issues."""

_EVIDENCE = ("reported", "error_stage", "error_class", "difference")
_LARGEST = ("max_abs_diff", "max_rel_diff")

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
    needs : tuple of str
        Columns without which a table has nothing that the rule could find wrong.
    """

    table: str
    reason: Reason
    check: Check
    needs: tuple[str, ...] = ()

    def applies_to(self, table: str) -> bool:
        """Whether the rule is one of this table."""
        return fnmatchcase(table, self.table)

    def faults(self, file: str, frame: pd.DataFrame, codebook: Codebook) -> Iterator[Fault]:
        """Yield one fault per violation; row 1 is the header."""
        if not set(self.needs) <= set(frame.columns):
            return
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
        if code not in allowed.get(dimension, ()):
            codes = ", ".join(allowed.get(dimension, ())) or "none, the codebook has no such dimension"
            yield position, "code", str(code), f"is not a code of {dimension}; allowed: {codes}"


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
    evidence = frame[list(_EVIDENCE)].astype(object)
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
        if unit not in texts and printed not in allowed and not re.fullmatch(FORMS["number"].pattern, printed):
            yield position, "published", str(printed), f"must be a number, as its unit is {unit}"


def differences_agree(frame: pd.DataFrame, _: Codebook) -> Iterator[tuple[int, str, str, str]]:
    """Yield the study's conversions whose largest difference is not of the kind recorded, or too large for a match.

    A match can differ by more than `REAL_TOLERANCE` where the outputs are large: then the relative difference is small.
    """
    kinds = frame["difference"].astype(object)
    rows = zip(kinds, frame["reported"], frame["max_abs_diff"], frame["max_rel_diff"], strict=True)
    for position, (kind, reported, absolute, relative) in enumerate(rows):
        value = "" if pd.isna(absolute) else f"{absolute:g}"
        held = UNRECORDED if pd.isna(absolute) else INFINITE if np.isinf(absolute) else FINITE
        if held != (kind if kind in (FINITE, INFINITE) else UNRECORDED):
            shown = "no difference" if pd.isna(kind) else f"the difference {kind}"
            yield position, "max_abs_diff", value, f"does not agree with {shown}; correct either"
        elif reported == REPORTED_MATCH and absolute > REAL_TOLERANCE and not relative <= REAL_TOLERANCE:
            yield (
                position,
                "max_abs_diff",
                value,
                "is too large for outputs that match; correct the one or the other",
            )


def finite_differences_agree(frame: pd.DataFrame, _: Codebook) -> Iterator[tuple[int, str, str, str]]:
    """Yield a campaign's conversions whose largest difference does not fit the kind that is recorded.

    A campaign leaves elements that are infinite or NaN out of the largest difference, so that it is always finite, and there
    may be one beside an infinite difference. What matches is said by the criterion that the campaign's manifest names.
    """
    rows = zip(frame["difference"].astype(object), frame["max_abs_diff"], strict=True)
    for position, (kind, absolute) in enumerate(rows):
        value = "" if pd.isna(absolute) else f"{absolute:g}"
        if np.isinf(absolute):
            yield position, "max_abs_diff", value, "must be finite; infinite elements are left out of it"
        elif (kind == FINITE and pd.isna(absolute)) or (kind not in (FINITE, INFINITE) and not pd.isna(absolute)):
            shown = "no difference" if pd.isna(kind) else f"the difference {kind}"
            yield position, "max_abs_diff", value, f"does not agree with {shown}; correct either"


def part_of_compared(frame: pd.DataFrame, _: Codebook) -> Iterator[tuple[int, str, str, str]]:
    """Yield conversions in which more elements differ than were compared."""
    beyond = (frame["mismatched_elements"] > frame["compared_elements"]).fillna(False).astype(bool)
    for position in np.flatnonzero(beyond):
        compared = frame["compared_elements"].iloc[position]
        value = str(frame["mismatched_elements"].iloc[position])
        yield int(position), "mismatched_elements", value, f"is more than the {compared} elements compared"


def repository_of_converter(frame: pd.DataFrame, _: Codebook) -> Iterator[tuple[int, str, str, str]]:
    """Yield failures whose issue is of another repository than most of their converter's."""
    owners = repositories(frame["issue"])
    usual = owners.groupby(frame["converter"]).transform(lambda names: names.mode().iloc[0])
    for position in np.flatnonzero(owners != usual):
        message = f"is of another repository than {frame['converter'].iloc[position]}'s, {usual.iloc[position]}"
        yield int(position), "issue", str(frame["issue"].iloc[position]), message


def opened_in_order(frame: pd.DataFrame, _: Codebook) -> Iterator[tuple[int, str, str, str]]:
    """Yield issues that cannot have been opened on their day.

    GitHub numbers the issues of a repository as they are opened, so a higher number is never the older one; none is of the
    time before ONNX was published, nor of the future.
    """
    if "issue" in frame.columns:
        keys = pd.DataFrame([parse_issue(key) for key in frame["issue"]], columns=["repository", "number"])
    else:
        keys = frame[["repository", "number"]]
    ordered = frame.assign(repository=keys["repository"], number=keys["number"]).sort_values(["repository", "number"])
    tomorrow = pd.Timestamp(dt.datetime.now(dt.UTC).date()) + pd.Timedelta(days=1)
    opened = ordered.groupby("repository")
    before = opened["created_earliest"].transform(lambda days: days.cummax().shift())
    after = opened["created_latest"].transform(lambda days: days[::-1].cummin()[::-1].shift(-1))
    for position in sorted(ordered.index):
        earliest, latest = frame["created_earliest"].iloc[position], frame["created_latest"].iloc[position]
        if earliest < ONNX_PUBLISHED:
            yield position, "created_earliest", f"{earliest:%Y-%m-%d}", "is before ONNX was published (2017-09-07)"
        elif latest > tomorrow:
            yield position, "created_latest", f"{latest:%Y-%m-%d}", "is in the future"
        elif latest < before[position]:
            message = f"is before an issue of a lower number was opened ({before[position]:%Y-%m-%d})"
            yield position, "created_latest", f"{latest:%Y-%m-%d}", message
        elif earliest > after[position]:
            message = f"is after an issue of a higher number was opened ({after[position]:%Y-%m-%d})"
            yield position, "created_earliest", f"{earliest:%Y-%m-%d}", message


def collected_after(frame: pd.DataFrame, _: Codebook) -> Iterator[tuple[int, str, str, str]]:
    """Yield failures of the study's sample that were opened after the study collected its issues."""
    rows = zip(frame["sample"], frame["created_latest"], strict=True)
    for position, (sample, latest) in enumerate(rows):
        if sample == "issta24" and latest > STUDY_COLLECTED:
            message = f"is after the study collected its issues, {STUDY_COLLECTED:%Y-%m-%d} at the latest"
            yield position, "created_latest", f"{latest:%Y-%m-%d}", message


RULES = (
    Rule("failures", Reason.DETAIL_OF_CAUSE, detail_belongs_to_cause),
    Rule("failures", Reason.DATE_ORDER, dates_agree),
    Rule("failures", Reason.DATE_ORDER, opened_in_order),
    Rule("failures", Reason.DATE_ORDER, collected_after),
    Rule("failures", Reason.DUPLICATE_RANK, issue_of_converter_once),
    Rule("failures", Reason.REPOSITORY_OF_CONVERTER, repository_of_converter),
    Rule("failures", Reason.STATUS_REASON, deprecated_for_a_reason),
    Rule("ratings", Reason.CODE_OF_DIMENSION, code_of_dimension),
    Rule("ratings", Reason.REVISION_ORDER, revisions_count_up),
    Rule("issue_dates", Reason.DATE_ORDER, dates_agree),
    Rule("issue_dates", Reason.DATE_ORDER, opened_in_order),
    Rule("reference_distributions", Reason.PART_OF_TOTAL, part_of_total),
    Rule("opsets", Reason.ONE_RELEASE_DAY, released_once),
    Rule("claims", Reason.NOT_A_NUMBER, printed_number),
    Rule("conversions-*", Reason.OUTCOME_OF_EVIDENCE, outcome_follows_evidence, ("outcome", *_EVIDENCE)),
    Rule("conversions-issta24-*", Reason.DIFFERENCE_OF_EVIDENCE, differences_agree, (*_EVIDENCE, *_LARGEST)),
    Rule("conversions-20*", Reason.DIFFERENCE_OF_EVIDENCE, finite_differences_agree, ("difference", "max_abs_diff")),
    Rule("conversions-*", Reason.PART_OF_TOTAL, part_of_compared, ("mismatched_elements", "compared_elements")),
)
