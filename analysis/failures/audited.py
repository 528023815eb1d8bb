"""RQ2 for a whole population: a machine's labels of it, audited by what people say of a random part of it."""

from collections.abc import Iterator, Mapping, Sequence

import pandas as pd

from analysis.dataset import Study, select_sample
from analysis.failures.labels import DIMENSIONS, POOLED, WEIGHTED, population_sizes
from datapackage.errors import Fault, InputError
from datapackage.issues import repositories
from datapackage.reasons import Reason
from methods.agreement import agreement
from methods.intervals import stratified_share
from methods.prediction_powered import Audit, labels_needed, prediction_powered_share

LEAST_LABELS = 10
"""Labels by people below which a converter's shares are not estimated: the machine's error would be guessed."""
COLUMNS = (
    "dimension", "code", "group", "people", "people_low", "people_high", "machine", "share", "low", "high", "weight",
    "n", "labelled", "population", "effective", "needed", "needed_alone",
)  # fmt: skip


def machine_raters(study: Study, sample: str) -> list[str]:
    """Return the machines that rated issues of a sample's population, in order of name."""
    ratings = study.machine_ratings
    return sorted(set(ratings.loc[ratings["sample"] == sample, "rater"].astype(str)))


def audited_shares(study: Study, sample: str, rater: str | None = None, *, width: float = 0.1) -> pd.DataFrame:
    """Shares of the population behind a sample, from a machine's labels and the final labels of the sample.

    Parameters
    ----------
    study : Study
        The data.
    sample : str
        A sample with final labels, drawn at random from its population within each converter.
    rater : str, optional
        The machine; the only one by default.
    width : float
        Of an interval (0.1 is ± 5 points), for which the labels needed are computed.

    Returns
    -------
    DataFrame
        One row per dimension, code and group (a converter, or ``weighted`` for the whole population): people (share by the
        people's labels alone) with people_low and people_high, machine (share by the machine's labels alone, biased as it is),
        share (of both, prediction-powered) with low and high, weight (of the machine's labels, 0 to 1; the mean over
        converters), n (labels by people), labelled (cases seen by the machine), population, effective (labels by people alone
        that would be as exact), needed (labels by people for an interval of `width` with this machine; infinite where none
        suffice), needed_alone (the same without). All intervals are of 95 %, one by one.

    Raises
    ------
    InputError
        No such sample or rater, several machines and none named, an unknown population, issues of an unknown converter, or
        fewer than `LEAST_LABELS` labels by people in a converter.

    See Also
    --------
    methods.prediction_powered : the method, with what it assumes
    """
    failures = select_sample(study.all_failures, sample)
    predicted = _predictions(study, sample, rater, failures)
    sizes = population_sizes(failures, study.samples)
    _check(failures, predicted, sizes, sample)
    rows: list[tuple[object, ...]] = []
    for dimension in DIMENSIONS:
        for code in failures[dimension].cat.categories:
            audits = {name: _audit(failures, predicted, dimension, code, (name, size)) for name, size in sizes.items()}
            for group, strata in [*((name, [audit]) for name, audit in audits.items()), (WEIGHTED, [*audits.values()])]:
                rows.append((dimension, code, group, *_row(strata, width)))
    frame = pd.DataFrame(rows, columns=list(COLUMNS))
    return frame[(frame["people"] > 0) | (frame["machine"] > 0)].reset_index(drop=True)


def _predictions(study: Study, sample: str, rater: str | None, failures: pd.DataFrame) -> pd.DataFrame:
    """Return the machine's codes: index issue, columns converter and the dimensions."""
    known = machine_raters(study, sample)
    if rater not in known and (rater is not None or len(known) != 1):
        listed = ", ".join(known) or "none"
        message = f"name the machine with --rater; ratings.csv has of this sample: {listed}"
        if not known:
            message = "holds no ratings by a machine of this sample; see `python -m labelling machine`"
        raise InputError([Fault("ratings", message, column="rater", value=rater or "", reason=Reason.UNKNOWN_RATER)])
    ratings = study.machine_ratings
    chosen = ratings[(ratings["sample"] == sample) & (ratings["rater"] == (rater or known[0]))]
    wide = chosen.pivot_table(index="issue", columns="dimension", values="code", aggfunc="first", observed=True)
    # a code that was split since is nobody's any more
    wide = wide.reindex(columns=list(DIMENSIONS)).dropna()
    # a deprecated issue is none of the population that people judge
    gone = study.deprecated.loc[study.deprecated["sample"] == sample, "issue"]
    wide = wide[~wide.index.isin(gone)]
    owner = dict(zip(repositories(failures["issue"]), failures["converter"].astype(str), strict=True))
    return wide.assign(converter=repositories(wide.index.to_series()).map(owner))


