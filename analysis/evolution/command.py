"""``python -m analysis multiverse``: every specification of RQ3 for one sample."""

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from analysis.dataset import SAMPLE, Study, select_sample
from datapackage.commandline import Command, data_option
from datapackage.files import write_atomic
from datapackage.tables import records

if TYPE_CHECKING:
    from analysis.evolution.multiverse import Curve


def _options(parser: argparse.ArgumentParser) -> None:
    data_option(parser)
    parser.add_argument("--sample", default=SAMPLE, metavar="NAME", help=f"sample of failures.csv (default: {SAMPLE})")
    parser.add_argument("--draws", type=_positive, metavar="N", help="permutations (default: as in the report)")
    parser.add_argument("--csv", metavar="FILE", help="write all specifications to FILE, or to standard output with -")


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"must be at least 1, not {number}")
    return number


def _run(arguments: argparse.Namespace) -> int:
    # imported here: the other commands need none of it
    from analysis.evolution.multiverse import DRAWS, specification_curve  # noqa: PLC0415

    study = Study(arguments.data)
    failures = select_sample(study.all_failures, arguments.sample)
    curve = specification_curve(failures, study.opsets, draws=arguments.draws or DRAWS)
    table = curve.specifications.to_csv(index=False, lineterminator="\n")
    if arguments.csv == "-":
        sys.stdout.write(table)
        return 0
    if arguments.csv:
        write_atomic(Path(arguments.csv), table)
    sys.stdout.write(_text(curve, arguments.sample))
    return 0


def _text(curve: "Curve", sample: str) -> str:
    from analysis.evolution.multiverse import drivers  # noqa: PLC0415

    lines = [f"{len(curve.specifications)} specifications, sample {sample}, {curve.draws} permutations", ""]
    lines += [f"{'first release':16}{'':24}{'observed':>10}{'null median':>13}{'null 95 %':>11}{'p':>8}"]
    for row in records(curve.summary.reset_index()):
        shown = f"{row['observed']:10.3f}{row['null_median']:13.3f}{row['null_high']:11.3f}{row['p']:8.4f}"
        lines.append(f"{row['first']:16}{row['statistic'].replace('_', ' '):24}{shown}")
    lines += ["", f"{'choice':16}{'value':26}{'n':>7}{'median r':>10}{'positive':>10}{'and p<0.05':>12}"]
    for row in records(drivers(curve.specifications)):
        shares = f"{row['positive']:10.0%}{row['positive_significant']:12.0%}"
        lines.append(f"{row['choice']:16}{row['value']:26}{row['specifications']:7d}{row['median_r']:10.2f}{shares}")
    return "\n".join(lines) + "\n"


MULTIVERSE = Command(
    "multiverse",
    "correlate release sizes with failures under every combination of choices (RQ3)",
    "Run every defensible specification of RQ3's test on one sample: outcome, normalisation, merging, incomplete periods, "
    "converter, lag, reading of inexact dates, first release, source, kind and scale of the release's size. Shows the curve "
    "against its permutation null (Simonsohn et al. 2020) and which choices drive the sign.",
    _options,
    _run,
)
