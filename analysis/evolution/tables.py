"""The tables of the chapter on RQ3."""

from collections.abc import Mapping

import pandas as pd
from great_tables import GT

from analysis.claims.printed import agrees
from analysis.evolution.multiverse import ALL, Curve
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
}
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
    """Lay out the summary of `analysis.evolution.multiverse.specification_curve`."""
    rows = result.summary.reset_index()
    cells = pd.DataFrame(
        {
            "First release": rows["first"].replace({ALL: "dropped or kept"}),
            "Statistic": rows["statistic"].map(_STATISTICS),
            "Observed": [f"{v:.3f}" for v in rows["observed"]],
            "Null, median": [f"{v:.3f}" for v in rows["null_median"]],
            "Null, 95th percentile": [f"{v:.3f}" for v in rows["null_high"]],
            "p": [p_value(p, draws=result.draws) for p in rows["p"]],
        }
    )
    title = f"All {len(result.specifications)} specifications against permuted sizes"
    gt = styled(cells, title, "rq3-curve")
    return Table("rq3-curve", _right(gt, list(cells.columns[2:])), {"draws": result.draws})


def choice_text(choice: str) -> str:
    """Return a choice of the multiverse as a reader knows it."""
    return _CHOICES.get(choice, choice)


def drivers(frame: pd.DataFrame) -> Table:
    """Lay out `analysis.evolution.multiverse.drivers`."""
    cells = pd.DataFrame(
        {
            "Choice": frame["choice"].replace(_CHOICES),
            "Value": frame["value"].replace({"True": "yes", "False": "no"}).str.replace("_", " "),
            "Specifications": frame["specifications"],
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
