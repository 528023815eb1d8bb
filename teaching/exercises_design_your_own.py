"""Exercises of the lab "Design your own": how many issues, releases and raters a study of a converter needs."""

from collections.abc import Callable
from math import ceil

import numpy as np

from analysis.survey.sampling import sample_size
from methods.agreement import agreement
from methods.correlation import detectable_rho
from methods.intervals import wilson_finite
from teaching.checks import near


def issues(function: Callable[[float, int], int]) -> str | None:
    """Check the sample size for a margin of error in a population (Cochran 1977, §4.4)."""
    for margin, population in ((0.05, 1000), (0.1, 242), (0.1, 327), (0.03, 100_000)):
        right = sample_size(0.95, margin, population)
        value = int(function(margin, population))
        infinite = ceil(0.25 * (1.959964 / margin) ** 2)
        if value == infinite and value != right:
            return f"needed({margin}, {population}) is {value}, as for an infinite population: n = n0 / (1 + (n0 - 1) / N)."
        if abs(value - right) > 1:
            return f"needed({margin}, {population}) is {value}; about {right} are needed."
    return None


def my_margin(population: int, n: int, answer: tuple[float, float]) -> str | None:
    """Check the interval that n issues of a population give for a share of 75 %."""
    share = wilson_finite(round(0.75 * n), n, population)
    if n > population:
        return "The sample is larger than the population."
    low, high = answer
    return near(low, share.low) or near(high, share.high)


def releases(answer: float) -> str | None:
    """Check the smallest true correlation that eleven releases detect with 80 % power."""
    return near(
        answer,
        detectable_rho(11),
        {0.618: "That makes one sample significant; a true ρ of that size is found half of the time."},
        tolerance=0.02,
    )


def twice(answer: float) -> str | None:
    """Check how the detectable correlation falls when the number of releases grows from 6 to 12."""
    return near(answer, detectable_rho(6) - detectable_rho(12), tolerance=0.02)


def raters(function: Callable[[int], float]) -> str | None:
    """Check the width of κ's interval as a function of the number of issues that two raters label."""
    widths = {n: float(function(n)) for n in (25, 100)}
    for n, width in widths.items():
        expected = simulated_width(n)
        if not 0.5 * expected < width < 1.7 * expected:
            return f"With {n} issues your interval is {width:.2f} wide; simulated raters give about {expected:.2f}."
    if not widths[25] > 1.4 * widths[100]:
        return "Four times as many issues should about halve the interval."
    return None


def budget(n_issues: int, double: int, hours: float) -> str | None:
    """Check a plan: 15 minutes per issue and rater, 20 minutes per disagreement, 40 hours, three tenths of the labels disputed."""
    if double > n_issues:
        return "No more issues can be labelled twice than there are."
    cost = (n_issues + double) * 0.25 + 0.3 * double / 3
    message = near(hours, cost, tolerance=0.26)
    if message:
        return f"{n_issues} issues, {double} of them twice, cost about {cost:.1f} hours, not {float(hours):.1f}."
    if cost > 40:
        return f"The plan costs {cost:.0f} hours; 40 are there."
    if n_issues < 80:
        return "With fewer than 80 issues a share of one half has a margin of more than 11 points: can you afford more?"
    if simulated_width(max(double, 2)) > 0.45:
        wide = simulated_width(max(double, 2))
        return f"With {double} issues labelled twice κ's interval is {wide:.2f} wide; spend some hours there."
    return None


def simulated_width(n: int, *, alike: float = 0.85, codes: int = 4, seed: int = 20240916) -> float:
    """Return the mean width of κ's 95 % interval for raters who agree on `alike` of n issues; four codes, one common."""
    generator = np.random.default_rng(seed)
    weights = np.array([0.55, 0.25, 0.15, 0.05])[:codes]
    widths = []
    for _ in range(20):
        first = generator.choice(codes, n, p=weights / weights.sum())
        second = np.where(generator.random(n) < alike, first, generator.choice(codes, n))
        row = agreement(list(first.astype(str)), list(second.astype(str))).loc["kappa"]
        widths.append(row["high"] - row["low"])
    return float(np.nanmean(widths))


EXERCISES = {
    "how many issues": issues,
    "my margin": my_margin,
    "how many releases": releases,
    "twice as many": twice,
    "how many labelled twice": raters,
    "my plan": budget,
}
