"""Directed acyclic graphs with labelled nodes: the label strings along their edges, and how many paths they have.

A graph of some hundred nodes can have more paths than there are atoms in the universe; its strings of bounded length, and the
number of its paths, follow from dynamic programming over the nodes in topological order (Cormen et al., Introduction to
Algorithms, 4th ed., §22.2), and no path is ever walked.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

Items = tuple[str, ...]
Context = tuple[str, str]
START, END = "^", "$"
"""What stands before the first node of a path and behind its last; no label."""

_TOKEN = re.compile(r"([A-Za-z0-9_.:]+)(?:\^(\d+))?(?:<(\d+(?:,\d+)*))?(?:\$(\d+))?")


@dataclass(frozen=True)
class LabelledGraph:
    """A directed acyclic graph, its nodes in topological order.

    Attributes
    ----------
    labels : tuple of str
        One a node.
    predecessors : tuple of tuple of int
        For each node the places of the nodes with an edge to it, all before its own.
    inputs, outputs : tuple of int
        For each node how many inputs of the graph lead into it, and how many outputs it leads to.

    Raises
    ------
    ValueError
        Numbers of labels, edges, inputs and outputs disagree, or an edge does not come from an earlier node.

    Examples
    --------
    >>> graph = LabelledGraph.parse("Abs^1 Neg<1 Mul<1,2$1")
    >>> graph.labels, graph.predecessors
    (('Abs', 'Neg', 'Mul'), ((), (0,), (0, 1)))
    """

    labels: Items
    predecessors: tuple[tuple[int, ...], ...]
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]

    def __post_init__(self) -> None:
        if not len(self.labels) == len(self.predecessors) == len(self.inputs) == len(self.outputs):
            raise ValueError("labels, predecessors, inputs and outputs must be of one length")
        for place, before in enumerate(self.predecessors):
            if any(not 0 <= each < place for each in before):
                raise ValueError(f"node {place} ({self.labels[place]}): an edge must come from an earlier node")

    @classmethod
    def parse(cls, text: str) -> "LabelledGraph":
        """Read a graph from text: a word a node, ``LABEL^INPUTS<STEPS BACK TO PREDECESSORS$OUTPUTS``, empty parts left out.

        Raises
        ------
        ValueError
            A word is no node, or steps lead back beyond the first node.
        """
        labels, edges, inputs, outputs = [], [], [], []
        for place, word in enumerate(text.split()):
            found = _TOKEN.fullmatch(word)
            if found is None:
                raise ValueError(f"{word!r} is no node; write LABEL^INPUTS<STEPS,STEPS$OUTPUTS")
            steps = [int(step) for step in found[3].split(",")] if found[3] else []
            if any(not 1 <= step <= place for step in steps):
                raise ValueError(f"{word!r} at place {place}: steps must lead to an earlier node")
            labels.append(found[1])
            edges.append(tuple(sorted({place - step for step in steps})))
            inputs.append(int(found[2] or 0))
            outputs.append(int(found[4] or 0))
        return cls(tuple(labels), tuple(edges), tuple(inputs), tuple(outputs))

    def text(self) -> str:
        """Return the text that `parse` reads."""
        words = []
        for place, label in enumerate(self.labels):
            steps = ",".join(str(step) for step in sorted(place - each for each in self.predecessors[place]))
            first, last = self.inputs[place], self.outputs[place]
            words.append(
                label
                + (f"{START}{first}" if first else "")
                + (f"<{steps}" if steps else "")
                + (f"{END}{last}" if last else "")
            )
        return " ".join(words)

    def successors(self) -> list[list[int]]:
        """Return for each node the nodes that it has an edge to."""
        after: list[list[int]] = [[] for _ in self.labels]
        for place, before in enumerate(self.predecessors):
            for each in before:
                after[each].append(place)
        return after

    def on_paths(self) -> "LabelledGraph":
        """Return the graph without the nodes that lie on no path from an input to an output."""
        count = len(self.labels)
        reached, useful = [False] * count, [False] * count
        for place in range(count):
            reached[place] = self.inputs[place] > 0 or any(reached[each] for each in self.predecessors[place])
        after = self.successors()
        for place in reversed(range(count)):
            useful[place] = self.outputs[place] > 0 or any(useful[each] for each in after[place])
        kept = [place for place in range(count) if reached[place] and useful[place]]
        new = {old: place for place, old in enumerate(kept)}
        return LabelledGraph(
            tuple(self.labels[old] for old in kept),
            tuple(tuple(new[each] for each in self.predecessors[old] if each in new) for old in kept),
            tuple(self.inputs[old] for old in kept),
            tuple(self.outputs[old] for old in kept),
        )


def path_count(graph: LabelledGraph) -> int:
    """Return how many paths lead from an input to an output, exactly; parallel edges count once.

    Examples
    --------
    >>> path_count(LabelledGraph.parse("Abs^1 Neg<1 Mul<1,2$1"))
    2
    """
    ending: list[int] = []
    for first, before in zip(graph.inputs, graph.predecessors, strict=True):
        ending.append(first + sum(ending[each] for each in before))
    return sum(paths * last for paths, last in zip(ending, graph.outputs, strict=True))


def strings(graph: LabelledGraph, longest: int) -> list[set[Items]]:
    """Return the distinct label strings along edges, by length.

    Parameters
    ----------
    graph : LabelledGraph
        Whatever strings it has count, also those off the paths from inputs to outputs (see `LabelledGraph.on_paths`).
    longest : int
        Labels of the longest string.

    Returns
    -------
    list of set of tuple of str
        At place n - 1 the strings of n labels.

    Examples
    --------
    >>> [sorted(each) for each in strings(LabelledGraph.parse("Abs^1 Neg<1 Mul<1,2$1"), 2)]
    [[('Abs',), ('Mul',), ('Neg',)], [('Abs', 'Mul'), ('Abs', 'Neg'), ('Neg', 'Mul')]]
    """
    found: list[set[Items]] = [set() for _ in range(longest)]
    ending: list[list[set[Items]]] = []
    for label, before in zip(graph.labels, graph.predecessors, strict=True):
        own: list[set[Items]] = [{(label,)}]
        for shorter in range(longest - 1):
            own.append({(*items, label) for each in before for items in ending[each][shorter]})
        ending.append(own)
        for length, mine in enumerate(own):
            found[length] |= mine
    return found


def contexts(graph: LabelledGraph, shortest: int, longest: int) -> dict[Items, set[Context]]:
    """Return for each label string along edges what stands before and behind it where it occurs.

    Parameters
    ----------
    graph : LabelledGraph
        Its nodes should lie on paths.
    shortest, longest : int
        Labels of the strings.

    Returns
    -------
    dict
        String to pairs of the label before and the label behind; `START` before a node that an input leads into, `END` behind
        one that leads to an output.

    Examples
    --------
    >>> contexts(LabelledGraph.parse("Abs^1 Neg<1 Mul<1,2$1"), 2, 2)[("Abs", "Neg")]
    {('^', 'Mul')}
    """
    found: dict[Items, set[Context]] = {}
    ending: list[list[set[tuple[str, Items]]]] = []
    behind = [
        {graph.labels[each] for each in after} | ({END} if last else set())
        for after, last in zip(graph.successors(), graph.outputs, strict=True)
    ]
    for place, (label, before) in enumerate(zip(graph.labels, graph.predecessors, strict=True)):
        lefts = {graph.labels[each] for each in before} | ({START} if graph.inputs[place] else set())
        own: list[set[tuple[str, Items]]] = [{(left, (label,)) for left in lefts}]
        for shorter in range(longest - 1):
            own.append({(left, (*items, label)) for each in before for left, items in ending[each][shorter]})
        ending.append(own)
        for mine in own[shortest - 1 :]:
            for left, items in mine:
                found.setdefault(items, set()).update((left, right) for right in behind[place])
    return found


def paths(graph: LabelledGraph) -> Iterator[Items]:
    """Yield the labels of every path from an input to an output, one after the other; for small graphs (see `path_count`).

    Examples
    --------
    >>> list(paths(LabelledGraph.parse("Abs^1 Neg<1 Mul<1,2$1")))
    [('Abs', 'Neg', 'Mul'), ('Abs', 'Mul')]
    """
    after = graph.successors()
    for place, count in enumerate(graph.inputs):
        for _ in range(count):
            yield from _paths_from(graph, after, place)


def _paths_from(graph: LabelledGraph, after: list[list[int]], start: int) -> Iterator[Items]:
    waiting: list[tuple[int, Items]] = [(start, (graph.labels[start],))]
    while waiting:
        place, items = waiting.pop()
        for _ in range(graph.outputs[place]):
            yield items
        waiting.extend((each, (*items, graph.labels[each])) for each in reversed(after[place]))
