"""The study's tables as typed frames: one loader a table, and `Study`, which holds them all.

Coded columns are categoricals in codebook order, so that tables and figures come out in that order without more ado.
"""

import re
import sys
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import pandas as pd

from analysis.survey_data import Survey, load_survey
from datapackage.codebook import Codebook
from datapackage.codebook import load_codebook as _load_codebook
from datapackage.commandline import DATA
from datapackage.descriptor import read_descriptor
from datapackage.errors import Fault, InputError
from datapackage.reasons import Reason
from datapackage.rules import TAKEN_BACK
from datapackage.seal import is_sealed
from datapackage.tables import Folder, folder_path, read_table
from datapackage.validation import EDITED, ExaminedFolder, examine_folder

# small tables, read cell by cell: Arrow's strings, which pandas prefers where pyarrow is installed, take half as long again
pd.set_option("mode.string_storage", "python")

CONVERTERS = ("torch.onnx", "tf2onnx")
SAMPLE = "issta24"
_SAID = {*EDITED, Reason.UNDESCRIBED_FILE}  # faults that are told and computed with all the same


def load_codebook(data: Path = DATA) -> Codebook:
    """Load the codebook: dimensions symptom, cause (with details), location, each with its codes."""
    return _load_codebook(data)


def load_failures(data: Folder = DATA, *, sample: str | None = None) -> pd.DataFrame:
    """Load the labelled failures.

    Parameters
    ----------
    data : Path or ExaminedFolder
        Data folder; see `datapackage.tables.read_table`.
    sample : str, optional
        Keep this sample alone; ``issta24`` is the study's.

    Returns
    -------
    DataFrame
        One row per issue and sample: issue, sample, converter, population_rank, created, created_earliest, created_latest,
        symptom, cause, cause_detail, location. Converters other than the study's two follow those in order of name.
        Deprecated rows are left out; see `load_deprecated`.

    Raises
    ------
    InputError
        The table has faults (all are listed), or the sample does not exist.
    """
    frame = _with_converters(read_table(data, "failures"))
    frame = frame[frame["status"] == "active"].drop(columns=["status", "status_reason"]).reset_index(drop=True)
    return frame if sample is None else select_sample(frame, sample)


def load_deprecated(data: Folder = DATA) -> pd.DataFrame:
    """Load the failures that analyses leave out: columns of `load_failures`, and status_reason."""
    frame = _with_converters(read_table(data, "failures"))
    return frame[frame["status"] == "deprecated"].drop(columns="status").reset_index(drop=True)


def _with_converters(frame: pd.DataFrame) -> pd.DataFrame:
    others = sorted(set(frame["converter"]) - set(CONVERTERS))
    return frame.assign(converter=pd.Categorical(frame["converter"], [*CONVERTERS, *others]))


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
            [Fault("failures", f"has no such sample; it has: {known}", value=sample, reason=Reason.UNKNOWN_SAMPLE)]
        )
    return chosen.assign(converter=chosen["converter"].cat.remove_unused_categories())


def load_ratings(data: Folder = DATA) -> pd.DataFrame:
    """Load the last revision of each rating by a person.

    Parameters
    ----------
    data : Path or ExaminedFolder
        Data folder; see `datapackage.tables.read_table`.

    Returns
    -------
    DataFrame
        One row per sample, round, issue, rater and dimension: these, and code, unsure, time, tool. Ratings of machines and of
        raters who decided together are left out: they don't tell how far people agree.
    """
    return _latest_ratings(data, "human")


def load_machine_ratings(data: Folder = DATA) -> pd.DataFrame:
    """Load the last revision of each rating by a machine, of any issue of a sample's population; columns as `load_ratings`."""
    return _latest_ratings(data, "machine")


def _latest_ratings(data: Folder, kind: str) -> pd.DataFrame:
    ratings, raters = read_table(data, "ratings"), load_raters(data)
    chosen = set(raters.loc[raters["kind"] == kind, "rater"])
    ratings = ratings[ratings["rater"].isin(chosen)].sort_values("revision", kind="stable")
    latest = ratings.drop_duplicates(["sample", "round", "issue", "rater", "dimension"], keep="last").sort_index()
    latest = latest[latest["code"] != TAKEN_BACK].drop(columns="revision").reset_index(drop=True)
    return _with_current_codes(latest, load_codebook(folder_path(data)))


def _with_current_codes(ratings: pd.DataFrame, codebook: Codebook) -> pd.DataFrame:
    """Replace retired codes by what took their place; a code that was split stays, and agrees with nothing given later."""
    became = {
        (name, code.slug): dimension.current(code.slug) or code.slug
        for name, dimension in codebook.dimensions.items()
        for code in dimension.retired
    }
    if not became:
        return ratings
    keys = zip(ratings["dimension"], ratings["code"], strict=True)
    return ratings.assign(code=[became.get(key, key[1]) for key in keys])


