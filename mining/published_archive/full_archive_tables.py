"""The descriptions of the tables that exist only where the full archive was imported, for ``datapackage.json``."""

from collections.abc import Iterable, Mapping
from typing import Any

from datapackage.descriptor import Descriptor
from mining.published_archive.large_files import ISSUE_LISTS, REAL_TF2ONNX, REAL_TORCH, SEQUENCES
from mining.published_archive.real_models import CLASSES

_SOURCE = {
    "title": "Archive of Jajal et al., ISSTA 2024, PurdueDualityLab/issta24-onnx-artifact, commit 3907b01 (Apache-2.0)",
    "path": "https://github.com/PurdueDualityLab/issta24-onnx-artifact",
}
_CONVERTERS = ["torch.onnx", "tf2onnx"]
_MOMENT = r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z"
_Constraints = dict[str, Any]
_NEEDED: _Constraints = {"required": True}
_COUNT: _Constraints = {"required": True, "minimum": 0}
_CONVERTER = ("string", "Converter.", _NEEDED | {"enum": _CONVERTERS})
_MODEL = ("integer", "Number of the mismatched model in the archive's files, from 0.", _COUNT)
# by column name: type, meaning, constraints
_Columns = Mapping[str, tuple[str, str, _Constraints]]

_ISSUES: _Columns = {
    "converter": _CONVERTER,
    "list": (
        "string",
        "`all`: closed issues with the converter's label; `filtered`: those that the commit/PR filter kept.",
        _NEEDED | {"enum": ["all", "filtered"]},
    ),
    "position": (
        "integer",
        "Position in the list, from 0, newest issue first; of `filtered` the `population_rank`.",
        _COUNT,
    ),
    "issue": ("string", "The issue, as owner/repository#number.", _NEEDED),
    "created": ("string", "When it was opened (UTC).", _NEEDED | {"pattern": _MOMENT}),
    "closed": ("string", "When it was closed.", {"pattern": _MOMENT}),
    "updated": ("string", "When it was last changed before the download.", {"pattern": _MOMENT}),
    "latest": (
        "string",
        "The latest moment of the issue and its timeline; the download was later.",
        _NEEDED | {"pattern": _MOMENT},
    ),
    "state": ("string", "State when it was downloaded.", _NEEDED | {"enum": ["open", "closed"]}),
    "labels": ("string", "Labels in alphabetical order, separated by `|`.", {}),
    "pull_request": ("boolean", "Whether the entry is a pull request.", _NEEDED),
    "timeline_entries": ("integer", "Entries of the stored timeline.", _COUNT),
    "timeline_cut": ("boolean", "Whether the timeline may go on: only its first 100 entries were downloaded.", _NEEDED),
    "kept": ("boolean", "Whether the study's commit/PR filter, computed again, keeps the issue.", _NEEDED),
    "evidence": ("string", "The timeline entry that keeps it, as reason@position.", {}),
}
_EVENTS: _Columns = {
    "converter": _CONVERTER,
    "position": ("integer", "Position of the issue in the list `all`.", _COUNT),
    "entry": ("integer", "Place in the timeline, from 1, all entries counted.", _NEEDED | {"minimum": 1}),
    "issue": ("string", "The issue.", _NEEDED),
    "event": (
        "string",
        "Kind of entry.",
        _NEEDED | {"enum": ["closed", "referenced", "cross_referenced", "connected"]},
    ),
    "created": ("string", "When.", {"pattern": _MOMENT}),
    "commit": ("string", "The commit that closed or referenced the issue.", {}),
    "source": ("string", "The issue or pull request that a cross-reference comes from.", {}),
    "source_kind": ("string", "What that is.", {"enum": ["issue", "pull_request"]}),
    "source_state": ("string", "Its state when it was downloaded.", {"enum": ["open", "closed"]}),
}
_REAL: _Columns = {
    "converter": _CONVERTER,
    "position": ("integer", "Position in the file, from 0.", _COUNT),
    "model": ("string", "Part of the model's path; not unique.", _NEEDED),
    "model_type": ("string", "Architecture, as t5; empty where the file has none.", {}),
    "error": (
        "integer",
        "0: no failure, or one after a model file was written; 1: the command failed and left no file; 2: the script raised.",
        _NEEDED | {"minimum": 0, "maximum": 2},
    ),
    "conversion_files": ("integer", "Files of the converter that the traceback names; the study counts these.", _COUNT),
    "load_files": ("integer", "Files of ONNX Runtime that the traceback names; the study counts these.", _COUNT),
    "difference": ("string", "What is recorded as largest difference.", {"enum": ["finite", "infinite", "nan"]}),
    "max_abs_diff": (
        "number",
        "Largest absolute difference of the outputs; INF where infinite, empty where NaN or unknown.",
        {},
    ),
    "class": (
        "string",
        "One class per model, the first that holds; `mismatch` from a difference of 1e-3.",
        _NEEDED | {"enum": list(CLASSES)},
    ),
}
_SETS = ["mismatch", "correct", "tests"]
_SET_MEANING = "What mismatched models were compared with: each other, correct models, the models of the test suites."
_FILES: _Columns = {
    "converter": _CONVERTER,
    "set": ("string", _SET_MEANING, _NEEDED | {"enum": _SETS}),
    "models": ("integer", "Mismatched models.", _COUNT),
    "model_pairs": ("integer", "Pairs of models.", _COUNT),
    "path_pairs": ("integer", "Pairs of paths that were compared, as the file says.", {"minimum": 0}),
    "sequences": ("integer", "Sequences of all pairs, repeated ones and markers included.", _COUNT),
    "unique": ("integer", "Distinct sequences of at least three operators, markers taken off their ends.", _COUNT),
    "types": ("integer", "Operator types of the dictionary, the markers `input` and `output` included.", _COUNT),
}
_SEQUENCES: _Columns = {
    "converter": _CONVERTER,
    "sequence": ("integer", "Number of the sequence.", _COUNT),
    "operators": ("string", "Operator types, separated by a space.", _NEEDED),
    **{kind: ("integer", f"Lists of the set `{kind}` in which it stands.", _COUNT) for kind in _SETS},
    "reduced_mismatch_only": (
        "boolean",
        "Whether the reduction, in canonical order, of the sequences that no correct model shares has it.",
        _NEEDED,
    ),
}
_MODELS: _Columns = {
    "converter": _CONVERTER,
    "model": _MODEL,
    "sequence": ("integer", "Number of a sequence that the model shares with another mismatched one.", _COUNT),
}
_OPERATORS: _Columns = {
    "converter": _CONVERTER,
    "operator": ("string", "Operator type; `input` and `output` are markers.", _NEEDED),
} | {
    f"{column}_{kind}": ("boolean", text.format(kind), _NEEDED)
    for kind in _SETS
    for column, text in (
        ("in", "Whether the dictionary of the set `{}` has it."),
        ("seen", "Whether a sequence of `{}` has it."),
    )
}
_REDUCTIONS: _Columns = {
    "converter": _CONVERTER,
    "set": (
        "string",
        f"{_SET_MEANING} `mismatch_only`: not shared with a correct model.",
        _NEEDED | {"enum": [*_SETS, "mismatch_only"]},
    ),
    "unique": ("integer", "Distinct sequences before the reduction.", _COUNT),
    "canonical": ("integer", "After it, with the sequences in lexicographic order.", _COUNT),
    "least": ("integer", "Least number over the seeded orders and the canonical one.", _COUNT),
    "most": ("integer", "Largest number over them.", _COUNT),
    "median": ("number", "Median over the seeded orders.", _COUNT),
    "orders": ("integer", "Seeded orders.", _COUNT),
    "seed": ("integer", "Seed of the first order.", _COUNT),
    "in_correct": ("integer", "Of `mismatch_only`: canonical ones that a correct model does share.", {"minimum": 0}),
    "shortest": ("integer", "Of `mismatch_only`: operators of the shortest canonical one.", {"minimum": 0}),
    "longest": ("integer", "Of `mismatch_only`: operators of the longest canonical one.", {"minimum": 0}),
}
_LISTS, _SEQUENCE_ZIP = ISSUE_LISTS.path, SEQUENCES.path
_REAL_FILES = f"{REAL_TORCH.path} and {REAL_TF2ONNX.path}"
_KEY_PLACE = ["converter", "position"]

