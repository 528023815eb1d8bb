"""The tables of the chapter on RQ2."""

from collections.abc import Mapping
from typing import Any

import pandas as pd
from great_tables import GT

from analysis.dataset import Study
from analysis.failures.label_error import PRIORS
from analysis.failures.labels import EQUIVALENCE
from analysis.report.chapter import Table
from analysis.report.tables import estimate, p_value, points, ratio_estimate, styled, with_interval
from datapackage.codebook import Codebook, Dimension
from datapackage.tables import records
from methods.association import DRAWS
from methods.intervals import wilson
from methods.pooling import LARGEST

_GROUPS = {"pooled": "all"}
_SHORT = {"torch.onnx": "PT", "tf2onnx": "TF"}


def distribution(frame: pd.DataFrame, dimension: Dimension, name: str, title: str) -> Table:
    """Lay out `analysis.failures.labels.distribution`: counts and shares with intervals, by converter, pooled, weighted."""
    names = {code.slug: code.name for code in dimension.codes}
    cells = pd.DataFrame({dimension.name: list(names.values())}, index=list(names))
    groups = list(dict.fromkeys(frame["group"]))
    for group in groups:
        rows = frame[frame["group"] == group].set_index("code").loc[list(names)]
        low, high = ("low_finite", "high_finite") if rows["low_finite"].notna().all() else ("low", "high")
        if group != "weighted":
            cells[f"{group}|n"] = rows["count"]
        cells[f"{group}|%"] = [with_interval(row["share"], row[low], row[high]) for row in records(rows)]
    return Table(name, _spanned(styled(cells, title, name, stub=dimension.name), groups))


def _spanned(gt: GT, groups: list[str]) -> GT:
    for group in groups:
        columns = [f"{group}|%"] if group == "weighted" else [f"{group}|n", f"{group}|%"]
        gt = gt.tab_spanner(_GROUPS.get(group, group), columns)
        gt = gt.cols_label({column: column.partition("|")[2] for column in columns}).cols_align("right", columns)
    return gt


def cause_by_symptom(table: pd.DataFrame, codebook: Codebook, name: str, title: str) -> Table:
    """Lay out `analysis.failures.labels.cause_by_symptom` or its binned form: a column per symptom and converter."""
    causes, symptoms = (_with_bins(codebook[dimension]) for dimension in ("cause", "symptom"))
    converters = list(dict.fromkeys(table["converter"]))
    keys = [table["cause"], table["symptom"], table["converter"]]
    wide = table.groupby(keys, sort=False)["count"].sum().unstack(["symptom", "converter"])
    wide = wide.reindex(index=[slug for slug in causes if slug in wide.index])
    cells = pd.DataFrame({"Cause": [causes[slug] for slug in wide.index]})
    shown = [slug for slug in symptoms if slug in set(table["symptom"])]
    for symptom in shown:
        for converter in converters:
            cells[f"{symptom}|{converter}"] = wide[symptom, converter].astype(int).to_numpy()
    gt = styled(cells, f"{title}: root cause by symptom", name, stub="Cause")
    for symptom in shown:
        columns = [f"{symptom}|{converter}" for converter in converters]
        gt = gt.tab_spanner(symptoms[symptom], columns).cols_align("right", columns)
        gt = gt.cols_label({f"{symptom}|{converter}": _SHORT.get(converter, converter) for converter in converters})
    return Table(name, gt)


def _with_bins(dimension: Dimension) -> dict[str, str]:
    return {code.slug: code.name for code in dimension.codes} | {"other": "Other", "total": "Total"}


def cause_details(frame: pd.DataFrame, study: Study) -> Table:
    """Lay out `analysis.failures.labels.cause_details` beside the DL compilers' causes."""
    reference = study.reference_distributions.set_index("code")
    names = code_names(study.codebook)
    groups = list(dict.fromkeys(frame["group"]))
    codes = list(frame[frame["group"] == groups[0]]["code"].astype(str))
    cells = pd.DataFrame({"Cause": [names[code] for code in codes]})
    for group in groups:
        rows = frame[frame["group"] == group].set_index("code").loc[codes]
        cells[f"{group}|n"] = rows["count"].to_numpy()
        cells[f"{group}|%"] = [with_interval(row["share"], row["low"], row["high"]) for row in records(rows)]
    counts = reference["count"].reindex(codes).astype("Int64")
    totals = reference["total"].reindex(codes).astype("Int64")
    cells["DL compilers|n"] = counts.to_numpy()
    cells["DL compilers|%"] = [with_interval(*wilson(c, t)) for c, t in zip(counts, totals, strict=True)]
    gt = _spanned(
        styled(cells, "Table 14: root causes against DL compilers", "table14", stub="Cause"), [*groups, "DL compilers"]
    )
    return Table("table14", gt)


def code_names(codebook: Codebook) -> dict[str, str]:
    """Names of all codes for readers, by slug; details as ``cause.detail``."""
    names = {code.slug: code.name for dimension in codebook.dimensions.values() for code in dimension.codes}
    for cause, detail in codebook.details.items():
        names |= {
            f"{cause}.{code.slug}": f"{codebook['cause'][cause].name}: {code.name.lower()}" for code in detail.codes
        }
    return names


