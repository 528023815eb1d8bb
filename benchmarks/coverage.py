"""Whether the report's intervals hold what they promise: coverage and width by simulation with known truth, at the study's sizes.

``python -m benchmarks.coverage``; prints a table (Markdown) and exits with 3 where an interval covers less than 93 %, or a test
of a true null hypothesis rejects more often than 7 % of the time. Bounds leave room for the simulation's own error.
"""

import argparse
from collections.abc import Callable, Iterator
from functools import partial
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy import stats

from analysis.evolution.rates import rate_models
from methods.agreement import coefficients, jackknife_interval
from methods.association import cramers_v
from methods.correlation import bonett_wright, bootstrap_interval, permutation_p, rank_correlations
from methods.intervals import stratified_share, wilson, wilson_finite
from methods.misclassification import Prior, Stratum, corrected_share
from methods.pooling import LARGEST, simultaneous_differences
from methods.prediction_powered import Audit, prediction_powered_share

RUNS = 2_000
SLOW = 10  # times fewer runs where one takes milliseconds
LEAST, MOST = 0.93, 0.07
Interval = tuple[float, float]
# shares of six codes, as the converters' stages have them
ALIKE = (0.06, 0.76, 0.07, 0.03, 0.03, 0.05)
APART = (0.05, 0.68, 0.15, 0.02, 0.02, 0.08)
FAR = (0.05, 0.51, 0.32, 0.02, 0.02, 0.08)
# shown to tell what not to rely on: a bootstrap of so few, and a prior that is wrong
WARNED = ("Spearman's ρ, percentile bootstrap", "share corrected for labels' error")


class Case(NamedTuple):
    """A method at the size and the truth of the study; `draw` simulates one data set and returns the truth and the interval."""

    method: str
    setting: str
    draw: Callable[[np.random.Generator], tuple[float, Interval]]
    slow: bool = False


def cases() -> Iterator[Case]:
    """Yield every interval that the report prints, at the study's sizes."""
    for n, p in ((200, 0.74), (100, 0.15), (53, 0.36), (39, 0.9)):
        yield Case("Wilson", f"n = {n}, share {p}", partial(_wilson, n=n, p=p))
    for size, p in ((327, 0.78), (242, 0.15)):
        yield Case("Wilson, finite population", f"100 of {size}, share {p}", partial(_finite, size=size, p=p))
    yield Case("weighted share", "100 of 327 and 100 of 242, shares 0.78 and 0.70", _weighted)
    yield Case("post-stratified share", "36 of 39 and 16 of 51, shares 0.67 and 0.56", _post_stratified)
    for n, agree in ((60, 0.8), (22, 0.75)):
        yield Case("Cohen's κ, jackknife", f"n = {n}, 8 codes, agreement {agree}", partial(_kappa, n=n, agree=agree))
    for rho in (0.0, 0.36, 0.6):
        yield Case("Spearman's ρ, Bonett and Wright", f"n = 11, ρ = {rho}", partial(_rho, rho=rho))
    yield Case("Spearman's ρ, percentile bootstrap", "n = 11, ρ = 0.36", partial(_rho_bootstrap, rho=0.36), slow=True)
    yield Case("rate ratio, quasi-Poisson", "11 releases, dispersion 3, ratio 1.2", _rate, slow=True)
    yield Case("Cramér's V", "2 × 6, n = 200", _cramer)
    yield Case("share corrected for labels' error", "right prior", lambda g: _corrected(g, 0.93, 0.93), slow=True)
    yield Case(
        "share corrected for labels' error",
        "wrong prior: readings worse than believed",
        lambda g: _corrected(g, 0.8, 0.8),
        slow=True,
    )
    for name, second in (("alike", ALIKE), ("up to 8 points apart", APART), ("up to 25 points apart", FAR)):
        setting = f"100 and 100, 6 codes, {name}"
        yield Case("difference of the most different code", setting, partial(_picked, second=second))
        yield Case("largest difference of all codes", setting, partial(_largest, second=second))
    for share in (0.05, 0.3, 0.75):
        for accuracy in (0.0, 0.5, 0.8, 0.95, 1.0):
            setting = f"100 of 569, share {share}, machine right in {100 * accuracy:.0f} %, by chance elsewhere"
            yield Case("prediction-powered share", setting, partial(powered_case, accuracy=accuracy, share=share))


