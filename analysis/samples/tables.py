"""The tables of the chapter on samples."""

import pandas as pd

from analysis.failures.labels import EQUIVALENCE
from analysis.failures.tables import code_names
from analysis.report.chapter import Table
from analysis.report.tables import estimate, p_value, percent_interval, points, ratio_estimate, styled, with_interval
from datapackage.codebook import Codebook
from datapackage.tables import records
from methods.association import DRAWS
from methods.intervals import wilson


def findings(frame: pd.DataFrame) -> Table:
    """Lay out `analysis.samples.comparison.findings`."""
    rows = [
        {
            "Sample": row["sample"], "Finding": str(row["finding"]), "Criterion": row["criterion"], "n": row["n"],
            "Value": estimate(row["value"], row["low"], row["high"]) if row["finding"] == 7
            else with_interval(row["value"], row["low"], row["high"]),
            "Here": row["verdict"], "In the study's sample": row["study"],
        }
        for row in records(frame)
    ]  # fmt: skip
    gt = styled(pd.DataFrame(rows), "Which findings hold in the new sample", "samples-findings", groups="Sample")
    return Table("samples-findings", gt.cols_align("right", ["n", "Value"]))


def tests(frame: pd.DataFrame) -> Table:
    """Lay out the tests of the whole distributions: columns sample and those of `compare_samples`' ``tests``."""
    rows = [
        (row["sample"], row["dimension"], int(row["n"]), estimate(row["v"], row["low"], row["high"]),
         *(p_value(row[name], draws=DRAWS) for name in ("p", "p_holm")))
        for row in records(frame)
    ]  # fmt: skip
    columns = ["Sample", "Dimension", "n", "Cramér's V", "p", "p (Holm)"]
    gt = styled(pd.DataFrame(rows, columns=columns), "Samples against the study's", "samples-tests", groups="Sample")
    return Table("samples-tests", gt.cols_align("right", columns[2:]), {"draws": f"{DRAWS:,}"})


def codes(frame: pd.DataFrame, codebook: Codebook) -> Table:
    """Lay out `analysis.samples.comparison.by_code` of each sample (column sample)."""
    names = code_names(codebook)
    totals = frame.groupby(["sample", "dimension"])[["first", "second"]].transform("sum")
    rows = []
    for row, first, second in zip(records(frame), totals["first"], totals["second"], strict=True):
        rows.append(
            {
                "Sample": row["sample"], "Code": f"{row['dimension']}: {names[row['code']]}",
                "New (%)": with_interval(*wilson(row["first"], first)),
                "Study (%)": with_interval(*wilson(row["second"], second)),
                "Difference (points)": points(row["difference"], row["low"], row["high"]),
                "p (Holm)": p_value(row["p_holm"]), "Practically equal": f"{100 * row['equivalent']:.0f} %",
            }
        )  # fmt: skip
    gt = styled(
        pd.DataFrame(rows), "Samples against the study's, code by code", "samples-codes", stub="Code", groups="Sample"
    )
    margin = f"{100 * EQUIVALENCE:.0f}"
    return Table("samples-codes", gt.cols_align("right", list(pd.DataFrame(rows).columns[2:])), {"margin": margin})


def releases(frame: pd.DataFrame) -> Table:
    """Lay out `analysis.samples.comparison.releases`."""
    rows = [
        {
            "Failures of": row["sample"], "Opened": f"{row['since']} to {row['until']}", "n": row["failures"],
            "Releases": row["releases"], "ρ": estimate(row["rho"], row["low"], row["high"]),
            "Rate ratio": ratio_estimate(row["rate"], row["rate_low"], row["rate_high"]), "Hypothesis": row["verdict"],
        }
        for row in records(frame)
    ]  # fmt: skip
    gt = styled(
        pd.DataFrame(rows), "Releases of ONNX and failures, sample by sample", "samples-releases", stub="Failures of"
    )
    return Table("samples-releases", gt.cols_align("right", ["n", "Releases", "ρ", "Rate ratio"]))


def audited(frame: pd.DataFrame, codebook: Codebook) -> Table:
    """Lay out `analysis.failures.audited.audited_shares`, the weighted rows of each sample (columns sample, rater)."""
    names = code_names(codebook)
    rows = [
        {
            "Sample": f"{row['sample']}, audited by people: {row['rater']}", "Code": f"{row['dimension']}: {names[row['code']]}",
            "People (%)": with_interval(row["people"], row["people_low"], row["people_high"]),
            "Machine (%)": with_interval(row["machine"], float("nan"), float("nan")),
            "Both (%)": f"{with_interval(row['share'], float('nan'), float('nan'))} {percent_interval(row['low'], row['high'])}",
            "As good as labels": f"{row['effective']:.0f}",
        }
        for row in records(frame)
    ]  # fmt: skip
    gt = styled(pd.DataFrame(rows), "Whole populations, from a machine audited by people", "samples-audited", stub="Code",
                groups="Sample")  # fmt: skip
    return Table("samples-audited", gt.cols_align("right", list(pd.DataFrame(rows).columns[2:])))
