"""Exercises of the lab "How sure are we?": shares, finite populations, labels read with error."""

from collections.abc import Callable
from math import sqrt

import pandas as pd

from analysis.dataset import Study
from methods.intervals import stratified_share, wilson, wilson_finite
from teaching.checks import near, near_all

_Z = 1.959964


def _node_conversion() -> pd.DataFrame:
    """Failures in node conversion by converter: columns sum and size."""
    failures = Study().failures
    hits = failures["location"] == "node_conversion"
    return hits.groupby(failures["converter"], observed=True).agg(["sum", "size"])


def prediction(share: float, margin: float) -> str | None:
    """Take any prediction, as long as it is one."""
    if not 0 < float(share) < 1:
        return "Predict a share between 0 and 1: what part of the failures do you expect in node conversion?"
    if not 0 < float(margin) < 0.5:
        return "Predict a margin between 0 and 0.5: how far could 200 issues be off?"
    return None


def share(answer: float) -> str | None:
    """Check the share of failures in node conversion."""
    counts = _node_conversion()
    own = (counts["sum"] / counts["size"]).to_dict()
    wrong = {float(value): f"That is {name} alone; take both converters." for name, value in own.items()}
    wrong[float(counts["sum"].sum())] = "That is the count; divide it by the number of failures."
    return near(answer, counts["sum"].sum() / counts["size"].sum(), wrong, tolerance=1e-3)


def textbook_interval(interval: tuple[float, float]) -> str | None:
    """Check p ± 1.96·√(p(1-p)/n)."""
    p, n = 148 / 200, 200
    reach = _Z * sqrt(p * (1 - p) / n)
    low, high = interval
    if float(low) > float(high):
        return "The lower end comes first."
    if abs((float(high) - float(low)) / 2 - reach / _Z) < 1e-3:
        return "That is one standard error each way; a 95 % interval takes 1.96 of them."
    return near_all(
        (low, high), (p - reach, p + reach), ["The lower end is off.", "The upper end is off."], tolerance=1e-3
    )


def nobody_hung(textbook: tuple[float, float], score: tuple[float, float]) -> str | None:
    """Check both intervals for 0 of 200."""
    if any(abs(float(end)) > 1e-9 for end in textbook):
        return "For 0 of 200 the textbook formula gives 0 ± 0: put p = 0 into it."
    return near_all(
        score,
        wilson(0, 200)[1:],
        ["Wilson's interval starts at 0.", "Use wilson(0, 200) and take its last two values."],
        tolerance=1e-3,
    )


def finite(interval: tuple[float, float]) -> str | None:
    """Check torch.onnx's share for its own population."""
    study = Study()
    own = study.failures[study.failures["converter"] == "torch.onnx"]
    count = int((own["location"] == "node_conversion").sum())
    right, infinite = wilson_finite(count, len(own), 327), wilson(count, len(own))
    if abs(float(interval[1]) - infinite.high) < 1e-3:
        return "That takes the population for infinite; 100 of its 327 issues were looked at."
    return near_all(interval, right[1:], ["The lower end is off.", "The upper end is off."], tolerance=1e-3)


def weighted(answer: float) -> str | None:
    """Check the share with each converter weighted by its population."""
    counts = _node_conversion()
    populations = Study().samples.set_index("converter")["population"].reindex(counts.index)
    right = stratified_share(counts["sum"], counts["size"], populations).share
    return near(
        answer,
        right,
        {0.74: "That counts all issues alike; 327 and 242 issues stand behind the two hundreds."},
        tolerance=1e-3,
    )


def corrected(function: Callable[[float, float, float], float]) -> str | None:
    """Check (p + specificity - 1) / (sensitivity + specificity - 1), after Rogan & Gladen (1978), Am. J. Epidemiol. 107:71-76."""
    cases = [(0.74, 0.9, 0.95), (0.33, 0.95, 0.9), (0.5, 0.8, 0.8), (0.2, 1.0, 0.9), (0.2, 0.9, 1.0)]
    for p, sensitivity, specificity in cases:
        right = (p + specificity - 1) / (sensitivity + specificity - 1)
        value = float(function(p, sensitivity, specificity))
        if abs(value - right) > 1e-6:
            back = value * sensitivity + (1 - value) * (1 - specificity)
            return (
                f"corrected({p}, {sensitivity}, {specificity}) is {value:.3f}. With a true share of {value:.3f} one would observe "
                f"{value:.3f}·{sensitivity} + {1 - value:.3f}·{1 - specificity:.2f} = {back:.3f}, but {p} was observed: solve that "
                "equation for the true share."
            )
    return None


def tipping(answer: float) -> str | None:
    """Check the false-positive rate at which the corrected 74 % is two thirds, sensitivity being perfect."""
    # (0.74 - f) / (1 - f) = 2/3
    right = 3 * (148 / 200) - 2
    return near(answer, right, {1 - right: "That is the specificity; its complement is asked for."}, tolerance=2e-3)


EXERCISES = {
    "prediction": prediction,
    "share": share,
    "textbook interval": textbook_interval,
    "nobody hung": nobody_hung,
    "finite population": finite,
    "weighted share": weighted,
    "corrected share": corrected,
    "tipping point": tipping,
}
