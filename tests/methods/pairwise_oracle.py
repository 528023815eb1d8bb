"""The study's way to shared sequences, pair by pair: all paths, and difflib's matching blocks of each pair of paths.

After the study's script: paths begin with a marker ``input`` and end with ``output``, blocks have two items or more, markers
are stripped from the ends, and what then has fewer than three items is dropped. Its time grows with the product of the numbers
of paths of every two models; it serves small graphs, as an oracle and in a benchmark.
"""

from collections.abc import Sequence
from difflib import SequenceMatcher

from methods.labelled_graphs import Items, LabelledGraph, paths

INPUT, OUTPUT = "\x00", "\x01"
SHORTEST = 3


def coded_paths(graph: LabelledGraph, codes: dict[str, str]) -> list[str]:
    """Return each distinct path as text, a character an operator, markers at its ends."""
    for label in graph.labels:
        codes.setdefault(label, chr(len(codes) + 2))
    return sorted({INPUT + "".join(codes[label] for label in path) + OUTPUT for path in paths(graph)})


def shared(first: Sequence[str], second: Sequence[str], codes: dict[str, str]) -> set[Items]:
    """Return the sequences that the study's method reports for two models."""
    labels = {code: label for label, code in codes.items()}
    found = set()
    for one in first:
        for other in second:
            for match in SequenceMatcher(None, one, other).get_matching_blocks():
                if match.size >= 2:
                    text = one[match.a : match.a + match.size].strip(INPUT).strip(OUTPUT)
                    if len(text) >= SHORTEST:
                        found.add(tuple(labels[code] for code in text))
    return found
