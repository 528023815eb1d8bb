"""Lab 5 in the real environment (``make test-conversion``): what was recorded still happens, and a crash is only told."""

import numpy as np
import pytest

from teaching.converter_bench import Model, examine, is_live, recorded, runs
from teaching.exercises_break_a_converter import CASES, EXAMPLE, beginning, differs, recorded_models, verdict, your_own

pytestmark = pytest.mark.conversion

ROW = (np.zeros((1, 3), dtype=np.float32),)


@pytest.mark.parametrize("model", recorded_models(), ids=lambda model: model.source.splitlines()[-2].strip()[:40])
def test_the_record_is_what_the_converters_do(model: Model) -> None:
    kept, found = runs(recorded()[model.key]), examine(model)
    assert not found.recorded
    assert found.operators == kept.operators
    assert found.outputs.keys() == kept.outputs.keys()
    assert verdict(found.outputs) == verdict(kept.outputs)
    assert not any(differs(kept.outputs[name], output) for name, output in found.outputs.items())


def test_the_teachers_find_and_a_students_pass_and_a_copy_does_not() -> None:
    assert is_live()
    assert your_own(examine(EXAMPLE), "converter") is None
    sign = Model("def model(x):\n    return torch.sign(x)", (np.array([[np.nan, 1]], dtype=np.float32),))
    assert your_own(examine(sign), verdict(examine(sign).outputs)) is None
    assert "case of this lab" in str(your_own(examine(CASES["pooling"]), "converter"))
    assert "All agree" in str(your_own(examine(beginning(3)), "nobody"))
    assert "otherwise" in str(your_own(examine(EXAMPLE), "runtime"))


@pytest.mark.parametrize(
    ("source", "stage", "what"),
    [
        ("import ctypes\ndef model(x):\n    ctypes.string_at(0)\n    return x", "reference", "SIGSEGV"),
        ("def model(x):\n    return torch.erfinv(x)", "convert", "ConversionError"),
        ("model = 1", "generate", "must define a function"),
        ("def model(x)", "generate", "SyntaxError"),
    ],
)
def test_what_breaks_is_told_and_the_next_model_runs(source: str, stage: str, what: str) -> None:
    found = examine(Model(source, ROW))
    assert what in found.failures[stage]
    assert "ort_all" not in found.outputs
    assert verdict(examine(Model("def model(x):\n    return x + 1", ROW)).outputs) == "nobody"
