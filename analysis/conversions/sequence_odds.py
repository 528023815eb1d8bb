"""Which operators and sequences go with a mismatch: odds ratios, a check on held-out models, and what they predict.

A sequence is present in a model or not. Each converter and criterion is a family of tests of its own.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats
from statsmodels.discrete.discrete_model import Logit
from statsmodels.tools.sm_exceptions import PerfectSeparationError

from datapackage.conversions import MISMATCH, NOT_COMPARED
from methods.association import benjamini_hochberg, odds_ratio
from methods.discrimination import auc, auc_difference
from methods.labelled_graphs import Items, LabelledGraph, strings
from methods.sparse_logistic import fit_by_cross_validation, folds

LONGEST = 6
LEAST_MODELS = 5  # that have a sequence, and that lack it
SEED = 22
TOLD = 12  # sequences whose odds ratios are stored, a converter and criterion
_ENOUGH = 15  # mismatches and matches, without which nothing is tested
_SCREENED = 200  # sequences that the sparse model chooses among
_FOLDS = 5
FALSE_SHARE = 0.05
ODDS_COLUMNS = [
    "population", "converter", "criterion", "models", "mismatched", "tested", "sequence", "length", "with_mismatched",
    "with_matched", "odds_ratio", "low", "high", "p", "p_bh", "adjusted_odds_ratio", "adjusted_low", "adjusted_high",
]  # fmt: skip
PREDICTION_COLUMNS = [
    "population", "converter", "criterion", "models", "mismatched", "predictor", "features", "auc", "low", "high",
    "gain", "gain_low", "gain_high",
]  # fmt: skip
HELD_OUT_COLUMNS = [
    "population", "converter", "criterion", "half", "tested", "suspected", "testable", "confirmed", "same_direction",
]  # fmt: skip
SIZE, OPERATORS, SEQUENCES = PREDICTORS = ("size", "operators", "sequences")

Marks = NDArray[np.bool_]
Floats = NDArray[np.float64]


class Presence:
    """Which models have which sequences.

    Parameters
    ----------
    graphs : sequence of LabelledGraph
        One a model.

    Attributes
    ----------
    sequences : list of tuple of str
        Those that at least `LEAST_MODELS` models have and as many lack; of sequences that the same models have, the shortest.
    table : array of bool, shape (models, sequences)
    size : array of float, shape (models,)
        Logarithm of the number of operators on paths.
    """

    def __init__(self, graphs: Sequence[LabelledGraph]) -> None:
        held: dict[Items, list[int]] = {}
        for place, graph in enumerate(graphs):
            for items in sorted(items for found in strings(graph, LONGEST) for items in found):
                held.setdefault(items, []).append(place)
        distinct: dict[tuple[int, ...], Items] = {}
        for items in sorted(held, key=lambda items: (len(items), items)):
            if LEAST_MODELS <= len(held[items]) <= len(graphs) - LEAST_MODELS:
                distinct.setdefault(tuple(held[items]), items)
        self.sequences = list(distinct.values())
        self.table = np.zeros((len(graphs), len(distinct)), dtype=bool)
        for column, places in enumerate(distinct):
            self.table[list(places), column] = True
        self.size = np.log([max(1, len(graph.labels)) for graph in graphs])
        self.lengths = np.array([len(items) for items in self.sequences], dtype=np.int64)


def cases(frame: pd.DataFrame) -> Iterator[tuple[dict[str, Any], Presence, Marks]]:
    """Yield each campaign's converter and criterion with its compared models; NaN on both sides is left out."""
    for (campaign, converter), rows in frame.groupby(["campaign", "converter"], sort=True):
        graphs = [LabelledGraph.parse(text) for text in rows["graph"]]
        for criterion in ("close_1e_3", "absolute_1e_7"):
            verdicts = rows[f"by_{criterion}"].astype("string")
            used = np.flatnonzero((verdicts.notna() & (verdicts != NOT_COMPARED)).to_numpy(dtype=bool))
            marks = (verdicts == MISMATCH).fillna(False).to_numpy(dtype=bool)[used]
            if min(marks.sum(), (~marks).sum()) >= _ENOUGH:
                about = {"population": campaign, "converter": converter, "criterion": criterion}
                about |= {"models": len(marks), "mismatched": int(marks.sum())}
                yield about, Presence([graphs[place] for place in used]), marks


