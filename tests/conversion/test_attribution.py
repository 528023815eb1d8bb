"""Who is named at fault, on rows that are built by hand; real executors stand in test_real_campaign."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversion.attribution import REASONS, RULES, attribute
from conversion.injection import OWN, as_if
from conversion.records import Row
from datapackage.conversions import AT_FAULT, BLIND_NOISE, NOISE_MULTIPLE, PARTIES

NOISE = 2.0**-20  # of outputs of size 1: the framework's own error
NEAR, FAR = NOISE, 1.0
EXECUTORS = {"ort": "ort_all", "off": "ort_off", "evaluator": "onnx_reference", "double": "onnx_float64"}


def pair(distance: float, nan: int = 0) -> list[dict[str, list[float]]]:
    return [{"max_abs": [distance], "nan": [nan], "infinite": [0]}]


def row(size: float = 1.0, framework: float = NOISE, moved: float | None = NOISE, **errors: float) -> Row:
    """A row with one float32 output on one input; `errors` are distances from the truth by executor."""
    pairs: dict[str, Any] = {"float64|framework": pair(framework)}
    if moved is not None:
        pairs["framework|perturbed"] = pair(moved)
    for word, distance in errors.items():
        pairs[f"float64|{EXECUTORS[word]}"] = pair(distance)
    pairs["framework|ort_all"] = pair(abs(errors.get("ort", 0.0) - framework))
    return {
        "status": "done",
        "executors": {"float64": {"status": "ok"}},
        "outputs": [{"dtype": "float32", "norm": [size], "nan": [0], "infinite": [0]}],
        "pairs": pairs,
    }


def party(found: Row) -> str | None:
    named = attribute(found)
    return None if named is None else named.party


@pytest.mark.parametrize(
    ("errors", "expected"),
    [
        ({"ort": FAR, "off": FAR, "evaluator": FAR, "double": FAR}, "converter"),
        ({"ort": FAR, "off": FAR, "evaluator": NEAR, "double": NEAR}, "runtime_kernel"),
        (
            {"ort": FAR, "off": FAR, "evaluator": NEAR, "double": FAR},
            "runtime_kernel",
        ),  # its folded constants are rounded
        ({"ort": FAR, "off": NEAR, "evaluator": NEAR, "double": NEAR}, "runtime_optimiser"),
        ({"ort": FAR, "off": NEAR}, "runtime_optimiser"),
        ({"ort": NEAR, "off": NEAR, "evaluator": FAR, "double": FAR}, "reference"),
        ({"ort": 1.5 * NEAR, "off": NEAR, "evaluator": NEAR, "double": NEAR}, "rounding"),
        ({"ort": FAR, "off": FAR, "evaluator": FAR, "double": NEAR}, "undecided"),
        ({"ort": FAR, "off": FAR}, "undecided"),
        ({"ort": FAR}, "undecided"),
        ({"ort": FAR, "off": FAR, "evaluator": FAR}, "converter"),
        ({"ort": FAR, "off": FAR, "double": FAR}, "converter"),
    ],
)
def test_the_executors_that_are_wrong_name_the_party(errors: dict[str, float], expected: str) -> None:
    assert party(row(**errors)) == expected


def test_outputs_that_are_equal_have_nobody_at_fault() -> None:
    equal = row(ort=NEAR)
    equal["pairs"]["framework|ort_all"] = [None]
    assert party(equal) == "none"


def test_a_framework_that_errs_where_the_runtime_does_not_is_named() -> None:
    assert party(row(framework=FAR, ort=2.0**-24, off=2.0**-24, moved=2.0**-23)) == "framework"


def test_what_moves_by_rounding_alone_is_nobodys_fault_and_no_pass() -> None:
    """A floor that flips under the last digit of its argument: the framework's run was lucky."""
    lucky = row(framework=0.0, moved=1.0, ort=1.0, off=1.0, evaluator=1.0, double=0.0)
    assert party(lucky) == "undecided"
    named = attribute(lucky)
    assert named is not None and named.reason == "ill_conditioned"
    assert party(row(framework=0.0, moved=None, ort=1.0, off=1.0, evaluator=1.0, double=1.0)) == "converter"


