"""The options that say what a campaign does."""

import argparse

from conversion.catalogue import listed_models
from conversion.tasks import EXPORTERS, SUITES, Specification, parse_range
from datapackage.errors import Fault, InputError


def specification_options(parser: argparse.ArgumentParser) -> None:
    """Add the options that say what a campaign does."""
    parser.add_argument("--suite", choices=SUITES, default="synthetic", help="which models (default: %(default)s)")
    parser.add_argument(
        "--exporters",
        default=",".join(EXPORTERS),
        metavar="LIST",
        help=f"separated by commas, of {', '.join(EXPORTERS)} (default: all)",
    )
    parser.add_argument(
        "--models", type=int, default=100, metavar="N", help="generated models a framework (default: %(default)s)"
    )
    parser.add_argument(
        "--sizes",
        default="15:100:5",
        metavar="SIZES",
        help="operators of generated models, FIRST:LAST:STEP, taken in turn (default: %(default)s, the study's)",
    )
    parser.add_argument("--opsets", default="18", metavar="OPSETS", help="such as 18 or 7:20 (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=1, metavar="S", help="of the campaign (default: %(default)s)")
    parser.add_argument("--inputs", type=int, default=10, metavar="K", help="inputs a model (default: %(default)s)")
    parser.add_argument(
        "--without", default="", metavar="OPERATORS", help="generator's operators to leave out, such as GELU,Tan"
    )
    parser.add_argument(
        "--memory", type=int, default=6000, metavar="MB", help="what a task may use (default: %(default)s)"
    )
    parser.add_argument(
        "--inject", action="store_true", help="plant faults in each graph, too, to test who is named at fault"
    )
    parser.add_argument(
        "--outcomes-only",
        action="store_true",
        help="leave out the executors that tell who is at fault: two to three times as fast",
    )


def read_specification(arguments: argparse.Namespace) -> Specification:
    """Return the specification that the options describe.

    Raises
    ------
    InputError
        Options that mean nothing, all of them.
    """
    numbers, faults = {}, []
    for name in ("sizes", "opsets"):
        try:
            numbers[name] = parse_range(getattr(arguments, name))
        except ValueError as error:
            faults.append(Fault("command line", str(error), column=f"--{name}", value=getattr(arguments, name)))
    if faults:
        raise InputError(faults)
    listed = listed_models(arguments.suite)
    return Specification(
        suite=arguments.suite,
        exporters=_words(arguments.exporters),
        models=max(len(names) for names in listed.values()) if listed else arguments.models,
        sizes=numbers["sizes"],
        opsets=numbers["opsets"],
        seed=arguments.seed,
        inputs=arguments.inputs,
        without=_words(arguments.without),
        memory_mb=arguments.memory,
        inject=arguments.inject,
        examine=not arguments.outcomes_only,
    )


def _words(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(word.strip() for word in text.split(",") if word.strip()))
