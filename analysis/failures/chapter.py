"""The chapter on RQ2: tables, figures and numbers from `analysis.failures.labels` and `analysis.failures.agreement`."""

from collections.abc import Mapping

import pandas as pd

from analysis.claims.ledger import Ledger
from analysis.dataset import CONVERTERS, Study
from analysis.failures import agreement, figures, label_error, labels, tables
from analysis.failures.claims import CLAIMS
from analysis.report.chapter import Chapter, Content, Picture
from analysis.report.tables import estimate, p_value, points, share_text
from datapackage.tables import records
from methods.association import DRAWS
from methods.intervals import wilson
from methods.pooling import LARGEST

_ROUNDS = {
    ("pilot", "cause", "pooled"): "Cause, two raters (pilot)",
    ("pilot", "symptom", "pooled"): "Symptom, two raters (pilot)",
    ("pilot to main", "cause", "agreed"): "Cause, pilot to final label",
    ("pilot to main", "symptom", "agreed"): "Symptom, pilot to final label",
}


def content(study: Study, ledger: Ledger) -> Content:
    """Compute the chapter.

    Parameters
    ----------
    study : Study
        The data.
    ledger : Ledger
        Verdicts of all claims.
    """
    distributions = {name: labels.distribution(study.failures, name, study.samples) for name in labels.DIMENSIONS}
    rounds = agreement.study_agreement(study)
    converters, converters_by_code = labels.compare_converters(study.failures)
    against, by_code = labels.compare_with_reference(study.failures, study.reference_distributions, study.codebook)
    alike = labels.converter_equivalence(study.failures)
    crossed = labels.cause_symptom_association(study.failures)
    binned, crosstab = labels.binned_cause_by_symptom(study.failures), labels.cause_by_symptom(study.failures)
    laid_out = (
        tables.distribution(distributions["location"], study.codebook["location"], "table08", "Table 8: location"),
        tables.distribution(distributions["symptom"], study.codebook["symptom"], "table09", "Table 9: symptom"),
        tables.distribution(distributions["cause"], study.codebook["cause"], "causes", "Root causes"),
        tables.cause_by_symptom(binned, study.codebook, "table10", "Table 10"),
        tables.cause_by_symptom(crosstab, study.codebook, "table16", "Table 16"),
        tables.cause_details(labels.cause_details(study.failures, study.codebook), study),
        tables.agreement(rounds),
        tables.label_error(label_error.study_corrected_shares(study), study.codebook),
        tables.tests(converters, crossed, against),
        tables.codes(converters_by_code, study.codebook, "converters", *CONVERTERS),
        tables.equivalence(alike, study.codebook),
        tables.codes(by_code, study.codebook, "compilers", "Converters", "DL compilers"),
    )
    return Content(
        tables=laid_out,
        figures=_pictures(study, distributions, rounds),
        numbers=_shares(study, distributions)
        | _leading_causes(study)
        | _agreements(study, rounds)
        | _label_errors(study)
        | _equivalence(alike)
        | _tests(converters, against)
        | {"p-cause-by-symptom": p_value(crossed["p"]["pooled"], draws=DRAWS)}
        | ledger.verdict_numbers(CLAIMS.name),
        glance=_glance(study, distributions, rounds),
    )


def reference_shares(study: Study) -> pd.DataFrame:
    """Symptoms of the DL compilers with Wilson intervals: code, n, share, low, high."""
    rows = study.reference_distributions
    rows = rows[rows["dimension"] == "symptom"]
    return pd.DataFrame(
        [(row["code"], int(row["total"]), *wilson(int(row["count"]), int(row["total"]))) for row in records(rows)],
        columns=["code", "n", "share", "low", "high"],
    )


def _pictures(study: Study, distributions: dict[str, pd.DataFrame], rounds: pd.DataFrame) -> tuple[Picture, ...]:
    node = _cell(distributions["location"], "node_conversion", "pooled")
    causes = [_coefficient(rounds, key)["value"] for key in list(_ROUNDS)[::2]]
    return (
        Picture(
            "stages",
            figures.stages(distributions["location"], study.codebook["location"]),
            {"node": f"{100 * node['share']:.0f}"},
        ),
        Picture(
            "symptoms", figures.symptoms(distributions["symptom"], reference_shares(study), study.codebook["symptom"])
        ),
        Picture("cause-symptom", figures.cause_symptom_matrix(labels.cause_by_symptom(study.failures), study.codebook)),
        Picture(
            "agreement",
            figures.agreement(rounds, _ROUNDS),
            dict(zip(("raters", "retest"), (f"{value:.1f}" for value in causes), strict=True)),
        ),
    )


def _cell(frame: pd.DataFrame, code: str, group: str) -> pd.Series:
    return frame[(frame["code"] == code) & (frame["group"] == group)].iloc[0]


def _interval_text(row: pd.Series) -> str:
    """Return a share with its interval for the filtered issues, or for failures to come where that is not known."""
    if pd.isna(row["low_finite"]):
        return share_text(row["share"], row["low"], row["high"])
    return share_text(row["share"], row["low_finite"], row["high_finite"])


def _coefficient(rounds: pd.DataFrame, key: tuple[str, str, str]) -> pd.Series:
    of_key = (rounds[["round", "dimension", "group"]] == list(key)).all(axis=1)
    return rounds[of_key & (rounds["coefficient"] == "kappa")].iloc[0]


def _value(rounds: pd.DataFrame, key: tuple[str, str, str]) -> str:
    row = _coefficient(rounds, key)
    return estimate(row["value"], row["low"], row["high"])