def agreement(rounds: pd.DataFrame) -> Table:
    """Lay out agreement coefficients: a row per round, dimension and group."""
    wide = rounds.assign(cell=[_coefficient(row) for row in records(rounds)])
    keys = ["round", "dimension", "group", "n"]
    wide = wide.pivot_table(index=keys, columns="coefficient", values="cell", aggfunc="first", sort=False).reset_index()
    columns = {"percent": "Agreement (%)", "kappa": "Cohen's κ", "alpha": "Krippendorff's α", "ac1": "Gwet's AC1"}
    cells = wide.rename(columns=columns | {"round": "Round", "dimension": "Dimension", "group": "Group"})
    cells["Dimension"] = cells["Dimension"].str.replace("_", " ")
    cells = cells[["Round", "Dimension", "Group", "n", *columns.values()]]
    gt = styled(cells, "Agreement of the raters, and of the pilot with the final labels", "agreement")
    return Table("agreement", gt.cols_align("right", ["n", *columns.values()]))


def _coefficient(row: Mapping[str, Any]) -> str:
    if row["coefficient"] == "percent":
        return with_interval(row["value"], row["low"], row["high"])
    if pd.isna(row["value"]):
        return "undefined"
    return estimate(row["value"], row["low"], row["high"])


def label_error(corrected: pd.DataFrame, codebook: Codebook) -> Table:
    """Lay out `analysis.failures.label_error.corrected_shares`: shares as labelled and corrected under each prior."""
    names = code_names(codebook)
    rows = []
    for (dimension, code), part in corrected.groupby(["dimension", "code"], sort=False):
        first = part.iloc[0]
        shares = {row["prior"]: with_interval(row["share"], row["low"], row["high"]) for row in records(part)}
        labelled = with_interval(first["labelled"], first["labelled_low"], first["labelled_high"])
        again = str(first["readings"])
        rows.append(
            {"Code": f"{dimension}: {names[str(code)]}", "As labelled": labelled, **shares, "Repeated readings": again}
        )
    cells = pd.DataFrame(rows)
    priors = list(corrected["prior"].unique())
    gt = styled(cells, "Shares corrected for the labels' error", "label-error", stub="Code")
    gt = gt.tab_spanner("Corrected, by prior", priors).cols_align("right", list(cells.columns[1:]))
    described = [f"Beta({PRIORS[name].sensitivity[0]}, {PRIORS[name].sensitivity[1]}) ({name})" for name in priors]
    return Table("label-error", gt, {"priors": ", ".join(described)})


def tests(converters: pd.DataFrame, crossed: pd.DataFrame, against: pd.DataFrame) -> Table:
    """Lay out the tests of association: between converters, of causes with symptoms, against DL compilers."""
    groups = {
        "torch.onnx against tf2onnx": converters,
        "Cause by symptom": crossed,
        "Converters against DL compilers": against,
    }
    rows = []
    for question, frame in groups.items():
        for name, row in zip(frame.index, records(frame), strict=True):
            v = estimate(row["v"], row["low"], row["high"])
            p, corrected = (p_value(row[key], draws=DRAWS) for key in ("p", "p_holm"))
            rows.append((question, str(name).replace("_", " "), int(row["n"]), v, p, corrected))
    columns = ["Question", "Of", "n", "Cramér's V", "p", "p (Holm)"]
    gt = styled(pd.DataFrame(rows, columns=columns), "Tests of association", "tests")
    return Table("tests", gt.cols_align("right", columns[2:]), {"draws": f"{DRAWS:,}"})


def equivalence(frame: pd.DataFrame, codebook: Codebook) -> Table:
    """Lay out `analysis.failures.labels.converter_equivalence`."""
    names = code_names(codebook) | {LARGEST: "largest difference of all"}
    cells = pd.DataFrame(
        {
            "Dimension": frame["dimension"],
            "Code": frame["code"].map(names),
            "Difference (points)": [
                _in_points(row, points(row["difference"], row["low"], row["high"])) for row in records(frame)
            ],
            "Partially pooled": [_in_points(row, f"{100 * row['pooled']:+z.0f}") for row in records(frame)],
            "Probability of practical equality": [f"{100 * value:.0f} %" for value in frame["equivalent"]],
        }
    )
    gt = styled(cells, "Are the converters practically alike?", "equivalence", stub="Code", groups="Dimension")
    margin = f"{100 * EQUIVALENCE:.0f}"
    return Table("equivalence", gt.cols_align("right", list(cells.columns[2:])), {"margin": margin})


def _in_points(row: Mapping[str, object], text: str) -> str:
    """Return the text without signs where the row is the largest difference, which has no direction."""
    return text.replace("+", "") if row["code"] == LARGEST else text


def codes(by_code: pd.DataFrame, codebook: Codebook, name: str, first: str, second: str) -> Table:
    """Lay out a comparison of two groups, one code at a time."""
    names, rows = code_names(codebook), records(by_code)
    cells = pd.DataFrame(
        {
            "Code": [f"{row['dimension'].replace('_', ' ')}: {names[row['code']]}" for row in rows],
            first: by_code["first"],
            second: by_code["second"],
            "Difference (points)": [points(row["difference"], row["low"], row["high"]) for row in rows],
            "Odds ratio": [ratio_estimate(row["odds_ratio"], row["odds_low"], row["odds_high"]) for row in rows],
            "p (Holm)": [p_value(row["p_holm"]) for row in rows],
        }
    )
    gt = styled(cells, f"{first} against {second}, code by code", name, stub="Code")
    return Table(name, gt.cols_align("right", list(cells.columns[1:])))
