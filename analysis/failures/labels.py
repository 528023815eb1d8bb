"""RQ2: where converters fail, how, and why - the labelled failures as the paper's tables, and what goes beyond them.

Every function takes a failures frame (see `analysis.dataset.load_failures`), of any sample, and returns a tidy frame.
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from datapackage.codebook import Codebook
from datapackage.errors import Fault, InputError
from methods.association import COMPARISON, association, compare_codes, holm
from methods.intervals import share_frame, stratified_share, wilson_finite
from methods.pooling import pooled_differences

# the margin of sampling that the study's sample sizes aim at; stated before any result
EQUIVALENCE = 0.10
DIMENSIONS = ("location", "symptom", "cause")
POOLED = "pooled"
WEIGHTED = "weighted"
# Table 10 prints five causes and bins the rest, and two symptoms
TABLE_10_CAUSES = ("incompatibility", "type_problem", "algorithmic_error", "shape_problem", "api_misuse")
TABLE_10_SYMPTOMS = ("crash", "wrong_model")
TABLE_14_CAUSES = ("algorithmic_error", "shape_problem", "api_misuse")


def distribution(failures: pd.DataFrame, dimension: str, samples: pd.DataFrame) -> pd.DataFrame:
    """How often each code of a dimension occurs, by converter and over all, with intervals (Tables 8 and 9).

    Parameters
    ----------
    failures : DataFrame
        Failures of one sample.
    dimension : str
        location, symptom or cause.
    samples : DataFrame
        Population sizes: sample, converter, population.

    Returns
    -------
    DataFrame
        One row per code and group, codes in codebook order (codes that nobody used included); columns code, group (a
        converter, ``pooled`` or ``weighted``), count, n, share, low, high (Wilson), low_finite, high_finite (Wilson with
        finite-population correction; missing where the population is unknown). ``pooled`` counts all issues alike,
        ``weighted`` weights each converter with its population; its ``low`` and ``high`` hold the weighted interval.
    """
    populations = population_sizes(failures, samples)
    codes = failures[dimension].cat.categories
    groups = {str(name): part for name, part in failures.groupby("converter", observed=True)}
    parts = [_group_rows(part[dimension], name, populations.get(name)) for name, part in groups.items()]
    total = sum(populations.values()) if len(populations) == len(groups) else None
    parts.append(_group_rows(failures[dimension], POOLED, total).assign(low_finite=np.nan, high_finite=np.nan))
    if total is not None:
        parts.append(_weighted_rows(groups, dimension, populations))
    frame = pd.concat(parts, ignore_index=True)
    frame["code"] = pd.Categorical(frame["code"], codes)
    return frame


def population_sizes(failures: pd.DataFrame, samples: pd.DataFrame) -> Mapping[str, int]:
    """Return the population size of each converter in a sample, where known.

    Raises
    ------
    InputError
        A population is smaller than the sample drawn from it.
    """
    known = samples[samples["sample"].isin(failures["sample"].unique())]
    sizes = dict(zip(known["converter"], known["population"].astype(int), strict=True))
    drawn = failures["converter"].value_counts()
    faults = [
        Fault(
            "samples", f"is less than the {drawn[name]} issues drawn; correct it", column="population", value=str(size)
        )
        for name, size in sizes.items()
        if size < drawn.get(name, 0)
    ]
    if faults:
        raise InputError(faults)
    return {str(name): sizes[name] for name in failures["converter"].unique() if name in sizes}


def _group_rows(codes: pd.Series, group: str, population: int | None) -> pd.DataFrame:
    counts = codes.value_counts().reindex(codes.cat.categories, fill_value=0)
    frame = share_frame(counts, len(codes)).rename_axis("code").reset_index()
    finite = [
        (np.nan, np.nan) if population is None else wilson_finite(int(count), len(codes), population)[1:]
        for count in counts
    ]
    frame[["low_finite", "high_finite"]] = finite
    frame.insert(1, "group", group)
    return frame


def _weighted_rows(groups: Mapping[str, pd.DataFrame], dimension: str, populations: Mapping[str, int]) -> pd.DataFrame:
    names = list(groups)
    counts = pd.DataFrame({name: groups[name][dimension].value_counts() for name in names})
    sizes, totals = [len(groups[name]) for name in names], [populations[name] for name in names]
    categories = groups[names[0]][dimension].cat.categories
    rows = []
    for code in categories:
        share = stratified_share(counts.loc[code].tolist(), sizes, totals)
        rows.append((code, WEIGHTED, int(counts.loc[code].sum()), sum(sizes), *share, share.low, share.high))
    columns = ["code", "group", "count", "n", "share", "low", "high", "low_finite", "high_finite"]
    return pd.DataFrame(rows, columns=columns)


def cause_by_symptom(failures: pd.DataFrame) -> pd.DataFrame:
    """Count every cause with every symptom, by converter, with totals (Table 16).

    Returns
    -------
    DataFrame
        Columns cause, symptom, converter, count; ``total`` in cause or symptom sums over it.
    """
    table = (
        failures.groupby(["converter", "cause", "symptom"], observed=False).size().rename("count").reset_index()
    ).astype({"cause": str, "symptom": str, "converter": str})
    return with_totals(table)


def with_totals(table: pd.DataFrame) -> pd.DataFrame:
    """Add rows with ``total`` for all causes, all symptoms, and both, by converter."""
    keys = ["converter", "cause", "symptom"]
    parts = [table]
    for summed in (["cause"], ["symptom"], ["cause", "symptom"]):
        rest = [key for key in keys if key not in summed]
        part = table.groupby(rest, sort=False)["count"].sum().reset_index()
        parts.append(part.assign(**dict.fromkeys(summed, "total")))
    return pd.concat(parts, ignore_index=True)[["cause", "symptom", "converter", "count"]]


def binned_cause_by_symptom(failures: pd.DataFrame) -> pd.DataFrame:
    """`cause_by_symptom` with the rarer causes and symptoms put together as ``other`` (Table 10)."""
    table = cause_by_symptom(failures)
    table = table[(table["cause"] != "total") & (table["symptom"] != "total")]
    binned = table.assign(
        cause=table["cause"].where(table["cause"].isin(TABLE_10_CAUSES), "other"),
        symptom=table["symptom"].where(table["symptom"].isin(TABLE_10_SYMPTOMS), "other"),
    )
    return with_totals(binned.groupby(["converter", "cause", "symptom"], sort=False)["count"].sum().reset_index())


def cause_details(failures: pd.DataFrame, codebook: Codebook) -> pd.DataFrame:
    """Count the causes as the comparison with DL compilers bins them (Table 14).

    Incompatibilities and type problems by detail, three further causes whole, the rest as ``others``.

    Returns
    -------
    DataFrame
        Columns code (as ``cause.detail`` or ``cause``), group (converter or ``pooled``), count, n, share, low, high.
    """
    bins = [
        f"{cause}.{detail}" for cause in ("incompatibility", "type_problem") for detail in codebook.details[cause].slugs
    ]
    codes = [*bins, *TABLE_14_CAUSES, "others"]
    binned = pd.Series(pd.Categorical(_binned_cause(failures), codes), index=failures.index)
    parts = [
        _group_rows(binned[rows.index], str(name), None) for name, rows in failures.groupby("converter", observed=True)
    ]
    frame = pd.concat([*parts, _group_rows(binned, POOLED, None)], ignore_index=True)
    return frame.drop(columns=["low_finite", "high_finite"])


def _binned_cause(failures: pd.DataFrame) -> pd.Series:
    cause, detail = failures["cause"].astype(str), failures["cause_detail"].astype(str)
    detailed = cause.isin(["incompatibility", "type_problem"]) & failures["cause_detail"].notna()
    whole = cause.where(cause.isin(TABLE_14_CAUSES), "others")
    return whole.where(~detailed, cause + "." + detail)


def compare_converters(failures: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Do the converters differ? One test per dimension, then one test per code.

    Returns
    -------
    overall : DataFrame
        Index dimension; columns of `methods.association.Association`, and p_holm over the dimensions.
    by_code : DataFrame
        Columns dimension, code, and those of `methods.association.compare_codes` for the sample's first two
        converters; Holm's correction within a dimension. Empty with a single converter.
    """
    return _compare_groups(failures, failures["converter"])


