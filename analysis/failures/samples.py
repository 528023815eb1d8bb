"""Any sample of failures through the analyses of RQ2, as named tables."""

from collections.abc import Iterator, Mapping
from itertools import combinations

import pandas as pd

from analysis.dataset import Study, select_sample
from analysis.failures import agreement, labels


def describe_sample(study: Study, sample: str) -> Mapping[str, pd.DataFrame]:
    """Run the analyses of RQ2 on one sample.

    Parameters
    ----------
    study : Study
        The data.
    sample : str
        Name of the sample.

    Returns
    -------
    mapping of str to DataFrame
        ``location``, ``symptom``, ``cause`` (shares with intervals), ``cause_by_symptom``, ``cause_details``,
        ``converters`` and ``converters_by_code`` (tests), ``compilers`` and ``compilers_by_code`` (against Shen et al.), and
        ``agreement`` where two raters rated the sample. Columns as in `analysis.failures.labels` and `analysis.failures.agreement`.

    Raises
    ------
    InputError
        No row belongs to the sample.
    """
    chosen = select_sample(study.all_failures, sample)
    tables = {name: labels.distribution(chosen, name, study.samples) for name in labels.DIMENSIONS}
    tables["cause_by_symptom"] = labels.cause_by_symptom(chosen)
    tables["cause_details"] = labels.cause_details(chosen, study.codebook)
    converters, by_code = labels.compare_converters(chosen)
    against, against_by_code = labels.compare_with_reference(chosen, study.reference_distributions, study.codebook)
    tables |= {"converters": converters.reset_index(), "converters_by_code": by_code}
    tables |= {"compilers": against.reset_index(), "compilers_by_code": against_by_code}
    ratings = study.ratings[study.ratings["sample"] == sample]
    rounds = list(_agreements(ratings, study.all_failures))
    return tables | ({"agreement": pd.concat(rounds, ignore_index=True)} if rounds else {})


def _agreements(ratings: pd.DataFrame, failures: pd.DataFrame) -> Iterator[pd.DataFrame]:
    """Yield the agreement of every two raters of a round who share issues; a round of more than two tells which."""
    for occasion in dict.fromkeys(ratings["round"]):
        part = ratings[ratings["round"] == occasion]
        raters = sorted(set(part["rater"]))
        for both in combinations(raters, 2):
            issues = [set(part.loc[part["rater"] == rater, "issue"]) for rater in both]
            if not issues[0] & issues[1]:
                continue
            chosen = part[part["rater"].isin(both) & part["issue"].isin(issues[0] & issues[1])]
            table = agreement.rater_agreement(chosen, failures, occasion)
            yield table if len(raters) == 2 else table.assign(round=f"{occasion}: {both[0]}, {both[1]}")
