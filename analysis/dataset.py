"""The study's tables as typed frames: one loader a table, and `Study`, which holds them all.

Coded columns are categoricals in codebook order, so that tables and figures come out in that order without more ado.
"""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pandas as pd

from datapackage.codebook import Codebook
from datapackage.codebook import load_codebook as _load_codebook
from datapackage.commandline import DATA
from datapackage.errors import Fault, InputError
from datapackage.tables import read_table

CONVERTERS = ("torch.onnx", "tf2onnx")
SAMPLE = "issta24"


def load_codebook(data: Path = DATA) -> Codebook:
    """Load the codebook: dimensions symptom, cause (with details), location, each with its codes."""
    return _load_codebook(data)


def load_failures(data: Path = DATA, *, sample: str | None = None) -> pd.DataFrame:
    """Load the labelled failures.

    Parameters
    ----------
    data : Path
        Data folder.
    sample : str, optional
        Keep this sample alone; ``issta24`` is the study's.

    Returns
    -------
    DataFrame
        One row an issue and sample: issue, sample, converter, population_rank, created, created_earliest, created_latest,
        symptom, cause, cause_detail, location. Converters other than the study's two follow those in order of name.

    Raises
    ------
    InputError
        The table has faults (all are listed), or the sample does not exist.
    """
    frame = read_table(data, "failures")
    others = sorted(set(frame["converter"]) - set(CONVERTERS))
    frame["converter"] = pd.Categorical(frame["converter"], [*CONVERTERS, *others])
    return frame if sample is None else select_sample(frame, sample)


def select_sample(failures: pd.DataFrame, sample: str) -> pd.DataFrame:
    """Return the rows of one sample, with the converters that it has.

    Raises
    ------
    InputError
        No row belongs to the sample.
    """
    chosen = failures[failures["sample"] == sample].reset_index(drop=True)
    if chosen.empty:
        known = ", ".join(sorted(set(failures["sample"]))) or "none"
        raise InputError(
            [Fault("failures", f"has no such sample; it has: {known}", value=sample, reason="unknown-sample")]
        )
    return chosen.assign(converter=chosen["converter"].cat.remove_unused_categories())


def load_ratings(data: Path = DATA) -> pd.DataFrame:
    """Load the independent ratings: sample, round, issue, rater, dimension, code; one row a rating."""
    return read_table(data, "ratings")


def load_samples(data: Path = DATA) -> pd.DataFrame:
    """Load the size of the population behind each sample: sample, converter, population."""
    return read_table(data, "samples")


def load_claims(data: Path = DATA) -> pd.DataFrame:
    """Load what the paper prints: claim_id, where, quantity, published, unit, denominator, source_data, note."""
    return read_table(data, "claims")


def load_reference_distributions(data: Path = DATA) -> pd.DataFrame:
    """Load the DL compilers' symptoms and causes: population, dimension, code, count, total."""
    return read_table(data, "reference_distributions")


@dataclass(frozen=True, eq=False)
class Study:
    """All tables of a data folder, each read when first asked for; equal to itself alone, since a folder can change.

    Attributes
    ----------
    data : Path
        The data folder.
    """

    data: Path = DATA

    @cached_property
    def codebook(self) -> Codebook:
        """See `load_codebook`."""
        return load_codebook(self.data)

    @cached_property
    def failures(self) -> pd.DataFrame:
        """The study's own sample; see `load_failures`."""
        return load_failures(self.data, sample=SAMPLE)

    @cached_property
    def all_failures(self) -> pd.DataFrame:
        """Every sample; see `load_failures`."""
        return load_failures(self.data)

    @cached_property
    def ratings(self) -> pd.DataFrame:
        """See `load_ratings`."""
        return load_ratings(self.data)

    @cached_property
    def samples(self) -> pd.DataFrame:
        """See `load_samples`."""
        return load_samples(self.data)

    @cached_property
    def claims(self) -> pd.DataFrame:
        """See `load_claims`."""
        return load_claims(self.data)

    @cached_property
    def reference_distributions(self) -> pd.DataFrame:
        """See `load_reference_distributions`."""
        return load_reference_distributions(self.data)
