"""``python -m mining opsets``."""

import argparse

from datapackage.commandline import Command, data_option


def _run(arguments: argparse.Namespace) -> int:
    from mining.schema_registry import update_opsets  # noqa: PLC0415 - brings pandas, which the other commands need not

    registry = update_opsets(arguments.data)
    print(f"opsets: {len(registry)} changes of {registry['opset'].nunique()} operator sets from the schema registry")  # noqa: T201
    return 0


OPSETS = Command(
    "opsets",
    "recompute operator additions and updates from the onnx package's schemas",
    "Replace the rows of opsets.csv with source schema_registry by what the installed onnx package registers: every version "
    "of every operator of the default domain, dated by published/onnx_releases.csv. Needs the packages of requirements.txt.",
    data_option,
    _run,
)
