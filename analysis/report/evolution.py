"""The chapter on RQ3: tables, figures and numbers from `analysis.evolution`."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import pandas as pd

from analysis.claims.evolution import CLAIMS, described_tests
from analysis.claims.ledger import Ledger
from analysis.dataset import Study
from analysis.evolution import pipeline, published, rates, sources
from analysis.evolution.multiverse import ALL, Curve, drivers, specification_curve
from analysis.evolution.pipeline import Options
from analysis.evolution.releases import DATES, created, observation, release_table
from analysis.evolution.verdict import holm, rejecting_rho, verdict
from analysis.figures import evolution as figures
from analysis.report import evolution_tables as layout
from analysis.report.chapter import Chapter, Content, Picture
from analysis.report.tables import p_value
from analysis.statistics.correlation import Correlation, bootstrap_interval, critical_rho, detectable_rho, permutation_p
from datapackage.tables import records


@dataclass(frozen=True)
class Results:
    """Everything that the chapter shows, each part computed when first asked for."""

    study: Study

    @cached_property
    def tests(self) -> dict[str, Correlation]:
        """The tests as described, by claim."""
        return described_tests(self.study)

    @cached_property
    def described(self) -> dict[str, pd.DataFrame]:
        """Releases that enter the described tests, by claim."""
        failures, opsets = self.study.failures, self.study.opsets
        return {c: pipeline.per_release(failures, opsets, o).query("used") for c, o in pipeline.DESCRIBED.items()}

    @cached_property
    def one_sided(self) -> dict[str, float]:
        """P-values of the described tests against positive correlations alone, by claim."""
        tables = self.described.items()
        return {claim: permutation_p(t["size"], t["value"], alternative="greater")[0] for claim, t in tables}

    @cached_property
    def table(self) -> pd.DataFrame:
        """Releases as described; see `analysis.evolution.pipeline.per_release`."""
        return pipeline.per_release(self.study.failures, self.study.opsets, Options())

    @cached_property
    def models(self) -> dict[str, pd.DataFrame]:
        """Count models by column of the table."""
        apart = pipeline.per_release(self.study.failures, self.study.opsets, Options(merged=False))
        return {
            "all failures": rates.rate_models(self.table),
            "incompatibility or type problems": rates.rate_models(self.table, "incompatibility_or_type"),
            "all failures, none merged": rates.rate_models(apart),
        }

    @cached_property
    def influence(self) -> pd.DataFrame:
        """See `analysis.evolution.rates.leave_one_out`."""
        return rates.leave_one_out(self.table)

    @cached_property
    def variations(self) -> pd.DataFrame:
        """See `analysis.evolution.pipeline.variations`."""
        return pipeline.variations(self.study.failures, self.study.opsets)

    @cached_property
    def curve(self) -> Curve:
        """See `analysis.evolution.multiverse.specification_curve`."""
        return specification_curve(self.study.failures, self.study.opsets)


def content(study: Study, ledger: Ledger) -> Content:
    """Compute the chapter.

    Parameters
    ----------
    study : Study
        The data.
    ledger : Ledger
        Verdicts of all claims.
    """
    results = Results(study)
    saved = published.saved_correlations(study.failures, study.opsets, study.notebook_outputs)
    tables = (
        layout.tests(results.tests, _bootstrap(results), results.one_sided, ledger.frame),
        layout.readings(published.search(study.failures, study.opsets), ledger.frame),
        layout.saved_outputs(saved),
        layout.releases(results.table),
        layout.variations(results.variations),
        layout.rates(results.models),
        layout.influence(results.influence),
        layout.curve(results.curve),
        layout.drivers(drivers(results.curve.specifications)),
        layout.sources(sources.compare_sources(study.opsets)),
    )
    numbers = _tests(results) | _rates(results) | _curve(results) | _record(study, results) | _verdicts(ledger)
    return Content(tables, _pictures(study, results), numbers, _glance(results, ledger))


def _bootstrap(results: Results) -> dict[str, tuple[float, float]]:
    return {claim: bootstrap_interval(table["size"], table["value"]) for claim, table in results.described.items()}


def _pictures(study: Study, results: Results) -> tuple[Picture, ...]:
    ratio = _row(results.models["all failures"], "quasi-Poisson")
    r = results.curve.specifications["r"]
    described = tuple(test.rho for test in results.tests.values())
    return (
        Picture(
            "opset-changes",
            figures.opset_changes(study.opsets, sources.last_noted(study.opsets)),
            "Operators added and updated by each operator set (Fig. 5 above; below, computed from ONNX's schemas and continued).",
            "Bars by operator set; the first adds most operators, sets 11 and 13 change most, in both sources.",
        ),
        Picture(
            "failures-over-time",
            figures.failures_over_time(study.failures, release_table(study.opsets)),
            "Failures of the sample by the quarter in which they were opened (Fig. 6). Dotted: releases of ONNX, by operator set.",
            "Two cumulative curves, one a converter, rise steadily from 2018 to 2023 without a jump at any release.",
        ),
        Picture(
            "rate-by-size",
            figures.rate_by_size(results.table, ratio["ratio"], ratio["low"], ratio["high"]),
            "Failures per 30 days against a release's size, releases as the published test uses them; area: days until the next "
            "release; line: count model with its rate ratio per doubling of the size and 95 % interval.",
            "Eleven points rise slightly with size; the merged release of operator sets 2 to 7 lies far below the line.",
        ),
        Picture(
            "specification-curve",
            figures.specification_curve(results.curve, described),
            "Above: the correlation under every combination of choices. Below: where the specifications with each choice lie "
            "on the curve; darker means more of them than elsewhere.",
            f"The curve rises from {_two(r.iloc[0])} to {_two(r.iloc[-1])}; {_curve(results)['positive']} lie above zero. Rows "
            "of shaded cells, one a value of a choice, show where on the curve its specifications lie.",
        ),
    )


def _tests(results: Results) -> dict[str, str]:
    everything, typed = results.tests["s61.rho.all"], results.tests["s61.rho.incompat_type"]
    n, one_sided = everything.n, results.one_sided
    directional = [t._replace(p=one_sided[claim]) for claim, t in results.tests.items()]
    return {
        "rho-all": layout.correlation_text(everything),
        "rho-type": layout.correlation_text(typed),
        "p-all": p_value(everything.p),
        "p-type": p_value(typed.p),
        "p-greater-all": p_value(one_sided["s61.rho.all"]),
        "p-greater-type": p_value(one_sided["s61.rho.incompat_type"]),
        "p-greater-holm": p_value(min(holm(list(one_sided.values())))),
        "finding-greater": verdict(directional),
        "rejecting-rho": _two(rejecting_rho(n)),
        "releases": str(n),
        "critical-rho": _two(critical_rho(n)),
        "detectable-rho": _two(detectable_rho(n)),
    }


def _rates(results: Results) -> dict[str, str]:
    names = {"all failures": "all", "incompatibility or type problems": "type", "all failures, none merged": "apart"}
    numbers = {}
    for column, name in names.items():
        row = _row(results.models[column], "quasi-Poisson")
        numbers[f"ratio-{name}"] = layout.estimate(row["ratio"], row["low"], row["high"])
        numbers[f"p-ratio-{name}"] = p_value(row["p"])
        timed = _row(results.models[column], "quasi-Poisson, with calendar time")
        numbers[f"ratio-timed-{name}"] = layout.estimate(timed["ratio"], timed["low"], timed["high"])
        numbers[f"p-timed-{name}"] = p_value(timed["p"])
        numbers[f"p-least-{name}"] = p_value(results.models[column]["p"].min())
        numbers[f"p-most-{name}"] = p_value(results.models[column]["p"].max())
    influence = results.influence
    strongest = str(influence["residual"].abs().idxmax())
    row = _row(influence, strongest)
    days = results.table.loc[results.table["used"], "days"]
    return numbers | {
        "dispersion": _two(_row(results.models["all failures"], "Poisson")["dispersion"]),
        "days-least": str(int(days.min())),
        "days-most": str(int(days.max())),
        "influential": strongest,
        "ratio-without-influential": layout.estimate(row["ratio"], row["low"], row["high"]),
        "p-without-influential": p_value(row["p"]),
    }


def _curve(results: Results) -> dict[str, str]:
    curve = results.curve
    numbers = {"specifications": str(len(curve.specifications)), "draws": str(curve.draws)}
    for row in records(curve.summary.reset_index()):
        name = row["statistic"].replace("_", "-") + ("" if row["first"] == ALL else f"-{row['first']}")
        median = row["statistic"] == "median_r"
        numbers[name] = _two(row["observed"]) if median else f"{100 * row['observed']:.0f} %"
        numbers[f"p-{name}"] = p_value(row["p"], draws=curve.draws)
    return numbers | {"drivers": _drivers(drivers(curve.specifications))}


def _drivers(frame: pd.DataFrame) -> str:
    """Name the three choices whose values differ most in their median correlation, with these medians' range."""
    medians = frame.groupby("choice")["median_r"].agg(["min", "max"])
    medians["range"] = medians["max"] - medians["min"]
    widest = records(medians.nlargest(3, "range").reset_index())
    return ", ".join(f"{layout.choice_text(r['choice'])} ({_two(r['min'])} to {_two(r['max'])})" for r in widest)


