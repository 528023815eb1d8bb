"""Reduction of a set of sequences to what they share: which result one order of the pairs gives, and which range all give.

A round goes over the unordered pairs of the set; each matching block (difflib's, Ratcliff and Obershelp 1988) of at least
`SHORTEST` items is added to the result, and the two sequences are taken out of it. Rounds are repeated on the result while
they make the set smaller. A sequence that is a block itself is taken out, too, unless a later pair adds it again; and
difflib's blocks depend on which sequence comes first. So the answer depends on the order of the pairs.
"""

import random
from collections.abc import Callable, Collection, Iterable, Sequence
from difflib import SequenceMatcher
from itertools import combinations
from statistics import median
from typing import NamedTuple

SHORTEST = 4
"""Items of the shortest block that merges two sequences; shorter sequences never merge."""

Items = tuple[str, ...]
Order = Callable[[list[str]], list[str]]


class ReducedSizes(NamedTuple):
    """Sizes of a reduced set.

    Attributes
    ----------
    canonical : int
        With the sequences in lexicographic order in each round.
    least, most : int
        Smallest and largest over the seeded orders and the canonical one.
    median : float
        Over the seeded orders; of the canonical one where there are none.
    orders : int
        Seeded orders tried.
    """

    canonical: int
    least: int
    most: int
    median: float
    orders: int


class Reduction:
    """Reduces sets of sequences; remembers the blocks of pairs, which the orders share.

    Examples
    --------
    Two sequences that share four items become these four; a third one, of other items, stays.

    >>> reduction = Reduction()
    >>> sorted(reduction.reduced([tuple("abcde"), tuple("xabcd"), tuple("pqr")]))
    [('a', 'b', 'c', 'd'), ('p', 'q', 'r')]
    """

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], tuple[str, ...]] = {}
        self._first: tuple[frozenset[str], list[tuple[str, str]]] = frozenset(), []

    def reduced(self, sequences: Iterable[Items]) -> set[Items]:
        """Return the reduced set, with the sequences in lexicographic order in each round, which is the canonical answer.

        Parameters
        ----------
        sequences : iterable of tuple of str
            The set.

        Returns
        -------
        set of tuple of str
            The set before the first round that does not make it smaller.
        """
        items, texts = _as_texts(sequences)
        return {tuple(items[ord(code)] for code in text) for text in self._rounds(texts, list)}

    def sizes(
        self, sequences: Collection[Items], *, orders: int, seed: int, progress: Callable[[int], None] = lambda _: None
    ) -> ReducedSizes:
        """Return the canonical size of the reduced set and the range over seeded orders.

        Parameters
        ----------
        sequences : collection of tuple of str
            The set.
        orders : int
            How many orders to try; each shuffles the sequences anew in every round.
        seed : int
            Of the first order; the others follow.
        progress : callable
            Told the number of orders done.
        """
        _, texts = _as_texts(sequences)
        canonical = len(self._rounds(texts, list))
        found = []
        for number in range(orders):
            generator = random.Random(seed + number)  # noqa: S311  (an order, not a secret)
            found.append(len(self._rounds(texts, lambda alike, g=generator: g.sample(alike, len(alike)))))  # type: ignore[misc]
            progress(number + 1)
        middle = median(found) if found else canonical
        return ReducedSizes(canonical, min([canonical, *found]), max([canonical, *found]), middle, orders)

    def _rounds(self, texts: set[str], order: Order) -> set[str]:
        while True:
            after = self._round(order(sorted(texts)))
            if len(after) >= len(texts):
                return texts
            texts = after

    def _round(self, texts: Sequence[str]) -> set[str]:
        kept, place = set(texts), {text: position for position, text in enumerate(texts)}
        pairs = [sorted((place[one], place[other])) for one, other in self._candidates(frozenset(kept))]
        for first, second in sorted(pairs):
            for block in self._blocks(texts[first], texts[second]):
                kept.add(block)
                kept.discard(texts[first])
                kept.discard(texts[second])
        return kept

    def _candidates(self, texts: frozenset[str]) -> list[tuple[str, str]]:
        """Pairs of texts that share `SHORTEST` items in a row; no other pair has a block that long."""
        # all orders begin with the same set, the largest
        if texts == self._first[0]:
            return self._first[1]
        holders: dict[str, list[str]] = {}
        for text in sorted(texts):
            for gram in {text[start : start + SHORTEST] for start in range(len(text) - SHORTEST + 1)}:
                holders.setdefault(gram, []).append(text)
        found = list({pair for alike in holders.values() for pair in combinations(alike, 2)})
        if len(texts) >= len(self._first[0]):
            self._first = texts, found
        return found

    def _blocks(self, first: str, second: str) -> tuple[str, ...]:
        if (found := self._known.get((first, second))) is None:
            matches = SequenceMatcher(None, first, second).get_matching_blocks()
            found = tuple(first[match.a : match.a + match.size] for match in matches if match.size >= SHORTEST)
            self._known[first, second] = found
        return found


def _as_texts(sequences: Iterable[Items]) -> tuple[list[str], set[str]]:
    """Write each sequence as a text, a character an item; texts are in order as their sequences are.

    Returns
    -------
    items, texts
        Items by character code; the texts.
    """
    kept = set(sequences)
    items = sorted({item for sequence in kept for item in sequence})
    codes = {item: chr(code) for code, item in enumerate(items)}
    return items, {"".join(codes[item] for item in sequence) for sequence in kept}
