"""Members of a marked group that share something which no unmarked member has, and how often chance makes as many.

Two rules decide whether an item (a label string of a graph) counts as shared by the marked alone:

``containment``
    At least two marked members hold it, and no unmarked one does.
``blocks``
    After the way in which the study compares pairs of paths: two members *match* in a string if it occurs in both so that it
    cannot be extended to the left, nor to the right, by a label that both have; it counts if two marked members match in it and
    no marked one matches an unmarked one in it. An unmarked member may well hold it, inside longer matches.

Under both, an item's holders fall into groups of which all or nothing must be marked: all holders, or the connected parts of
the graph of matches. So one sparse table of groups answers for any marking, and for thousands of markings at once.
"""

from collections.abc import Iterable, Mapping, Sequence, Set
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from methods.labelled_graphs import END, START, Context, Items

Marks = NDArray[np.bool_]


class Sharing(NamedTuple):
    """Groups of holders; items that have the same groups are held once.

    Attributes
    ----------
    members : sparse array, shape (groups, members)
        1 where a member is in a group; groups have two members or more.
    items : sparse array, shape (classes of items, groups)
        1 where a group is one of an item's.
    owners : array of int, shape (groups,)
        The class of items that a group belongs to.
    counts : array of int, shape (classes of items,)
        How many items each class stands for.
    representatives : list
        The items of each class.
    """

    members: sparse.csr_array
    items: sparse.csr_array
    owners: NDArray[np.int64]
    counts: NDArray[np.int64]
    representatives: list[list[Items]]


class Exclusive(NamedTuple):
    """What the marked members have for themselves; one entry a marking.

    Attributes
    ----------
    holders : array of int
        Marked members that hold an item which counts.
    items : array of int
        Such items.
    """

    holders: NDArray[np.int64]
    items: NDArray[np.int64]


def by_containment(held: Sequence[Set[Items]]) -> Sharing:
    """Return the groups of the rule ``containment``: for each item all that hold it.

    Parameters
    ----------
    held : sequence of set
        Items of each member.

    Examples
    --------
    >>> by_containment([{("a",), ("b",)}, {("a",), ("b",)}, {("a",)}]).representatives
    [[('a',)], [('b',)]]
    """
    groups: dict[Items, list[int]] = {}
    for place, own in enumerate(held):
        for items in own:
            groups.setdefault(items, []).append(place)
    return _sharing({items: [places] for items, places in groups.items() if len(places) > 1}, len(held))


def by_blocks(occurring: Sequence[Mapping[Items, Set[Context]]]) -> Sharing:
    """Return the groups of the rule ``blocks``: for each string the connected parts of the graph of matches.

    Parameters
    ----------
    occurring : sequence of mapping
        Strings of each member, with what stands before and behind (see `methods.labelled_graphs.contexts`). Ends of paths match
        ends of paths and cannot be extended.

    Examples
    --------
    The first and the third go on alike, with ``Abs``: what they share is longer than ``a``, which is no match of theirs.

    >>> held = [{("a",): {("^", "Abs")}}, {("a",): {("^", "Exp")}}, {("a",): {("Neg", "Abs")}}]
    >>> by_blocks(held[:2]).members.toarray().tolist(), by_blocks(held[::2]).representatives
    ([[1, 1]], [])
    """
    holders: dict[Items, list[int]] = {}
    for member, strings in enumerate(occurring):
        for items in strings:
            holders.setdefault(items, []).append(member)
    groups: dict[Items, list[list[int]]] = {}
    for items, members in holders.items():
        if len(members) > 1:
            around: dict[Context, list[int]] = {}
            for member in members:
                for context in occurring[member][items]:
                    around.setdefault(context, []).append(member)
            groups[items] = _connected(around)
    return _sharing(groups, len(occurring))


def matches(first: Context, second: Context) -> bool:
    """Tell whether two occurrences of a string are a match that neither side extends.

    Examples
    --------
    >>> matches(("Abs", "Neg"), ("Exp", "$")), matches(("Abs", "Neg"), ("Abs", "$")), matches(("^", "Neg"), ("^", "$"))
    (True, False, True)
    """
    return (first[0] != second[0] or first[0] == START) and (first[1] != second[1] or first[1] == END)


def _connected(around: Mapping[Context, Sequence[int]]) -> list[list[int]]:
    """Return the connected parts, of two members or more, of the graph of matches in one string.

    All members of one context match all of a context that it matches, so contexts are joined, not members; where the two have
    one and the same member alone, nothing is joined.
    """
    waiting = sorted(around)
    parts: list[set[int]] = []
    while waiting:
        reached, new = [], [waiting.pop()]
        while new:
            context = new.pop()
            reached.append(context)
            joined = {
                other for other in waiting if matches(context, other) and _several(around[context], around[other])
            }
            new.extend(sorted(joined))
            waiting = [other for other in waiting if other not in joined]
        alone = len(reached) == 1 and not matches(reached[0], reached[0])
        members = {member for context in reached for member in around[context]}
        if not alone and len(members) > 1:
            parts.append(members)
    return [sorted(part) for part in _merged(parts)]


def _several(first: Sequence[int], second: Sequence[int]) -> bool:
    return len(first) > 1 or len(second) > 1 or first[0] != second[0]