def load_raters(data: Folder = DATA) -> pd.DataFrame:
    """Load who rated: rater, kind (human, machine, consensus), training, tool, since."""
    return read_table(data, "raters")


def load_samples(data: Folder = DATA) -> pd.DataFrame:
    """Load the size of the population behind each sample: sample, converter, population."""
    return read_table(data, "samples")


def load_claims(data: Folder = DATA) -> pd.DataFrame:
    """Load what the paper prints: claim_id, where, quantity, published, unit, denominator, source_data, note."""
    return read_table(data, "claims")


def load_reference_distributions(data: Folder = DATA) -> pd.DataFrame:
    """Load the DL compilers' symptoms and causes: population, dimension, code, count, total."""
    return read_table(data, "reference_distributions")


def load_opsets(data: Folder = DATA) -> pd.DataFrame:
    """Load the changes of ONNX's operator sets: source, opset, released, operator, change, function; one row per operator."""
    return read_table(data, "opsets")


def load_notebook_opset_bins(data: Folder = DATA) -> pd.DataFrame:
    """Load the failures by ONNX release as the study's notebook saved them; one row per day of release."""
    return read_table(data, "notebook_opset_bins")


def load_notebook_outputs(data: Folder = DATA) -> pd.DataFrame:
    """Load the numbers that the study's notebooks saved: research_question, quantity, value."""
    return read_table(data, "notebook_outputs")


def load_notebook_sequences(data: Folder = DATA) -> pd.DataFrame:
    """Load the operator sequences that the study's notebook saved in full: converter, set, sequence."""
    return read_table(data, "notebook_sequences")


def load_notebook_models(data: Folder = DATA) -> pd.DataFrame:
    """Load how many sequences of mismatched models alone each model has, as saved; one row per mismatched model."""
    return read_table(data, "notebook_models_by_sequences")


ARCHIVE_FILES: Mapping[str, str] = {
    "archive_issues": "data.zip",
    "archive_real_models": "pytorch_conv_results.json or tf2onnx_conv_results.json",
    "archive_sequences": "parser_results.zip",
}
"""Table that exists only where the full archive was imported: the archive's large file that it comes from."""


def load_archive_table(data: Folder, name: str) -> pd.DataFrame | None:
    """Load a table that exists only where the full archive was imported, or None where it was not.

    Parameters
    ----------
    data : Path or ExaminedFolder
        Data folder; see `datapackage.tables.read_table`.
    name : str
        Name in the descriptor, ``archive_…``.

    Raises
    ------
    InputError
        The table is there and has faults.
    """
    described = any(entry["name"] == name for entry in read_descriptor(folder_path(data))["resources"])
    return read_table(data, name) if described else None


def load_disclosures(data: Folder = DATA) -> pd.DataFrame:
    """Load the issues that the study's authors disclosed: opened, stage, kind, state, action; one row per issue."""
    return read_table(data, "disclosures")


def load_conversions(data: Folder = DATA, *, campaign: str = "issta24-synthetic") -> pd.DataFrame:
    """Load a campaign of conversion experiments.

    Parameters
    ----------
    data : Path or ExaminedFolder
        Data folder; see `datapackage.tables.read_table`.
    campaign : str
        Name of the campaign; ``issta24-synthetic`` is the study's.

    Returns
    -------
    DataFrame
        One row per model and converter: converter (categorical), nodes, model, reported, outcome, error_stage, error_class,
        error_operator, difference, max_abs_diff, max_rel_diff, mismatched_elements, compared_elements.

    Raises
    ------
    InputError
        The table has faults (all are listed), or the campaign does not exist.
    """
    frame = read_table(data, f"conversions-{campaign}")
    others = sorted(set(frame["converter"]) - set(CONVERTERS))
    return frame.assign(converter=pd.Categorical(frame["converter"], [*CONVERTERS, *others]))


def load_campaigns(data: Folder = DATA) -> dict[str, pd.DataFrame]:
    """Load this project's own conversion campaigns, as `load_conversions` does, by their names.

    A campaign's name begins with its year.
    """
    names = [
        entry["name"].removeprefix("conversions-")
        for entry in read_descriptor(folder_path(data))["resources"]
        if re.fullmatch(r"conversions-\d{4}-.*", entry["name"])
        and not entry["name"].endswith(("-operators", "-graphs"))
    ]
    return {name: load_conversions(data, campaign=name) for name in names}


