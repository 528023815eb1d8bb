"""The chapter on RQ2: tables, figures and numbers from `analysis.failures` and `analysis.agreement`."""

import pandas as pd
from great_tables import GT

from analysis import agreement, failures
from analysis.claims.failures import CLAIMS
from analysis.claims.ledger import Ledger
from analysis.dataset import CONVERTERS, Study
from analysis.figures import failures as figures
from analysis.report.chapter import Chapter, Content, Picture, Table
from analysis.report.tables import p_value, styled, with_interval
from analysis.statistics.association import DRAWS
from analysis.statistics.intervals import wilson
from datapackage.codebook import Codebook

_GROUPS = {"pooled": "all", "weighted": "weighted"}
_ROUNDS = {
    ("pilot", "cause", "pooled"): "Cause, two raters (pilot)",
    ("pilot", "symptom", "pooled"): "Symptom, two raters (pilot)",
    ("pilot to main", "cause", "agreed"): "Cause, pilot to final label",
    ("pilot to main", "symptom", "agreed"): "Symptom, pilot to final label",
}
_FINITE_NOTE = (
    "Share of 100 issues a converter in percent, with 95 % Wilson interval corrected for the finite population of "
    "filtered issues (327 and 242 in the study); 'all' counts the issues alike with Wilson's interval, 'weighted' weights each "
    "converter with its population."
)


def content(study: Study, ledger: Ledger) -> Content:
    """Compute the chapter.

    Parameters
    ----------
    study : Study
        The data.
    ledger : Ledger
        Verdicts of all claims.
    """
    distributions = {
        name: failures.distribution(study.failures, name, study.samples) for name in failures.DIMENSIONS
    }
    rounds = agreements(study)
    tests = failures.compare_converters(study.failures)
    against = failures.compare_with_reference(study.failures, study.reference_distributions, study.codebook)
    crossed = failures.cause_symptom_association(study.failures)
    tables = (
        _distribution_table(distributions["location"], study.codebook, "location", "table08", "Table 8: location"),
        _distribution_table(distributions["symptom"], study.codebook, "symptom", "table09", "Table 9: symptom"),
        _distribution_table(distributions["cause"], study.codebook, "cause", "causes", "Root causes"),
        _cross_table(failures.binned_cause_by_symptom(study.failures), study.codebook, "table10", "Table 10"),
        _cross_table(failures.cause_by_symptom(study.failures), study.codebook, "table16", "Table 16"),
        _details_table(failures.cause_details(study.failures, study.codebook), study),
        _agreement_table(rounds),
        _tests_table(tests[0], crossed, against[0]),
        _codes_table(against[1], study.codebook),
    )
    return Content(
        tables=tables,
        figures=_pictures(study, distributions, rounds),
        numbers=_numbers(study, distributions, rounds, tests[0], against[0], ledger),
        glance=_glance(distributions, rounds),
    )


def agreements(study: Study) -> pd.DataFrame:
    """All agreement coefficients: pilot, drift check, pilot against final labels; columns as `rater_agreement`."""
    return pd.concat(
        [
            agreement.rater_agreement(study.ratings, "pilot"),
            agreement.rater_agreement(study.ratings, "drift"),
            agreement.test_retest(study.ratings, study.failures),
        ],
        ignore_index=True,
    )


def reference_shares(study: Study) -> pd.DataFrame:
    """Symptoms of the DL compilers with Wilson intervals: code, n, share, low, high."""
    rows = study.reference_distributions
    rows = rows[rows["dimension"] == "symptom"]
    return pd.DataFrame(
        [(row.code, int(row.total), *wilson(int(row.count), int(row.total))) for row in rows.itertuples()],
        columns=["code", "n", "share", "low", "high"],
    )


def _distribution_table(frame: pd.DataFrame, codebook: Codebook, dimension: str, name: str, title: str) -> Table:
    names = {code.slug: code.name for code in codebook[dimension].codes}
    cells = pd.DataFrame({dimension.capitalize(): list(names.values())}, index=list(names))
    groups = list(dict.fromkeys(frame["group"]))
    for group in groups:
        rows = frame[frame["group"] == group].set_index("code").loc[list(names)]
        finite = rows["low_finite"].notna().all()
        low, high = ("low_finite", "high_finite") if finite else ("low", "high")
        if group != "weighted":
            cells[f"{group}|n"] = rows["count"]
        cells[f"{group}|%"] = [with_interval(row["share"], row[low], row[high]) for _, row in rows.iterrows()]
    gt = styled(cells, title, name, stub=dimension.capitalize())
    return Table(name, _spanned(gt, groups), _FINITE_NOTE)


