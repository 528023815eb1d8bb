"""The tables of the chapter on RQ3."""

from collections.abc import Mapping

import pandas as pd
from great_tables import GT

from analysis.claims.printed import agrees
from analysis.evolution.multiverse import ALL, FIRST, Curve, estimand
from analysis.evolution.nulls import EXCHANGED, FIRST_FIXED, SHIFTED
from analysis.evolution.rates import RATE_DAYS
from analysis.report.chapter import Table
from analysis.report.tables import estimate, p_value, styled
from datapackage.tables import records
from methods.correlation import EXACT_UP_TO, PERMUTATIONS, Correlation

_OUTCOMES = {
    ("all", "count"): "all failures",
    ("incompatibility_or_type", "count"): "incompatibility or type problems",
    ("incompatibility_or_type", "share"): "their share of all failures",
}
_STATISTICS = {
    "median_r": "median correlation",
    "positive": "share positive",
    "positive_significant": "share positive and significant",
    "negative_significant": "share negative and significant",
    "averaged_z": "averaged Z",
}
_NULLS = {EXCHANGED: "exchanged", FIRST_FIXED: "first fixed", SHIFTED: "shifted in time"}
_CHOICES = {
    "merged": "operator sets 2–7 merged",
    "complete_only": "complete periods only",
    "first": "first release",
    "change": "size",
}
_EXACT = {"exact": EXACT_UP_TO, "permutations": f"{PERMUTATIONS:,}"}


def correlation_text(test: Correlation) -> str:
    """Return ρ with its interval, as ``0.36 [-0.33, 0.80]``."""
    return estimate(test.rho, test.low, test.high)


def tests(
    results: Mapping[str, Correlation],
    bootstrap: Mapping[str, tuple[float, float]],
    one_sided: Mapping[str, float],
    ledger: pd.DataFrame,
) -> Table:
    """Lay out the described tests beside the printed numbers and the mechanisms that yield them."""
    entries = {row["claim_id"]: row for row in records(ledger)}
    names = {"s61.rho.all": "all failures", "s61.rho.incompat_type": "incompatibility and type problems"}
    rows = [
        {
            "Outcome": names[claim],
            "Printed": entries[claim]["published"],
            "As described": correlation_text(test),
            "Bootstrap": "[{:.2f}, {:.2f}]".format(*bootstrap[claim]),
            "p": p_value(test.p),
            "p, one-sided": p_value(one_sided[claim]),
            "Releases": test.n,
            "Mechanism": _mechanism(entries[claim]),
        }
        for claim, test in results.items()
    ]
    gt = styled(pd.DataFrame(rows), "Release size against failures: the published test", "rq3-tests", stub="Outcome")
    numbers = ["Printed", "As described", "Bootstrap", "p", "p, one-sided", "Releases"]
    return Table("rq3-tests", _right(gt, numbers), _EXACT)


def _mechanism(row: Mapping[str, str]) -> str:
    return f"{row['mechanism']}: {row['mechanism_value']}" if row["mechanism"] else "–"


def readings(search: pd.DataFrame, ledger: pd.DataFrame) -> Table:
    """Lay out the readings of the procedure that round to a printed correlation of the same outcome."""
    published = dict(zip(ledger["claim_id"], ledger["published"], strict=True))
    printed = {"all": published["s61.rho.all"], "incompatibility_or_type": published["s61.rho.incompat_type"]}
    fits = [agrees(row["rho"], printed[row["outcome"]], "rho") for row in records(search)]
    rows = [
        {
            "Outcome": _OUTCOMES[row["outcome"], row["normalisation"]],
            "Size": row["change"],
            "2–7": "merged" if row["merged"] else "apart",
            "First": "dropped" if row["drop_first"] else "kept",
            "Last": "dropped" if row["drop_last"] else "kept",
            "Releases": row["n"],
            "ρ": f"{row['rho']:.4f}",
        }
        for row in records(search[fits])
    ]
    columns = ["Outcome", "Size", "2–7", "First", "Last", "Releases", "ρ"]
    title = f"Of {len(search)} readings of the procedure, those that give the printed number"
    gt = styled(pd.DataFrame(rows, columns=columns), title, "rq3-readings")
    return Table("rq3-readings", gt)