def _extremes(variations: pd.DataFrame) -> dict[str, str]:
    numbers: dict[str, str] = {}
    ordered = list(records(variations.sort_values("rho")))
    for name, row in (("lowest", ordered[0]), ("highest", ordered[-1])):
        numbers |= {name: _two(row["rho"]), f"{name}-choice": f"{row['choice']}: {row['value']}".rstrip(": ")}
    return numbers


def _redated(opsets: pd.DataFrame) -> dict[str, str]:
    """Count the releases that the sources date differently, and by how many days at most."""
    days = (
        opsets.drop_duplicates(["source", "opset"]).pivot(index="opset", columns="source", values="released").dropna()
    )
    apart = (days["release_notes"] - days["schema_registry"]).dt.days.abs()
    most = int(apart.max()) if len(apart) else 0
    return {"redated": str(int((apart > 0).sum())), "redated-days": "1 day" if most == 1 else f"{most} days"}


def _record(study: Study, results: Results) -> dict[str, str]:
    failures = study.failures
    varied = results.variations.set_index(["choice", "value"])["rho"]
    compared = sources.compare_sources(study.opsets)
    notes = compared[["notes_added", "notes_updated"]].to_numpy().sum()
    return (
        _extremes(results.variations)
        | _redated(study.opsets)
        | {
            "newest": f"{observation(failures).end:%Y-%m-%d}",
            "inexact": str(int(failures["created"].isna().sum())),
            "moved": str(_moved(failures, study.opsets)),
            "rho-earliest": _two(varied["dates", "earliest"]),
            "rho-registry-dates": _two(varied["dates", "releases as the registry dates them"]),
            "functions": str(len(sources.unlisted_operators(study.opsets))),
            "functions-equal": "exactly" if _explained(study.opsets) else "not exactly",
            "changes-notes": str(notes),
            "changes-registry": str(compared[["registry_added", "registry_updated"]].to_numpy().sum()),
            "rho-registry": _two(varied["size", "from schema registry"]),
            "opsets": str(sources.last_noted(study.opsets)),
            "newest-opset": str(int(study.opsets["opset"].max())),
        }
    )


