"""Printed numbers: how each form is read, and when a recomputed value agrees with it.

The one rule: a printed number stands for every value that its form rounds from. ``42`` percent is [41.5, 42.5], ``0.9``
is [0.85, 0.95]; both ends count, since authors round halves either way. "About n" percent stands, where n is a multiple of
five, for n ± 2.5 points, the values whose nearest multiple of five it could be; whoever says "about 23" has rounded to whole
percents, so that any other n stands for n ± 0.5. "About n times" stands for n ± 0.5. "At least", "more than" and "at most" are
one-sided. Counts, dates, rankings, thresholds and verdicts agree only exactly.
"""

import math
from decimal import Decimal, InvalidOperation
from typing import NamedTuple


class Span(NamedTuple):
    """An answer that depends on a choice that the study does not fix: one value, and the range over the choices.

    The printed number is reproduced if one of the choices may yield it.
    """

    value: int
    least: int
    most: int


class Bounds(NamedTuple):
    """What is known of a value that the data does not yield: a printed number outside is wrong, one inside stays open."""

    least: int
    most: int


Value = int | float | str | Span | Bounds
_ABOUT = ("percent_approx", "ratio_approx")
_STEP = Decimal(5)  # percents that are said roughly are multiples of it
_ROUNDED = {"percent", "ratio", "kappa", "rho"}
_SIGNS = {"approx": "about ", "at_least": "≥ ", "at_most": "≤ ", "more_than": "> "}
_EXACT_TEXT = {"ranking", "verdict", "date"}
# room for binary representation, far below any printed precision
_SLACK = 1e-9


class Interval(NamedTuple):
    """Values that a printed number stands for; `open_low` excludes the lower end ("more than")."""

    low: float
    high: float
    open_low: bool = False

    def holds(self, value: float) -> bool:
        """Whether a value lies inside."""
        above = value > self.low + _SLACK if self.open_low else value >= self.low - _SLACK
        return above and value <= self.high + _SLACK


def interval(published: str, unit: str) -> Interval | None:
    """Return the values that a printed form stands for, or None where it is not a number.

    Parameters
    ----------
    published : str
        As printed, such as ``42``, ``0.90``, ``1e-7``, ``N/A``.
    unit : str
        How it is to be read, from claims.csv.
    """
    try:
        number = Decimal(published)
    except InvalidOperation:
        return None
    if unit in _EXACT_TEXT or not number.is_finite():
        return None
    if unit in _ABOUT:
        half = (_STEP if unit == "percent_approx" and number % _STEP == 0 else Decimal(1)) / 2
        return Interval(float(number - half), float(number + half))
    if unit in _ROUNDED:
        exponent = number.as_tuple().exponent
        half = Decimal(5).scaleb(int(exponent) - 1)
        return Interval(float(number - half), float(number + half))
    low = -math.inf if unit.endswith("_at_most") else float(number)
    high = math.inf if unit.endswith(("_at_least", "_more_than")) else float(number)
    return Interval(low, high, open_low=unit.endswith("_more_than"))


def agrees(value: Value, published: str, unit: str) -> bool:
    """Whether a recomputed value is one that the printed form stands for.

    Parameters
    ----------
    value : int, float, str, Span or Bounds
        Recomputed; shares in percent; rankings as codes joined with ``; ``. A range agrees if it holds a value that the
        printed form stands for.
    published, unit : str
        See `interval`.
    """
    meant = interval(published, unit)
    if isinstance(value, Span | Bounds):
        return meant is not None and meant.high >= value.least and meant.low <= value.most
    if meant is None or isinstance(value, str):
        return str(value) == published
    if unit == "threshold":
        return abs(value - meant.low) <= 1e-9 * abs(meant.low)
    return meant.holds(float(value))


def show(value: Value | None) -> str:
    """Return a recomputed value as a reader sees it: integers whole, other numbers with four significant digits."""
    if value is None:
        return ""
    if isinstance(value, Span):
        return f"{value.value} ({value.least} to {value.most})"
    if isinstance(value, Bounds):
        return f"{value.least} to {value.most}"
    if isinstance(value, float):
        return "undefined" if math.isnan(value) else f"{value:.4g}"
    return str(value)


def show_printed(published: str, unit: str) -> str:
    """Return a printed number as the paper says it: with its unit and, where it is a bound or rough, the word for that."""
    sign = next((sign for form, sign in _SIGNS.items() if unit.endswith(form)), "")
    return sign + with_unit(published, unit)


def with_unit(number: str, unit: str) -> str:
    """Return a number of a claim with the claim's unit; what is no number stays as it is."""
    # a no-break space, so that number and sign stay on one line
    return f"{number}\N{NO-BREAK SPACE}%" if unit.startswith("percent") and number[-1:].isdigit() else number