_VERSIONS = re.compile(r"\d{4}-\d{2}-versions-(?P<exporter>.+)-(?P<version>[0-9.]+)")
PLANTED_HELD_OUT = "planted-2026-11-planted-held-out"


def load_planted(data: Folder = DATA, *, name: str = PLANTED_HELD_OUT) -> pd.DataFrame:
    """Load faults planted in graphs, and whom the attribution names.

    Columns: converter, nodes, model, kind, operator, size, effect, effect_discrete, and as_* by who made the fault.
    """
    return read_table(data, name)


def load_graphs(data: Folder = DATA) -> pd.DataFrame:
    """Load the structures of the ONNX graphs of this project's campaigns.

    Returns
    -------
    DataFrame
        One row a graph: campaign, converter, nodes, model, opset, by_close_1e_3, by_absolute_1e_7 (match, mismatch,
        not_compared; missing where a task failed), paths, graph (text of `methods.labelled_graphs.LabelledGraph`). A
        model that two campaigns hold stands once a converter and operator set.
    """
    names = [
        entry["name"] for entry in read_descriptor(folder_path(data))["resources"] if entry["name"].endswith("-graphs")
    ]
    parts = [
        read_table(data, name).assign(campaign=name.removeprefix("conversions-").removesuffix("-graphs"))
        for name in names
    ]
    if not parts:
        return pd.DataFrame(columns=["campaign", *GRAPH_COLUMNS])
    columns = ["campaign", *GRAPH_COLUMNS]
    frame = pd.concat(parts, ignore_index=True)[columns]
    return frame.drop_duplicates(["converter", "model", "opset"], ignore_index=True)


GRAPH_COLUMNS = (
    "converter", "nodes", "model", "opset", "by_close_1e_3", "by_absolute_1e_7", "paths", "graph",
)  # fmt: skip


def left_out(study: "Study", samples: Collection[str] | None = None) -> list[str]:
    """Return a sentence for each sample with deprecated rows, which analyses don't count.

    Parameters
    ----------
    study : Study
        The data.
    samples : collection of str, optional
        Tell of these alone.
    """
    counts = study.deprecated["sample"].value_counts().sort_index()
    told = counts.index if samples is None else [name for name in counts.index if name in samples]
    return [
        f"Of sample {name} {counts[name]} deprecated {'row is' if counts[name] == 1 else 'rows are'} not counted; "
        "failures.csv says why."
        for name in told
    ]


