"""The list of converters: what it must hold, and that every fault is told."""

import pytest

from datapackage.errors import InputError
from mining.converters import load_converters, select


def test_the_studys_two_are_as_the_study_had_them():
    two = {converter.name: converter for converter in load_converters() if converter.published}
    assert set(two) == {"torch.onnx", "tf2onnx"}
    assert (two["torch.onnx"].repository, two["torch.onnx"].labels) == ("pytorch/pytorch", ("module: onnx",))
    assert two["tf2onnx"].repository == "onnx/tensorflow-onnx"
    assert two["tf2onnx"].excluded_labels == ("pending on user response", "question")


def test_an_entry_needs_only_name_and_repository(tmp_path):
    path = tmp_path / "c.yaml"
    path.write_text(
        "converters:\n- {name: a, repository: b/c}\n- {name: d, repository: e/f, since: 2020-01-02, labels: [x]}\n"
    )
    first, second = load_converters(path)
    assert (first.labels, first.since, first.owner, first.repository_name) == ((), "", "b", "c")
    assert (second.labels, second.since) == (("x",), "2020-01-02")


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("- {name: a b, repository: c}\n- {name: d, repository: e/f, labels: x, since: soon, color: red}",
         ["column converters[1].name", "converters[1].repository", "converters[2].labels", "converters[2].since", "[2].color"]),
        ("- {name: a, repository: b/c}\n- {name: a, repository: b/d}", ["stands twice"]),
        ("- just text", ["1 fault found", "column converters[1], value 'just text': must hold keys"]),
        ("- {repository: b/c}", ["column converters[1].name"]),
    ],
)  # fmt: skip
def test_faults_are_told_all_at_once(text, places, tmp_path):
    path = tmp_path / "c.yaml"
    path.write_text("converters:\n" + text + "\n")
    with pytest.raises(InputError) as caught:
        load_converters(path)
    for place in places:
        assert place in str(caught.value)


@pytest.mark.parametrize("text", ["", "converters: []", "[", "converters: {a: b}", "\udcff"])
def test_files_that_are_no_list_are_refused(text, tmp_path):
    path = tmp_path / "c.yaml"
    path.write_text(text, encoding="utf-8", errors="surrogateescape")
    with pytest.raises(InputError, match=r"c\.yaml"):
        load_converters(path)


def test_unknown_names_are_told():
    with pytest.raises(InputError, match=r"nosuch.*|torch\.onnx"):
        select(load_converters(), ["nosuch", "tf2onnx"])
    assert [converter.name for converter in select(load_converters(), ["tf2onnx"])] == ["tf2onnx"]
