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
        shares = {row["party"]: with_interval(row["share"], row["low"], row["high"]) for row in records(part)}
        rows.append([campaign, converter, int(part["n"].iloc[0]), *(shares[party] for party in used)])
    names = ["Campaign", "Converter", "n", *(PARTY_NAMES[party] for party in used)]
    cells = pd.DataFrame(rows, columns=names)
    title = "Who is at fault where outputs differ"
    gt = styled(cells, title, "who-is-at-fault", stub="Converter", groups="Campaign")
    return Table("who-is-at-fault", gt.tab_spanner("%", names[3:]).cols_align("right", names[2:]))


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
    parties = [PARTY_NAMES[party] for party in used]
    names = ["Converter", "Criterion", "n", "Mismatches", *parties, "Not judged"]
    cells = pd.DataFrame(rows, columns=names)
    title = "The study's criteria on the same conversions"
    gt = styled(cells, title, "study-criteria", stub="Criterion", groups="Converter")
    return Table("study-criteria", gt.tab_spanner("of them", parties).cols_align("right", names[2:]))


def multiples(frame: pd.DataFrame) -> Table:
    """Return how many conversions would be called wrong under other multiples of the noise."""
    rows = [
        [f"{row['multiple']:g} × noise", row["converter"], row["n"], _count(row), row["any_multiple"]]
        for row in records(frame.sort_values(["converter", "multiple"], kind="stable"))
    ]
    names = ["Multiple", "Converter", "n", "Beyond it", "of them under any"]
    title = "Conversions beyond other multiples of the noise"
    gt = styled(pd.DataFrame(rows, columns=names), title, "fault-multiples", stub="Multiple", groups="Converter")
    return Table("fault-multiples", gt.cols_align("right", names[2:]))


def confusion(frame: pd.DataFrame, alarms: pd.DataFrame) -> Table:
    """Return whom the attribution names for planted faults, and how often for a sum in another order."""
    used = [party for party in PARTIES if frame.loc[frame["named"] == party, "count"].any()]
    rows = []
    for made_by, part in frame.groupby("made_by", sort=False):
        counts = {row["named"]: _count(row) for row in records(part)}
        rows.append([PARTY_NAMES[str(made_by)], int(part["n"].iloc[0]), *(counts[party] for party in used)])
    accused, n = int(alarms["accused"].sum()), int(alarms["n"].sum())
    parties = [PARTY_NAMES[party] for party in used]
    names = ["Fault made by", "n", *parties]
    rows.append([f"nobody: sums in another order ({accused} accused)", n, *(None for _ in used)])
    title = "Planted faults, and who is named"
    gt = styled(pd.DataFrame(rows, columns=names), title, "planted-faults", stub="Fault made by")
    return Table("planted-faults", gt.tab_spanner("named", parties).cols_align("right", names[1:]))


def _count(row: dict[str, object]) -> str:
    count = int(str(row["count"]))
    return str(count) if count == 0 else f"{count} ({with_interval(row['share'], row['low'], row['high'])} %)"  # type: ignore[arg-type]