@dataclass(frozen=True, eq=False)
class Study:
    """All tables of a data folder, each read when first asked for; equal to itself alone, since a folder can change.

    Attributes
    ----------
    data : Path
        The data folder.
    examined : ExaminedFolder, optional
        What was read when the folder was checked as a whole (see `open_study`); tables come from there, as they were then.
    """

    data: Path = DATA
    examined: ExaminedFolder | None = field(default=None, repr=False)
    _archive: dict[str, pd.DataFrame | None] = field(default_factory=dict, repr=False)

    def archive_table(self, name: str) -> pd.DataFrame | None:
        """See `load_archive_table`."""
        if name not in self._archive:
            self._archive[name] = load_archive_table(self._source, name)
        return self._archive[name]

    @property
    def _source(self) -> Folder:
        return self.data if self.examined is None else self.examined

    @property
    def archive_files(self) -> list[str]:
        """The archive's large files that the data was made from; none where it was made from a snapshot without them."""
        return [file for table, file in ARCHIVE_FILES.items() if self.archive_table(table) is not None]

    @cached_property
    def codebook(self) -> Codebook:
        """See `load_codebook`."""
        return load_codebook(self.data)

    @cached_property
    def failures(self) -> pd.DataFrame:
        """The study's own sample; see `load_failures`."""
        return load_failures(self._source, sample=SAMPLE)

    @cached_property
    def all_failures(self) -> pd.DataFrame:
        """Every sample; see `load_failures`."""
        return load_failures(self._source)

    @cached_property
    def deprecated(self) -> pd.DataFrame:
        """Rows that analyses leave out; see `load_deprecated`."""
        return load_deprecated(self._source)

    @cached_property
    def ratings(self) -> pd.DataFrame:
        """See `load_ratings`."""
        return load_ratings(self._source)

    @cached_property
    def machine_ratings(self) -> pd.DataFrame:
        """See `load_machine_ratings`."""
        return load_machine_ratings(self.data)

    @cached_property
    def samples(self) -> pd.DataFrame:
        """See `load_samples`."""
        return load_samples(self._source)

    @cached_property
    def claims(self) -> pd.DataFrame:
        """See `load_claims`."""
        return load_claims(self._source)

    @cached_property
    def printed(self) -> pd.Series:
        """What the paper prints, as text, by claim."""
        return self.claims.set_index("claim_id")["published"]

    @cached_property
    def reference_distributions(self) -> pd.DataFrame:
        """See `load_reference_distributions`."""
        return load_reference_distributions(self._source)

    @cached_property
    def survey(self) -> Survey:
        """See `analysis.survey_data.load_survey`."""
        return load_survey(self._source)

    @cached_property
    def opsets(self) -> pd.DataFrame:
        """See `load_opsets`."""
        return load_opsets(self._source)

    @cached_property
    def notebook_opset_bins(self) -> pd.DataFrame:
        """See `load_notebook_opset_bins`."""
        return load_notebook_opset_bins(self._source)

    @cached_property
    def conversions(self) -> pd.DataFrame:
        """The study's synthetic models; see `load_conversions`."""
        return load_conversions(self._source)

    @cached_property
    def disclosures(self) -> pd.DataFrame:
        """See `load_disclosures`."""
        return load_disclosures(self._source)

    @cached_property
    def _campaigns(self) -> dict[str, pd.DataFrame]:
        return load_campaigns(self._source)

    @cached_property
    def campaigns(self) -> dict[str, pd.DataFrame]:
        """See `load_campaigns`; those of one operator set and of today's versions."""
        return {
            name: frame
            for name, frame in self._campaigns.items()
            if frame["opset"].nunique() == 1 and not _VERSIONS.fullmatch(name)
        }

    @cached_property
    def opset_campaigns(self) -> dict[str, pd.DataFrame]:
        """See `load_campaigns`; those that convert the same models to several operator sets."""
        return {name: frame for name, frame in self._campaigns.items() if frame["opset"].nunique() > 1}

    @cached_property
    def version_campaigns(self) -> dict[tuple[str, str], pd.DataFrame]:
        """See `load_campaigns`; those of one exporter's versions on one stack, by exporter and version.

        Their names are such as ``2026-11-versions-tf2onnx-1.16.1``.
        """
        named = {_VERSIONS.fullmatch(name): frame for name, frame in self._campaigns.items()}
        return {(found["exporter"], found["version"]): frame for found, frame in named.items() if found is not None}

    @cached_property
    def campaign_operators(self) -> dict[str, pd.DataFrame]:
        """Operators of the ONNX graphs of each campaign: converter, operator, types, graphs, nodes, unsuccessful."""
        return {name: read_table(self._source, f"conversions-{name}-operators") for name in self.campaigns}

    @cached_property
    def reproducers(self) -> pd.DataFrame:
        """Smallest models that show a cause of wrong conversions: reproducer, party, operator, …, task, campaign, model, inputs."""
        return read_table(self._source, "reproducers")

    @cached_property
    def planted(self) -> pd.DataFrame:
        """See `load_planted`; the held-out models."""
        return load_planted(self._source)

    @cached_property
    def graphs(self) -> pd.DataFrame:
        """See `load_graphs`."""
        return load_graphs(self._source)

    @cached_property
    def node_tests(self) -> pd.DataFrame:
        """The onnx package's node tests in ONNX Runtime and the reference evaluator."""
        return read_table(self._source, "conversions-onnx-node-tests")

    @cached_property
    def onnx_tests(self) -> pd.DataFrame:
        """Operators and sequences of the onnx package's test models: kind, sequence, types, attributes, tests."""
        return read_table(self._source, "onnx-test-sequences")

    @cached_property
    def notebook_outputs(self) -> pd.DataFrame:
        """See `load_notebook_outputs`."""
        return load_notebook_outputs(self._source)

    @cached_property
    def notebook_sequences(self) -> pd.DataFrame:
        """See `load_notebook_sequences`."""
        return load_notebook_sequences(self._source)

    @cached_property
    def notebook_models(self) -> pd.DataFrame:
        """See `load_notebook_models`."""
        return load_notebook_models(self._source)


def open_study(data: Path) -> Study:
    """Return the study of a data folder, checked as a whole.

    A folder that was checked and is as it was then (see `datapackage.seal`) is not checked again. Tables that were edited
    since they were described are computed with, and a note on standard error says so: results then are of this folder, not
    of the one that ``datapackage.json`` describes.

    Parameters
    ----------
    data : Path
        The data folder.

    Raises
    ------
    InputError
        A table, a reference or a description has faults; all of them are listed.
    """
    if is_sealed(data):
        return Study(data)
    examined = examine_folder(data)
    if any(fault.reason not in _SAID for fault in examined.faults):
        raise InputError([fault for fault in examined.faults if fault.reason not in EDITED])
    for fault in examined.faults:
        sys.stderr.write(f"note: {fault}\n")
    return Study(data, examined)