def main() -> int:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.coverage", description=__doc__)
    parser.add_argument("--runs", type=int, default=RUNS, help=f"simulated data sets of a case (default: {RUNS})")
    runs = parser.parse_args().runs
    rows: list[tuple[object, ...]] = []
    missed = False
    for number, case in enumerate(cases()):
        held, widths = simulate(case, max(1, runs // SLOW if case.slow else runs), np.random.default_rng(number))
        error = float(np.sqrt(held.mean() * (1 - held.mean()) / len(held)))
        missed |= held.mean() + 2 * error < LEAST and case.method not in WARNED
        rows.append(
            (
                case.method,
                case.setting,
                f"{100 * held.mean():.1f} ± {100 * error:.1f}",
                f"{widths.mean():.3f}",
                len(held),
            )
        )
    rejected = false_positives(max(1, runs), np.random.default_rng(99))
    rows.append(("permutation test of ρ", "n = 11, ρ = 0: share of p < 0.05", f"{100 * rejected:.1f}", "–", runs))
    trended = false_positives(max(1, runs), np.random.default_rng(98), serial=0.5)
    setting = "n = 11, ρ = 0, serial correlation 0.5 in both: share of p < 0.05"
    rows.append(("permutation test of ρ", setting, f"{100 * trended:.1f}", "–", runs))
    print(markdown(rows))  # noqa: T201
    return 3 if missed or rejected > MOST else 0


def simulate(case: Case, runs: int, generator: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Return, for each simulated data set, whether the interval held the truth, and its width."""
    held, widths = np.zeros(runs, dtype=bool), np.zeros(runs)
    for run in range(runs):
        truth, (low, high) = case.draw(generator)
        held[run], widths[run] = low - 1e-9 <= truth <= high + 1e-9, high - low
    return held, widths


def false_positives(runs: int, generator: np.random.Generator, serial: float = 0.0) -> float:
    """Share of samples without association that the permutation test calls significant, each variable with serial correlation."""
    rejected = 0
    for _ in range(runs):
        values = generator.standard_normal((2, 11))
        for step in range(1, values.shape[1]):
            values[:, step] = serial * values[:, step - 1] + np.sqrt(1 - serial**2) * values[:, step]
        rejected += permutation_p(*values)[0] < 0.05
    return rejected / runs


def markdown(rows: list[tuple[object, ...]]) -> str:
    """Return the table."""
    head = ["| method | setting | coverage, % | mean width | runs |", "| --- | --- | ---: | ---: | ---: |"]
    return "\n".join([*head, *("| " + " | ".join(map(str, row)) + " |" for row in rows)])


def _wilson(generator: np.random.Generator, n: int, p: float) -> tuple[float, Interval]:
    return p, wilson(int(generator.binomial(n, p)), n)[1:]


def _finite(generator: np.random.Generator, size: int, p: float) -> tuple[float, Interval]:
    true = round(size * p)
    seen = int(generator.hypergeometric(true, size - true, 100))
    return true / size, wilson_finite(seen, 100, size)[1:]


def _strata(generator: np.random.Generator, strata: tuple[tuple[int, int, float], ...]) -> tuple[float, Interval]:
    true = [round(size * p) for size, _, p in strata]
    seen = [int(generator.hypergeometric(t, size - t, n)) for t, (size, n, _) in zip(true, strata, strict=True)]
    sizes = [size for size, _, _ in strata]
    return sum(true) / sum(sizes), stratified_share(seen, [n for _, n, _ in strata], sizes)[1:]


def _weighted(generator: np.random.Generator) -> tuple[float, Interval]:
    return _strata(generator, ((327, 100, 0.78), (242, 100, 0.70)))


def _post_stratified(generator: np.random.Generator) -> tuple[float, Interval]:
    return _strata(generator, ((39, 36, 0.67), (51, 16, 0.56)))


def _kappa(generator: np.random.Generator, n: int, agree: float) -> tuple[float, Interval]:
    codes = np.array([0.35, 0.25, 0.12, 0.1, 0.08, 0.06, 0.03, 0.01])
    joint = (1 - agree) * np.outer(codes, codes) + agree * np.diag(codes)
    truth = float(coefficients(joint[None] * 1e9)["kappa"][0])
    table = generator.multinomial(n, joint.ravel()).reshape(joint.shape)
    return truth, jackknife_interval(table, "kappa")


def _normal_pair(generator: np.random.Generator, rho: float, n: int = 11) -> np.ndarray:
    pearson = 2 * np.sin(np.pi * rho / 6)
    x, noise = generator.standard_normal((2, n))
    return np.array([x, pearson * x + np.sqrt(1 - pearson**2) * noise])


def _rho(generator: np.random.Generator, rho: float) -> tuple[float, Interval]:
    x, y = _normal_pair(generator, rho)
    return rho, bonett_wright(float(rank_correlations(x[None], y[None])[0]), len(x))


def _rho_bootstrap(generator: np.random.Generator, rho: float) -> tuple[float, Interval]:
    return rho, bootstrap_interval(*_normal_pair(generator, rho), draws=1_000)


def _rate(generator: np.random.Generator) -> tuple[float, Interval]:
    size = np.array([24, 26, 7, 27, 19, 52, 12, 67, 12, 6, 9])
    days = np.array([130, 240, 90, 200, 180, 150, 260, 220, 210, 170, 160])
    mean = 0.06 * days * 1.2 ** np.log2(size / 15)
    counts = generator.negative_binomial(mean / 2, 1 / 3)  # variance three times the mean
    frame = pd.DataFrame(
        {"label": range(11), "size": size, "days": days, "all": counts, "used": True, "complete": True}
    )
    frame["released"] = pd.Timestamp("2018-01-01") + pd.to_timedelta(np.cumsum(days), unit="D")
    row = rate_models(frame).loc["quasi-Poisson"]
    low, high = row[["low", "high"]].to_numpy(dtype=float)
    return 1.2, (float(low), float(high))


def _cramer(generator: np.random.Generator) -> tuple[float, Interval]:
    shares = np.array([[0.06, 0.74, 0.08, 0.02, 0.02, 0.08], [0.05, 0.60, 0.20, 0.02, 0.03, 0.10]])
    counts = np.array([generator.multinomial(100, row) for row in shares])
    chi = stats.chi2_contingency(shares * 1e6, correction=False).statistic
    _, low, high = cramers_v(counts[:, counts.sum(axis=0) > 0])
    return float(np.sqrt(chi / (2e6))), (low, high)


def _corrected(generator: np.random.Generator, sensitivity: float, specificity: float) -> tuple[float, Interval]:
    truth = generator.random(569) < 0.75
    patterns: dict[tuple[int, int], int] = {}
    for case, true in enumerate(truth[:200]):
        n = 3 if case < 22 else 1
        key = int(generator.binomial(n, sensitivity if true else 1 - specificity)), n
        patterns[key] = patterns.get(key, 0) + 1
    result = corrected_share([Stratum(patterns, 569)], [Prior((18, 2), (18, 2))], draws=1_000)[0]
    return float(truth.mean()), (result.low, result.high)


def _drawn(generator: np.random.Generator, second: tuple[float, ...]) -> tuple[np.ndarray, pd.DataFrame]:
    shares = np.array([ALIKE, second])
    counts = [pd.Series(generator.multinomial(100, row)) for row in shares]
    return shares[0] - shares[1], simultaneous_differences(*counts)


def _picked(generator: np.random.Generator, second: tuple[float, ...]) -> tuple[float, Interval]:
    truth, frame = _drawn(generator, second)
    code = int(frame.drop(index=LARGEST)["difference"].abs().to_numpy().argmax())
    return float(truth[code]), _ends(frame, code)


def _largest(generator: np.random.Generator, second: tuple[float, ...]) -> tuple[float, Interval]:
    truth, frame = _drawn(generator, second)
    return float(np.abs(truth).max()), _ends(frame, LARGEST)


def _ends(frame: pd.DataFrame, code: int | str) -> Interval:
    low, high = frame.loc[code, ["low", "high"]].to_numpy(dtype=float)
    return float(low), float(high)


def powered_case(
    generator: np.random.Generator, *, accuracy: float, share: float, n: int = 100, population: int = 569
) -> tuple[float, Interval]:
    """Label a made-up population by a machine and `n` of it by people; return its true share and the interval.

    Parameters
    ----------
    generator : Generator
        Draws the population, the machine's labels and the sample.
    accuracy : float
        Part of the cases that the machine knows; of the others it gives the code at random, as often as it occurs.
    share : float
        Of the code in the population.
    n, population : int
        Cases that people label, and all cases.
    """
    truth = generator.permutation(np.arange(population) < round(share * population))
    guessed = generator.random(population) < share
    said = np.where(generator.random(population) < accuracy, truth, guessed)
    y, f, rest = truth[:n], said[:n], said[n:]
    both, people, machine, neither = (int(np.sum(one & other)) for one, other in ((y, f), (y, ~f), (~y, f), (~y, ~f)))
    result = prediction_powered_share([Audit(both, people, machine, neither, int(rest.sum()), len(rest), population)])
    return float(truth.mean()), (result.low, result.high)


if __name__ == "__main__":
    raise SystemExit(main())
