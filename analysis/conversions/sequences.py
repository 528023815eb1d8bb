"""Finding 9 tested: how many mismatched models have a sequence of their own, and how many would by chance.

The finding counts mismatched models with a sequence of operators that another mismatched model has and no correct one. Whether
that is many depends on what chance gives: with few correct models most sequences are no correct model's. Here the mark
"mismatched" is dealt anew among models, and the count is taken again (`methods.sharing`, `methods.permutation`):

- `campaign_nulls` on the project's campaigns, within converter and size, against the count that they show;
- `study_nulls` at the study's numbers of mismatched and correct models of each size, drawn from the project's graphs without
  regard to their verdicts, against the count that the study shows.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from datapackage.conversions import MISMATCH, NOT_COMPARED, SUCCESS
from datapackage.errors import Fault, InputError
from datapackage.tables import records
from methods.labelled_graphs import Context, Items, LabelledGraph, contexts
from methods.permutation import against_null, exchangeable, shuffled_within
from methods.sequences import Reduction
from methods.sharing import Sharing, by_blocks, by_containment, exclusive, exclusive_items

SHORTEST, LONGEST = 3, 10
"""Operators of a sequence: the study's shortest, and the longest of its saved output."""
BLOCKS, CONTAINMENT, REDUCED = RULES = ("blocks", "containment", "reduced_blocks")
"""The study's rule without its reduction, plain containment, and the study's rule with it (of fewer draws: it is slow)."""
SIZE_BANDS = {"all": 1000, "30 nodes": 30, "15 nodes": 15, "5 nodes": 5}
"""Widths of the bands of size, in nodes; the study's sizes lie 5 apart, so that the last one is by exact size."""
MAIN_BANDS = "15 nodes"
NAN_MATCHES, NAN_LEFT_OUT = NAN_READINGS = ("nan as match", "nan left out")
STUDYS_CRITERION: Mapping[str, str] = {"torch.onnx": "close_1e_3", "tf2onnx": "absolute_1e_7"}
CRITERIA = ("close_1e_3", "absolute_1e_7")
SEED = 21
COLUMNS = [
    "population", "converter", "criterion", "nan", "bands", "rule", "models", "mismatched", "fixed", "observed", "null_mean",
    "null_low", "null_high", "p", "p_low", "p_high", "draws", "distribution",
]  # fmt: skip
_LEAST = 5  # marked models, and unmarked ones, without which nothing is tested
_MOST_REDUCED = 1500  # the reduction compares every two of the sequences

Marks = NDArray[np.bool_]


class Graphs(NamedTuple):
    """Models of one converter with their sequences.

    Attributes
    ----------
    nodes : array of int
        Operators that the generator was asked for.
    occurring : list of mapping
        See `methods.labelled_graphs.contexts`.
    """

    nodes: NDArray[np.int64]
    occurring: list[dict[Items, set[Context]]]

    def only(self, places: NDArray[Any]) -> "Graphs":
        """Return some of the models."""
        return Graphs(self.nodes[places], [self.occurring[place] for place in places])

    def sharing(self, rule: str) -> Sharing:
        """Return who shares what under a rule."""
        return (
            by_containment([set(own) for own in self.occurring]) if rule == CONTAINMENT else by_blocks(self.occurring)
        )


def read_graphs(frame: pd.DataFrame) -> Graphs:
    """Read the structures of a frame's graphs.

    Raises
    ------
    InputError
        Texts that are no graph, all of them.
    """
    faults, occurring = [], []
    for row in records(frame):
        try:
            occurring.append(contexts(LabelledGraph.parse(row["graph"]), SHORTEST, LONGEST))
        except ValueError as error:
            where = f"conversions/{row['campaign']}-graphs.csv"
            message = f"model {row['model']}: {error}; export the campaign's sequences again"
            faults.append(Fault(where, message, column="graph", value=str(row["graph"])[:60]))
    if faults:
        raise InputError(faults)
    return Graphs(frame["nodes"].to_numpy(dtype=np.int64), occurring)


def bands_of(nodes: NDArray[np.int64], width: int) -> NDArray[np.int64]:
    """Return the band of size that each model lies in: 0 up to `width` - 1 nodes, and so on."""
    return nodes // width


