"""What a test lets one say about the hypothesis that larger releases bring more failures."""

from collections.abc import Sequence

from statsmodels.stats.multitest import multipletests

from analysis.statistics.correlation import Correlation

ALPHA = 0.05
MEDIUM = 0.3  # the correlation that Cohen (1988, §3.2) calls medium
SUPPORTED, REJECTED, UNDECIDED = "supported", "rejected", "undecided"


def verdict(tests: Sequence[Correlation]) -> str:
    """Judge the hypothesis by its tests.

    Parameters
    ----------
    tests : sequence of Correlation
        One for each outcome.

    Returns
    -------
    str
        ``supported``: a positive correlation is significant after Holm's correction. ``rejected``: no interval reaches a
        medium correlation (ρ = 0.3), so that one is excluded, as in a test of non-superiority. ``undecided``: neither.
    """
    corrected = multipletests([test.p for test in tests], alpha=ALPHA, method="holm")[1]
    if any(p < ALPHA and test.rho > 0 for p, test in zip(corrected, tests, strict=True)):
        return SUPPORTED
    return REJECTED if all(test.high < MEDIUM for test in tests) else UNDECIDED


def verdict_by_significance(tests: Sequence[Correlation]) -> str:
    """Judge by significance alone: what is not significant counts as rejected."""
    significant = any(test.p < ALPHA and test.rho > 0 for test in tests)
    return SUPPORTED if significant else REJECTED
