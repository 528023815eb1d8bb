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


def test_a_row_with_an_error_has_no_verdict_even_where_the_truth_is_known() -> None:
    assert attribute(row(**dict.fromkeys(EXECUTORS, FAR)) | {"error": {"stage": "compare"}}) is None


@pytest.mark.parametrize(
    ("found", "reason"),
    [
        (row(framework=FAR, ort=2.0**-24, off=2.0**-24, moved=2.0**-23), "framework_astray"),
        (row(ort=NEAR, off=NEAR, evaluator=FAR, double=FAR), "evaluator_wrong"),
        (row(ort=1.5 * NEAR, off=NEAR), "within_noise"),
    ],
)
def test_a_verdict_names_its_reason_and_where_it_shows(found: Row, reason: str) -> None:
    named = attribute(found)
    assert named is not None and named.reason == reason
    assert named.point is not None and (named.point.output, named.point.place) == (0, 0)


def test_equal_outputs_are_named_so_with_their_noise() -> None:
    equal = row(ort=NEAR)
    equal["pairs"]["framework|ort_all"] = [None]
    named = attribute(equal)
    assert named is not None and named.reason == "equal"
    assert named.point is not None and named.point.noise == NOISE


def test_a_whole_number_has_no_size_and_no_noise() -> None:
    named = attribute(integers(1, ort=1, off=1, evaluator=0, double=0))
    assert named is not None and named.point is not None
    assert (named.point.size, named.point.framework, named.point.moved) == (0, 0, 0)


def test_where_only_whole_numbers_differ_no_point_is_clearest() -> None:
    found = integers(0, ort=0, off=0, evaluator=0, double=0)
    named = attribute(found)
    assert named is not None and (named.party, named.point) == ("none", None)


def test_what_was_not_compared_names_nobody() -> None:
    bare = row()
    del bare["pairs"]
    assert party(bare) == "none"
    fewer = row(**dict.fromkeys(EXECUTORS, FAR))
    fewer["outputs"] = fewer["outputs"] * 2  # the second has no pair
    assert party(fewer) == "converter"
    uncounted = integers(1)
    del uncounted["discrete"]
    assert party(uncounted) == "undecided"
    unknown = integers(1, ort=1, off=1)
    unknown["discrete"]["onnx_reference"] = [None]
    assert party(unknown) == "undecided"


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


@pytest.mark.parametrize(
    ("errors", "reason"),
    [
        ({"ort": FAR, "off": NEAR, "evaluator": NEAR}, "optimised_alone"),
        ({"ort": FAR, "off": FAR, "evaluator": NEAR, "double": FAR}, "evaluator_right"),
        ({"ort": FAR, "off": FAR, "double": NEAR}, "evaluator_right"),
        ({"ort": FAR, "off": FAR, "evaluator": FAR, "double": FAR}, "graph_wrong"),
        ({"ort": FAR, "off": FAR, "evaluator": FAR, "double": NEAR}, "unstable_graph"),
        ({"ort": FAR, "off": FAR}, "no_evaluator"),
        ({"ort": NEAR, "off": NEAR, "evaluator": FAR}, "evaluator_wrong"),
        ({"ort": 1.5 * NEAR}, "within_noise"),
    ],
)
def test_a_verdict_gives_its_reason(errors: dict[str, float], reason: str) -> None:
    named = attribute(row(**errors))
    assert named is not None
    assert named.reason == reason


def _two_inputs(*rows: Row) -> Row:
    """One output on as many inputs as there are rows."""
    both = {**rows[0], "outputs": [{**rows[0]["outputs"][0], "norm": [each["outputs"][0]["norm"][0] for each in rows]}]}
    both["pairs"] = {
        name: [{kind: [each["pairs"][name][0][kind][0] for each in rows] for kind in ("max_abs", "nan", "infinite")}]
        for name in rows[0]["pairs"]
    }
    return both


