"""Two samples of failures side by side: shares with intervals, tests, practical equality, findings, releases.

The samples are compared as the failures that they are, a mix of converters each. Where the mixes differ, read the parts by
converter first: a difference may be the mix's.
"""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

import pandas as pd

from analysis.dataset import SAMPLE, Study, select_sample
from analysis.evolution.pipeline import DESCRIBED, Options, ReleaseTables, tested
from analysis.evolution.rates import rate_models
from analysis.evolution.verdict import UNDECIDED, verdict
from analysis.failures import labels
from methods.intervals import CONFIDENCE, Share, exact_share, wilson
from methods.pooling import pooled_differences

Tables = Mapping[str, pd.DataFrame]
HOLDS, FAILS = "holds", "fails"
TOGETHER = "both"
LEAST_RELEASES = 4
"""Releases with failures below which nothing is said of them: an interval of ρ needs as many."""


def other_samples(study: Study) -> list[str]:
    """Return the samples beside the study's, in order of name."""
    return sorted(set(study.all_failures["sample"].astype(str)) - {SAMPLE})


def compare_samples(study: Study, first: str, second: str) -> Tables:
    """Put two samples side by side.

    Parameters
    ----------
    study : Study
        The data.
    first, second : str
        Names of the samples.

    Returns
    -------
    mapping of str to DataFrame
        ``location``, ``symptom``, ``cause`` (shares of both with intervals, column ``sample``), ``tests`` (a row a
        dimension), ``by_code`` (see `by_code`), ``findings`` (see `findings`) and ``releases`` (see `releases`).

    Raises
    ------
    InputError
        No row belongs to one of the samples.
    """
    parts = {name: select_sample(study.all_failures, name) for name in (first, second)}
    tables = {
        dimension: pd.concat(
            labels.distribution(part, dimension, study.samples).assign(sample=name) for name, part in parts.items()
        )
        for dimension in labels.DIMENSIONS
    }
    overall, _ = labels.compare_samples(study.all_failures, first, second)
    tables |= {"tests": overall.reset_index(), "by_code": by_code(study, first, second)}
    return tables | {"findings": findings(study, first, second), "releases": releases(study, first, second)}


def by_code(study: Study, first: str, second: str) -> pd.DataFrame:
    """Compare two samples one code at a time: whether it differs, and whether it is practically alike.

    Returns
    -------
    DataFrame
        As `methods.association.compare_codes`, Holm-corrected within a dimension; and equivalent, the probability that the
        shares differ by less than `analysis.failures.labels.EQUIVALENCE` (see `methods.pooling`).
    """
    _, frame = labels.compare_samples(study.all_failures, first, second)
    parts = []
    for dimension, rows in frame.groupby("dimension", sort=False):
        counts = (rows.set_index("code")[name] for name in ("first", "second"))
        alike = pooled_differences(*counts, equivalence=labels.EQUIVALENCE)["equivalent"]
        parts.append(rows.assign(dimension=dimension, equivalent=alike.reindex(rows["code"]).to_numpy()))
    return pd.concat(parts, ignore_index=True)


class Judgement(NamedTuple):
    """What a sample says of a finding of the study.

    Attributes
    ----------
    finding : int
        As the paper counts them.
    criterion : str
        What has to be seen for it to hold.
    n : int
        Failures that the criterion counts.
    value, low, high : float
        What is counted, with its 95 % interval.
    verdict : str
        ``holds`` (the whole interval on the finding's side), ``fails`` (on the other), ``undecided``.
    """

    finding: int
    criterion: str
    n: int
    value: float
    low: float
    high: float
    verdict: str


def findings(study: Study, *samples: str) -> pd.DataFrame:
    """Say which of the findings on failures hold in each sample.

    A finding of the form "most" holds where the interval of the share lies above one half; one of the form "these two lead" where
    the second of them is more frequent than the most frequent of the others: among failures of these two codes its share lies above
    one half, by the exact interval (given their sum, two counts of a multinomial are a binomial).

    Parameters
    ----------
    study : Study
        The data.
    *samples : str
        Names of samples.

    Returns
    -------
    DataFrame
        One row per sample and criterion: sample, and the fields of `Judgement`; and study, the verdict of the study's own sample,
        for comparison.
    """
    judged = {name: list(_judgements(select_sample(study.all_failures, name), study)) for name in {*samples, SAMPLE}}
    rows = [
        {"sample": name, **each._asdict(), "study": own.verdict}
        for name in samples
        for each, own in zip(judged[name], judged[SAMPLE], strict=True)
    ]
    return pd.DataFrame(rows, columns=["sample", *Judgement._fields, "study"])