def _spanned(gt: GT, groups: list[str]) -> GT:
    for group in groups:
        columns = [f"{group}|%"] if group == "weighted" else [f"{group}|n", f"{group}|%"]
        gt = gt.tab_spanner(_GROUPS.get(group, group), columns)
        gt = gt.cols_label({column: column.partition("|")[2] for column in columns}).cols_align("right", columns)
    return gt


def _cross_table(table: pd.DataFrame, codebook: Codebook, name: str, title: str) -> Table:
    causes = {code.slug: code.name for code in codebook["cause"].codes} | {"other": "Other", "total": "Total"}
    symptoms = {code.slug: code.name for code in codebook["symptom"].codes} | {"other": "Other", "total": "Total"}
    wide = table.pivot_table(index="cause", columns=["symptom", "converter"], values="count", aggfunc="sum", fill_value=0)
    present = [slug for slug in causes if slug in wide.index]
    wide = wide.loc[present]
    shown = [slug for slug in symptoms if slug in wide.columns.get_level_values(0)]
    converters = [c for c in dict.fromkeys(table["converter"]) if c in wide.columns.get_level_values(1)]
    cells = pd.DataFrame({"Cause": [causes[slug] for slug in present]})
    for symptom in shown:
        for converter in converters:
            cells[f"{symptom}|{converter}"] = wide[symptom, converter].to_numpy()
    gt = styled(cells, f"{title}: root cause by symptom", name, stub="Cause")
    for symptom in shown:
        columns = [f"{symptom}|{converter}" for converter in converters]
        gt = gt.tab_spanner(symptoms[symptom], columns)
        gt = gt.cols_label({column: _short(column.partition("|")[2]) for column in columns}).cols_align("right", columns)
    return Table(name, gt, "Issues. PT: torch.onnx, TF: tf2onnx.")


def _short(converter: str) -> str:
    return {"torch.onnx": "PT", "tf2onnx": "TF"}.get(converter, converter)


def _details_table(frame: pd.DataFrame, study: Study) -> Table:
    reference = study.reference_distributions.set_index("code")
    names = code_names(study.codebook)
    groups = list(dict.fromkeys(frame["group"]))
    first = frame[frame["group"] == groups[0]]
    codes = [code for code in first["code"].astype(str)]
    cells = pd.DataFrame({"Cause": [names[code] for code in codes]})
    for group in groups:
        rows = frame[frame["group"] == group].set_index("code").loc[codes]
        cells[f"{group}|n"] = rows["count"].to_numpy()
        cells[f"{group}|%"] = [with_interval(row["share"], row["low"], row["high"]) for _, row in rows.iterrows()]
    counts = reference["count"].reindex(codes).astype("Int64")
    totals = reference["total"].reindex(codes).astype("Int64")
    cells["DL compilers|n"] = counts.to_numpy()
    cells["DL compilers|%"] = [with_interval(*wilson(c, t)) for c, t in zip(counts, totals, strict=True)]
    gt = _spanned(styled(cells, "Table 14: root causes against DL compilers", "table14", stub="Cause"), [*groups, "DL compilers"])
    return Table("table14", gt, "Shares in percent with 95 % Wilson intervals. DL compilers: Shen et al. (2021), front ends.")


def code_names(codebook: Codebook) -> dict[str, str]:
    """Names of all codes for readers, by slug; details as ``cause.detail``."""
    names = {code.slug: code.name for dimension in codebook.dimensions.values() for code in dimension.codes}
    for cause, detail in codebook.details.items():
        names |= {f"{cause}.{code.slug}": f"{codebook['cause'][cause].name}: {code.name.lower()}" for code in detail.codes}
    return names


