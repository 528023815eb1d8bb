"""The chapters in the paper's order: the one list that claims, report, README and notebooks are built from."""

from analysis.conversions.chapter import CONVERSION
from analysis.dataset import SAMPLE, Study
from analysis.evolution.chapter import EVOLUTION
from analysis.failures.chapter import FAILURES
from analysis.report.chapter import Chapter
from analysis.samples.chapter import SAMPLES
from analysis.survey.chapter import SURVEY

CHAPTERS: tuple[Chapter, ...] = (SURVEY, FAILURES, EVOLUTION, CONVERSION)


def chapters_of(study: Study) -> tuple[Chapter, ...]:
    """Return the chapters of a data folder: the paper's, and one on further samples where it holds any."""
    return (*CHAPTERS, SAMPLES) if (study.all_failures["sample"] != SAMPLE).any() else CHAPTERS
