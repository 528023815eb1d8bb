"""What the marked share alone: sparse groups against the definition, pair by pair."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from methods.labelled_graphs import END, START
from methods.sharing import by_blocks, by_containment, exclusive, exclusive_items, matches, straddling

ITEMS = st.sampled_from([("a",), ("b",), ("c",), ("d",)])
CONTEXTS = st.tuples(st.sampled_from([START, "x", "y", "z"]), st.sampled_from([END, "x", "y"]))


@st.composite
def marked(draw, members):
    held = draw(st.lists(members, min_size=1, max_size=7))
    marks = draw(st.lists(st.booleans(), min_size=len(held), max_size=len(held)))
    return held, np.array(marks)


def containment(held, marks):
    found = {}
    for items in set().union(*held):
        own = [place for place, mine in enumerate(held) if items in mine]
        if all(marks[own]) and len(own) > 1:
            found[items] = own
    return found


def matching(held, marks):
    """Return the strings that marked members match in, and no marked one with an unmarked one, with the marked that match."""
    found = {}
    for items in set().union(*held):
        pairs = [
            (a, b)
            for a, b in combinations(range(len(held)), 2)
            if any(matches(one, other) for one in held[a].get(items, ()) for other in held[b].get(items, ()))
        ]
        inside = {place for a, b in pairs if marks[a] and marks[b] for place in (a, b)}
        if inside and not any(marks[a] != marks[b] for a, b in pairs):
            found[items] = sorted(inside)
    return found


def check(sharing, expected, marks):
    assert exclusive_items(sharing, marks) == sorted(expected.items())
    counted = exclusive(sharing, marks)
    assert counted.holders.tolist() == [len({place for own in expected.values() for place in own})]
    assert counted.items.tolist() == [len(expected)]


@given(marked(st.sets(ITEMS)))
def test_containment_is_what_only_marked_members_hold(case):
    held, marks = case
    check(by_containment(held), containment(held, marks), marks)


@settings(max_examples=300)
@given(marked(st.dictionaries(ITEMS, st.sets(CONTEXTS, min_size=1, max_size=3))))
def test_blocks_are_what_only_marked_members_match_in(case):
    held, marks = case
    check(by_blocks(held), matching(held, marks), marks)


@settings(max_examples=300)
@given(marked(st.dictionaries(ITEMS, st.sets(CONTEXTS, min_size=1, max_size=3))))
def test_straddling_strings_are_those_that_a_marked_and_an_unmarked_member_match_in(case):
    held, marks = case
    expected = {
        items
        for items in set().union(*held)
        for a, b in combinations(range(len(held)), 2)
        if marks[a] != marks[b]
        and any(matches(one, other) for one in held[a].get(items, ()) for other in held[b].get(items, ()))
    }
    assert straddling(by_blocks(held), marks) == len(expected)


@given(marked(st.sets(ITEMS)), st.data())
def test_members_that_take_no_part_hold_nothing(case, data):
    held, marks = case
    among = np.array(data.draw(st.lists(st.booleans(), min_size=len(held), max_size=len(held))))
    left = [own if taking else set() for own, taking in zip(held, among, strict=True)]
    restricted = exclusive(by_containment(held), marks & among, among)
    whole = exclusive(by_containment(left), marks & among)
    assert restricted.holders.tolist() == whole.holders.tolist()
    assert restricted.items.tolist() == whole.items.tolist()


def test_many_markings_are_counted_at_once():
    sharing = by_containment([{("a",)}, {("a",), ("b",)}, {("b",)}])
    markings = np.array([[True, True, False], [False, True, True], [True, True, True]]).T
    assert exclusive(sharing, markings).holders.tolist() == [2, 2, 3]
    assert exclusive(sharing, markings).items.tolist() == [1, 1, 2]


def test_an_unmarked_member_may_hold_a_string_inside_longer_matches():
    held = [{("b",): {("x", "y")}}, {("b",): {("z", "a")}}, {("b",): {("x", "a")}}]
    marks = np.array([True, True, False])
    assert exclusive_items(by_blocks(held), marks) == [(("b",), [0, 1])]
    assert exclusive_items(by_containment([set(own) for own in held]), marks) == []


def test_parts_of_a_string_are_apart_until_a_member_joins_them():
    held = [{("a",): {around}} for around in (("x", "p"), ("y", "q"), ("x", "q"), ("y", "p"))]
    # the first two match, the last two match, and neither of the ones matches either of the others
    assert exclusive_items(by_blocks(held), np.array([True, True, False, False])) == [(("a",), [0, 1])]
    assert exclusive_items(by_blocks(held), np.array([False, False, True, True])) == [(("a",), [2, 3])]
    assert exclusive_items(by_blocks(held), np.array([True, False, True, False])) == []
    joined = [*held, {("a",): {("x", "p"), ("x", "q")}}]
    assert exclusive_items(by_blocks(joined), np.array([True, True, False, False, False])) == []
    assert exclusive_items(by_blocks(joined), np.ones(5, dtype=bool)) == [(("a",), [0, 1, 2, 3, 4])]


@pytest.mark.parametrize(
    ("first", "second", "match"),
    [
        (("x", "y"), ("z", "w"), True),
        # one more label before, or behind, is common to both
        (("x", "y"), ("x", "w"), False),
        (("x", "y"), ("z", "y"), False),
        # there is nothing before a path's first node, nor behind its last
        ((START, "y"), (START, "w"), True),
        (("x", END), ("z", END), True),
        ((START, END), (START, END), True),
        ((START, "y"), (START, "y"), False),
        (("x", END), ("x", END), False),
    ],
)
def test_a_match_is_extended_by_neither_side(first, second, match):
    assert matches(first, second) is match
    assert matches(second, first) is match


@pytest.mark.parametrize("rule", [by_containment, by_blocks])
def test_nothing_shared_is_nothing_exclusive(rule):
    assert exclusive(rule([{}, {}]), np.array([True, True])).holders.tolist() == [0]