def _shares(study: Study, distributions: dict[str, pd.DataFrame]) -> dict[str, str]:
    location, symptom, cause = (distributions[name] for name in labels.DIMENSIONS)
    return {
        "population": str(sum(labels.population_sizes(study.failures, study.samples).values())),
        "failures": str(int(_cell(location, "node_conversion", "pooled")["n"])),
        "node-conversion": _interval_text(_cell(location, "node_conversion", "pooled")),
        "node-conversion-weighted": _interval_text(_cell(location, "node_conversion", "weighted")),
        "wrong-model": _interval_text(_cell(symptom, "wrong_model", "pooled")),
        "wrong-model-weighted": _interval_text(_cell(symptom, "wrong_model", "weighted")),
        "crash": _interval_text(_cell(symptom, "crash", "pooled")),
        "crash-weighted": _interval_text(_cell(symptom, "crash", "weighted")),
        "incompatibility-weighted": _interval_text(_cell(cause, "incompatibility", "weighted")),
        "type-problem-weighted": _interval_text(_cell(cause, "type_problem", "weighted")),
        "optimisation-torch": _interval_text(_cell(location, "optimization", CONVERTERS[0])),
        "optimisation-tf": _interval_text(_cell(location, "optimization", CONVERTERS[1])),
    }


def _leading_causes(study: Study) -> dict[str, str]:
    """Name the two leading causes of crashes and of wrong models, with their shares (``crash-causes``, …)."""
    names = {code.slug: code.name for code in study.codebook["cause"].codes}
    numbers = {}
    for symptom in ("crash", "wrong_model"):
        rows = study.failures[study.failures["symptom"] == symptom]
        counts = rows["cause"].value_counts()
        leading = labels.leading_causes(study.failures, symptom)
        texts = [f"{names[cause].lower()} {share_text(*wilson(int(counts[cause]), len(rows)))}" for cause in leading]
        numbers[f"{symptom.replace('_', '-')}-causes"] = ", ".join(texts)
    return numbers


def _agreements(study: Study, rounds: pd.DataFrame) -> dict[str, str]:
    retested = rounds[(rounds["round"] == "pilot to main") & (rounds["group"] != "agreed")]
    return {
        "kappa-cause": _value(rounds, ("pilot", "cause", "pooled")),
        "kappa-symptom": _value(rounds, ("pilot", "symptom", "pooled")),
        "retest-cause": _value(rounds, ("pilot to main", "cause", "agreed")),
        "retest-symptom": _value(rounds, ("pilot to main", "symptom", "agreed")),
        "retest-issues": str(int(retested["n"].max())),
        "changed-labels": str(len(agreement.changed_labels(study.ratings, study.failures))),
    }


def _label_errors(study: Study) -> dict[str, str]:
    corrected = label_error.study_corrected_shares(study)
    numbers = {}
    for row in records(corrected):
        name = f"{row['code'].replace('_', '-')}-{row['prior']}"
        numbers[name] = share_text(row["share"], row["low"], row["high"])
    for row in records(label_error.thresholds(corrected).reset_index()):
        name = row["code"].replace("_", "-")
        numbers[f"{name}-threshold"] = f"{100 * row['threshold']:.0f} %"
        numbers[f"{name}-one-sided"] = f"{100 * row['one_sided']:.0f} %"
        numbers[f"{name}-wrong-labels"] = f"{100 * row['cases']:.0f} %"
    for name, prior in label_error.PRIORS.items():
        right, wrong = prior.sensitivity
        numbers[f"wrong-readings-{name}"] = f"{100 * wrong / (right + wrong):.0f} %"
    retest = label_error.location_retest(study)
    return numbers | {
        "location-alike": str(retest.alike),
        "location-twice": str(retest.n),
        "location-least": f"{100 * retest.low:.0f} %",
    }


def _equivalence(alike: pd.DataFrame) -> dict[str, str]:
    numbers = {"equivalence": f"{100 * labels.EQUIVALENCE:.0f}"}
    for row in records(alike[alike["code"] == LARGEST]):
        numbers[f"largest-{row['dimension']}"] = points(row["difference"], row["low"], row["high"]).replace("+", "")
        numbers[f"alike-{row['dimension']}"] = f"{100 * row['equivalent']:.0f} %"
    return numbers


def _tests(converters: pd.DataFrame, against: pd.DataFrame) -> dict[str, str]:
    numbers = {}
    for row in records(against.reset_index()):
        numbers[f"p-compilers-{row['dimension'].replace('_', '-')}"] = p_value(row["p_holm"], draws=DRAWS)
        numbers[f"v-compilers-{row['dimension'].replace('_', '-')}"] = _v(row)
    for row in records(converters.reset_index()):
        numbers[f"p-converters-{row['dimension']}"] = p_value(row["p_holm"], draws=DRAWS)
        numbers[f"v-converters-{row['dimension']}"] = _v(row)
    return numbers


def _v(row: Mapping[str, float]) -> str:
    return estimate(row["v"], row["low"], row["high"])


def _glance(study: Study, distributions: dict[str, pd.DataFrame], rounds: pd.DataFrame) -> str:
    shares = _shares(study, distributions)
    return (
        f"Of the {shares['population']} filtered issues {shares['node-conversion-weighted']} sit in node conversion and "
        f"{shares['wrong-model-weighted']} are wrong models (of the sample's {shares['failures']}: {shares['node-conversion']} and "
        f"{shares['wrong-model']}). Two raters at one time agreed on causes "
        f"with κ {_value(rounds, ('pilot', 'cause', 'pooled'))}, the pilot with the final labels of the same issues with κ "
        f"{_value(rounds, ('pilot to main', 'cause', 'agreed'))}."
    )


FAILURES = Chapter(
    slug="failures",
    folder="failures",
    number="RQ2",
    title="Where converters fail, how, and why",
    question="In which stage of a converter do failures arise, what do users see, and which defects cause them?",
    claims=CLAIMS,
    content=content,
)
