"""RQ4 today: who is at fault where outputs differ, what the study's criteria would have said, and how far the attribution holds.

The attribution itself stands in ``conversion/attribution.py``; campaigns carry its result (columns ``party``,
``error_to_noise``, …), and campaigns with planted faults (tables ``planted-*``) tell how often it names the right party.
"""

from collections.abc import Mapping

import pandas as pd

from analysis.conversions.campaigns import shares_of
from datapackage.conversions import (
    AT_FAULT,
    CONVERTER,
    MISMATCH,
    NOISE_MULTIPLE,
    NOT_COMPARED,
    PARTIES,
    ROUNDING,
    RUNTIME_KERNEL,
    RUNTIME_OPTIMISER,
)
from methods.intervals import wilson

STUDY_CRITERIA: Mapping[str, str] = {
    "absolute_1e_7": "1e-7 absolute",
    "close_1e_3": "1e-3 relative",
    "absolute_1e_3": "1e-3 absolute",
}
EDGES = (
    0.0,
    0.25,
    1.0,
    4.0,
    16.0,
    64.0,
    256.0,
    1024.0,
    float("inf"),
)  # of a planted fault's effect, in multiples of the noise
MULTIPLES = (4.0, 8.0, NOISE_MULTIPLE, 32.0, 64.0)
_RUNTIME_OR_CONVERTER = (CONVERTER, RUNTIME_KERNEL, RUNTIME_OPTIMISER)
_REORDERED = "reordered_"