def fisher(table: NDArray[np.bool_], marks: Marks) -> Floats:
    """Return Fisher's two-sided p of each column's association with the marks.

    Notes
    -----
    The sum of the hypergeometric probabilities that do not exceed the observed one's, as in R's ``fisher.test``; tables with
    the same margins are computed once.
    """
    total, marked = len(marks), int(marks.sum())
    with_marked, held = table[marks].sum(axis=0), table.sum(axis=0)
    p = np.ones(table.shape[1])
    for margin in np.unique(held):
        values = np.arange(max(0, margin - (total - marked)), min(margin, marked) + 1)
        weights = stats.hypergeom.pmf(values, total, margin, marked)
        own = np.flatnonzero(held == margin)
        observed = weights[with_marked[own] - values[0]]
        p[own] = [weights[weights <= each * (1 + 1e-7)].sum() for each in observed]
    return np.minimum(p, 1.0)


def odds_ratios(frame: pd.DataFrame) -> pd.DataFrame:
    """Test every sequence's association with a mismatch, and tell of those with the smallest p.

    Returns
    -------
    DataFrame
        Columns `ODDS_COLUMNS`, up to `TOLD` rows a converter and criterion: odds_ratio (conditional maximum likelihood with the
        exact interval), p (Fisher's exact test), p_bh (Benjamini and Hochberg over the `tested` sequences), adjusted odds ratio
        (logistic regression with the logarithm of the number of operators beside the sequence, Wald's interval; missing where
        the sequence separates the kinds).
    """
    rows = []
    for about, presence, marks in cases(frame):
        p = pd.Series(fisher(presence.table, marks))
        adjusted = benjamini_hochberg(p)
        for column in np.lexsort((presence.lengths, p.to_numpy()))[:TOLD]:
            has = presence.table[:, column]
            counts = [int((has & kind).sum()) for kind in (marks, ~marks)]
            ratio = odds_ratio(counts[0], int(marks.sum()), counts[1], int((~marks).sum()))
            values = [
                len(presence.sequences), " ".join(presence.sequences[column]), int(presence.lengths[column]),
                *counts, *ratio, p[column], adjusted[column], *_with_size(has, presence.size, marks),
            ]  # fmt: skip
            rows.append([*about.values(), *values])
    return pd.DataFrame(rows, columns=ODDS_COLUMNS)


def _with_size(has: Marks, size: Floats, marks: Marks) -> tuple[float, float, float]:
    counts = [(has == one)[marks == other].sum() for one in (True, False) for other in (True, False)]
    if min(counts) == 0:
        return np.nan, np.nan, np.nan
    design = np.column_stack([np.ones(len(marks)), has.astype(float), size - size.mean()])
    try:
        found = Logit(marks.astype(float), design).fit(disp=0)
    except (PerfectSeparationError, np.linalg.LinAlgError):
        return np.nan, np.nan, np.nan
    low, high = found.conf_int()[1]
    return float(np.exp(found.params[1])), float(np.exp(low)), float(np.exp(high))


