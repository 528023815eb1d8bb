"""Results of the tests on operator sequences: computed at length, kept, and found again for the same data.

Minutes of computing; so results are kept in ``sequence_*.csv`` beside this module, under the hash of the graphs and of the
study's record, and ``python -m analysis sequences --keep`` makes them again. Other data gets fewer draws on the spot.
"""

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from analysis.conversions.sequence_counts import counts
from analysis.conversions.sequence_odds import held_out, odds_ratios, prediction
from analysis.conversions.sequences import campaign_nulls, study_nulls
from analysis.dataset import CONVERTERS, Study
from datapackage.files import write_atomic

_FOLDER = Path(__file__).parent


class Effort(NamedTuple):
    """How much is drawn; see `analysis.conversions.sequences`."""

    draws: int
    reduced_draws: int
    samples: int
    labellings: int


KEPT = Effort(draws=1999, reduced_draws=100, samples=5, labellings=400)
QUICK = Effort(draws=99, reduced_draws=19, samples=1, labellings=99)


class SequenceResults(NamedTuple):
    """What the report tells of operator sequences.

    Attributes
    ----------
    nulls : DataFrame
        See `analysis.conversions.sequences.COLUMNS`.
    odds, held_out, prediction : DataFrame
        See `analysis.conversions.sequence_odds`.
    counts : DataFrame
        See `analysis.conversions.sequence_counts`.
    """

    nulls: pd.DataFrame
    odds: pd.DataFrame
    held_out: pd.DataFrame
    prediction: pd.DataFrame
    counts: pd.DataFrame


def shown_by_study(study: Study) -> dict[str, int]:
    """Return how many mismatched models have a sequence of their own by the archive's saved outputs, by converter."""
    models = study.notebook_models
    counts = models[models["mismatch_only_sequences"] > 0]["converter"].value_counts()
    return {converter: int(counts.get(converter, 0)) for converter in CONVERTERS}


def compute(study: Study, effort: Effort) -> SequenceResults:
    """Compute everything anew; campaigns that have graphs are tested each by itself."""
    graphs = study.graphs
    tested = graphs[graphs["opset"] == _OPSET]
    nulls = [
        study_nulls(
            tested,
            study.conversions,
            shown_by_study(study),
            samples=effort.samples,
            labellings=effort.labellings,
            reduced_draws=effort.reduced_draws,
        ),
        campaign_nulls(tested, draws=effort.draws, reduced_draws=effort.reduced_draws),
    ]
    return SequenceResults(
        pd.concat([part for part in nulls if len(part)] or nulls, ignore_index=True),
        odds_ratios(tested),
        held_out(tested),
        prediction(tested),
        counts(tested),
    )


_OPSET = 18


def sequence_results(study: Study) -> SequenceResults:
    """Return the kept results of this data, or quick ones."""
    return kept(inputs_hash(study)) or compute(study, QUICK)


def inputs_hash(study: Study) -> str:
    """Return the hash of what the results depend on; the order of rows does not matter."""
    digest = hashlib.sha256()
    conversions = study.conversions[["converter", "nodes", "model", "reported", "outcome", "difference"]]
    for frame in (study.graphs, conversions, study.notebook_models):
        rows = frame.astype(str).sort_values(list(frame.columns))
        digest.update(rows.to_csv(index=False, lineterminator="\n").encode())
    return digest.hexdigest()


def kept(key: str) -> SequenceResults | None:
    """Return the results kept under a hash, None where there are none."""
    frames: Mapping[str, pd.DataFrame] = {
        name: pd.read_csv(_path(name), keep_default_na=False, na_values=[""])
        for name in SequenceResults._fields
        if _path(name).exists()
    }
    if len(frames) < len(SequenceResults._fields) or any(set(frame["inputs"]) - {key} for frame in frames.values()):
        return None
    if not any(len(frame) for frame in frames.values()):
        return None
    return SequenceResults(**{name: frame.drop(columns="inputs") for name, frame in frames.items()})


def keep(key: str, results: SequenceResults) -> None:
    """Write results to their files, in place of what stands there."""
    for name, frame in results._asdict().items():
        text = frame.assign(inputs=key).to_csv(index=False, lineterminator="\n", float_format="%.6g")
        write_atomic(_path(name), text)


def _path(name: str) -> Path:
    return _FOLDER / f"sequence_{name}.csv"