def _check(failures: pd.DataFrame, predicted: pd.DataFrame, sizes: Mapping[str, int], sample: str) -> None:
    faults = [
        Fault("ratings", "is of a repository of which the sample has no issue", column="issue", value=str(issue),
              reason=Reason.REPOSITORY_OF_CONVERTER)
        for issue in predicted.index[predicted["converter"].isna()]
    ]  # fmt: skip
    for name in failures["converter"].unique():
        if name not in sizes:
            message = f"holds no population of {name} in sample {sample}; add it"
            faults.append(Fault("samples", message, column="population", reason=Reason.FOREIGN_KEY))
            continue
        part = failures[failures["converter"] == name]
        both = int(part["issue"].isin(predicted.index).sum())
        seen = int((predicted["converter"] == name).sum())
        if both < LEAST_LABELS:
            message = f"only {both} issues of {name} are labelled by people and the machine; {LEAST_LABELS} are needed"
            faults.append(Fault("ratings", message, reason=Reason.NO_RATINGS))
        if seen > sizes[name]:
            message = f"is less than the {seen} issues of {name} that the machine labelled; correct it"
            faults.append(
                Fault("samples", message, column="population", value=str(sizes[name]), reason=Reason.TOO_MANY)
            )
    if faults:
        raise InputError(faults)


def _audit(
    failures: pd.DataFrame, predicted: pd.DataFrame, dimension: str, code: str, stratum: tuple[str, int]
) -> Audit:
    converter, population = stratum
    part = failures[(failures["converter"] == converter) & failures["issue"].isin(predicted.index)]
    people = (part[dimension] == code).to_numpy()
    machine = (predicted.loc[part["issue"], dimension] == code).to_numpy()
    rest = predicted[(predicted["converter"] == converter) & ~predicted.index.isin(part["issue"])]
    both, alone, machine_alone, neither = (
        int((one & other).sum())
        for one, other in ((people, machine), (people, ~machine), (~people, machine), (~people, ~machine))
    )
    predicted_so = int((rest[dimension] == code).sum())
    return Audit(both, alone, machine_alone, neither, predicted_so, len(rest), population)


def _row(strata: Sequence[Audit], width: float) -> Iterator[object]:
    sizes, populations = [each.labelled for each in strata], [each.population for each in strata]
    yield from stratified_share([each.both + each.people for each in strata], sizes, populations)
    seen = [each.labelled + each.unlabelled for each in strata]
    said = [(each.both + each.machine + each.predicted) / cases for each, cases in zip(strata, seen, strict=True)]
    yield sum(share * size for share, size in zip(said, populations, strict=True)) / sum(populations)
    result, needed = prediction_powered_share(strata), labels_needed(strata, width)
    weight = sum(each * size for each, size in zip(result.tuning, populations, strict=True)) / sum(populations)
    yield from (result.share, result.low, result.high, weight, sum(sizes), sum(seen), sum(populations))
    yield from (result.effective, needed.powered, needed.alone)


def machine_against_people(study: Study, sample: str, rater: str) -> pd.DataFrame:
    """How far a machine's labels agree with the final labels of the same issues.

    Returns
    -------
    DataFrame
        Columns round (``RATER``), dimension, group, coefficient, value, low, high, n, codes; see `methods.agreement`.
    """
    failures = select_sample(study.all_failures, sample)
    predicted = _predictions(study, sample, rater, failures)
    part = failures[failures["issue"].isin(predicted.index)]
    tables = [
        agreement(list(part[name].astype(str)), list(predicted.loc[part["issue"], name]))
        .reset_index()
        .assign(dimension=name)
        for name in DIMENSIONS
    ]
    frame = pd.concat(tables, ignore_index=True).assign(round=rater, group=POOLED)
    return frame[["round", "dimension", "group", "coefficient", "value", "low", "high", "n", "codes"]]