def _judgements(failures: pd.DataFrame, study: Study) -> Iterator[Judgement]:
    node = int((failures["location"] == "node_conversion").sum())
    share = wilson(node, len(failures))
    yield Judgement(4, "most failures sit in node conversion", len(failures), *share, _side(share))
    yield _leading(5, failures["symptom"], ("crash", "wrong_model"), "crashes and wrong models are the common symptoms")
    for symptom, causes, words in (
        ("crash", ("incompatibility", "type_problem"), "crashes come above all from incompatibilities and type problems"),
        ("wrong_model", ("type_problem", "algorithmic_error"),
         "wrong models come above all from type problems and algorithmic errors"),
    ):  # fmt: skip
        yield _leading(6, failures.loc[failures["symptom"] == symptom, "cause"], causes, words)
    tables = ReleaseTables(failures, study.opsets)
    used = tested(tables(Options()))
    words = "larger releases bring more failures (ρ; the paper rejects it)"
    if len(used) < LEAST_RELEASES or not used["all"].any():
        yield Judgement(7, words, len(used), float("nan"), float("nan"), float("nan"), UNDECIDED)
        return
    tests = [tables.correlate(options) for options in DESCRIBED.values()]
    yield Judgement(7, words, len(used), tests[0].rho, tests[0].low, tests[0].high, verdict(tests))


def _leading(number: int, codes: pd.Series, leaders: tuple[str, str], words: str) -> Judgement:
    counts = codes.value_counts()
    weaker = min(int(counts.get(code, 0)) for code in leaders)
    stronger = int(counts.drop(list(leaders), errors="ignore").max())
    share = exact_share(weaker, weaker + stronger)
    return Judgement(number, words, weaker + stronger, *share, _side(share))


def _side(share: Share) -> str:
    if share.low > 0.5:
        return HOLDS
    return FAILS if share.high < 0.5 else UNDECIDED


def releases(study: Study, first: str, second: str) -> pd.DataFrame:
    """RQ3 on each sample and on both together, whose failures reach further.

    Where samples overlap in time, together they have more failures of that time, for no other reason than that it was sampled
    twice; the row of both is of use where one sample goes on where the other ends.

    Returns
    -------
    DataFrame
        One row per sample, then ``both``: sample, failures, since, until (days of opening), releases (that enter the test), rho
        with low and high, rho_causes (of incompatibilities and type problems), verdict, rate (ratio of failures a day per
        doubling of a release's size, quasi-Poisson) with rate_low and rate_high. NaN where there are too few releases.
    """
    frames = {name: select_sample(study.all_failures, name) for name in (first, second)}
    frames[TOGETHER] = pd.concat([frames[first], frames[second]], ignore_index=True).drop_duplicates("issue")
    return pd.DataFrame([{"sample": name, **_releases(frame, study)} for name, frame in frames.items()])


def _releases(failures: pd.DataFrame, study: Study) -> dict[str, object]:
    tables = ReleaseTables(failures, study.opsets)
    table = tables(Options())
    used = tested(table)
    row: dict[str, object] = {
        "failures": len(failures), "since": failures["created_earliest"].min().date(),
        "until": failures["created_latest"].max().date(), "releases": len(used),
    }  # fmt: skip
    if len(used) < LEAST_RELEASES or not used["all"].any():
        nothing = dict.fromkeys(("rho", "low", "high", "rho_causes"), float("nan"))
        return row | nothing | {"verdict": UNDECIDED} | dict.fromkeys(("rate", "rate_low", "rate_high"), float("nan"))
    tests = [tables.correlate(options) for options in DESCRIBED.values()]
    rate = rate_models(table).loc["quasi-Poisson"]
    row |= {"rho": tests[0].rho, "low": tests[0].low, "high": tests[0].high, "rho_causes": tests[1].rho}
    return row | {"verdict": verdict(tests), "rate": rate["ratio"], "rate_low": rate["low"], "rate_high": rate["high"]}


def summary(codes: pd.DataFrame, judged: pd.DataFrame) -> dict[str, int]:
    """Count codes that differ, codes that are practically alike and findings by verdict, from `by_code` and `findings`."""
    return {
        "codes": len(codes),
        "different": int((codes["p_holm"] < 1 - CONFIDENCE).sum()),
        "alike": int((codes["equivalent"] > CONFIDENCE).sum()),
        **{name: int((judged["verdict"] == name).sum()) for name in (HOLDS, FAILS, UNDECIDED)},
        "criteria": len(judged),
    }