def campaign_nulls(frame: pd.DataFrame, *, draws: int, reduced_draws: int, seed: int = SEED) -> pd.DataFrame:
    """Test on each converter's models whether mismatched ones share more of their own than chance gives.

    Parameters
    ----------
    frame : DataFrame
        See `analysis.dataset.load_graphs`.
    draws, reduced_draws : int
        Rearrangements of the marks; those of the rule with the study's reduction.
    seed : int
        Of the rearrangements; every test begins with it.

    Returns
    -------
    DataFrame
        Columns `COLUMNS`, one row a test: population (the campaign), converter, criterion, nan (how models with NaN on both
        sides are read), bands (see `SIZE_BANDS`), rule (see `RULES`), models, mismatched, fixed (models in a band without
        both kinds, which keep their mark), observed (mismatched models with a sequence of their own), the null's mean and central
        95 %, p (one-sided), its Monte-Carlo interval p_low to p_high, draws, distribution (numbers and how often each came).
        Without the reduction where more than `_MOST_REDUCED` sequences belong to mismatched models alone.
        None where either kind has fewer than five models.
    """
    rows: list[dict[str, Any]] = []
    for (campaign, converter), models in frame.groupby(["campaign", "converter"], sort=True):
        graphs = read_graphs(models)
        for criterion in CRITERIA:
            verdicts = models[f"by_{criterion}"].astype("string")
            for reading in NAN_READINGS if (verdicts == NOT_COMPARED).any() else (NAN_MATCHES,):
                used = (verdicts.notna() & ((verdicts != NOT_COMPARED) | (reading == NAN_MATCHES))).to_numpy(dtype=bool)
                marks = (verdicts == MISMATCH).fillna(False).to_numpy(dtype=bool)[used]
                if min(marks.sum(), (~marks).sum()) < _LEAST:
                    continue
                about = {"population": campaign, "converter": converter, "criterion": criterion, "nan": reading}
                own = graphs.only(np.flatnonzero(used))
                rows.extend(about | found for found in _nulls_of(own, marks, draws, reduced_draws, seed))
    return pd.DataFrame(rows, columns=COLUMNS)


def _nulls_of(graphs: Graphs, marks: Marks, draws: int, reduced_draws: int, seed: int) -> Iterator[dict[str, Any]]:
    shared = {rule: graphs.sharing(rule) for rule in (BLOCKS, CONTAINMENT)}
    few = len(exclusive_items(shared[BLOCKS], marks)) <= _MOST_REDUCED
    rules = RULES if few else (BLOCKS, CONTAINMENT)
    for bands, width in SIZE_BANDS.items():
        strata = bands_of(graphs.nodes, width)
        shuffled = shuffled_within(marks, strata, draws, np.random.default_rng(seed))
        fixed = int((~exchangeable(marks, strata)).sum())
        for rule in rules if bands == MAIN_BANDS else (BLOCKS, CONTAINMENT):
            sharing = shared.get(rule, shared[BLOCKS])
            if rule == REDUCED:
                observed, null = _reduced(sharing, marks), _all_reduced(sharing, shuffled[:, :reduced_draws])
            else:
                observed, null = int(exclusive(sharing, marks).holders[0]), exclusive(sharing, shuffled).holders
            yield {"bands": bands, "rule": rule, "fixed": fixed} | _row(observed, null, marks, conditional=True)