def saved_outputs(saved: pd.DataFrame) -> Table:
    """Lay out `analysis.evolution.readings.saved_correlations`."""
    frame = pd.DataFrame(
        {
            "Quantity": saved["quantity"],
            "Saved": [f"{v:.4f}" for v in saved["value"]],
            "Recomputed": [f"{v:.4f}" for v in saved["recomputed"]],
        }
    )
    gt = styled(frame, "Correlations that the study's notebook saved", "rq3-saved", stub="Quantity")
    return Table("rq3-saved", _right(gt, ["Saved", "Recomputed"]))


def releases(table: pd.DataFrame) -> Table:
    """Lay out `analysis.evolution.pipeline.per_release`."""
    frame = pd.DataFrame(
        {
            "Operator set": table["label"],
            "Released": table["released"].dt.strftime("%Y-%m-%d"),
            "Days": table["days"],
            "Operators": table["size"].astype(int),
            "Failures": table["all"],
            "Incompat. or type": table["incompatibility_or_type"],
            f"Per {RATE_DAYS} days": [f"{v:.1f}" for v in RATE_DAYS * table["all"] / table["days"]],
            "In the test": table["used"].map({True: "yes", False: "no"}),
        }
    )
    gt = styled(frame, "Releases and the failures until the next one", "rq3-releases", stub="Operator set")
    return Table("rq3-releases", _right(gt, list(frame.columns[2:7])))


def variations(frame: pd.DataFrame) -> Table:
    """Lay out `analysis.evolution.pipeline.variations`."""
    cells = pd.DataFrame(
        {
            "Choice": frame["choice"],
            "Value": frame["value"],
            "Releases": frame["n"],
            "ρ": [estimate(row["rho"], row["low"], row["high"]) for row in records(frame)],
            "p": [p_value(p) for p in frame["p"]],
        }
    )
    gt = styled(cells, "One choice varied at a time (all failures)", "rq3-variations")
    return Table("rq3-variations", _right(gt, ["Releases", "ρ", "p"]), _EXACT)


def rates(models: Mapping[str, pd.DataFrame]) -> Table:
    """Lay out `analysis.evolution.rates.rate_models`, one group of rows per outcome or cut."""
    cells = pd.DataFrame(
        [
            {
                "Failures": name,
                "Model": row["model"],
                "Releases": row["n"],
                "Rate ratio": estimate(row["ratio"], row["low"], row["high"]),
                "p": p_value(row["p"]),
                "Dispersion": "–" if pd.isna(row["dispersion"]) else f"{row['dispersion']:.2f}",
            }
            for name, frame in models.items()
            for row in records(frame.reset_index())
        ]
    )
    gt = styled(cells, "Rate ratio per doubling of a release's size", "rq3-rates", stub="Model", groups="Failures")
    return Table("rq3-rates", _right(gt, ["Releases", "Rate ratio", "p", "Dispersion"]))


def influence(frame: pd.DataFrame) -> Table:
    """Lay out `analysis.evolution.rates.leave_one_out`."""
    cells = pd.DataFrame(
        {
            "Left out": frame.index,
            "Rate ratio": [estimate(row["ratio"], row["low"], row["high"]) for row in records(frame)],
            "p": [p_value(p) for p in frame["p"]],
            "Residual": [f"{v:.1f}" for v in frame["residual"]],
            "Leverage": [f"{v:.2f}" for v in frame["leverage"]],
        }
    )
    gt = styled(cells, "Rate ratio without each release", "rq3-influence", stub="Left out")
    return Table("rq3-influence", _right(gt, list(cells.columns[1:])))


def curve(result: Curve) -> Table:
    """Lay out the summary of `analysis.evolution.multiverse.specification_curve`: statistics by null."""
    parts = {ALL: "all", **{name: f"first release {name}" for name in FIRST}}
    rows = [
        {"Specifications": parts[part], "Statistic": _STATISTICS[statistic], **_null_cells(result, part, statistic)}
        for part in parts
        if part in result.summary.index.get_level_values("part")
        for statistic in _STATISTICS
    ]
    title = f"All {len(result.specifications):,} specifications against three nulls"
    gt = styled(pd.DataFrame(rows), title, "rq3-curve", groups="Specifications", stub="Statistic")
    gt = gt.tab_spanner("p, if sizes are", list(_NULLS.values()))
    columns = ["Observed", *_NULLS.values()]
    return Table("rq3-curve", _right(gt, columns), {"draws": f"{result.draws:,}", "shifts": _shifts(result)})