def _agreement_table(rounds: pd.DataFrame) -> Table:
    wide = rounds.assign(cell=[_coefficient(row) for row in rounds.to_dict("records")])
    keys = ["round", "dimension", "group", "n"]
    wide = wide.pivot_table(index=keys, columns="coefficient", values="cell", aggfunc="first", sort=False).reset_index()
    columns = {"percent": "Agreement (%)", "kappa": "Cohen's κ", "alpha": "Krippendorff's α", "ac1": "Gwet's AC1"}
    cells = wide.rename(columns=columns | {"round": "Round", "dimension": "Dimension", "group": "Group"})
    cells["Dimension"] = cells["Dimension"].str.replace("_", " ")
    cells = cells[["Round", "Dimension", "Group", "n", *columns.values()]]
    gt = styled(cells, "Agreement of the raters, and of the pilot with the final labels", "agreement")
    note = (
        "95 % intervals: Wilson for the percentage, percentile bootstrap by issue for the coefficients; where raters never "
        "disagree the bootstrap collapses and the percentage's interval is the one to read. 'agreed': issues that both pilot "
        "raters coded alike."
    )
    return Table("agreement", gt.cols_align("right", ["n", *columns.values()]), note)


def _coefficient(row: dict[str, object]) -> str:
    if row["coefficient"] == "percent":
        return with_interval(float(str(row["value"])), float(str(row["low"])), float(str(row["high"])))
    if pd.isna(row["value"]):
        return "undefined"
    return f"{row['value']:.2f} [{row['low']:.2f}, {row['high']:.2f}]"


def _tests_table(converters: pd.DataFrame, crossed: pd.DataFrame, against: pd.DataFrame) -> Table:
    groups = {
        "torch.onnx against tf2onnx": converters,
        "Cause by symptom": crossed,
        "Converters against DL compilers": against,
    }
    rows = []
    for question, frame in groups.items():
        for name, row in frame.iterrows():
            v = f"{row['v']:.2f} [{row['low']:.2f}, {row['high']:.2f}]" if pd.notna(row["v"]) else "–"
            p, corrected = (p_value(row[key], draws=DRAWS) for key in ("p", "p_holm"))
            rows.append((question, str(name), int(row["n"]), v, p, corrected))
    columns = ["Question", "Of", "n", "Cramér's V", "p", "p (Holm)"]
    gt = styled(pd.DataFrame(rows, columns=columns), "Tests of association", "tests")
    note = (
        f"Fisher–Freeman–Halton test with {DRAWS:,} Monte-Carlo tables; bias-corrected Cramér's V with 95 % interval from the "
        "noncentral χ² distribution; Holm's correction within each question."
    )
    return Table("tests", gt.cols_align("right", columns[2:]), note)


def _codes_table(by_code: pd.DataFrame, codebook: Codebook) -> Table:
    names = code_names(codebook)
    cells = pd.DataFrame(
        {
            "Code": [f"{row.dimension}: {names[row.code]}" for row in by_code.itertuples()],
            "Converters": by_code["first"],
            "Compilers": by_code["second"],
            "Difference (points)": [
                f"{100 * row.difference:+.0f} [{100 * row.low:+.0f}, {100 * row.high:+.0f}]" for row in by_code.itertuples()
            ],
            "Odds ratio": [
                f"{row.odds_ratio:.2g} [{row.odds_low:.2g}, {row.odds_high:.2g}]" for row in by_code.itertuples()
            ],
            "p (Holm)": [p_value(p) for p in by_code["p_holm"]],
        }
    )
    gt = styled(cells, "Converters against DL compilers, code by code", "compilers", stub="Code")
    note = "Fisher's exact test, Holm's correction within symptoms and within causes; Newcombe and exact intervals, 95 %."
    return Table("compilers", gt.cols_align("right", list(cells.columns[1:])), note)


def _pictures(study: Study, distributions: dict[str, pd.DataFrame], rounds: pd.DataFrame) -> tuple[Picture, ...]:
    node = _cell(distributions["location"], "node_conversion", "pooled")
    return (
        Picture(
            "stages",
            figures.stages(distributions["location"], study.codebook["location"]),
            "Where the defects sit, along the stages that a model passes. Points: share of a converter's failures; bars: 95 % "
            "intervals for its population of filtered issues.",
            f"Node conversion holds {100 * node['share']:.0f} percent of the failures; every other stage at most about a seventh.",
        ),
        Picture(
            "symptoms",
            figures.symptoms(distributions["symptom"], reference_shares(study), study.codebook["symptom"]),
            "What users saw, beside the front ends of DL compilers. Bars: 95 % intervals.",
            "Crashes lead in converters and compilers alike, followed by wrong models; the intervals overlap throughout.",
        ),
        Picture(
            "cause-symptom",
            figures.cause_symptom_matrix(failures.cause_by_symptom(study.failures), study.codebook),
            "Root causes by symptom: incompatibilities crash, type problems and algorithmic errors yield wrong models.",
            "Two matrices of counts, one a converter, with incompatibility and crash the fullest cell of both.",
        ),
        Picture(
            "agreement",
            figures.agreement(rounds, _ROUNDS),
            "Two raters at the same time agree better than the pilot's agreed codes agree with the final labels of the same "
            "issues.",
            "Agreement is about 0.9 between raters and about 0.7 between pilot and final label, with wide intervals.",
        ),
    )


