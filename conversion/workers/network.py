"""A generated model as its generator's instructions, and parts of it as models of their own, on values of the whole.

What a part takes from outside becomes an input with the value that the framework computed for it in the whole model, so that a part
does not hang on what came before it. A part is a case like the whole: exported, run and judged by the same stages.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from conversion.workers.pipeline import Case

Values = dict[str, Any]
MakeCase = Callable[["Network", Sequence[int], Sequence[str], Sequence[str], list[list[Any]]], "Case"]


class Instruction(NamedTuple):
    """One application of a framework's operator.

    Attributes
    ----------
    operator : str
        As the generator names it.
    attributes : mapping
        Those that are single numbers or words.
    function : callable
        Takes tensors, gives a tensor or a list of them.
    takes, gives : tuple of str
        Names of values.
    """

    operator: str
    attributes: Mapping[str, Any]
    function: Callable[..., Any]
    takes: tuple[str, ...]
    gives: tuple[str, ...]

    @property
    def constant(self) -> bool:
        """Whether it takes nothing: a weight."""
        return not self.takes


class Network(NamedTuple):
    """A generated model.

    Attributes
    ----------
    instructions : tuple of Instruction
        In the order of computation.
    inputs : tuple of str
        Names of the model's inputs.
    leaves : tuple of str
        Names of its outputs.
    feeds : list
        The model's inputs, each a list of arrays in order.
    make : callable
        Makes a case of some instructions: takes the network, their places, the names of what it takes and gives, and inputs.
    """

    instructions: tuple[Instruction, ...]
    inputs: tuple[str, ...]
    leaves: tuple[str, ...]
    feeds: list[list[Any]]
    make: MakeCase

    def exposed(self) -> "tuple[Case, tuple[str, ...]]":
        """Return the whole model with every computed value as an output, and the names of these outputs."""
        names = tuple(name for each in self.instructions if not each.constant for name in each.gives)
        return self.make(self, range(len(self.instructions)), self.inputs, names, self.feeds), names

    def values(self) -> list[Values]:
        """Return every value of the framework's run, by name, for each input."""
        names = [name for each in self.instructions for name in each.gives]
        case = self.make(self, range(len(self.instructions)), self.inputs, names, self.feeds)
        run = case.executors()["framework"]
        return [
            dict(zip(self.inputs, feed, strict=True)) | dict(zip(names, run(feed), strict=True)) for feed in self.feeds
        ]

    def taken(self, kept: Sequence[int]) -> tuple[str, ...]:
        """Return what instructions take from outside, in the order of its first use."""
        made = {name for place in kept for name in self.instructions[place].gives}
        return tuple(
            dict.fromkeys(name for place in kept for name in self.instructions[place].takes if name not in made)
        )

    def given(self, kept: Sequence[int]) -> tuple[str, ...]:
        """Return what instructions give and none of them takes."""
        used = {name for place in kept for name in self.instructions[place].takes}
        return tuple(name for place in kept for name in self.instructions[place].gives if name not in used)

    def before(self, kept: Sequence[int], *, constants: bool = False) -> list[int]:
        """Return the places with those of the instructions that they take from; of these the weights alone, if asked."""
        wanted = set(self.taken(kept))
        more = {
            place
            for place, each in enumerate(self.instructions)
            if wanted & set(each.gives) and (each.constant or not constants)
        }
        return sorted(more | set(kept))

    def part(self, kept: Sequence[int], feed: Mapping[str, Any]) -> "Case":
        """Return some instructions as a model of their own on one input."""
        takes = self.taken(kept)
        return self.make(self, kept, takes, self.given(kept), [[feed[name] for name in takes]])


def compute(instructions: Sequence[Instruction], known: dict[str, Any]) -> dict[str, Any]:
    """Run instructions in order on tensors by name; return these with all that was computed."""
    for each in instructions:
        results = each.function(*(known[name] for name in each.takes))
        known.update(zip(each.gives, results if isinstance(results, list) else [results], strict=False))
    return known


def simple_attributes(operator: Any) -> dict[str, Any]:
    """Return the attributes of a generator's operator that are single numbers or words."""
    found = {**vars(operator), **getattr(operator, "extra_attrs", {})}
    return {
        name: value
        for name, value in sorted(found.items())
        if isinstance(value, int | float | str) and not name.startswith("_")
    }
