"""RQ4's sentences whose wording depends on the numbers."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from analysis.conversions import campaigns, fault, outcomes, size
from analysis.conversions.tables import odds_ratio
from analysis.report.tables import share_text
from datapackage.conversions import (
    AT_FAULT,
    NOISE_MULTIPLE,
    PARTIES,
    REAL_TOLERANCE,
    ROUNDING,
    RUN_FAILURE,
    WRONG,
    WRONG_DTYPE,
)
from datapackage.tables import records
from methods.intervals import wilson

WRONG_MEANS = (
    "Wrong: unlike shape, or beyond the script's tolerance, which is 1e-7 absolute for tf2onnx and 1e-3 relative (plus 1e-7) "
    "for torch.onnx."
)
_READING_NAMES: Mapping[str, str] = {
    "wrong_of_compared": "NaN as a match, as the script has it",
    "wrong_or_nan": "NaN as wrong",
    "wrong_without_nan": "NaN left out",
    "wrong_at_1e-3": "NaN left out, 1e-3 absolute",
}


def slug(converter: str) -> str:
    """Return a converter's name as part of a number's name."""
    return {"torch.onnx": "torch", "tf2onnx": "tf"}.get(converter, converter.replace(".", "-"))


def phrases(frame: pd.DataFrame, criteria: pd.DataFrame, trends: pd.DataFrame) -> dict[str, str]:
    """Return odds ratios, and the conclusions that follow from them or from Finding 8 under one criterion.

    Parameters
    ----------
    frame : DataFrame
        See `analysis.dataset.load_conversions`.
    criteria, trends : DataFrame
        See `analysis.conversions.tolerance.one_criterion` and `analysis.conversions.size.size_trends`.
    """
    texts = {"direction": direction(criteria), "wrong-means": WRONG_MEANS}
    for row in records(trends):
        texts[f"or-{row['measure'].replace('_', '-')}-{slug(row['converter'])}"] = odds_ratio(row)
    for converter in trends["converter"].unique():
        texts[f"wrong-by-size-{slug(converter)}"] = wrong_by_size(trends, converter)
    compared, wrong = outcomes.compared(frame), frame["outcome"].isin(WRONG)
    for converter, models in frame.groupby("converter", observed=True):
        known = int(wrong[models.index].sum()) / max(1, int(compared[models.index].sum()))
        texts[f"{slug(str(converter))}-wrong-share"] = f"{100 * known:.0f} %"
    return texts


def direction(criteria: pd.DataFrame) -> str:
    """Say for whom the recorded differences keep Finding 8's direction, under the real models' criterion."""
    compared = criteria[criteria["basis"] == "compared"].set_index(["population", "converter"])
    synthetic, real = compared.loc["synthetic"], compared.loc["real"]
    keeping = [str(name) for name in synthetic.index if synthetic.loc[name, "low"] > real.loc[name, "high"]]
    if len(keeping) == len(synthetic):
        return "the recorded differences keep the direction"
    only = f"only with {', '.join(keeping)}" if keeping else "with no converter"
    return f"the recorded differences keep the direction {only}"


def wrong_by_size(trends: pd.DataFrame, converter: str) -> str:
    """Say what size does to the wrong outputs of a converter's compared models, for every reading of NaN."""
    rows = trends[(trends["converter"] == converter) & trends["p"].notna()].set_index("measure", drop=False)
    readings = rows[rows["measure"].isin(size.READINGS)].sort_values("odds_ratio")
    if readings.empty:
        return "no trend can be fitted"
    least, most = records(readings.iloc[[0, -1]])
    if len(readings) == 1:
        return f"{_tendency(least)} ({odds_ratio(least)})"
    verdicts = list(dict.fromkeys(_tendency(row) for row in records(readings)))
    nan = rows["events"].astype(int)["wrong_or_nan"] - rows["events"].astype(int)["wrong_of_compared"]
    if len(verdicts) == 1:
        start = f"however {nan} models with NaN are read, {verdicts[0]}"
    else:
        start = f"the answer depends on how {nan} models with NaN are read"
    return f"{start}: from {_reading(least)} to {_reading(most)}"


def known_shares(thresholds: pd.DataFrame) -> list[dict[str, object]]:
    """Return each converter's known share of mismatches at three thresholds, in percent, and how many are not known."""
    parts: list[dict[str, object]] = []
    for converter, rows in thresholds.groupby("converter", sort=False):
        known = ((rows["exceeding"] + rows["wrong_shape"]) / rows["compared"]).set_axis(rows["threshold"])
        shares = [(f"{threshold:g}", f"{100 * known[threshold]:.0f}") for threshold in (1e-7, REAL_TOLERANCE, 1.0)]
        unknown = int((rows["unknown_mismatch"] + rows["unknown_match"]).iloc[0])
        parts.append({"converter": converter, "shares": shares, "unknown": unknown})
    return parts


