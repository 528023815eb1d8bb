"""The chapter on samples beside the study's; it stands in the report only where the data holds such a sample."""

import pandas as pd

from analysis.claims.chapter import ClaimChapter
from analysis.claims.ledger import Ledger
from analysis.dataset import SAMPLE, Study, select_sample
from analysis.failures import labels
from analysis.failures.audited import audited_shares, machine_raters
from analysis.report.chapter import Chapter, Content, Picture
from analysis.samples import comparison, figures, tables
from datapackage.errors import InputError
from methods.intervals import CONFIDENCE


def content(study: Study, ledger: Ledger) -> Content:
    """Compute the chapter.

    Parameters
    ----------
    study : Study
        Data with at least one sample beside the study's.
    ledger : Ledger
        Verdicts of all claims; the chapter has none.
    """
    del ledger
    names = comparison.other_samples(study)
    compared = {name: comparison.compare_samples(study, name, SAMPLE) for name in names}
    judged = pd.concat([_own(parts["findings"], name) for name, parts in compared.items()], ignore_index=True)
    codes = _stacked(compared, "by_code")
    releases = pd.concat([parts["releases"] for parts in compared.values()], ignore_index=True)
    drawn = {
        name: {
            dimension: labels.distribution(select_sample(study.all_failures, name), dimension, study.samples)
            for dimension in labels.DIMENSIONS
        }
        for name in (SAMPLE, *names)
    }
    laid_out = [
        tables.findings(judged),
        tables.tests(_stacked(compared, "tests")),
        tables.codes(codes, study.codebook),
        tables.releases(releases.drop_duplicates(["sample", "failures", "until"])),
    ]
    audited = _audited(study, names)
    if not audited.empty:
        laid_out.append(tables.audited(audited, study.codebook))
    found = comparison.summary(codes, judged)
    return Content(
        tables=tuple(laid_out),
        figures=(Picture("samples", figures.distributions(drawn, study.codebook), {"names": " and ".join(names)}),),
        numbers={name: str(count) for name, count in found.items()}
        | {
            "samples": ", ".join(names),
            "failures": ", ".join(str((study.all_failures["sample"] == name).sum()) for name in names),
            "confidence": f"{100 * CONFIDENCE:.0f}",
            "margin": f"{100 * labels.EQUIVALENCE:.0f}",
            "audited": "yes" if len(audited) else "",
        },
        glance=(
            f"Of the {found['criteria']} criteria by which a finding on failures would hold, {found['holds']} hold in "
            f"{' and '.join(names)}, {found['fails']} fail and {found['undecided']} stay undecided; of {found['codes']} codes "
            f"{found['different']} differ from the study's sample after correction and {found['alike']} are practically alike."
        ),
    )


def _own(frame: pd.DataFrame, sample: str) -> pd.DataFrame:
    return frame[frame["sample"] == sample]


def _stacked(compared: dict[str, comparison.Tables], table: str) -> pd.DataFrame:
    parts = [frames[table].assign(sample=name) for name, frames in compared.items()]
    return pd.concat(parts, ignore_index=True)


def _audited(study: Study, names: list[str]) -> pd.DataFrame:
    """Return the audited shares of whole populations; a machine with too few labels by people beside it is left out."""
    parts = []
    for name in names:
        for rater in machine_raters(study, name):
            try:
                frame = audited_shares(study, name, rater)
            except InputError:
                continue
            parts.append(frame[frame["group"] == labels.WEIGHTED].assign(sample=name, rater=rater))
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()


SAMPLES = Chapter(
    slug="samples",
    folder="samples",
    number="Extension",
    title="Newer failures beside the study's",
    question="Do failures of other samples look as the study's do, and which of its findings hold in them?",
    claims=ClaimChapter(name="Extension", patterns=(), recompute=lambda _: {}),
    content=content,
)
