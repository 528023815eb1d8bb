"""Tables of who is at fault, as readers see them."""

import pandas as pd

from analysis.conversions.fault import STUDY_CRITERIA
from analysis.conversions.fault_figures import PARTY_NAMES
from analysis.report.chapter import Table
from analysis.report.tables import styled, with_interval
from datapackage.conversions import PARTIES
from datapackage.tables import records


def parties(frame: pd.DataFrame) -> Table:
    """Return who is at fault, a row a campaign and converter, a column a party."""
    used = [party for party in PARTIES if frame.loc[frame["party"] == party, "count"].any()]
    rows = []
    for (campaign, converter), part in frame.groupby(["campaign", "converter"], sort=False):
        counts = {row["party"]: _count(row) for row in records(part)}
        rows.append([campaign, converter, int(part["n"].iloc[0]), *(counts[party] for party in used)])
    cells = pd.DataFrame(rows, columns=["Campaign", "Converter", "n", *(PARTY_NAMES[party] for party in used)])
    gt = styled(cells, "Who is at fault where outputs differ", "who-is-at-fault").cols_align(
        "right", list(cells.columns[2:])
    )
    return Table("who-is-at-fault", gt.cols_align("left", ["Campaign", "Converter"]))


def by_criteria(frame: pd.DataFrame) -> Table:
    """Return what each of the study's criteria calls a mismatch, by party."""
    used = [party for party in PARTIES if frame.loc[frame["party"] == party, "mismatches"].any()]
    rows = []
    for (converter, criterion), part in frame.groupby(["converter", "criterion"], sort=False):
        mismatches = part.set_index("party")["mismatches"]
        rows.append(
            [
                converter,
                STUDY_CRITERIA[str(criterion)],
                int(part["n"].iloc[0]),
                int(mismatches.sum()),
                *(int(mismatches[party]) for party in used),
                int(part["not_compared"].sum()),
            ]
        )
    names = [
        "Converter",
        "Criterion",
        "n",
        "Mismatches",
        *(f"of them|{PARTY_NAMES[party]}" for party in used),
        "Not judged",
    ]
    cells = pd.DataFrame(rows, columns=names)
    gt = styled(cells, "The study's criteria on the same conversions", "study-criteria").cols_align("right", names[2:])
    return Table("study-criteria", gt.cols_align("left", names[:2]))


def multiples(frame: pd.DataFrame) -> Table:
    """Return how many conversions would be called wrong under other multiples of the noise."""
    rows = [
        [f"{row['multiple']:g}", row["converter"], row["n"], _count(row), row["any_multiple"]]
        for row in records(frame.sort_values(["multiple", "converter"], kind="stable"))
    ]
    names = ["Multiple", "Converter", "n", "Beyond it", "of them under any"]
    gt = styled(pd.DataFrame(rows, columns=names), "Conversions beyond other multiples of the noise", "fault-multiples")
    return Table("fault-multiples", gt.cols_align("right", [names[0], *names[2:]]).cols_align("left", names[1:2]))


def confusion(frame: pd.DataFrame, alarms: pd.DataFrame) -> Table:
    """Return whom the attribution names for planted faults, and how often for a sum in another order."""
    used = [party for party in PARTIES if frame.loc[frame["named"] == party, "count"].any()]
    rows = []
    for made_by, part in frame.groupby("made_by", sort=False):
        counts = {row["named"]: _count(row) for row in records(part)}
        rows.append([PARTY_NAMES[str(made_by)], int(part["n"].iloc[0]), *(counts[party] for party in used)])
    accused, n = int(alarms["accused"].sum()), int(alarms["n"].sum())
    names = ["Fault made by", "n", *(f"named|{PARTY_NAMES[party]}" for party in used)]
    rows.append([f"nobody: sums in another order ({accused} accused)", n, *("" for _ in used)])
    gt = styled(pd.DataFrame(rows, columns=names), "Planted faults, and who is named", "planted-faults")
    return Table("planted-faults", gt.cols_align("right", names[1:]).cols_align("left", names[:1]))


def _count(row: dict[str, object]) -> str:
    count = int(str(row["count"]))
    return str(count) if count == 0 else f"{count} ({with_interval(row['share'], row['low'], row['high'])} %)"  # type: ignore[arg-type]
