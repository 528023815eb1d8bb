"""The chapters in the paper's order: the one list that claims, report, README and notebooks are built from."""

from analysis.report.chapter import Chapter
from analysis.report.failures import FAILURES

CHAPTERS: tuple[Chapter, ...] = (FAILURES,)
