"""Finding 9's sentences whose wording depends on the numbers."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from analysis.conversions.sequence_figures import main_tests
from analysis.conversions.sequence_odds import FALSE_SHARE, SEQUENCES
from analysis.conversions.sequence_odds import LONGEST as TESTED
from analysis.conversions.sequence_results import SequenceResults
from analysis.conversions.sequence_tables import STUDY, by_studys_criterion, percent
from analysis.conversions.sequences import LONGEST, NAN_LEFT_OUT, SHORTEST
from analysis.dataset import CONVERTERS
from analysis.report.tables import p_value
from datapackage.tables import records

_OFTEN = 0.05


def numbers(results: SequenceResults) -> dict[str, str]:
    """Return the numbers and sentences of the section; without graphs an empty ``sequence-tests``.

    Parameters
    ----------
    results : SequenceResults
        See `analysis.conversions.sequence_results`.
    """
    tests = main_tests(results.nulls)
    study, campaigns = (
        (tests[tests["population"] == STUDY], tests[tests["population"] != STUDY]) if len(tests) else (tests, tests)
    )
    texts = {"sequence-tests": str(len(tests)) if len(study) else ""}
    if study.empty:
        return texts
    return texts | {
        "sequence-shortest": str(SHORTEST),
        "sequence-longest": str(LONGEST),
        "sequence-tested": str(TESTED),
        "sequence-study": " ".join(_study(row) for row in records(study)),
        "sequence-verdict": _verdict(study),
        "sequence-campaigns": " ".join(_campaign(row) for row in records(campaigns)),
        "sequence-held-out": _held_out(results.held_out),
        "sequence-gain": _gain(results.prediction),
        "sequence-with-graphs": "yes" if len(campaigns) else "",
        "sequence-with-odds": "yes" if len(results.odds) else "",
        "sequence-with-counts": "yes" if len(results.counts) else "",
        "sequence-finding": "; ".join(_finding(row) for row in records(study.drop_duplicates("converter"))),
    }


def _study(row: Mapping[str, Any]) -> str:
    nan = ", models with NaN left out" if row["nan"] == NAN_LEFT_OUT else ""
    return (
        f"{row['converter']}, {row['mismatched']} mismatched and {row['models'] - row['mismatched']} correct models{nan}: the "
        f"study counts {row['observed']}, chance {row['null_mean']:.1f} on average (central 95 % of draws: "
        f"{row['null_low']:.0f} to {row['null_high']:.0f}); in {percent(row['p'], row['p_low'], row['p_high'])} % of draws it "
        "gives as many."
    )


def _finding(row: Mapping[str, Any]) -> str:
    return (
        f"{row['converter']}: {row['observed']} of {row['mismatched']} mismatched models have a sequence of their own, by chance "
        f"{row['null_mean']:.0f} [{row['null_low']:.0f}, {row['null_high']:.0f}]"
    )


def _verdict(study: pd.DataFrame) -> str:
    first = records(study.drop_duplicates("converter"))
    sentences = []
    often = [row["converter"] for row in first if row["p"] > _OFTEN]
    seldom = [row["converter"] for row in first if row["p"] <= _OFTEN]
    if often:
        sentences.append(
            f"So the study's count for {', '.join(often)} is what its numbers of models would show if mismatches fell on models "
            "at random: it is no evidence that sequences explain them, and none that they don't."
        )
    if seldom:
        sentences.append(
            f"The count for {', '.join(seldom)} is larger than random mismatches would show: sequences, or what goes with them, "
            "matter."
        )
    missing = [name for name in CONVERTERS if name not in {row["converter"] for row in first}]
    if missing:
        sentences.append(
            f"For {', '.join(missing)} the campaigns have fewer graphs than the study, so that nothing is said yet."
        )
    return " ".join(sentences)


def _campaign(row: Mapping[str, Any]) -> str:
    nan = ", NaN left out" if row["nan"] == NAN_LEFT_OUT else ""
    return (
        f"{row['population']}, {row['converter']}{nan}: {row['observed']} of {row['mismatched']}, chance {row['null_mean']:.1f} "
        f"[{row['null_low']:.0f}, {row['null_high']:.0f}], p = {p_value(row['p'], draws=int(row['draws']))}."
    )


def _held_out(frame: pd.DataFrame) -> str:
    if frame.empty:
        return ""
    suspected, confirmed = int(frame["suspected"].sum()), int(frame["confirmed"].sum())
    halves = f"{len(frame)} halves of {len(frame) // 2} families"
    if suspected == 0:
        return f"On {halves} no sequence is suspected after correction, so that there is nothing to confirm on the other half."
    return (
        f"Of {suspected} sequences suspected on {halves} (share of false ones held at {100 * FALSE_SHARE:.0f} %), the other half "
        f"confirms {confirmed}; {int(frame['same_direction'].sum())} have the same direction there."
    )


def _gain(frame: pd.DataFrame) -> str:
    rows = records(by_studys_criterion(frame[frame["predictor"] == SEQUENCES]))
    better = [row for row in rows if row["gain_low"] > 0]
    told = "; ".join(f"{row['converter']} ({row['population']}) {row['gain']:+.2f}" for row in rows)
    if not rows:
        return ""
    start = (
        "Sequences add nothing certain to size"
        if not better
        else (f"Sequences predict better than size alone for {', '.join(row['converter'] for row in better)}")
    )
    return f"{start} (difference of the areas under the ROC curve: {told})."
