"""The chapters in the paper's order: the one list that claims, report, README and notebooks are built from."""

from analysis.conversions.chapter import CONVERSION
from analysis.evolution.chapter import EVOLUTION
from analysis.failures.chapter import FAILURES
from analysis.report.chapter import Chapter
from analysis.survey.chapter import SURVEY

CHAPTERS: tuple[Chapter, ...] = (SURVEY, FAILURES, EVOLUTION, CONVERSION)