def test_nan_on_one_side_is_far_from_the_truth() -> None:
    found = row(ort=NEAR, off=NEAR, evaluator=NEAR, double=NEAR)
    for executor in ("ort_all", "ort_off"):
        found["pairs"][f"float64|{executor}"] = pair(NEAR, nan=1)
    assert party(found) == "runtime_kernel"


def test_no_truth_no_verdict() -> None:
    found = row(ort=FAR)
    found["executors"]["float64"]["status"] = "exception"
    assert attribute(found) is None
    assert attribute({"status": "exception", "error": {"stage": "load"}}) is None


def integers(differ: int, **wrong: int) -> Row:
    found = row()
    found["outputs"][0]["dtype"] = "int64"
    found["pairs"] = {"framework|ort_all": pair(float(differ))}
    found["discrete"] = {EXECUTORS[word]: [[count]] for word, count in wrong.items()}
    return found


def test_integers_are_wrong_by_count_and_unsure_where_rounding_decides() -> None:
    assert party(integers(1, ort=1, off=1, evaluator=0, double=0)) == "runtime_kernel"
    assert party(integers(1, ort=1, off=1, evaluator=1, double=1)) == "converter"
    assert party(integers(1, ort=0, off=0, evaluator=0, double=0)) == "undecided"  # an argmax that flips


distances = st.floats(min_value=2.0**-30, max_value=4.0)


@given(st.fixed_dictionaries(dict.fromkeys(EXECUTORS, distances)), distances, st.integers(-40, 40))
def test_units_do_not_matter(errors: dict[str, float], noise: float, exponent: int) -> None:
    factor = 2.0**exponent
    scaled = row(
        size=factor, framework=noise * factor, moved=noise * factor, **{k: v * factor for k, v in errors.items()}
    )
    assert party(row(framework=noise, moved=noise, **errors)) == party(scaled)


@given(st.fixed_dictionaries(dict.fromkeys(EXECUTORS, distances)), distances)
def test_more_noise_accuses_nobody(errors: dict[str, float], noise: float) -> None:
    calm, noisy = (row(framework=NOISE, moved=moved, **errors) for moved in (noise, 4 * noise))
    if party(calm) not in {"converter", "runtime_kernel", "runtime_optimiser"}:
        assert party(noisy) not in {"converter", "runtime_kernel", "runtime_optimiser"}


@given(distances)
def test_the_bound_is_a_multiple_of_the_noise(noise: float) -> None:
    """At the bound nobody is accused, beyond it somebody is; blind where rounding exceeds the study's tolerance."""
    bound = NOISE_MULTIPLE * max(noise, 2.0**-24)
    at = row(framework=noise, moved=0.0, ort=bound, off=bound, evaluator=bound, double=bound)
    assert party(at) == ("undecided" if noise > BLIND_NOISE else "rounding")
    beyond = row(framework=noise, moved=0.0, ort=1.01 * bound, off=1.01 * bound, evaluator=1.01 * bound, double=0.0)
    assert party(beyond) == "undecided"
    assert party(row(framework=noise, moved=0.0, **dict.fromkeys(EXECUTORS, 1.01 * bound))) == "converter"


def test_a_wrong_output_counts_whatever_the_others() -> None:
    one, other = row(**dict.fromkeys(EXECUTORS, FAR)), row(**dict.fromkeys(EXECUTORS, NEAR))
    for first, second in ((one, other), (other, one)):
        both = {**first, "outputs": [*first["outputs"], *second["outputs"]]}
        both["pairs"] = {name: [*first["pairs"][name], *second["pairs"][name]] for name in first["pairs"]}
        assert party(both) == "converter"


def test_a_planted_graph_reaches_the_executors_of_its_party() -> None:
    clean = row(**dict.fromkeys(EXECUTORS, NEAR))
    spoilt = row(**dict.fromkeys(EXECUTORS, FAR))
    planted = {
        "pairs": {name: found for name, found in spoilt["pairs"].items() if name.endswith(tuple(EXECUTORS.values()))},
        "discrete": {},
    }
    assert {name: party(as_if(clean, planted, name)) for name in OWN} == {name: name for name in OWN}
    assert party(clean) == "none"


def test_every_rule_names_a_known_party_for_a_known_reason() -> None:
    assert {rule[-2] for rule in RULES} <= {*AT_FAULT, "undecided"} <= set(PARTIES)
    assert {rule[-1] for rule in RULES} <= set(REASONS)
    assert RULES[-1][:3] == (None, None, None)
