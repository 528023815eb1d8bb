"""The chapter on RQ3: tables, figures and numbers from `analysis.evolution`."""

from analysis.claims.ledger import Ledger
from analysis.dataset import Study
from analysis.evolution import figures, readings, sources, tables
from analysis.evolution.claims import CLAIMS
from analysis.evolution.releases import release_table
from analysis.evolution.results import Results, named_row
from analysis.evolution.text import glance, text_numbers
from analysis.report.chapter import Chapter, Content, Picture


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
    saved = readings.saved_correlations(study.failures, study.opsets, study.notebook_outputs)
    laid_out = (
        tables.tests(results.tests, results.bootstrap, results.one_sided, ledger.frame),
        tables.readings(readings.search(study.failures, study.opsets), ledger.frame),
        tables.saved_outputs(saved),
        tables.releases(results.table),
        tables.variations(results.variations),
        tables.rates(results.models),
        tables.influence(results.influence),
        tables.curve(results.curve),
        tables.drivers(results.drivers),
        tables.sources(sources.compare_sources(study.opsets)),
    )
    numbers = text_numbers(results, ledger)
    return Content(laid_out, _pictures(results, numbers["positive"]), numbers, glance(numbers))


def _pictures(results: Results, positive: str) -> tuple[Picture, ...]:
    study = results.study
    ratio = named_row(results.models["all failures"], "quasi-Poisson")
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
            f"The curve rises from {r.iloc[0]:.2f} to {r.iloc[-1]:.2f}; {positive} lie above zero. Rows of "
            "shaded cells, one a value of a choice, show where on the curve its specifications lie.",
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
)
