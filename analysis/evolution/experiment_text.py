"""Sentences on RQ3's experiment, from its numbers."""

from collections.abc import Sequence

import pandas as pd

from analysis.evolution.experiment import CONVERTED, EXPRESSIBLE_SHARE, RIGHT, Experiment, largest_steps
from analysis.evolution.versions import Versions
from analysis.report.tables import estimate, p_value, points, share_text
from datapackage.tables import records
from methods.correlation import spearman


def experiment_numbers(experiments: Sequence[Experiment], versions: Sequence[Versions]) -> dict[str, str]:
    """Return the numbers and sentences of the section; empty ones where no campaign over operator sets, or versions, is at hand."""
    names = [found.converter.replace(".", "-") for found in experiments]
    told = [f"{found.converter}: {_models(found)} models, {_reach(found)}" for found in experiments]
    return {
        "experiments": "; ".join(told),
        "experiment-names": " ".join(names),
        "versions": " ".join(versions_sentence(found) for found in versions),
        "expressible": f"{100 * EXPRESSIBLE_SHARE:.0f} %",
        **{f"experiment-{name}": sentence(found) for name, found in zip(names, experiments, strict=True)},
        **{f"experiment-short-{name}": short(found) for name, found in zip(names, experiments, strict=True)},
    }


def sentence(found: Experiment) -> str:
    """Return what one exporter's experiment shows."""
    return f"{found.converter}. {_converting(found)} {_right(found)}{_size(found)}"


def short(found: Experiment) -> str:
    """Return the same in a few words, for the table of findings."""
    if RIGHT not in found.tests:
        return f"{found.converter}: too few models convert to compare operator sets"
    rows = sorted(records(found.shares[found.shares["question"] == RIGHT]), key=lambda row: row["condition"])
    test, first, last = found.tests[RIGHT], rows[0], rows[-1]
    told = f"{found.converter}: outputs of the same {first['n']} models are right for {_share(first)}"
    if not test.varying:
        return f"{told}, the same ones under each of the operator sets {first['condition']} to {last['condition']}"
    return (
        f"{told} under operator set {first['condition']} and {_share(last)} under {last['condition']} "
        f"(Cochran's Q over all sets, p = {p_value(test.p)})"
    )


def _converting(found: Experiment) -> str:
    rows = records(found.shares[found.shares["question"] == CONVERTED])
    first, last, test = rows[0], rows[-1], found.tests[CONVERTED]
    steps = [_step(row) for row in largest_steps(found, CONVERTED)[:3]]
    return (
        f"{_share(first)} of the models convert to operator set {first['condition']}, {_share(last)} to {last['condition']} "
        f"(Cochran's Q = {test.statistic:.0f}, {test.df} degrees of freedom, p = {p_value(test.p)}); "
        + (f"the largest steps are {', '.join(steps)}. " if steps else "no step is significant. ")
        + (_odds(found.model) if found.model is not None else _thresholds(found.first))
    )


def _odds(model: pd.DataFrame) -> str:
    odds = {row["covariate"]: estimate(row["odds_ratio"], row["low"], row["high"]) for row in records(model)}
    return f"A set more multiplies a model's odds of converting by {odds['opset']}, ten nodes more by {odds['nodes']}."


def _thresholds(first: pd.DataFrame) -> str:
    converts = first[first["first"].notna()]
    once, never, n = int(converts["once"].sum()), int(first["first"].isna().sum()), len(first)
    told = f"{once} of {n} models convert from one set on and to none before"
    if never:
        told += f", {never} to none"
    if converts["first"].nunique() < 2 or converts["nodes"].nunique() < 2:
        return f"{told}."
    size = spearman(converts["nodes"].to_numpy(float), converts["first"].to_numpy(float))
    rho = estimate(size.rho, size.low, size.high)
    return f"{told}; that set correlates with the model's size by ρ = {rho} (p = {p_value(size.p)})."


def _right(found: Experiment) -> str:
    if RIGHT not in found.tests:
        return "No operator set can express so many models that outputs could be compared."
    test, steps = found.tests[RIGHT], [_step(row) for row in largest_steps(found, RIGHT)]
    rows = records(found.shares[found.shares["question"] == RIGHT])
    sets = f"{rows[0]['condition']} to {rows[-1]['condition']}"
    compared = f"Of {rows[0]['n']} models that convert to each of the sets {sets}, outputs are right for"
    if not test.varying:
        return f"{compared} {_share(rows[0])}, the same models under every set."
    least, *_, most = sorted(rows, key=lambda row: row["share"])
    return (
        f"{compared} {_share(least)} (set {least['condition']}) to {_share(most)} (set {most['condition']}); {test.varying} models "
        f"are right under some sets and wrong under others (Q = {test.statistic:.1f}, p = {p_value(test.p)}), and "
        + (f"the significant steps are {', '.join(steps)}." if steps else "no step is significant.")
    )


def _size(found: Experiment) -> str:
    if found.size is None:
        return ""
    rho = estimate(found.size.rho, found.size.low, found.size.high)
    return (
        f" Over the {found.size.n} steps the change in the share that converts correlates with the number of operators that the "
        f"set changes by ρ = {rho} (p = {p_value(found.size.p)})."
    )


def _models(found: Experiment) -> int:
    return int(found.shares.loc[found.shares["question"] == CONVERTED, "n"].max())


def _reach(found: Experiment) -> str:
    return f"operator sets {found.shares['condition'].min()} to {found.shares['condition'].max()}"


def _share(row: dict[str, float]) -> str:
    return share_text(row["share"], row["low"], row["high"])


def _step(row: dict[str, object]) -> str:
    moved = points(float(str(row["difference"])), float(str(row["low"])), float(str(row["high"])))
    return f"{row['before']} to {row['after']} ({moved}, p = {p_value(float(str(row['p_holm'])))})"


def versions_sentence(found: Versions) -> str:
    """Return what an exporter's versions make of the same models."""
    told = [_over_versions(found, CONVERTED, "convert"), _over_versions(found, RIGHT, "have right outputs")]
    failures = [
        f"{row['count']} with {row['version']} ({str(row['error_class']).replace('_', ' ')})"
        for row in records(found.failures)
    ]
    told += [f"the failures to convert: {', '.join(failures)}"] if failures else []
    return f"{found.converter}, versions {', '.join(found.versions)}: {'; '.join(text for text in told if text)}."


def _over_versions(found: Versions, question: str, words: str) -> str:
    rows = records(found.shares[found.shares["question"] == question])
    if not rows or question not in found.tests:
        return ""
    test, own = found.tests[question], found.steps[found.steps["question"] == question]
    told = ", ".join(_share(row) for row in rows)
    if not test.varying:
        return f"of {rows[0]['n']} models {told} {words}, the same ones with every version"
    mended, broken = int(own["gained"].sum()), int(own["lost"].sum())
    return (
        f"of {rows[0]['n']} models {told} {words} (Cochran's Q, p = {p_value(test.p)}): from one version to the next {mended} were "
        f"mended and {broken} broken"
    )