def failures_at_ends(shares: pd.DataFrame) -> list[dict[str, object]]:
    """Return each converter's share of failures, in percent, among its smallest and its largest models."""
    failed = shares[shares["measure"] == "failed"].sort_values("nodes")
    return [
        {
            "converter": name,
            "first": f"{100 * part['share'].iloc[0]:.0f}",
            "least": part["nodes"].iloc[0],
            "last": f"{100 * part['share'].iloc[-1]:.0f}",
            "most": part["nodes"].iloc[-1],
        }
        for name, part in failed.groupby("converter", sort=False)
    ]


def _tendency(row: Mapping[str, Any]) -> str:
    if row["low"] > 1:
        return "larger models are wrong more often"
    return "larger models are wrong less often" if row["high"] < 1 else "no trend is shown"


def _reading(row: Mapping[str, Any]) -> str:
    return f"{odds_ratio(row)} ({_READING_NAMES[row['measure']]})"


def fault_numbers(
    blamed: pd.DataFrame, by_criteria: pd.DataFrame, found: pd.DataFrame, alarms: pd.DataFrame
) -> dict[str, str]:
    """Return the numbers of the section on who is at fault; see `analysis.conversions.fault` for the frames."""
    counts = blamed.groupby("party")["count"].sum()
    judged = int(counts.sum())
    wrong = int(counts.reindex(list(AT_FAULT)).sum())
    accused, reordered = int(alarms["accused"].sum()), int(alarms["n"].sum())
    numbers = {f"party-{party.replace('_', '-')}": f"{int(counts.get(party, 0)):,}" for party in PARTIES}
    numbers |= {
        "judged": f"{judged:,}",
        "at-fault": f"{wrong:,}",
        "at-fault-share": share_text(*wilson(wrong, judged)),
        "multiple": f"{NOISE_MULTIPLE:.0f}",
        "alarms": str(accused),
        "reorderings": str(reordered),
        "planted": f"{int(found['n'].iloc[0]):,}",
    }
    if reordered:
        numbers["alarms-most"] = f"{100 * wilson(accused, reordered)[2]:.1f} %"
    right = found[found["made_by"] == found["named"]]
    numbers["planted-right"] = f"{100 * right['share'].min():.0f} to {100 * right['share'].max():.0f} %"
    for criterion in fault.STUDY_CRITERIA:
        for row in records(fault.rounding_among(by_criteria, criterion)):
            name = f"{criterion.replace('_', '-')}-{str(row['converter']).replace('.', '-')}"
            numbers |= {f"{name}-mismatches": str(row["mismatches"]), f"{name}-rounding": str(row["rounding"])}
        pooled = by_criteria[by_criteria["criterion"] == criterion]
        mismatches = int(pooled["mismatches"].sum())
        rounding = int(pooled.loc[pooled["party"] == ROUNDING, "mismatches"].sum())
        name = criterion.replace("_", "-")
        numbers |= {f"{name}-mismatches": f"{mismatches:,}", f"{name}-rounding": f"{rounding:,}"}
        numbers[f"{name}-rounding-share"] = share_text(*wilson(rounding, mismatches)) if mismatches else "–"
    return numbers


def campaign_numbers(now: pd.DataFrame, tests: pd.DataFrame) -> dict[str, str]:
    """Return the numbers of the section on today's converters.

    Parameters
    ----------
    now : DataFrame
        See `analysis.conversions.campaigns.then_and_now`.
    tests : DataFrame
        The onnx package's node tests.
    """
    today = now[now["campaign"] != campaigns.THEN]
    wrong = today[today["outcome"].isin([*WRONG, WRONG_DTYPE])]
    found = campaigns.node_tests(tests)
    return {
        "now-tasks": f"{int(today['count'].sum()):,}",
        "now-wrong": f"{int(wrong['count'].sum()):,}",
        "now-crashes": f"{int(today.loc[today['outcome'] == RUN_FAILURE, 'count'].sum()):,}",
        "node-tests": f"{found['tests']:,}",
        "node-tests-differ": f"{found.get('onnx_runtime-differs', 0):,}",
        "node-tests-refused": f"{found.get('onnx_runtime-load_failure', 0):,}",
        "node-tests-match": f"{found.get('onnx_runtime-matches', 0):,}",
    }