def _cell(frame: pd.DataFrame, code: str, group: str) -> pd.Series:
    return frame[(frame["code"] == code) & (frame["group"] == group)].iloc[0]


def _interval_text(row: pd.Series) -> str:
    return with_interval(row["share"], row["low"], row["high"]).replace(" [", " % [", 1).replace("]", " %]")


def _value(rounds: pd.DataFrame, key: tuple[str, str, str], coefficient: str = "kappa") -> str:
    chosen = rounds[(rounds[["round", "dimension", "group"]] == key).all(axis=1) & (rounds["coefficient"] == coefficient)]
    row = chosen.iloc[0]
    return f"{row['value']:.2f} [{row['low']:.2f}, {row['high']:.2f}]"


def _numbers(
    study: Study,
    distributions: dict[str, pd.DataFrame],
    rounds: pd.DataFrame,
    converters: pd.DataFrame,
    against: pd.DataFrame,
    ledger: Ledger,
) -> dict[str, str]:
    location, symptom = distributions["location"], distributions["symptom"]
    retested = rounds[(rounds["round"] == "pilot to main") & (rounds["group"] != "agreed")]
    changed = agreement.changed_labels(study.ratings, study.failures)
    numbers = {
        "failures": str(len(study.failures)),
        "node-conversion": _interval_text(_cell(location, "node_conversion", "pooled")),
        "node-conversion-weighted": _interval_text(_cell(location, "node_conversion", "weighted")),
        "wrong-model": _interval_text(_cell(symptom, "wrong_model", "pooled")),
        "wrong-model-weighted": _interval_text(_cell(symptom, "wrong_model", "weighted")),
        "crash": _interval_text(_cell(symptom, "crash", "pooled")),
        "optimisation-torch": _interval_text(_cell(location, "optimization", CONVERTERS[0])),
        "optimisation-tf": _interval_text(_cell(location, "optimization", CONVERTERS[1])),
        "kappa-cause": _value(rounds, ("pilot", "cause", "pooled")),
        "kappa-symptom": _value(rounds, ("pilot", "symptom", "pooled")),
        "retest-cause": _value(rounds, ("pilot to main", "cause", "agreed")),
        "retest-symptom": _value(rounds, ("pilot to main", "symptom", "agreed")),
        "retest-issues": str(int(retested["n"].max())),
        "changed-labels": str(len(changed)),
        "v-compilers-cause": _v(against.loc["cause"]),
        "v-compilers-symptom": _v(against.loc["symptom"]),
    }
    for dimension in failures.DIMENSIONS:
        numbers[f"p-converters-{dimension}"] = p_value(converters.loc[dimension, "p_holm"], draws=DRAWS)
        numbers[f"v-converters-{dimension}"] = _v(converters.loc[dimension])
    own = ledger.of("RQ2")["verdict"].value_counts()
    return numbers | {f"claims-{verdict.replace('_', '-')}": str(count) for verdict, count in own.items()}


def _v(row: pd.Series) -> str:
    return f"{row['v']:.2f} [{row['low']:.2f}, {row['high']:.2f}]"


def _glance(distributions: dict[str, pd.DataFrame], rounds: pd.DataFrame) -> str:
    node = _interval_text(_cell(distributions["location"], "node_conversion", "pooled"))
    wrong = _interval_text(_cell(distributions["symptom"], "wrong_model", "pooled"))
    return (
        f"{node} of the failures sit in node conversion, {wrong} are wrong models. Two raters agreed well at one time (κ for "
        f"causes {_value(rounds, ('pilot', 'cause', 'pooled'))}), less well over time (pilot against final labels "
        f"{_value(rounds, ('pilot to main', 'cause', 'agreed'))})."
    )


FAILURES = Chapter(
    slug="failures",
    number="RQ2",
    title="Where converters fail, how, and why",
    question="In which stage of a converter do failures arise, what do users see, and which defects cause them?",
    claims=CLAIMS,
    content=content,
)