def _moved(failures: pd.DataFrame, opsets: pd.DataFrame) -> int:
    """Failures whose release depends on how a range of dates is read."""
    days = release_table(opsets)["released"].to_numpy("datetime64[s]")
    places = pd.DataFrame({d: days.searchsorted(created(failures, d).to_numpy("datetime64[s]")) for d in DATES})
    return int((places.nunique(axis=1) > 1).sum())


def _explained(opsets: pd.DataFrame) -> bool:
    return sources.unlisted_operators(opsets) == sources.function_operators(opsets)


def _verdicts(ledger: Ledger) -> dict[str, str]:
    finding = next(row for row in records(ledger.of(CLAIMS.name)) if row["claim_id"] == "f7.verdict")
    return ledger.verdict_numbers(CLAIMS.name) | {
        "finding-published": finding["published"],
        "finding": finding["recomputed"],
    }


def _glance(results: Results, ledger: Ledger) -> str:
    numbers: Mapping[str, str] = _tests(results) | _curve(results) | _verdicts(ledger)
    return (
        f"That larger ONNX releases bring more failures is {numbers['finding']} (printed: {numbers['finding-published']}): ρ = "
        f"{numbers['rho-all']} for all failures, {numbers['rho-type']} for incompatibility and type problems, with "
        f"{numbers['releases']} releases that reach 80 % power only from ρ = {numbers['detectable-rho']}. Of "
        f"{numbers['specifications']} specifications {numbers['positive']} are positive (p = {numbers['p-positive']} against "
        f"permuted sizes), {numbers['positive-significant']} positive and significant (p = {numbers['p-positive-significant']}); "
        f"the median correlation is {numbers['median-r']} (p = {numbers['p-median-r']})."
    )


def _row(frame: pd.DataFrame, name: str) -> pd.Series:
    return frame[frame.index == name].iloc[0]


def _two(value: float) -> str:
    return "–" if pd.isna(value) else f"{value:.2f}"


EVOLUTION = Chapter(
    slug="evolution",
    number="RQ3",
    title="Does ONNX's evolution bring failures?",
    question="Do releases of ONNX that change more operators bring more converter failures?",
    claims=CLAIMS,
    content=content,
)