def parties(campaigns: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Count who is at fault, each campaign and converter by itself.

    Parameters
    ----------
    campaigns : mapping of str to DataFrame
        Today's; see `analysis.dataset.load_campaigns`.

    Returns
    -------
    DataFrame
        One row a campaign, converter and party: campaign, converter, party, count, n (models whose outputs were compared and have a
        float64 run), share, low, high (Wilson's interval).
    """
    return shares_of("party", PARTIES, {name: frame[frame["party"].notna()] for name, frame in campaigns.items()})


def by_study_criteria(campaigns: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Count what each of the study's criteria calls a mismatch, by the party at fault.

    Returns
    -------
    DataFrame
        One row a converter, criterion and party, campaigns pooled: converter, criterion (a key of `STUDY_CRITERIA`), party,
        mismatches, not_compared (NaN, which that criterion does not judge), n (of the converter). Party ``rounding`` counts
        mismatches that nobody is at fault for.
    """
    judged = _judged(campaigns)
    rows = []
    for converter, models in judged.groupby("converter"):
        for criterion in STUDY_CRITERIA:
            for party in PARTIES:
                verdicts = models.loc[models["party"] == party, criterion].astype(str)
                mismatches, unknown = (int((verdicts == value).sum()) for value in (MISMATCH, NOT_COMPARED))
                rows.append((str(converter), criterion, party, mismatches, unknown, len(models)))
    return pd.DataFrame(rows, columns=["converter", "criterion", "party", "mismatches", "not_compared", "n"])


def by_multiple(campaigns: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Count conversions that would be called wrong, had another multiple of the noise been chosen.

    Integers and booleans, and what is NaN or infinite on one side alone, are wrong under every multiple.

    Returns
    -------
    DataFrame
        One row a converter and multiple of `MULTIPLES`, campaigns pooled: converter, multiple, count, n (as in `parties`), share,
        low, high (Wilson's interval), any_multiple (of `count`, those that no multiple changes).
    """
    judged = _judged(campaigns)
    ratio = judged["error_to_noise"].astype(float)
    always = (judged["discrete_wrong"] > 0) | (ratio.isna() & judged["party"].isin(_RUNTIME_OR_CONVERTER))
    rows = []
    for converter, index in judged.groupby("converter").groups.items():
        for multiple in MULTIPLES:
            count = int((always | (ratio > multiple)).loc[index].sum())
            rows.append(
                (str(converter), multiple, count, len(index), *wilson(count, len(index)), int(always.loc[index].sum()))
            )
    return pd.DataFrame(rows, columns=["converter", "multiple", "count", "n", "share", "low", "high", "any_multiple"])


def errors(campaigns: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Return ONNX Runtime's error and the noise, relative to the output's size, of each row that has both.

    Returns
    -------
    DataFrame
        converter, party, noise, error.
    """
    judged = _judged(campaigns)
    known = judged[(judged["output_size"] > 0) & judged["onnx_error"].notna()]
    spacing = known["output_size"] * 2.0**-24
    noise = pd.concat([known["framework_error"], known["moved_error"], spacing], axis=1).max(axis=1)
    size = known["output_size"]
    return pd.DataFrame(
        {
            "converter": known["converter"],
            "party": known["party"],
            "noise": noise / size,
            "error": known["onnx_error"] / size,
        }
    )


def confusion(planted: pd.DataFrame) -> pd.DataFrame:
    """Count whom the attribution names for planted faults that it should find, by who made them.

    Those are faults that carry an output further than `NOISE_MULTIPLE` times the noise, or change an integer or boolean that
    rounding does not.

    Returns
    -------
    DataFrame
        One row a party that made the fault and one that was named: made_by, named, count, n, share, low, high.
    """
    gross = _faults(planted)
    gross = gross[(gross["effect"].fillna(float("inf")) > NOISE_MULTIPLE) | gross["effect_discrete"]]
    rows = []
    for column in [name for name in planted.columns if name.startswith("as_")]:
        named = gross[column].astype(str).value_counts()
        for party in PARTIES:
            count = int(named.get(party, 0))
            rows.append((column.removeprefix("as_"), party, count, len(gross), *wilson(count, len(gross))))
    return pd.DataFrame(rows, columns=["made_by", "named", "count", "n", "share", "low", "high"])


def detection(planted: pd.DataFrame) -> pd.DataFrame:
    """Return how often the right party is named, by how far the planted fault carries an output.

    Faults that reach integers or booleans alone have no effect in multiples of the noise and are left out.

    Returns
    -------
    DataFrame
        One row a party that made the fault and a bin of `EDGES`: made_by, least, most (multiples of the noise), found, n,
        share, low, high (Wilson's interval); bins without a fault are missing.
    """
    faults = _faults(planted)
    faults = faults[(faults["effect"] > 0) & ~faults["effect_discrete"]]
    bins = pd.cut(faults["effect"], list(EDGES))
    rows = []
    for column in [name for name in planted.columns if name.startswith("as_")]:
        party = column.removeprefix("as_")
        for interval, part in faults.groupby(bins, observed=True):
            found = int((part[column].astype(str) == party).sum())
            edges = (interval.left, interval.right)
            rows.append((party, *edges, found, len(part), *wilson(found, len(part))))
    return pd.DataFrame(rows, columns=["made_by", "least", "most", "found", "n", "share", "low", "high"])


def false_alarms(planted: pd.DataFrame) -> pd.DataFrame:
    """Count sums in another order for which somebody was accused, by the kind of re-ordering.

    Returns
    -------
    DataFrame
        kind, accused (by any reading of who made it), n, share, low, high (Wilson's interval).
    """
    columns = [name for name in planted.columns if name.startswith("as_")]
    rows = []
    for kind, part in planted[planted["kind"].astype(str).str.startswith(_REORDERED)].groupby("kind", observed=True):
        accused = int(part[columns].isin(AT_FAULT).any(axis=1).sum())
        rows.append((str(kind), accused, len(part), *wilson(accused, len(part))))
    return pd.DataFrame(rows, columns=["kind", "accused", "n", "share", "low", "high"])


def rounding_among(counts: pd.DataFrame, criterion: str) -> pd.DataFrame:
    """Return, by converter, how many of a criterion's mismatches are rounding: converter, rounding, mismatches, share, low, high.

    Parameters
    ----------
    counts : DataFrame
        See `by_study_criteria`.
    criterion : str
        A key of `STUDY_CRITERIA`.
    """
    rows = []
    for converter, part in counts[counts["criterion"] == criterion].groupby("converter"):
        rounding = int(part.loc[part["party"] == ROUNDING, "mismatches"].sum())
        total = int(part["mismatches"].sum())
        rows.append((str(converter), rounding, total, *(wilson(rounding, total) if total else (float("nan"),) * 3)))
    return pd.DataFrame(rows, columns=["converter", "rounding", "mismatches", "share", "low", "high"])


def _judged(campaigns: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    frames = [frame[frame["party"].notna()] for frame in campaigns.values()]
    together = pd.concat(
        [frame.assign(converter=frame["converter"].astype(str)) for frame in frames], ignore_index=True
    )
    return together.assign(party=together["party"].astype(str))


def _faults(planted: pd.DataFrame) -> pd.DataFrame:
    return planted[~planted["kind"].astype(str).str.startswith(_REORDERED)]