@pytest.mark.parametrize("order", [1, -1])
def test_a_verdict_shows_the_point_that_says_so_most_clearly(order: int) -> None:
    far, near = row(**dict.fromkeys(EXECUTORS, FAR)), row(**dict.fromkeys(EXECUTORS, 20 * NOISE))
    named = attribute(_two_inputs(*(far, near)[::order]))
    assert named is not None and named.point is not None
    assert (named.party, named.point.output, named.point.place) == ("converter", 0, 0 if order == 1 else 1)
    assert named.point.ratio == FAR / NOISE
    assert named.point.errors == dict.fromkeys(EXECUTORS.values(), FAR)
    calm = attribute(_two_inputs(*(row(ort=2 * NOISE), row(ort=NOISE))[::order]))
    assert calm is not None and calm.point is not None
    assert (calm.party, calm.point.place, calm.point.ratio) == ("rounding", 0 if order == 1 else 1, 2)


def test_executors_that_are_right_on_one_input_and_wrong_on_another_are_wrong() -> None:
    """The party is one that every wrong point allows."""
    kernel = row(ort=FAR, off=FAR, evaluator=NEAR, double=NEAR)
    graph = row(**dict.fromkeys(EXECUTORS, FAR))
    assert party(_two_inputs(kernel, graph)) == party(_two_inputs(graph, kernel)) == "converter"
    right = row(ort=NEAR, off=FAR, evaluator=FAR, double=FAR)  # where ONNX Runtime is right nobody else is asked
    assert party(_two_inputs(kernel, right)) == "runtime_kernel"


def test_the_noise_is_the_largest_of_error_moved_runs_and_half_a_spacing() -> None:
    for framework, moved, size, noise in ((3e-6, 1e-6, 1.0, 3e-6), (1e-6, 3e-6, 1.0, 3e-6), (0.0, 0.0, 2.0, 2.0**-23)):
        named = attribute(row(size=size, framework=framework, moved=moved, **dict.fromkeys(EXECUTORS, FAR)))
        assert named is not None and named.point is not None
        assert (named.point.noise, named.point.size, named.point.framework, named.point.moved) == (
            noise,
            size,
            framework,
            moved,
        )
    half = row(framework=0.0, moved=0.0, **dict.fromkeys(EXECUTORS, 2.0**-8))
    half["outputs"][0]["dtype"] = "float16"  # half a spacing at 1 is 2⁻¹¹, of which sixteen are allowed
    assert party(half) == "rounding"
    half["outputs"][0]["dtype"] = "float32"
    assert party(half) == "converter"


def test_what_overflows_in_float32_alone_is_not_measured() -> None:
    found = row(**dict.fromkeys(EXECUTORS, FAR))
    found["pairs"]["float64|framework"] = [{"max_abs": [0.0], "nan": [0], "infinite": [1]}]
    assert party(found) == "none"


def test_outputs_that_could_not_be_compared_tell_nothing() -> None:
    found = row(**dict.fromkeys(EXECUTORS, FAR))
    for name in ("onnx_reference", "onnx_float64", "ort_off"):
        found["pairs"][f"float64|{name}"] = ["incomparable"]
    named = attribute(found)
    assert named is not None
    assert (named.party, named.reason) == ("undecided", "no_evaluator")


def test_a_framework_is_astray_beyond_sixteen_times_what_moves_it() -> None:
    moved = 2.0**-20
    for factor, expected in ((NOISE_MULTIPLE, "rounding"), (1.01 * NOISE_MULTIPLE, "framework")):
        assert party(row(framework=factor * moved, moved=moved, ort=moved)) == expected
    assert party(row(framework=FAR, moved=moved, ort=1.01 * moved)) != "framework"
    assert party(row(framework=FAR, moved=0.0, ort=0.0)) != "framework"  # what moves it is not known
    assert party(row(framework=FAR, moved=moved)) == "undecided"  # what the runtime does is not known


def test_integers_that_are_equal_have_nobody_at_fault_and_wrong_ones_show_where() -> None:
    assert party(integers(0, ort=0, off=0, evaluator=0, double=0)) == "none"
    named = attribute(integers(1, ort=1, off=1, evaluator=0, double=0))
    assert named is not None and named.point is not None
    assert (named.point.output, named.point.place) == (0, 0)
