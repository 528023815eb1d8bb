"""Strings, contexts and numbers of paths against the walking of every path, and against the study's pairwise method."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from methods.labelled_graphs import END, START, LabelledGraph, contexts, path_count, paths, strings
from tests.methods.pairwise_oracle import coded_paths, shared

LABELS = st.sampled_from(["Abs", "Neg", "Mul", "ai.onnx.ml::Scaler"])


@st.composite
def graphs(draw, most=7):
    count = draw(st.integers(1, most))
    labels = tuple(draw(LABELS) for _ in range(count))
    edges = tuple(tuple(sorted(draw(st.sets(st.integers(0, n - 1), max_size=3)))) if n else () for n in range(count))
    numbers = st.lists(st.integers(0, 2), min_size=count, max_size=count).map(tuple)
    return LabelledGraph(labels, edges, draw(numbers), draw(numbers))


def windows(items, length):
    return {items[start : start + length] for start in range(len(items) - length + 1)}


@given(graphs())
def test_a_graph_survives_its_text(graph):
    assert LabelledGraph.parse(graph.text()) == graph


@given(graphs())
def test_strings_are_the_windows_of_all_paths(graph):
    kept = graph.on_paths()
    walked = list(paths(graph))
    for length, found in enumerate(strings(kept, 8), start=1):
        assert found == set().union(*(windows(path, length) for path in walked))


@given(graphs())
def test_paths_are_counted_as_they_are_walked(graph):
    assert path_count(graph) == path_count(graph.on_paths()) == len(list(paths(graph)))


@given(graphs())
def test_contexts_are_what_stands_around_in_a_path(graph):
    expected = {}
    for path in paths(graph):
        marked = (START, *path, END)
        for length in (1, 2, 3):
            for start in range(1, len(marked) - length):
                around = (marked[start - 1], marked[start + length])
                expected.setdefault(marked[start : start + length], set()).add(around)
    assert contexts(graph.on_paths(), 1, 3) == expected


@settings(max_examples=60)
@given(graphs(), graphs())
def test_every_sequence_of_the_studys_method_is_found(first, second):
    codes = {}
    reported = shared(coded_paths(first, codes), coded_paths(second, codes), codes)
    both = [set().union(*strings(graph.on_paths(), 7)) for graph in (first, second)]
    assert reported <= both[0] & both[1]


def test_more_paths_than_can_be_walked_are_counted_exactly():
    ladder = " ".join(["Abs^1", *(["Neg<1 Exp<2 Add<1,2"] * 400)]) + "$1"
    graph = LabelledGraph.parse(ladder)
    assert path_count(graph) == 2**400
    assert [len(found) for found in strings(graph, 3)] == [4, 6, 8]


def test_nodes_off_every_path_are_left_out():
    kept = LabelledGraph.parse("Shape^1 Constant Abs^1 Add<1,2$1 Neg<1 Exp<3,4").on_paths()
    assert kept.text() == "Abs^1 Add<1$1"


@pytest.mark.parametrize("text", ["Abs<1", "Abs^1 Neg<2", "Abs^1 =Neg<1", "Abs<0", "Abs^1 Neg<1,", "Abs<^1"])
def test_texts_that_are_no_graph_are_refused(text):
    with pytest.raises(ValueError, match=r"no node|earlier"):
        LabelledGraph.parse(text)


def test_an_edge_must_come_from_an_earlier_node():
    with pytest.raises(ValueError, match="earlier"):
        LabelledGraph(("Abs", "Neg"), ((1,), ()), (1, 0), (0, 1))


@given(graphs())
def test_edges_are_kept_among_kept_nodes(graph):
    kept = graph.on_paths()
    assert {
        (kept.labels[a], label) for label, before in zip(kept.labels, kept.predecessors, strict=True) for a in before
    } == {pair for path in paths(graph) for pair in pairwise(path)}
