"""What a test lets one say about the hypothesis that larger releases bring more failures."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from scipy.optimize import brentq

from methods.association import holm
from methods.correlation import Correlation, bonett_wright

ALPHA = 0.05
MEDIUM = 0.3  # the correlation that Cohen (1988, §3.2) calls medium
SUPPORTED, REJECTED, UNDECIDED = "supported", "rejected", "undecided"


def verdict(tests: Sequence[Correlation], margin: float = MEDIUM) -> str:
    """Judge the hypothesis by its tests.

    Parameters
    ----------
    tests : sequence of Correlation
        One for each outcome.
    margin : float
        Correlation from which on releases' sizes would matter; see `by_margin` for what hangs on it.

    Returns
    -------
    str
        ``supported``: a positive correlation is significant after Holm's correction. ``rejected``: every 95 % interval ends
        below the margin (by default a medium correlation), a one-sided test of non-superiority at 2.5 % for each outcome;
        few releases pass it with a clearly negative ρ only, see `rejecting_rho`. ``undecided``: neither.
    """
    corrected = holm(pd.Series([test.p for test in tests]))
    if any(p < ALPHA and test.rho > 0 for p, test in zip(corrected, tests, strict=True)):
        return SUPPORTED
    return REJECTED if all(test.high < margin for test in tests) else UNDECIDED


def by_margin(tests: Mapping[str, Correlation]) -> pd.DataFrame:
    """Show the verdict as a function of the margin, for each outcome alone and for all together.

    Parameters
    ----------
    tests : mapping of str to Correlation
        By name of the outcome.

    Returns
    -------
    DataFrame
        One row per outcome, then ``all outcomes together``: outcome, margin (where the verdict changes: the upper end of the
        interval), below, above (the verdict on either side).
    """
    sets = {name: [test] for name, test in tests.items()} | {"all outcomes together": list(tests.values())}
    rows = []
    for name, chosen in sets.items():
        margin = max(test.high for test in chosen)
        rows.append((name, margin, verdict(chosen, margin), verdict(chosen, np.inf)))
    return pd.DataFrame(rows, columns=["outcome", "margin", "below", "above"])


def rejecting_rho(n: int) -> float:
    """Observed ρ of `n` releases below which the 95 % interval excludes a medium correlation; NaN where it is undefined."""
    if np.isnan(bonett_wright(0.0, n)[1]):
        return np.nan
    return float(brentq(lambda rho: bonett_wright(rho, n)[1] - MEDIUM, -0.999, MEDIUM))


def verdict_by_significance(tests: Sequence[Correlation]) -> str:
    """Judge by significance alone: what is not significant counts as rejected."""
    significant = any(test.p < ALPHA and test.rho > 0 for test in tests)
    return SUPPORTED if significant else REJECTED
