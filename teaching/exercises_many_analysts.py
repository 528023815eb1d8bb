"""Exercises of the lab "Many analysts, one question": RQ3 under every defensible combination of choices."""

from collections.abc import Mapping
from functools import cache

import pandas as pd

from analysis.dataset import Study
from analysis.evolution.multiverse import Curve, specification_curve
from analysis.evolution.pipeline import Options, per_release, rho
from teaching.checks import near, near_all

DRAWS = 200
_ALLOWED: Mapping[str, tuple[object, ...]] = {
    "outcome": ("all", "incompatibility_or_type"),
    "normalisation": ("count", "per_day", "share"),
    "change": ("changes", "added", "updated"),
    "source": ("release_notes", "schema_registry"),
    "merged": (True, False),
    "drop_first": (True, False),
    "drop_last": (True, False),
}


@cache
def curve() -> Curve:
    """Return every specification, against few permutations: the lab is about the curve, not about a third digit."""
    study = Study()
    return specification_curve(study.failures, study.opsets, draws=DRAWS)


def choices(mine: Mapping[str, object]) -> str | None:
    """Check that a student chose, and from what there is."""
    lacking = [name for name in _ALLOWED if name not in mine]
    if lacking:
        return f"Choose also: {', '.join(lacking)}."
    for name, value in mine.items():
        if name not in _ALLOWED:
            return f"{name!r} is no choice of this lab."
        if value is ... or value not in _ALLOWED[name]:
            return f"{name} is one of {', '.join(map(repr, _ALLOWED[name]))}."
    return None


def releases(mine: Mapping[str, object], answer: int) -> str | None:
    """Check how many releases the chosen test uses."""
    study = Study()
    used = int(per_release(study.failures, study.opsets, Options(**mine))["used"].sum())  # type: ignore[arg-type]
    return None if int(answer) == used else "Count the rows in which `used` is true."


def correlation(mine: Mapping[str, object], answer: float) -> str | None:
    """Check ρ of the chosen test."""
    study = Study()
    right = rho(study.failures, study.opsets, Options(**mine))  # type: ignore[arg-type]
    return near(answer, right, tolerance=2e-3)


def place(own: float, answer: float) -> str | None:
    """Check which share of all specifications gives a smaller correlation than the student's own."""
    right = float((curve().specifications["r"] < own).mean())
    return near(answer, right, {1 - right: "That is the share above; the share below is asked for."}, tolerance=5e-3)


def shares(positive: float, significant: float) -> str | None:
    """Check the share of positive, and of positive significant specifications."""
    rows = curve().specifications
    right = ((rows["r"] > 0).mean(), ((rows["r"] > 0) & (rows["p"] < 0.05)).mean())
    messages = ("The share of positive ones is off.", "Positive and p < 0.05, of all specifications.")
    return near_all((positive, significant), right, messages, tolerance=2e-3)


def driver(answer: str) -> str | None:
    """Check which choice moves the median correlation most."""
    rows = curve().specifications
    names = (
        "outcome",
        "normalisation",
        "merged",
        "complete_only",
        "converter",
        "lag",
        "dates",
        "first",
        "source",
        "change",
        "scale",
    )
    spread = {name: float(_range(rows.groupby(name, observed=True)["r"].median())) for name in names}
    if answer not in spread:
        return f"Name one of {', '.join(spread)}."
    most = max(spread, key=lambda name: spread[name])
    return None if answer == most else f"Its values' medians differ by {spread[answer]:.2f}; another choice's by more."


def _range(medians: "pd.Series[float]") -> float:
    return float(medians.max() - medians.min())


def null(answer: float) -> str | None:
    """Check the joint p-value of the median correlation."""
    p = curve().summary["p"].xs(("all", "median_r"), level=("part", "statistic"))
    messages = {
        float(
            p["first_fixed"]
        ): "That is the null in which the first release keeps its size; all sizes were to be exchanged."
    }
    return near(answer, float(p["exchanged"]), messages, tolerance=1e-3)


EXERCISES = {
    "my choices": choices,
    "my releases": releases,
    "my correlation": correlation,
    "my place": place,
    "shares": shares,
    "what drives it": driver,
    "against chance": null,
}