def converter_equivalence(failures: pd.DataFrame) -> pd.DataFrame:
    """Are the converters practically alike? Differences of their shares, all codes of a dimension at once (see `methods.pooling`).

    Returns
    -------
    DataFrame
        One row per dimension and code in use, a dimension's largest absolute difference as code ``largest``: dimension, code,
        difference (the sample's first converter less its second), low, high (simultaneous), pooled (posterior mean),
        equivalent (probability that the difference is below `EQUIVALENCE`). Empty with a single converter.
    """
    parts = []
    for dimension in DIMENSIONS:
        table = pd.crosstab(failures["converter"], failures[dimension])
        if len(table) > 1:
            frame = pooled_differences(table.iloc[0], table.iloc[1], equivalence=EQUIVALENCE).reset_index()
            parts.append(frame.assign(dimension=dimension))
    columns = ["dimension", "code", "difference", "low", "high", "pooled", "equivalent"]
    return pd.concat(parts, ignore_index=True)[columns] if parts else pd.DataFrame(columns=columns)


def compare_samples(failures: pd.DataFrame, first: str, second: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Do two samples differ? As `compare_converters`, for two samples of one frame.

    Parameters
    ----------
    failures : DataFrame
        Failures of several samples.
    first, second : str
        Names of the samples; an issue that both hold counts in both.
    """
    chosen = failures[failures["sample"].isin([first, second])]
    return _compare_groups(chosen, pd.Series(pd.Categorical(chosen["sample"], [first, second]), chosen.index))


def _compare_groups(failures: pd.DataFrame, groups: pd.Series) -> tuple[pd.DataFrame, pd.DataFrame]:
    tables = {name: pd.crosstab(groups, failures[name], dropna=False) for name in DIMENSIONS}
    overall = pd.DataFrame({name: association(table)._asdict() for name, table in tables.items()}).T
    overall["p_holm"] = holm(overall["p"])
    if groups.nunique() < 2:
        return overall.rename_axis("dimension"), pd.DataFrame(columns=["code", *COMPARISON, "p_holm", "dimension"])
    parts = [compare_codes(table.iloc[0], table.iloc[1]).assign(dimension=name) for name, table in tables.items()]
    return overall.rename_axis("dimension"), pd.concat(parts).reset_index()


def compare_with_reference(
    failures: pd.DataFrame, references: pd.DataFrame, codebook: Codebook
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Do converters fail as DL compilers' front ends do? Symptoms, whole causes, and causes as Table 14 bins them.

    Whole causes come before their details (dimension ``cause_detail``): others rated the compilers' failures, and definitions
    agree better the coarser they are.

    Parameters
    ----------
    failures : DataFrame
        Failures of one sample.
    references : DataFrame
        ``reference_distributions``.
    codebook : Codebook
        For the details of the causes.

    Returns
    -------
    overall, by_code : DataFrame
        As `compare_converters`; first is this sample, second the reference.
    """
    causes = cause_details(failures, codebook)
    details = causes[causes["group"] == POOLED].set_index("code")["count"]
    reference = {
        name: part.set_index("code")["count"].astype(int) for name, part in references.groupby("dimension", sort=False)
    }
    compared = {
        "symptom": (failures["symptom"].value_counts(), reference["symptom"]),
        "cause": (_whole(details), _whole(reference["cause"])),
        "cause_detail": (details, reference["cause"]),
    }
    overall, parts = {}, []
    for dimension, (counts, other) in compared.items():
        codes = list(dict.fromkeys([*counts.index.astype(str), *other.index]))
        first = counts.rename(str).reindex(codes, fill_value=0)
        overall[dimension] = association(np.array([first, other.reindex(codes, fill_value=0)]))._asdict()
        parts.append(compare_codes(first, other).assign(dimension=dimension))
    frame = pd.DataFrame(overall).T.rename_axis("dimension")
    frame["p_holm"] = holm(frame["p"])
    return frame, pd.concat(parts).reset_index()


def _whole(details: pd.Series) -> pd.Series:
    """Return counts by whole cause from counts by ``cause.detail``."""
    return details.groupby(details.index.astype(str).str.partition(".").get_level_values(0), sort=False).sum()


def cause_symptom_association(failures: pd.DataFrame) -> pd.DataFrame:
    """Do causes and symptoms go together? By converter and over all.

    Returns
    -------
    DataFrame
        Index group; columns of `methods.association.Association`, and p_holm over the groups.
    """
    groups = {str(name): part for name, part in failures.groupby("converter", observed=True)} | {POOLED: failures}
    rows = {name: association(pd.crosstab(part["cause"], part["symptom"]))._asdict() for name, part in groups.items()}
    frame = pd.DataFrame(rows).T.rename_axis("group")
    frame["p_holm"] = holm(frame["p"])
    return frame


def leading_causes(failures: pd.DataFrame, symptom: str, number: int = 2) -> tuple[str, ...]:
    """Return the most frequent causes of a symptom over all converters, the most frequent first (Finding 6).

    Ties are broken by codebook order.
    """
    counts = failures.loc[failures["symptom"] == symptom, "cause"].value_counts(sort=False)
    return tuple(counts.sort_values(ascending=False, kind="stable").index[:number])
