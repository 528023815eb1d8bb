"""The codebook holds the study's codes, each with a meaning and a rule of its own."""

from datapackage.codebook import load_codebook
from datapackage.descriptor import dictionary, load_descriptor
from tests.conftest import DATA

CODEBOOK = load_codebook(DATA)
# the vocabulary that the study uses, in full, with the codes that no issue received
CODES = {
    "symptom": {"crash", "wrong_model", "bad_performance", "build_failure", "hang", "unreported"},
    "location": {"load_model", "node_conversion", "optimization", "export", "validation", "not_distinguishable"},
    "cause": {
        "api_misuse", "incompatibility", "type_problem", "shape_problem", "incorrect_numerical_computation",
        "incorrect_assignment", "incorrect_exception_handling", "misconfiguration", "concurrency", "algorithmic_error",
        "typo", "testing", "documentation", "others",
    },
}  # fmt: skip
DETAILS = {
    "incompatibility": {"internal", "external", "resource"},
    "type_problem": {"node", "tensor", "conventional"},
    "algorithmic_error": {"optimization", "tracing"},
}


def test_the_vocabulary_is_complete() -> None:
    assert {name: set(CODEBOOK.slugs(name)) for name in CODES} == CODES
    assert {cause: set(detail.slugs) for cause, detail in CODEBOOK.details.items()} == DETAILS


def test_every_code_has_its_own_definition_and_rule() -> None:
    codes = [code for dimension in CODEBOOK.dimensions.values() for code in dimension.codes]
    codes += [detail for code in codes for detail in code.details]
    for texts in ([code.definition for code in codes], [code.rule for code in codes]):
        assert all(len(text) > 20 for text in texts)
        assert len(set(texts)) == len(texts)


def test_older_spellings_resolve_whatever_their_case() -> None:
    spelt = {
        ("cause", "incompatability"): "incompatibility",
        ("cause", "Tensor Shape Problem"): "shape_problem",
        ("cause", "INCORRECT CODE LOGIC"): "algorithmic_error",
        ("symptom", " wrong  code "): "wrong_model",
        ("location", "Tracer"): "load_model",
        ("location", "protobuf"): "export",
        ("location", "Not Dis."): "not_distinguishable",
    }
    for (dimension, text), slug in spelt.items():
        code = CODEBOOK[dimension].resolve(text)
        assert code is not None
        assert code.slug == slug
    assert CODEBOOK["cause"].resolve("gremlins") is None


def test_the_committed_dictionary_is_the_generated_one() -> None:
    assert (DATA / "README.md").read_text(encoding="utf-8") == dictionary(load_descriptor(DATA), CODEBOOK)
