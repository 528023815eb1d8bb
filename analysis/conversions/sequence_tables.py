"""Finding 9's tables: what chance gives, which sequences go with a mismatch, and what they predict."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from analysis.conversions.sequence_odds import OPERATORS, SEQUENCES, SIZE
from analysis.conversions.sequence_results import SequenceResults
from analysis.conversions.sequences import (
    BLOCKS,
    CONTAINMENT,
    MAIN_BANDS,
    NAN_LEFT_OUT,
    NAN_MATCHES,
    REDUCED,
    STUDYS_CRITERION,
)
from analysis.report.chapter import Table
from analysis.report.tables import difference_estimate, estimate, p_value, ratio_estimate, styled
from datapackage.tables import records

STUDY = "study"
RULE_NAMES: Mapping[str, str] = {
    BLOCKS: "the study's, not reduced",
    REDUCED: "the study's, reduced",
    CONTAINMENT: "plain containment",
}
NAN_NAMES: Mapping[str, str] = {NAN_MATCHES: "a match", NAN_LEFT_OUT: "left out"}
CRITERION_NAMES: Mapping[str, str] = {"close_1e_3": "1e-3 relative", "absolute_1e_7": "1e-7 absolute"}
_PREDICTORS: Mapping[str, str] = {SIZE: "size alone", OPERATORS: "size, operators", SEQUENCES: "size, sequences"}


def tables(results: SequenceResults, printed: Mapping[str, Any]) -> tuple[Table, ...]:
    """Return the tables of the section, those without rows left out.

    Parameters
    ----------
    results : SequenceResults
        See `analysis.conversions.sequence_results`.
    printed : mapping
        Claim to what the paper prints.
    """
    made = (
        study_chance(results.nulls),
        beside_printed(results.counts, results.nulls, printed),
        campaign_chance(results.nulls),
        odds(results.odds),
        predictors(results.prediction),
    )
    return tuple(table for table in made if table is not None)


def studys_own(converter: str) -> str:
    """Return the study's criterion for a converter, whichever of its exporters."""
    return next(criterion for name, criterion in STUDYS_CRITERION.items() if converter.startswith(name))