def estimands(result: Curve) -> Table:
    """Lay out the curve by the question that its specifications ask."""
    asked = estimand(result.specifications)
    rows = [
        {
            "Outcome": name,
            "Specifications": f"{len(part):,}",
            "Distinct": f"{part['r'].round(10).nunique():,}",
            "Positive": f"{100 * (part['r'] > 0).mean():.0f} %",
            **_null_cells(result, str(name), "median_r"),
        }
        for name, part in result.specifications.groupby(asked)
    ]
    frame = pd.DataFrame(rows).rename(columns={"Observed": "Median correlation"})
    gt = styled(frame, "The specifications by what they ask", "rq3-estimands", stub="Outcome")
    gt = gt.tab_spanner("p of the median, if sizes are", list(_NULLS.values()))
    return Table("rq3-estimands", _right(gt, list(frame.columns[1:])))


def _null_cells(result: Curve, part: str, statistic: str) -> dict[str, str]:
    rows = pd.DataFrame(result.summary.xs((part, statistic), level=("part", "statistic")))
    observed = float(rows["observed"].iloc[0])
    form = "{:.1f}" if statistic == "averaged_z" else "{:.3f}"
    cells = {"Observed": form.format(observed)}
    for null, row in zip(rows.index, records(rows), strict=True):
        cells[_NULLS[str(null)]] = p_value(row["p"], draws=None if row["p_error"] == 0 else int(row["draws"]))
    return cells


def _shifts(result: Curve) -> str:
    return str(int(result.summary.xs(SHIFTED, level="null")["draws"].iloc[0]))


def margins(frame: pd.DataFrame) -> Table:
    """Lay out `analysis.evolution.verdict.by_margin`."""
    cells = pd.DataFrame(
        {
            "Outcome": frame["outcome"],
            "Verdict": [
                f"{row['below']} below {row['margin']:.2f}, {row['above']} from there on" for row in records(frame)
            ],
        }
    )
    return Table("rq3-margin", styled(cells, "The verdict by the margin for “no effect”", "rq3-margin", stub="Outcome"))


def choice_text(choice: str) -> str:
    """Return a choice of the multiverse as a reader knows it."""
    return _CHOICES.get(choice, choice)


def drivers(frame: pd.DataFrame) -> Table:
    """Lay out `analysis.evolution.multiverse.drivers`."""
    cells = pd.DataFrame(
        {
            "Choice": frame["choice"].replace(_CHOICES),
            "Value": frame["value"].replace({"True": "yes", "False": "no"}).str.replace("_", " "),
            "Specifications": [f"{count:,}" for count in frame["specifications"]],
            "Median correlation": [f"{v:.2f}" for v in frame["median_r"]],
            "Positive": [f"{100 * v:.0f} %" for v in frame["positive"]],
            "Positive, p < 0.05": [f"{100 * v:.0f} %" for v in frame["positive_significant"]],
        }
    )
    gt = styled(cells, "Which choices drive the sign", "rq3-drivers")
    return Table("rq3-drivers", _right(gt, list(cells.columns[2:])))


def sources(frame: pd.DataFrame) -> Table:
    """Lay out `analysis.evolution.sources.compare_sources`."""
    cells = frame.reset_index()
    cells.columns = ["Operator set", "notes|added", "notes|updated", "registry|added", "registry|updated", "functions"]
    gt = styled(cells, "Operators by source", "rq3-sources", stub="Operator set")
    gt = gt.tab_spanner("release notes (study)", ["notes|added", "notes|updated"])
    gt = gt.tab_spanner("schema registry", ["registry|added", "registry|updated"])
    gt = gt.cols_label({column: column.partition("|")[2] for column in cells.columns[1:5]})
    gt = gt.cols_label({"functions": "of which functions"})
    return Table("rq3-sources", _right(gt, list(cells.columns[1:])))


def _right(gt: GT, columns: list[str]) -> GT:
    return gt.cols_align("right", columns)