# name: (file, key, columns, from which of the archive's files, what a row is)
TABLES: Mapping[str, tuple[str, list[str], _Columns, str, str]] = {
    "archive_issues": (
        "issues", ["converter", "list", "position"], _ISSUES, _LISTS,
        "The study's issue lists, before and after its commit/PR filter: one row per entry; an issue can stand twice.",
    ),
    "archive_events": (
        "events", [*_KEY_PLACE, "entry"], _EVENTS, _LISTS,
        "The timeline entries of the kinds that the study's commit/PR filter looks at, of the list `all`.",
    ),
    "archive_real_models": ("real_models", _KEY_PLACE, _REAL, _REAL_FILES, "Conversions of the real models: one row per model."),
    "archive_sequence_files": (
        "sequence_files", ["converter", "set"], _FILES, _SEQUENCE_ZIP,
        "The files of shared operator sequences: one row per file.",
    ),
    "archive_sequences": (
        "sequences", ["converter", "sequence"], _SEQUENCES, _SEQUENCE_ZIP,
        "Operator sequences that mismatched models share with others: one row per sequence.",
    ),
    "archive_sequence_models": (
        "sequence_models", ["converter", "model", "sequence"], _MODELS, _SEQUENCE_ZIP,
        "Which mismatched models share which sequences with other mismatched models.",
    ),
    "archive_sequence_operators": (
        "sequence_operators", ["converter", "operator"], _OPERATORS, _SEQUENCE_ZIP,
        "Operator types of the models behind each file; of correct and test models the union with those is known.",
    ),
    "archive_sequence_reductions": (
        "sequence_reductions", ["converter", "set"], _REDUCTIONS, _SEQUENCE_ZIP,
        "Sizes of the reduced sets of sequences; the reduction depends on an order that the study does not fix.",
    ),
}  # fmt: skip


def resource_of(name: str) -> dict[str, Any]:
    """Return the description of one of these tables."""
    file, key, columns, origin, description = TABLES[name]
    fields = [
        {"name": column, "type": kind, "description": meaning} | ({"constraints": dict(limits)} if limits else {})
        for column, (kind, meaning, limits) in columns.items()
    ]
    return {
        "name": name,
        "path": f"archive/{file}.csv",
        "description": f"{description} From {origin}; only where the full archive was imported.",
        "sources": [_SOURCE],
        "schema": {"fields": fields, "primaryKey": key},
    }


def describing(descriptor: Descriptor, names: Iterable[str]) -> Descriptor:
    """Return the descriptor with entries for exactly these of the tables, after those of all other tables."""
    others = [entry for entry in descriptor["resources"] if entry["name"] not in TABLES]
    return descriptor | {"resources": [*others, *(resource_of(name) for name in TABLES if name in set(names))]}