def by_studys_criterion(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the rows whose criterion is the study's for their converter."""
    own = [studys_own(row["converter"]) == row["criterion"] for row in records(frame)]
    return frame[pd.Series(own, index=frame.index, dtype=bool)]


def study_chance(nulls: pd.DataFrame) -> Table | None:
    """Return what chance gives at the study's numbers of models, beside what the study counts."""
    rows = nulls[nulls["population"] == STUDY]
    if rows.empty:
        return None
    cells = pd.DataFrame(
        {
            "Converter": rows["converter"] + ", NaN " + rows["nan"].map(NAN_NAMES),
            "Rule": rows["rule"].map(RULE_NAMES),
            "Mismatched + correct": [_counts(row) for row in records(rows)],
            "Study": rows["observed"],
            "Chance": [_null(row) for row in records(rows)],
            "As many by chance (%)": [percent(row["p"], row["p_low"], row["p_high"]) for row in records(rows)],
            "Draws": rows["draws"],
        }
    )
    title = "Mismatched models with a sequence of their own: the study's count and chance's"
    gt = styled(cells, title, "sequence-study", stub="Rule", groups="Converter")
    return Table("sequence-study", gt.cols_align("right", list(cells.columns[2:])))


# What is counted → its claim, less the converter's name
_CLAIMS: Mapping[str, tuple[str, str]] = {
    "mismatch_shared": ("sequences that mismatched models share", "t12.mismatch_shared.{}.unique"),
    "shared_with_correct": ("… that a mismatched and a correct model share", "t12.shared_with_correct.{}.unique"),
    "mismatch_only": ("… that mismatched models alone share", "t12.mismatch_only.{}.unique"),
    "models_with_mismatch_only": ("mismatched models with such a sequence", "t12.models_with_mismatch_only.{}"),
    "operators_mismatched": ("operators of mismatched models", "t15.mismatched.{}"),
    "operators_correct": ("operators of correct models", "t15.correct.{}"),
    "operators_mismatched_not_correct": ("… of mismatched models alone", "t15.mismatched_not_correct.{}"),
    "operators_correct_not_mismatched": ("… of correct models alone", "t15.correct_not_mismatched.{}"),
}
_CHANCE = "… by chance"


def beside_printed(counts: pd.DataFrame, nulls: pd.DataFrame, printed: Mapping[str, Any]) -> Table | None:
    """Return what Tables 12 and 15 print beside the same counts on campaigns, with the null of the models counted."""
    if counts.empty:
        return None
    cells: dict[str, list[str]] = {"Counted": ["mismatched + correct models"]}
    for counted, (name, _) in _CLAIMS.items():
        cells["Counted"] += [name, _CHANCE] if counted == "models_with_mismatch_only" else [name]
    for converter in STUDYS_CRITERION:
        cells[f"{converter}, printed"] = ["–", *_printed(converter, printed)]
        for row in records(counts[counts["converter"].str.startswith(converter)]):
            cells[f"{row['converter']}, {row['population']}"] = [
                f"{row['mismatched']} + {row['correct']}",
                *_counted(row, nulls),
            ]
    frame = pd.DataFrame(cells)
    title = "What Tables 12 and 15 count, as printed and on campaigns"
    gt = styled(frame, title, "sequence-counts", stub="Counted")
    return Table("sequence-counts", gt.cols_align("right", list(frame.columns[1:])))


def _printed(converter: str, printed: Mapping[str, Any]) -> list[str]:
    told = []
    for counted, (_, claim) in _CLAIMS.items():
        told.append(f"{int(printed[claim.format(converter)]):,}")
        if counted == "models_with_mismatch_only":
            told.append("not given")
    return told


def _counted(row: Mapping[str, Any], nulls: pd.DataFrame) -> list[str]:
    told = []
    for counted in _CLAIMS:
        told.append(f"{row[counted]:,}")
        if counted == "models_with_mismatch_only":
            own = nulls[(nulls["rule"] == BLOCKS) & (nulls["bands"] == MAIN_BANDS) & (nulls["nan"] == NAN_MATCHES)]
            own = own[[all(each[name] == row[name] for name in _SAME) for each in records(own)]]
            told.append(_null(records(own)[0]) if len(own) else "too few")
    return told


_SAME = ("population", "converter", "criterion")


def campaign_chance(nulls: pd.DataFrame) -> Table | None:
    """Return the permutation tests on campaigns by the study's criterion, with other bands of size and readings of NaN."""
    rows = by_studys_criterion(nulls[nulls["population"] != STUDY])
    rows = rows[(rows["rule"] == CONTAINMENT) | ((rows["rule"] == BLOCKS) & (rows["bands"] == MAIN_BANDS))]
    if rows.empty:
        return None
    cells = pd.DataFrame(
        {
            "Campaign": _campaigns(rows) + ", NaN " + rows["nan"].map(NAN_NAMES),
            "Rule": rows["rule"].map(RULE_NAMES),
            "Bands of": rows["bands"],
            "Mismatched + correct": [_counts(row) for row in records(rows)],
            "In no band": rows["fixed"],
            "Found": rows["observed"],
            "Chance": [_null(row) for row in records(rows)],
            "p": [p_value(row["p"], draws=int(row["draws"])) for row in records(rows)],
        }
    )
    title = "The same on campaigns: mismatches dealt anew among models of like size"
    gt = styled(cells, title, "sequence-campaigns", stub="Rule", groups="Campaign")
    return Table("sequence-campaigns", gt.cols_align("right", list(cells.columns[3:])).cols_align("left", ["Bands of"]))


def odds(frame: pd.DataFrame, most: int = 4) -> Table | None:
    """Return the sequences of smallest p of each converter, by the study's criterion."""
    rows = told(frame, most)
    if rows.empty:
        return None
    cells = pd.DataFrame(
        {
            "Campaign": _campaigns(rows),
            "Operators": rows["sequence"].str.replace(" ", " → "),
            "In mismatched": [f"{row['with_mismatched']} of {row['mismatched']}" for row in records(rows)],
            "In correct": [f"{row['with_matched']} of {row['models'] - row['mismatched']}" for row in records(rows)],
            "Odds ratio": [ratio_estimate(row["odds_ratio"], row["low"], row["high"]) for row in records(rows)],
            "… size held": [
                ratio_estimate(*(row[f"adjusted_{name}"] for name in ("odds_ratio", "low", "high")))
                for row in records(rows)
            ],
            "p (BH)": [p_value(p) for p in rows["p_bh"]],
        }
    )
    title = "Operators and sequences that go with a mismatch: the smallest p of each converter"
    gt = styled(cells, title, "sequence-odds", stub="Operators", groups="Campaign")
    return Table("sequence-odds", gt.cols_align("right", list(cells.columns[2:])))


def told(frame: pd.DataFrame, most: int) -> pd.DataFrame:
    """Return the first rows of each converter by the study's criterion."""
    return by_studys_criterion(frame).groupby(["population", "converter"], sort=False).head(most)


def predictors(frame: pd.DataFrame) -> Table | None:
    """Return how well size, operators and sequences predict a mismatch."""
    if frame.empty:
        return None
    cells = pd.DataFrame(
        {
            "Campaign": _campaigns(frame) + ", " + frame["criterion"].map(CRITERION_NAMES),
            "Predicted from": frame["predictor"].map(_PREDICTORS),
            "Mismatched + correct": [_counts(row) for row in records(frame)],
            "AUC": [estimate(row["auc"], row["low"], row["high"]) for row in records(frame)],
            "More than size": [
                difference_estimate(row["gain"], row["gain_low"], row["gain_high"], decimals=2)
                for row in records(frame)
            ],
        }
    )
    title = "What predicts a mismatch, on models that the fit did not see"
    gt = styled(cells, title, "sequence-prediction", stub="Predicted from", groups="Campaign")
    return Table("sequence-prediction", gt.cols_align("right", list(cells.columns[2:])))


def percent(share: float, low: float, high: float) -> str:
    """Return a share of draws with its Monte-Carlo interval in percent, as ``4.1 [3.3, 5.1]``."""
    return " ".join([_percent(share), f"[{_percent(low)}, {_percent(high)}]"])


def _percent(share: float) -> str:
    if 0 < share < 0.001 or 0.999 < share < 1:
        return f"{100 * share:.2f}"
    return f"{100 * share:.1f}" if share < 1 else "100"


def _campaigns(rows: pd.DataFrame) -> pd.Series:
    """Return what heads the rows of a converter's campaign."""
    return rows["population"] + ": " + rows["converter"]


def _counts(row: Mapping[str, Any]) -> str:
    return f"{row['mismatched']} + {row['models'] - row['mismatched']}"


def _null(row: Mapping[str, Any]) -> str:
    return f"{row['null_mean']:.1f} [{row['null_low']:.0f}, {row['null_high']:.0f}]"