def _merged(parts: Iterable[set[int]]) -> list[set[int]]:
    """Join parts that have a member in common: a member has several contexts."""
    merged: list[set[int]] = []
    for part in parts:
        apart = [other for other in merged if not other & part]
        merged = [*apart, part.union(*(other for other in merged if other & part))]
    return merged


def _sharing(groups: Mapping[Items, list[list[int]]], members: int) -> Sharing:
    classes: dict[tuple[tuple[int, ...], ...], list[Items]] = {}
    for items in sorted(groups):
        key = tuple(sorted(tuple(group) for group in groups[items] if len(group) > 1))
        if key:
            classes.setdefault(key, []).append(items)
    owners = np.array([number for number, key in enumerate(classes) for _ in key], dtype=np.int64)
    each = np.arange(len(owners))
    return Sharing(
        _incidence([group for key in classes for group in key], members),
        sparse.csr_array((np.ones(len(owners), dtype=np.int32), (owners, each)), shape=(len(classes), len(owners))),
        owners,
        np.array([len(own) for own in classes.values()], dtype=np.int64),
        list(classes.values()),
    )


def _incidence(rows: Sequence[Sequence[int]], columns: int) -> sparse.csr_array:
    ends = np.cumsum([0, *(len(row) for row in rows)])
    places = np.array([place for row in rows for place in row], dtype=np.int32)
    return sparse.csr_array((np.ones(len(places), dtype=np.int32), places, ends), shape=(len(rows), columns))


def exclusive(sharing: Sharing, marked: Marks, among: Marks | None = None) -> Exclusive:
    """Count the marked members that hold an item which the marked have for themselves.

    Parameters
    ----------
    sharing : Sharing
        See `by_containment` and `by_blocks`.
    marked : array of bool, shape (members,) or (members, markings)
        The marked members.
    among : array of bool, optional
        Members that take part, of the same shape; all by default. Others hold nothing. For `by_containment` alone: a match of
        two members does not hang on others, but the connected parts do.

    Returns
    -------
    Exclusive

    Examples
    --------
    Of three members the first two are marked; they share ``b``, which the third lacks.

    >>> sharing = by_containment([{("a",), ("b",)}, {("a",), ("b",)}, {("a",)}])
    >>> exclusive(sharing, np.array([True, True, False]))
    Exclusive(holders=array([2]), items=array([1]))
    """
    counted = _counted_groups(sharing, marked, among)
    columns = marked.reshape(len(marked), -1)
    held = (sharing.members.T @ counted) > 0
    items = sharing.counts @ ((sharing.items @ counted) > 0)
    return Exclusive((held & columns).sum(axis=0), items)


def exclusive_items(sharing: Sharing, marked: Marks) -> list[tuple[Items, list[int]]]:
    """Return the items that the marked have for themselves with the members that share them, sorted, for one marking.

    Examples
    --------
    >>> sharing = by_containment([{("a",), ("b",)}, {("a",), ("b",)}, {("a",)}])
    >>> exclusive_items(sharing, np.array([True, True, False]))
    [(('b',), [0, 1])]
    """
    counted = _counted_groups(sharing, marked, None)[:, 0]
    found: list[tuple[Items, list[int]]] = []
    for place in np.flatnonzero(sharing.items @ counted):
        groups = sharing.items.indices[sharing.items.indptr[place] : sharing.items.indptr[place + 1]]
        members = sorted({int(each) for group in groups if counted[group] for each in _row(sharing.members, group)})
        found.extend((items, members) for items in sharing.representatives[place])
    return sorted(found)


def straddling(sharing: Sharing, marked: Marks) -> int:
    """Count the items that a marked and an unmarked member share, for one marking.

    By `by_blocks` these are the strings in which a marked member matches an unmarked one: a connected group that has both has an
    edge between them.

    Examples
    --------
    >>> sharing = by_containment([{("a",), ("b",)}, {("a",), ("b",)}, {("a",)}])
    >>> straddling(sharing, np.array([True, True, False]))
    1
    """
    within = sharing.members @ marked.astype(np.int32)
    mixed = (within > 0) & (within < np.asarray(sharing.members.sum(axis=1)))
    return int(sharing.counts @ ((sharing.items @ mixed.astype(np.int32)) > 0))


def _row(table: sparse.csr_array, row: int) -> NDArray[np.int32]:
    own: NDArray[np.int32] = table.indices[table.indptr[row] : table.indptr[row + 1]]
    return own


def _counted_groups(sharing: Sharing, marked: Marks, among: Marks | None) -> NDArray[np.int32]:
    """Tell, for each group and marking, whether it is marked throughout and so are, or not at all, its item's other groups."""
    columns = marked.reshape(len(marked), -1).astype(np.int32)
    within = sharing.members @ columns
    if among is None:
        sizes = np.asarray(sharing.members.sum(axis=1)).reshape(-1, 1)
    else:
        sizes = sharing.members @ among.reshape(len(among), -1).astype(np.int32)
    mixed = (within > 0) & (within < sizes)
    spoiled = (sharing.items @ mixed.astype(np.int32)) > 0
    counted: NDArray[np.int32] = ((within == sizes) & (within > 1) & ~spoiled[sharing.owners]).astype(np.int32)
    return counted
