"""``python -m analysis multiverse``: every specification of RQ3 for one sample."""

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from analysis.dataset import SAMPLE, open_study, select_sample
from datapackage.commandline import Command, csv_option, data_option, positive
from datapackage.files import write_atomic

if TYPE_CHECKING:
    from analysis.evolution.multiverse import Curve


def _options(parser: argparse.ArgumentParser) -> None:
    data_option(parser)
    parser.add_argument("--sample", default=SAMPLE, metavar="NAME", help=f"sample of failures.csv (default: {SAMPLE})")
    parser.add_argument(
        "--draws", type=positive, metavar="N", help="rearrangements of the sizes (default: as in the report)"
    )
    parser.add_argument(
        "--keep", action="store_true", help="draw the nulls anew and keep them for the report (minutes)"
    )
    csv_option(parser, "all specifications")


def _run(arguments: argparse.Namespace) -> int:
    # imported here: the other commands need none of it
    from analysis.evolution.multiverse import KEPT_DRAWS, specification_curve  # noqa: PLC0415
    from analysis.evolution.nulls import inputs_hash, keep  # noqa: PLC0415

    study = open_study(arguments.data)
    failures = select_sample(study.all_failures, arguments.sample)
    draws = arguments.draws or (KEPT_DRAWS if arguments.keep else None)
    curve = specification_curve(failures, study.opsets, draws=draws)
    if arguments.keep:
        keep(inputs_hash(failures, study.opsets), curve.summary)
    table = curve.specifications.to_csv(index=False, lineterminator="\n")
    if arguments.csv == "-":
        sys.stdout.write(table)
        return 0
    if arguments.csv:
        write_atomic(Path(arguments.csv), table)
    sys.stdout.write(_text(curve, arguments.sample))
    return 0


def _text(curve: "Curve", sample: str) -> str:
    from analysis.evolution.multiverse import ALL, FIRST, drivers  # noqa: PLC0415

    head = f"{len(curve.specifications)} specifications ({curve.distinct} distinct), sample {sample}, {curve.draws} rearrangements"
    told = curve.summary.index.get_level_values("part").isin([ALL, *FIRST])
    summary = curve.summary[told].reset_index().replace({"statistic": {"_": " "}, "null": {"_": " "}}, regex=True)
    by_choice = drivers(curve.specifications)
    shares = by_choice[["positive", "positive_significant"]].map("{:.0%}".format)
    by_choice = by_choice.assign(**shares).rename(columns=lambda name: name.replace("_", " "))
    summary.columns = [name.replace("_", " ") for name in summary.columns]
    tables = (frame.to_string(index=False, float_format="{:.3f}".format) for frame in (summary, by_choice))
    return "\n\n".join([head, *tables]) + "\n"


MULTIVERSE = Command(
    "multiverse",
    "correlate release sizes with failures under every combination of choices (RQ3)",
    "Run every defensible specification of RQ3's test on one sample: outcome, normalisation, merging, incomplete periods, "
    "converter, lag, reading of inexact dates, first release, source, kind and scale of the release's size. Shows the curve "
    "against three nulls (Simonsohn et al. 2020) and which choices drive the sign.",
    _options,
    _run,
)
