"""``python -m analysis sequences``: the tests on operator sequences, drawn anew."""

import argparse
import sys

from analysis.dataset import open_study
from datapackage.commandline import Command, data_option


def _options(parser: argparse.ArgumentParser) -> None:
    data_option(parser)
    parser.add_argument(
        "--keep", action="store_true", help="draw at length, and keep the results for the report (minutes)"
    )


def _run(arguments: argparse.Namespace) -> int:
    # imported here: the other commands need none of it
    from analysis.conversions.sequence_results import (  # noqa: PLC0415
        KEPT,
        compute,
        inputs_hashes,
        keep,
        sequence_results,
    )

    study = open_study(arguments.data)
    results = compute(study, KEPT) if arguments.keep else sequence_results(study)
    if arguments.keep:
        keep(inputs_hashes(study), results)
    for name, frame in results._asdict().items():
        shown = frame.drop(columns="distribution", errors="ignore")
        sys.stdout.write(f"{name.replace('_', ' ')}\n{shown.to_string(index=False, float_format='{:.3g}'.format)}\n\n")
    return 0


SEQUENCES = Command(
    "sequences",
    "test whether operator sequences explain mismatches (RQ4)",
    "Deal the mismatches of campaigns anew within converter and size, and simulate the study's count by chance; odds ratios of "
    "sequences, their check on held-out models, and what they predict.",
    _options,
    _run,
)