def study_nulls(
    frame: pd.DataFrame,
    study: pd.DataFrame,
    shown: Mapping[str, int],
    *,
    samples: int,
    labellings: int,
    reduced_draws: int,
    seed: int = SEED,
) -> pd.DataFrame:
    """Simulate the study's count with marks that mean nothing, at its numbers of models of each size.

    In each sample, graphs are drawn without replacement for every model of the study that its method compares, each of the same
    number of nodes, or the nearest of which one is left; in each labelling the marks of the study's models of a size go to others
    of them.

    Parameters
    ----------
    frame : DataFrame
        See `analysis.dataset.load_graphs`; graphs of TorchScript's exporter, the study's, stand for torch.onnx, those of all
        campaigns together. Verdicts are not looked at.
    study : DataFrame
        The study's record; see `analysis.dataset.load_conversions`.
    shown : mapping
        What the study counts, by converter.
    samples, labellings : int
        Draws of graphs, and of marks for each.
    reduced_draws : int
        Of all these, how many are reduced as the study does.
    seed : int
        Of the draws.

    Returns
    -------
    DataFrame
        Columns `COLUMNS`: population ``study``; observed is what the study shows. Nothing of a converter without mismatches, or
        of whose exporter there are fewer graphs than the study has models: the count does not grow in proportion to them.
    """
    rows: list[dict[str, Any]] = []
    for converter, exporter in (("torch.onnx", "torch.onnx-torchscript"), ("tf2onnx", "tf2onnx")):
        graphs = read_graphs(frame[frame["converter"] == exporter])
        for reading in NAN_READINGS if converter == "tf2onnx" else (NAN_MATCHES,):
            nodes, marks = studys_models(study, converter, reading)
            if not marks.any() or len(nodes) > len(graphs.nodes):
                continue
            generator = np.random.default_rng(seed)
            nulls: dict[str, list[NDArray[np.int64]]] = {rule: [] for rule in RULES}
            for _ in range(samples):
                sample = graphs.only(_nearest(graphs.nodes, nodes, generator))
                shuffled = shuffled_within(marks, nodes, labellings, generator)
                for rule in (BLOCKS, CONTAINMENT):
                    sharing = sample.sharing(rule)
                    nulls[rule].append(exclusive(sharing, shuffled).holders)
                    if rule == BLOCKS:
                        nulls[REDUCED].append(_all_reduced(sharing, shuffled[:, : reduced_draws // samples]))
            about = {
                "population": "study",
                "converter": converter,
                "criterion": STUDYS_CRITERION[converter],
                "nan": reading,
            }
            for rule, values in nulls.items():
                found = _row(shown[converter], np.concatenate(values), marks, conditional=False)
                rows.append(about | {"bands": "5 nodes", "rule": rule, "fixed": 0} | found)
    return pd.DataFrame(rows, columns=COLUMNS)


def studys_models(study: pd.DataFrame, converter: str, reading: str) -> tuple[NDArray[np.int64], Marks]:
    """Return sizes and marks (mismatched) of the models that the study's method compares, in the order of their sizes.

    The study's script takes a difference of NaN for a match.
    """
    own = study[study["converter"] == converter]
    marked = own["outcome"] == MISMATCH
    used = marked | (own["outcome"] == SUCCESS)
    if reading == NAN_MATCHES:
        used = used | ((own["reported"].astype(str) == "match") & (own["difference"].astype(str) == "nan"))
    nodes, marks = own["nodes"].to_numpy(dtype=np.int64)[used], marked.to_numpy(dtype=bool)[used]
    order = np.lexsort((marks, nodes))
    return nodes[order], marks[order]


def _nearest(
    available: NDArray[np.int64], asked: NDArray[np.int64], generator: np.random.Generator
) -> NDArray[np.int64]:
    """Draw a graph for each size that is asked for, without replacement; of the nearest size that is left."""
    left: dict[int, list[int]] = {}
    for place in generator.permutation(len(available)):
        left.setdefault(int(available[place]), []).append(int(place))
    chosen = np.empty(len(asked), dtype=np.int64)
    waiting = []
    for position in generator.permutation(len(asked)):
        own = left.get(int(asked[position]))
        if own:
            chosen[position] = own.pop()
        else:
            waiting.append(position)
    for position in waiting:
        size = int(asked[position])
        nearest = min((nodes for nodes, own in left.items() if own), key=lambda nodes: (abs(nodes - size), nodes))
        chosen[position] = left[nearest].pop()
    return chosen


def _reduced(sharing: Sharing, marks: Marks) -> int:
    """Count the marked models that hold, whole, a member of the reduced set of what the marked have for themselves."""
    own = exclusive_items(sharing, marks)
    kept = Reduction().reduced([items for items, _ in own])
    return len({member for items, members in own if items in kept for member in members})


def _all_reduced(sharing: Sharing, shuffled: Marks) -> NDArray[np.int64]:
    return np.array([_reduced(sharing, column) for column in shuffled.T], dtype=np.int64)


def _row(observed: int, null: NDArray[np.int64], marks: Marks, *, conditional: bool) -> dict[str, Any]:
    found = against_null(observed, null, conditional=conditional)
    values, counts = np.unique(null, return_counts=True)
    return {
        "models": len(marks),
        "mismatched": int(marks.sum()),
        "observed": observed,
        "null_mean": found.mean,
        "null_low": found.low,
        "null_high": found.high,
        "p": found.p,
        "p_low": found.p_low,
        "p_high": found.p_high,
        "draws": found.draws,
        "distribution": " ".join(f"{value}:{count}" for value, count in zip(values, counts, strict=True)),
    }


def distribution(text: str) -> tuple[Sequence[int], Sequence[int]]:
    """Return the numbers of a stored null distribution, and how often each came.

    Examples
    --------
    >>> distribution("3:1 4:9")
    ((3, 4), (1, 9))
    """
    pairs = [part.split(":") for part in text.split()]
    return tuple(int(value) for value, _ in pairs), tuple(int(count) for _, count in pairs)
