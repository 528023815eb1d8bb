"""The reduction of a set of sequences against the study's rounds, done pair by pair without any memory."""

import random
from difflib import SequenceMatcher
from itertools import combinations
from statistics import median

import pytest
from hypothesis import given
from hypothesis import strategies as st

from methods.sequences import ReducedSizes, Reduction

# few items, so that blocks of four and more are common
SETS = st.sets(st.lists(st.sampled_from("abc"), min_size=1, max_size=12).map(tuple), max_size=9)


def by_definition(sequences, order):
    """Return what the study's script makes of a set: rounds over all pairs, each block of four items or more taken out."""
    current = set(sequences)
    while True:
        ordered = order(sorted(current))
        after = set(ordered)
        for first, second in combinations(ordered, 2):
            blocks = SequenceMatcher(None, first, second).get_matching_blocks()
            for start, size in ((block.a, block.size) for block in blocks):
                if size >= 4:
                    after.add(first[start : start + size])
                    after.discard(first)
                    after.discard(second)
        if len(after) >= len(current):
            return current
        current = after


def shuffled(sequences, seed):
    """Return the size that an order gives which shuffles each round anew, from a generator of its own."""
    generator = random.Random(seed)
    return len(by_definition(sequences, lambda items: generator.sample(items, len(items))))


@given(SETS, SETS)
def test_rounds_are_the_studys_also_when_blocks_are_remembered(one, other):
    reduction = Reduction()
    for sequences in (one, other, one):
        assert reduction.reduced(sequences) == by_definition(sequences, list)


@given(SETS, st.integers(0, 5), st.integers(0, 99))
def test_sizes_are_those_of_the_seeded_orders(sequences, orders, seed):
    found, canonical = [shuffled(sequences, seed + n) for n in range(orders)], len(by_definition(sequences, list))
    told = []
    sizes = Reduction().sizes(sequences, orders=orders, seed=seed, progress=told.append)
    every = [canonical, *found]
    assert sizes == ReducedSizes(canonical, min(every), max(every), median(found or [canonical]), orders)
    assert told == list(range(1, orders + 1))


def test_the_order_of_pairs_decides_the_size():
    """Why one number is no answer: overlapping blocks between items of their own."""
    generator = random.Random(10)
    sequences = {
        (f"before {n}", *generator.choice(["abcde", "bcdef", "abcdef", "abcd", "cdef"]), f"behind {n % 5}")
        for n in range(12)
    }
    sizes = Reduction().sizes(sequences, orders=20, seed=1)
    every = {shuffled(sequences, 1 + n) for n in range(20)}
    assert len(every) > 1
    assert (sizes.least, sizes.most) == (min(every), max(every))
    assert sizes.median == median(shuffled(sequences, 1 + n) for n in range(20))
    assert sizes.median not in (sizes.canonical, sizes.least, sizes.most)
    for seed in range(12):  # the next order has the next seed
        two = Reduction().sizes(sequences, orders=2, seed=seed)
        assert two.median == (shuffled(sequences, seed) + shuffled(sequences, seed + 1)) / 2


@pytest.mark.parametrize(
    ("sequences", "reduced"),
    [
        # four items in common are a block, three are none
        ({"abcde", "xabcd"}, {"abcd"}),
        ({"abcxx", "yyabc"}, {"abcxx", "yyabc"}),
        # a block that is one of the two is taken out with them; the set is smaller, and stands
        ({"abcd", "abcde"}, set()),
        # two blocks are as many as the two sequences: nothing is gained
        ({"abcdxefgh", "abcdyefgh"}, {"abcdxefgh", "abcdyefgh"}),
        ({"abc"}, {"abc"}),
        (set(), set()),
    ],
)
def test_rounds_by_hand(sequences, reduced):
    assert Reduction().reduced([tuple(text) for text in sequences]) == {tuple(text) for text in reduced}
