"""Where a generated model goes wrong, and the least of it that does; every trial is exported, run and judged like a task.

First every computed value is made an output: the first, in the order of computation, at which the party is at fault names the
operator. Then instructions are taken, on the values of the whole model, until the same party is at fault again, from that operator
alone to the whole; of these delta debugging takes away what isn't needed, and inputs are cut (`conversion.workers.reduction`).
"""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from onnx import ModelProto

from conversion.attribution import attribute
from conversion.workers.network import Network
from conversion.workers.reduction import Feed, ddmin, smaller_inputs

if TYPE_CHECKING:
    from conversion.workers.pipeline import Case

Expired = Callable[[], bool]
Judge = Callable[["Case"], "Trial"]
Shown = Callable[[Sequence[int], Mapping[str, Any]], "Trial | None"]


class Trial(NamedTuple):
    """A part that was exported, run and judged.

    Attributes
    ----------
    row : dict
        As a campaign would store it.
    model : ModelProto or None
        What the exporter wrote.
    outputs : dict
        Of the framework and of its float64 run.
    """

    row: dict[str, Any]
    model: ModelProto | None
    outputs: dict[str, list[Any]]


class First(NamedTuple):
    """The first value at which the party is at fault.

    Attributes
    ----------
    place : int
        Of its instruction.
    input : int
        Of the model's inputs, the one that shows it most clearly.
    """

    place: int
    input: int


class Localised(NamedTuple):
    """The least part of a model at which the party is still at fault.

    Attributes
    ----------
    kept : tuple of int
        Places of its instructions.
    first : First or None
        None where no value shows the fault once every value is an output: optimisers then fuse less.
    first_types : tuple of str
        Types of what the first's instruction takes.
    feed : dict
        Name of a value to array.
    trial : Trial
        Of the part on this feed.
    steps : tuple of str
        What was done.
    complete : bool
        False where the time ended first.
    """

    kept: tuple[int, ...]
    first: First | None
    first_types: tuple[str, ...]
    feed: Feed
    trial: Trial
    steps: tuple[str, ...]
    complete: bool


def first_wrong(network: Network, judge: Judge, party: str) -> First | None:
    """Return the first value at which a party is at fault when all are outputs."""
    case, names = network.exposed()
    row = judge(case).row
    giver = {name: place for place, each in enumerate(network.instructions) for name in each.gives}
    for output, name in enumerate(names):
        found = attribute(row, output)
        if found is not None and found.party == party:
            return First(giver[name], found.point.place if found.point is not None else 0)
    return None


def localise(network: Network, judge: Judge, party: str, place: int, expired: Expired) -> Localised:
    """Return the least part of a model, and the least input, at which a party is at fault.

    Parameters
    ----------
    network : Network
        The model.
    judge : callable
        Exports, runs and examines a case.
    party : str
        One of `datapackage.conversions.AT_FAULT`.
    place : int
        Which input of the whole model shows the fault, where the exposed values don't say.
    expired : callable
        Tells when to stop.

    Raises
    ------
    ValueError
        Neither a part nor the whole shows the fault.
    """
    first = first_wrong(network, judge, party)
    values = network.values()
    order = list(dict.fromkeys([first.input if first else place, *range(len(values))]))
    shown: Shown = partial(_shown, network, judge, party)
    for kept in _candidates(network, first):
        for number in order if len(kept) == 1 else order[:1]:
            if not expired() and shown(kept, values[number]):
                taken = network.instructions[first.place].takes if first is not None else ()
                types = tuple(sorted({values[number][name].dtype.name for name in taken}))
                least, feed, trial, steps = _smallest(network, kept, values[number], shown, expired)
                return Localised(least, first, types, feed, trial, steps, not expired())
    raise ValueError("neither a part of the model nor the whole shows the fault when run again")


def _candidates(network: Network, first: First | None) -> list[list[int]]:
    """Return growing parts that end in the first wrong value, at last the whole."""
    whole = list(range(len(network.instructions)))
    if first is None:
        return [whole]
    parts = [[first.place], network.before([first.place], constants=True)]
    while len(parts[-1]) < len(whole):
        grown = network.before(parts[-1])
        if grown == parts[-1]:
            break
        parts.append(grown)
    unlike = [part for number, part in enumerate(parts) if part not in parts[:number]]
    return [*unlike, whole]


def _shown(network: Network, judge: Judge, party: str, kept: Sequence[int], feed: Mapping[str, Any]) -> Trial | None:
    """Return a trial of a part where the party is at fault in it; a part that can't be made or judged shows nothing."""
    try:
        trial = judge(network.part(kept, feed))
    except Exception:
        return None
    found = attribute(trial.row)
    return trial if found is not None and found.party == party and trial.outputs and trial.model is not None else None


def _smallest(
    network: Network, kept: list[int], values: Mapping[str, Any], shown: Shown, expired: Expired
) -> tuple[tuple[int, ...], Feed, Trial, tuple[str, ...]]:
    """Take away what a part does not need to show the fault, and cut its inputs."""
    count = sum(not each.constant for each in network.instructions)
    least = ddmin(kept, lambda fewer: shown(fewer, values) is not None, expired)
    operators = ", ".join(network.instructions[each].operator for each in least)
    feed, more = smaller_inputs(
        {name: np.asarray(values[name]) for name in network.taken(least)},
        lambda smaller: shown(least, smaller) is not None,
        expired,
    )
    trial = shown(least, feed)
    if trial is None:
        raise ValueError("the fault comes and goes: the smallest part does not show it again")
    return tuple(least), feed, trial, (f"{count} operators of the framework's to {len(least)}: {operators}", *more)
