"""``python -m analysis multiverse``: every specification of RQ3 for one sample."""

import argparse
import sys
from pathlib import Path

from analysis.dataset import SAMPLE, Study, select_sample
from analysis.evolution.multiverse import DRAWS, drivers, specification_curve
from analysis.report.tables import p_value
from analysis.statistics.correlation import SEED
from datapackage.commandline import Command, data_option
from datapackage.errors import Fault, InputError
from datapackage.files import write_atomic
from datapackage.tables import records


def _options(parser: argparse.ArgumentParser) -> None:
    data_option(parser)
    parser.add_argument("--sample", default=SAMPLE, metavar="NAME", help=f"sample of failures.csv (default: {SAMPLE})")
    parser.add_argument("--draws", type=_positive, default=DRAWS, metavar="N", help=f"permutations (default: {DRAWS})")
    parser.add_argument("--seed", type=int, default=SEED, metavar="N", help="seed of the permutations")
    parser.add_argument("--csv", metavar="FILE", help="write all specifications to FILE, or to standard output with -")


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"must be at least 1, not {number}")
    return number


def _run(arguments: argparse.Namespace) -> int:
    study = Study(arguments.data)
    failures = select_sample(study.all_failures, arguments.sample)
    curve = specification_curve(failures, study.opsets, draws=arguments.draws, seed=arguments.seed)
    if curve.specifications.empty:
        message = "spans too few releases of ONNX for any specification (six are needed); add failures or choose another sample"
        raise InputError([Fault("failures", message, value=arguments.sample, reason="too-few-releases")])
    table = curve.specifications.to_csv(index=False, lineterminator="\n")
    if arguments.csv == "-":
        sys.stdout.write(table)
        return 0
    if arguments.csv:
        write_atomic(Path(arguments.csv), table)
    lines = [f"{len(curve.specifications)} specifications, sample {arguments.sample}, {curve.draws} permutations", ""]
    lines += [f"{'':24}{'observed':>10}{'null median':>13}{'null 95 %':>11}{'p':>8}"]
    for row in records(curve.summary.reset_index()):
        name = row["statistic"].replace("_", " ")
        shown = f"{row['observed']:10.3f}{row['null_median']:13.3f}{row['null_high']:11.3f}"
        lines.append(f"{name:24}{shown}{p_value(row['p'], draws=curve.draws):>8}")
    lines += ["", f"{'choice':16}{'value':26}{'n':>7}{'median r':>10}{'positive':>10}{'p < 0.05':>10}"]
    for row in records(drivers(curve.specifications)):
        shares = f"{row['positive']:10.0%}{row['positive_significant']:10.0%}"
        lines.append(f"{row['choice']:16}{row['value']:26}{row['specifications']:7d}{row['median_r']:10.2f}{shares}")
    sys.stdout.write("\n".join(lines) + "\n")
    return 0


MULTIVERSE = Command(
    "multiverse",
    "correlate release sizes with failures under every combination of choices (RQ3)",
    "Run every defensible specification of RQ3's test on one sample: outcome, normalisation, merging, incomplete periods, "
    "converter, lag, reading of inexact dates, source, kind and scale of the release's size. Shows the curve against its "
    "permutation null (Simonsohn et al. 2020) and which choices drive the sign.",
    _options,
    _run,
)
