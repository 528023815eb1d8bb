"""RQ2: what the labels' error does to the headline shares, and how much of it each conclusion stands.

Readings of an issue: its final label, and the pilot's two ratings where it was rated then. The drift check's two ratings take
the place of the final label of its issues, which was agreed from them and is no reading of its own.
"""

from collections import Counter
from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple

import pandas as pd

from analysis.dataset import Study
from analysis.failures.labels import population_sizes
from datapackage.issues import repositories
from methods.intervals import exact_share, stratified_share
from methods.misclassification import Corrected, Prior, Stratum, corrected_share, tipping_points

# stated before any result: one reading in 20, in 10, in 5 is wrong, by the weight of some 20 or, the last, 10 cases
PRIORS: Mapping[str, Prior] = {
    "careful": Prior((19, 1), (19, 1)),
    "usual": Prior((18, 2), (18, 2)),
    "sceptical": Prior((8, 2), (8, 2)),
}
REFERENCE = "usual"
CODES = (
    ("location", "node_conversion"),
    ("location", "optimization"),
    ("symptom", "crash"),
    ("symptom", "wrong_model"),
    ("cause", "incompatibility"),
    ("cause", "type_problem"),
    ("cause", "algorithmic_error"),
    ("cause", "shape_problem"),
)
# code → share below which the finding that rests on it would have to be worded otherwise
THRESHOLDS: Mapping[str, float] = {"node_conversion": 2 / 3, "wrong_model": 1 / 4}


class Retest(NamedTuple):
    """How often location was labelled twice, and how often alike; with the exact interval of that share."""

    alike: int
    n: int
    low: float


def corrected_shares(study: Study, codes: tuple[tuple[str, str], ...] = CODES) -> pd.DataFrame:
    """Shares of the population's issues, as labelled and corrected for the labels' error.

    Parameters
    ----------
    study : Study
        Failures, ratings and populations.
    codes : tuple of (str, str)
        Dimension and code.

    Returns
    -------
    DataFrame
        One row per code and prior (`PRIORS`): dimension, code, prior, labelled, labelled_low, labelled_high (weighted with the
        populations; all labels taken for true), share, low, high, sensitivity, specificity, error (see
        `methods.misclassification.Corrected`), readings (of issues that were read more than once).
    """
    rows = []
    for dimension, code in codes:
        strata = code_strata(study, dimension, code)
        labelled = _labelled(study, dimension, code)
        again = sum(n * cases for s in strata for (_, n), cases in s.patterns.items() if n > 1)
        for name, result in zip(PRIORS, corrected_share(strata, list(PRIORS.values())), strict=True):
            rows.append((dimension, code, name, *labelled, *result, again))
    columns = [
        "dimension",
        "code",
        "prior",
        "labelled",
        "labelled_low",
        "labelled_high",
        *Corrected._fields,
        "readings",
    ]
    return pd.DataFrame(rows, columns=columns)


@lru_cache(maxsize=4)
def study_corrected_shares(study: Study) -> pd.DataFrame:
    """See `corrected_shares`; kept for each study, since chapter and findings ask for it."""
    return corrected_shares(study)


def code_strata(study: Study, dimension: str, code: str) -> list[Stratum]:
    """Count the readings of one code by converter: the sample's issues, then the issues that only the pilot rated."""
    failures, ratings = study.failures, study.ratings[study.ratings["dimension"] == dimension]
    sizes = population_sizes(failures, study.samples)
    drift = set(ratings.loc[ratings["round"] == "drift", "issue"])
    final = failures.loc[~failures["issue"].isin(drift), ["issue", dimension]].set_axis(["issue", "code"], axis=1)
    readings = pd.concat([final, ratings[["issue", "code"]]])
    seen = readings["code"].astype(str).eq(code).groupby(readings["issue"]).agg(["sum", "count"])
    converter = failures.set_index("issue")["converter"].astype(str)
    by_repository = dict(zip(repositories(failures["issue"]), failures["converter"].astype(str), strict=True))
    strata = []
    for name in dict.fromkeys(converter):
        own = converter.index[converter == name]
        strata.append(Stratum(_patterns(seen[seen.index.isin(own)]), sizes.get(name, len(own))))
        other = repositories(seen.index.to_series()).map(by_repository).eq(name).to_numpy() & ~seen.index.isin(own)
        if other.any():
            strata.append(Stratum(_patterns(seen[other]), 0))
    return strata


def _patterns(seen: pd.DataFrame) -> dict[tuple[int, int], int]:
    return dict(Counter((int(k), int(n)) for k, n in seen.to_numpy()))


def _labelled(study: Study, dimension: str, code: str) -> tuple[float, float, float]:
    parts = {str(name): part[dimension].eq(code) for name, part in study.failures.groupby("converter", observed=True)}
    sizes = population_sizes(study.failures, study.samples)
    totals = [sizes.get(name, len(part)) for name, part in parts.items()]
    return stratified_share([part.sum() for part in parts.values()], [len(part) for part in parts.values()], totals)


def thresholds(corrected: pd.DataFrame) -> pd.DataFrame:
    """How much error it takes to bring a finding's share to its threshold (`THRESHOLDS`).

    Parameters
    ----------
    corrected : DataFrame
        See `corrected_shares`.

    Returns
    -------
    DataFrame
        Index code; columns threshold, labelled, one_sided, symmetric, cases (see `methods.misclassification.Tipping`).
    """
    labelled = corrected.drop_duplicates("code").set_index("code")["labelled"]
    rows = {
        code: (threshold, labelled[code], *tipping_points(labelled[code], threshold))
        for code, threshold in THRESHOLDS.items()
    }
    columns = ["threshold", "labelled", "one_sided", "symmetric", "cases"]
    return pd.DataFrame.from_dict(rows, orient="index", columns=columns).rename_axis("code")


def location_retest(study: Study) -> Retest:
    """Return the only evidence on location's labels: the drift check, with the exact (Clopper-Pearson) lower bound."""
    rows = study.ratings[(study.ratings["dimension"] == "location")]
    wide = rows.pivot_table(index="issue", columns="rater", values="code", aggfunc="first").dropna()
    alike = int((wide.nunique(axis=1) == 1).sum())
    return Retest(alike, len(wide), exact_share(alike, len(wide)).low)