def held_out(frame: pd.DataFrame, seed: int = SEED) -> pd.DataFrame:
    """Suspect sequences on one half of the models and test them on the other, both ways round.

    Returns
    -------
    DataFrame
        Columns `HELD_OUT_COLUMNS`: tested sequences, suspected (p by Benjamini and Hochberg of at most 0.05 on one half),
        testable (those that the other half has in a model and lacks in one), confirmed (p by Benjamini and Hochberg over these
        of at most 0.05 in the same direction), same_direction (whatever their p).
    """
    rows = []
    for about, presence, marks in cases(frame):
        halves = folds(marks, 2, np.random.default_rng(seed))
        for half in (0, 1):
            here, there = halves == half, halves != half
            first = benjamini_hochberg(pd.Series(fisher(presence.table[here], marks[here])))
            suspected = np.flatnonzero(first.to_numpy() <= FALSE_SHARE)
            other = presence.table[there][:, suspected]
            testable = other.any(axis=0) & ~other.all(axis=0)
            second = pd.Series(fisher(other, marks[there])).where(testable)
            same = _direction(presence.table[here][:, suspected], marks[here]) == _direction(other, marks[there])
            confirmed = (benjamini_hochberg(second) <= FALSE_SHARE).to_numpy(dtype=bool) & same
            counts = (
                len(presence.sequences),
                len(suspected),
                int(testable.sum()),
                int(confirmed.sum()),
                int((same & testable).sum()),
            )
            rows.append([about["population"], about["converter"], about["criterion"], half + 1, *counts])
    return pd.DataFrame(rows, columns=HELD_OUT_COLUMNS)


def _direction(table: NDArray[np.bool_], marks: Marks) -> Marks:
    more: Marks = table[marks].mean(axis=0) > table[~marks].mean(axis=0)
    return more


def prediction(frame: pd.DataFrame, seed: int = SEED) -> pd.DataFrame:
    """Predict mismatches from size, from single operators and from sequences; every model by a fit that did not see it.

    Returns
    -------
    DataFrame
        Columns `PREDICTION_COLUMNS`, one row a predictor: size (logistic regression on the logarithm of the number of operators),
        operators, sequences (both: size, and sparse logistic regression over at most 200 columns, those of smallest p among the
        training models); features (with a coefficient, mean over folds), auc with DeLong's interval over out-of-fold scores,
        gain (over size alone) with its interval.

    Notes
    -----
    Five folds; the penalty is chosen by five folds within the training models. Scores of different folds come from different
    fits; they are made comparable by ranks within each fold.
    """
    rows = []
    for about, presence, marks in cases(frame):
        dealt = folds(marks, _FOLDS, np.random.default_rng(seed))
        columns = {
            SIZE: np.zeros(0, dtype=np.int64),
            OPERATORS: np.flatnonzero(presence.lengths == 1),
            SEQUENCES: np.arange(len(presence.sequences)),
        }
        scores, used = {}, {}
        for name, candidates in columns.items():
            scores[name], used[name] = _out_of_fold(presence, candidates, marks, dealt, seed)
        for name in PREDICTORS:
            gain = auc_difference(scores[name], scores[SIZE], marks) if name != SIZE else (np.nan,) * 3
            rows.append([*about.values(), name, used[name], *auc(scores[name], marks), *gain])
    return pd.DataFrame(rows, columns=PREDICTION_COLUMNS)


def _out_of_fold(
    presence: Presence, candidates: NDArray[np.int64], marks: Marks, dealt: NDArray[np.int64], seed: int
) -> tuple[Floats, float]:
    scores, used = np.empty(len(marks)), []
    for fold in range(_FOLDS):
        train, away = dealt != fold, dealt == fold
        p = fisher(presence.table[train][:, candidates], marks[train])
        chosen = candidates[np.argsort(p, kind="stable")[:_SCREENED]]
        columns = np.column_stack([presence.size, presence.table[:, chosen]]).astype(float)
        spread = columns[train].std(axis=0)
        columns = (columns - columns[train].mean(axis=0)) / np.where(spread > 0, spread, 1.0)
        model = fit_by_cross_validation(columns[train], marks[train], np.random.default_rng(seed + fold))
        ranks = stats.rankdata(model.scores(columns[away]))
        scores[away] = ranks / (away.sum() + 1)
        used.append(int((model.coefficients != 0).sum()))
    return scores, float(np.mean(used))
