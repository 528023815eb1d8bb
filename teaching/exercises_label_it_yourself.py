"""Exercises of the lab "Label it yourself": a class's files, agreement, and what to change in the codebook."""

from collections.abc import Collection
from itertools import combinations

import pandas as pd

from datapackage.codebook import load_codebook
from datapackage.commandline import DATA
from methods.agreement import coefficients, confusion
from teaching.checks import near
from teaching.vignettes import DIMENSIONS, load_vignettes


def labels(frame: pd.DataFrame) -> str | None:
    """Check that every row of every file is there."""
    lacking = [
        column for column in ("vignette", "symptom", "cause", "location", "rater") if column not in frame.columns
    ]
    if lacking:
        return f"The frame lacks {', '.join(lacking)}."
    if frame["rater"].nunique() < 2:
        return "There is one rater; put the files of all students below each other (pd.concat)."
    if frame.duplicated(["rater", "vignette"]).any():
        return "A rater has the same report twice."
    return None


def alike(frame: pd.DataFrame, first: str, second: str, answer: float) -> str | None:
    """Check the share of reports that two raters gave the same symptom."""
    one, other = _pair(frame, first, second, "symptom")
    return near(answer, float((one == other).mean()), tolerance=1e-3)


def chance(frame: pd.DataFrame, first: str, second: str, answer: float) -> str | None:
    """Check the agreement on symptoms that chance alone would give."""
    one, other = _pair(frame, first, second, "symptom")
    shares = pd.DataFrame(
        {"one": one.value_counts(normalize=True), "other": other.value_counts(normalize=True)}
    ).fillna(0)
    right = float((shares["one"] * shares["other"]).sum())
    wrong = {1 / one.nunique(): "Not all codes are equally common: each rater's own shares count."}
    return near(answer, right, wrong, tolerance=1e-3)


def kappa(frame: pd.DataFrame, first: str, second: str, answer: float) -> str | None:
    """Check Cohen's κ of two raters' symptoms."""
    one, other = _pair(frame, first, second, "symptom")
    right = float(coefficients(confusion(list(one), list(other))[None].astype(float))["kappa"][0])
    wrong = {float((one == other).mean()): "That is the agreement itself; take off what chance gives, and scale."}
    return near(answer, right, wrong, tolerance=1e-3)


def least_agreed(frame: pd.DataFrame, answer: str) -> str | None:
    """Check which dimension the pairs of raters agree on least, by the mean of κ."""
    if answer not in DIMENSIONS:
        return f"Name one of {', '.join(DIMENSIONS)}."
    means = {name: _mean_kappa(frame, name) for name in DIMENSIONS}
    right = min(means, key=lambda name: means[name])
    return None if answer == right else f"The mean κ of {answer} is {means[answer]:.2f}; another dimension is below."


def most_confused(frame: pd.DataFrame, answer: Collection[str]) -> str | None:
    """Check the pair of causes that raters confuse most often."""
    counts: dict[frozenset[str], int] = {}
    for first, second in combinations(sorted(frame["rater"].unique()), 2):
        one, other = _pair(frame, first, second, "cause")
        for pair in zip(one[one != other], other[one != other], strict=True):
            counts[frozenset(pair)] = counts.get(frozenset(pair), 0) + 1
    found = counts.get(frozenset(answer), 0)
    most = max(counts.values())
    return None if found == most else f"This pair was confused {found} times; another one {most} times."


def open_reports(answer: Collection[str]) -> str | None:
    """Check which reports the reference itself calls open."""
    right = {vignette.id for vignette in load_vignettes(load_codebook(DATA)) if vignette.also}
    found = set(answer)
    if found == right:
        return None
    return f"{len(found & right)} of the {len(right)} open reports are among them, and {len(found - right)} that are not open."


def _pair(frame: pd.DataFrame, first: str, second: str, dimension: str) -> tuple[pd.Series, pd.Series]:
    wide = frame.pivot(index="vignette", columns="rater", values=dimension)[[first, second]].dropna()
    return wide[first], wide[second]


def _mean_kappa(frame: pd.DataFrame, dimension: str) -> float:
    values = []
    for first, second in combinations(sorted(frame["rater"].unique()), 2):
        one, other = _pair(frame, first, second, dimension)
        values.append(float(coefficients(confusion(list(one), list(other))[None].astype(float))["kappa"][0]))
    return float(pd.Series(values).mean())


EXERCISES = {
    "labels of the class": labels,
    "alike": alike,
    "by chance": chance,
    "kappa": kappa,
    "least agreed": least_agreed,
    "most confused": most_confused,
    "open reports": open_reports,
}
