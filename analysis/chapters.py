"""The chapters in the paper's order: the one list that claims, report, README and notebooks are built from."""

from analysis.report.chapter import Chapter
from analysis.report.conversion import CONVERSION
from analysis.report.evolution import EVOLUTION
from analysis.report.failures import FAILURES
from analysis.report.survey import SURVEY

CHAPTERS: tuple[Chapter, ...] = (SURVEY, FAILURES, EVOLUTION, CONVERSION)
