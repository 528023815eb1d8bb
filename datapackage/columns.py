"""The columns that the code reads: a descriptor that leaves one out, or gives it another type, is refused.

A description can add tables and columns freely; it cannot take away what analyses and rules between columns stand on.
"""

from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase

# table (shell pattern, the first that fits) → columns, each `name` of text or `name:type`
_READ: Mapping[str, str] = {
    "failures": (
        "issue sample converter population_rank:integer created:date created_earliest:date "
        "created_latest:date symptom cause cause_detail location status status_reason"
    ),
    "ratings": ("sample round issue rater dimension revision:integer code unsure:boolean time:datetime tool"),
    "raters": "rater kind training tool since:date",
    "samples": "sample converter population:integer",
    "survey_responses": "respondent Q1 Q2 Q5 Q9 Q11 Q61",
    "survey_choices": "respondent question option",
    "survey_themes": "respondent question theme",
    "survey_theme_words": "respondent question theme",
    "survey_coding_sheets": "question rows:integer answers:integer first_offset:integer",
    "conversions-issta24-synthetic": (
        "converter nodes:integer model reported outcome error_stage error_class error_operator difference "
        "max_abs_diff:number max_rel_diff:number mismatched_elements:integer compared_elements:integer"
    ),
    "conversions-[0-9][0-9][0-9][0-9]-*-operators": "converter operator types graphs:integer unsuccessful:integer",
    "conversions-[0-9][0-9][0-9][0-9]-*-graphs": (
        "converter nodes:integer model opset:integer by_close_1e_3 by_absolute_1e_7 paths graph"
    ),
    "conversions-[0-9][0-9][0-9][0-9]-*": (
        "converter nodes:integer model opset:integer reported outcome error_stage error_class error_operator difference "
        "max_abs_diff:number max_rel_diff:number mismatched_elements:integer compared_elements:integer party "
        "framework_error:number moved_error:number onnx_error:number output_size:number error_to_noise:number "
        "discrete_wrong:integer absolute_1e_7 close_1e_3 absolute_1e_3"
    ),
    "planted-[0-9][0-9][0-9][0-9]-*": (
        "kind effect:number effect_discrete:boolean as_converter as_runtime_kernel as_runtime_optimiser as_reference"
    ),
    "conversions-onnx-node-tests": "onnx_runtime reference_evaluator",
    "reproducers": (
        "reproducer party converter operator types attributes framework_operator first_operator first_place nodes:integer "
        "nodes_before:integer"
    ),
    "onnx-test-sequences": "kind sequence types attributes tests:integer",
    "claims": "claim_id where quantity published unit denominator source_data note",
    "reference_distributions": "population dimension code count:integer total:integer",
    "issue_dates": "repository number:integer created:date created_earliest:date created_latest:date",
    "opsets": "source opset:integer released:date operator change function:boolean",
    "onnx_releases": "opset:integer onnx_release released:date",
    "notebook_opset_bins": (
        "release_date:date torch.onnx_incompatibility:integer tf2onnx_incompatibility:integer "
        "torch.onnx_type_problem:integer tf2onnx_type_problem:integer torch.onnx_all:integer "
        "tf2onnx_all:integer changes:integer added:integer updated:integer total:integer "
        "incompat_or_type:integer incompat_or_type_share:number"
    ),
    "notebook_outputs": "research_question quantity value:number",
    "notebook_sequences": "converter set sequence",
    "notebook_models_by_sequences": "converter mismatched_model:integer mismatch_only_sequences:integer",
    "disclosures": "opened:date stage kind state action",
    "archive_issues": (
        "converter list position:integer issue created closed updated latest state labels pull_request:boolean "
        "timeline_entries:integer timeline_cut:boolean kept:boolean"
    ),
    "archive_events": (
        "converter position:integer entry:integer issue event created commit source source_kind source_state"
    ),
    "archive_real_models": (
        "converter model_type error:integer conversion_files:integer load_files:integer max_abs_diff:number"
    ),
    "archive_sequences": "converter sequence:integer reduced_mismatch_only:boolean",
    "archive_sequence_models": "converter model:integer sequence:integer",
    "archive_sequence_operators": (
        "converter in_mismatch:boolean in_correct:boolean in_tests:boolean seen_correct:boolean seen_tests:boolean"
    ),
    "archive_sequence_reductions": ("converter set unique:integer canonical:integer least:integer most:integer"),
}


def columns_read(table: str) -> Iterator[tuple[str, str]]:
    """Yield name and type of each column of a table that the code reads; nothing for a table that it does not know.

    Examples
    --------
    >>> list(columns_read("samples"))
    [('sample', 'string'), ('converter', 'string'), ('population', 'integer')]
    """
    columns = next((columns for pattern, columns in _READ.items() if fnmatchcase(table, pattern)), "")
    for column in columns.split():
        name, _, kind = column.partition(":")
        yield name, kind or "string"
