"""The chapter on RQ3: tables, figures and numbers from `analysis.evolution`."""

from concurrent.futures import Executor

import numpy as np

from analysis.claims.ledger import Ledger
from analysis.dataset import Study
from analysis.evolution import experiment_figures, experiment_tables, figures, readings, sources, tables
from analysis.evolution.claims import CLAIMS, release_tables, searched
from analysis.evolution.experiment import experiments, obstacles
from analysis.evolution.experiment_text import experiment_numbers
from analysis.evolution.rates import RATE_DAYS, fitted_rates
from analysis.evolution.releases import created, release_table
from analysis.evolution.results import Results, named_row, results_of
from analysis.evolution.text import glance, text_numbers
from analysis.evolution.versions import compare_versions
from analysis.report.chapter import Chapter, Content, Picture, Table
from analysis.report.tables import estimate


def begin(study: Study, elsewhere: Executor) -> None:
    """Begin in another process what takes long; see `analysis.report.chapter.Chapter`."""
    results_of(study).begin(elsewhere)


def content(study: Study, ledger: Ledger) -> Content:
    """Compute the chapter.

    Parameters
    ----------
    study : Study
        The data.
    ledger : Ledger
        Verdicts of all claims.
    """
    results = results_of(study)
    saved = readings.saved_correlations(release_tables(study), study.notebook_outputs)
    laid_out: tuple[Table, ...] = (
        tables.tests(results.tests, results.bootstrap, results.one_sided, ledger.frame),
        tables.readings(searched(study), ledger.frame),
        tables.saved_outputs(saved),
        tables.releases(results.table),
        tables.variations(results.variations),
        tables.rates(results.models),
        tables.influence(results.influence),
        tables.margins(results.margins),
        tables.curve(results.curve),
        tables.estimands(results.curve),
        tables.drivers(results.drivers),
        tables.sources(sources.compare_sources(study.opsets)),
    )
    tried = experiments(study.opset_campaigns, study.opsets)
    compared = compare_versions(study.version_campaigns)
    numbers = text_numbers(results, ledger) | experiment_numbers(tried, compared)
    pictures = _pictures(results)
    if tried:
        laid_out += (
            experiment_tables.shares(tried),
            experiment_tables.steps(tried),
            experiment_tables.obstacles(obstacles(study.opset_campaigns)),
        )
        pictures += (Picture("outcomes-by-opset", experiment_figures.outcomes_by_opset(tried)),)
    if compared:
        laid_out += (experiment_tables.versions(compared),)
    return Content(laid_out, pictures, numbers, glance(numbers))


def _pictures(results: Results) -> tuple[Picture, ...]:
    study = results.study
    ratio = named_row(results.models["all failures"], "quasi-Poisson")
    sizes = results.table.loc[results.table["used"], "size"]
    fitted = fitted_rates(results.table, np.geomspace(sizes.min(), sizes.max(), 50))
    r = results.curve.specifications["r"]
    described = tuple(test.rho for test in results.tests.values())
    opened = created(study.failures)
    return (
        Picture(
            "opset-changes",
            figures.opset_changes(study.opsets, sources.last_noted(study.opsets)),
            {"sources": sources.largest_changes(study.opsets)},
        ),
        Picture(
            "failures-over-time",
            figures.failures_over_time(study.failures, release_table(study.opsets)),
            {"first": opened.min().year, "last": opened.max().year},
        ),
        Picture(
            "rate-by-size",
            figures.rate_by_size(results.table, fitted, estimate(ratio["ratio"], ratio["low"], ratio["high"])),
            {"below": results.influence["residual"].idxmin(), "days": RATE_DAYS},
        ),
        Picture(
            "specification-curve",
            figures.specification_curve(results.curve, described),
            {"lowest": f"{r.iloc[0]:.2f}", "highest": f"{r.iloc[-1]:.2f}"},
        ),
    )


EVOLUTION = Chapter(
    slug="evolution",
    folder="evolution",
    number="RQ3",
    title="Does ONNX's evolution bring failures?",
    question="Do releases of ONNX that change more operators bring more converter failures?",
    claims=CLAIMS,
    content=content,
    begin=begin,
)
