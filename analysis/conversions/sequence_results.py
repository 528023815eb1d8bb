"""Results of the tests on operator sequences: computed at length, kept, and found again for the same data.

Minutes of computing; so results are kept in ``sequence_*.csv`` beside this module, under the hash of the graphs and of the
study's record, and ``python -m analysis sequences --keep`` makes them again. Other data gets fewer draws on the spot.
"""

import hashlib
from collections.abc import Callable, Mapping
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
QUICK = Effort(draws=99, reduced_draws=9, samples=1, labellings=99)
_OPSET = 18


class SequenceResults(NamedTuple):
    """What the report tells of operator sequences.

    Attributes
    ----------
    study, campaigns : DataFrame
        Tests of the study's count and of each campaign's; see `analysis.conversions.sequences.COLUMNS`.
    odds, held_out, prediction : DataFrame
        See `analysis.conversions.sequence_odds`.
    counts : DataFrame
        See `analysis.conversions.sequence_counts`.
    """

    study: pd.DataFrame
    campaigns: pd.DataFrame
    odds: pd.DataFrame
    held_out: pd.DataFrame
    prediction: pd.DataFrame
    counts: pd.DataFrame

    @property
    def nulls(self) -> pd.DataFrame:
        """All tests, the study's first."""
        parts = [self.study, self.campaigns]
        return pd.concat([part for part in parts if len(part)] or parts, ignore_index=True)


def shown_by_study(study: Study) -> dict[str, int]:
    """Return how many mismatched models have a sequence of their own by the archive's saved outputs, by converter."""
    models = study.notebook_models
    counts = models[models["mismatch_only_sequences"] > 0]["converter"].value_counts()
    return {converter: int(counts.get(converter, 0)) for converter in CONVERTERS}


def compute(study: Study, effort: Effort) -> SequenceResults:
    """Compute everything anew; campaigns that have graphs are tested each by itself."""
    return SequenceResults(**{name: _computed(name, study, effort) for name in SequenceResults._fields})


def sequence_results(study: Study) -> SequenceResults:
    """Return the kept results of this data; quick ones for what hangs on data that is another."""
    keys = inputs_hashes(study)
    found = {name: kept(name, keys[name]) for name in SequenceResults._fields}
    return SequenceResults(
        **{name: _computed(name, study, QUICK) if frame is None else frame for name, frame in found.items()}
    )


def _computed(name: str, study: Study, effort: Effort) -> pd.DataFrame:
    tested = study.graphs[study.graphs["opset"] == _OPSET]
    if name == "study":
        numbers = {"samples": effort.samples, "labellings": effort.labellings, "reduced_draws": effort.reduced_draws}
        return study_nulls(tested, study.conversions, shown_by_study(study), **numbers)
    if name == "campaigns":
        return campaign_nulls(tested, draws=effort.draws, reduced_draws=effort.reduced_draws)
    return _WITHOUT_DRAWS[name](tested)


_WITHOUT_DRAWS: Mapping[str, Callable[[pd.DataFrame], pd.DataFrame]] = {
    "odds": odds_ratios,
    "held_out": held_out,
    "prediction": prediction,
    "counts": counts,
}


def inputs_hashes(study: Study) -> dict[str, str]:
    """Return the hash of what each result depends on; the order of rows does not matter.

    All depend on the graphs, the simulation of the study's count on its record, too.
    """
    conversions = study.conversions[["converter", "nodes", "model", "reported", "outcome", "difference"]]
    graphs, record = _digest(study.graphs), _digest(study.graphs, conversions, study.notebook_models)
    return {name: record if name == "study" else graphs for name in SequenceResults._fields}


def _digest(*frames: pd.DataFrame) -> str:
    digest = hashlib.sha256()
    for frame in frames:
        rows = frame.astype(str).sort_values(list(frame.columns))
        digest.update(rows.to_csv(index=False, lineterminator="\n").encode())
    return digest.hexdigest()


def kept(name: str, key: str) -> pd.DataFrame | None:
    """Return the result of a name that is kept under a hash; None where there is none, or an empty one."""
    if not _path(name).exists():
        return None
    frame = pd.read_csv(_path(name), keep_default_na=False, na_values=[""])
    return frame.drop(columns="inputs") if set(frame["inputs"]) == {key} else None


def keep(keys: Mapping[str, str], results: SequenceResults) -> None:
    """Write results to their files, in place of what stands there."""
    for name, frame in results._asdict().items():
        text = frame.assign(inputs=keys[name]).to_csv(index=False, lineterminator="\n", float_format="%.6g")
        write_atomic(_path(name), text)


def _path(name: str) -> Path:
    return _FOLDER / f"sequence_{name}.csv"
