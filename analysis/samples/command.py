"""``python -m analysis sample`` and ``audited``: one sample, two samples, a population labelled by a machine."""

import argparse
import sys
from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from analysis.dataset import left_out, open_study
from datapackage.commandline import Command, csv_option, data_option, existing_parent
from datapackage.files import write_atomic

_SHOWN = ("code", "people", "machine", "both", "weight", "n", "labelled", "effective", "needed", "needed alone")


def _sample_options(parser: argparse.ArgumentParser) -> None:
    data_option(parser)
    parser.add_argument("sample", help="sample to analyse, such as issta24")
    parser.add_argument("--against", metavar="SAMPLE", help="another sample to compare it with")
    parser.add_argument(
        "--csv", type=existing_parent, metavar="DIR", help="write each table as CSV into DIR instead of printing it"
    )


def _sample(arguments: argparse.Namespace) -> int:
    # imported here: the other commands need none of it
    from analysis.failures.samples import describe_sample  # noqa: PLC0415
    from analysis.report.sample import table_text  # noqa: PLC0415
    from analysis.samples.comparison import compare_samples  # noqa: PLC0415

    study = open_study(arguments.data)
    if arguments.against is None:
        tables = describe_sample(study, arguments.sample)
    else:
        tables = compare_samples(study, arguments.sample, arguments.against)
    for name, frame in tables.items():
        if arguments.csv is None:
            sys.stdout.write(f"\n{name}\n{table_text(frame)}\n")
        else:
            write_atomic(arguments.csv / f"{name}.csv", frame.to_csv(index=False, lineterminator="\n"))
    for sentence in left_out(study, {arguments.sample, arguments.against}):
        sys.stdout.write(f"{sentence}\n")
    if arguments.csv is not None:
        sys.stdout.write(f"{len(tables)} tables written to {arguments.csv}\n")
    return 0


def _audited_options(parser: argparse.ArgumentParser) -> None:
    data_option(parser)
    parser.add_argument("--sample", required=True, metavar="NAME", help="a sample with final labels, drawn at random")
    parser.add_argument("--rater", metavar="NAME", help="the machine (default: the only one)")
    parser.add_argument(
        "--width", type=_points, default=0.1, metavar="POINTS", help="width of an interval to plan for (default: 10)"
    )
    csv_option(parser, "all shares, by converter too")


def _points(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 < value < 100:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of percentage points between 0 and 100")
    return value / 100


def _audited(arguments: argparse.Namespace) -> int:
    from analysis.failures.audited import audited_shares, machine_against_people, machine_raters  # noqa: PLC0415

    study = open_study(arguments.data)
    frame = audited_shares(study, arguments.sample, arguments.rater, width=arguments.width)
    table = frame.to_csv(index=False, lineterminator="\n")
    if arguments.csv == "-":
        sys.stdout.write(table)
        return 0
    if arguments.csv:
        write_atomic(Path(arguments.csv), table)
    rater = arguments.rater or machine_raters(study, arguments.sample)[0]
    sys.stdout.write(_text(frame, machine_against_people(study, arguments.sample, rater), arguments.width))
    return 0


def _text(frame: pd.DataFrame, agreement: pd.DataFrame, width: float) -> str:
    from analysis.failures.labels import WEIGHTED  # noqa: PLC0415
    from analysis.report.sample import table_text  # noqa: PLC0415

    kappa = agreement[agreement["coefficient"].isin(["percent", "kappa"])].drop(columns=["group", "codes"])
    parts = [f"The machine against the people's final labels\n{table_text(kappa)}"]
    for dimension, rows in frame[frame["group"] == WEIGHTED].groupby("dimension", sort=False):
        parts.append(f"{dimension}, share of the {rows['population'].iloc[0]} issues in percent [95 %]\n{_rows(rows)}")
    parts.append(
        "people: by labels of people alone; machine: by its labels alone, errors included; both: prediction-powered (PPI++),\n"
        "valid however bad the machine is, if people labelled a random part. weight: of the machine's labels (0 to 1).\n"
        "effective: so many labels by people alone would be as exact. needed: labels by people for an interval of\n"
        f"{100 * width:g} points, with the machine and without. Each interval holds for itself; shares are tuned one by one\n"
        "and need not add up to 100."
    )
    return "\n\n".join(parts) + "\n"


def _rows(rows: pd.DataFrame) -> str:
    from analysis.report.tables import percent_interval, with_interval  # noqa: PLC0415
    from datapackage.tables import records  # noqa: PLC0415

    def cells(row: Mapping[str, float]) -> tuple[object, ...]:
        nothing = float("nan")
        both = f"{with_interval(row['share'], nothing, nothing)} {percent_interval(row['low'], row['high'])}"
        return (
            row["code"], with_interval(row["people"], row["people_low"], row["people_high"]),
            with_interval(row["machine"], nothing, nothing), both, f"{row['weight']:.2f}", row["n"], row["labelled"],
            f"{row['effective']:.0f}", f"{row['needed']:.0f}", f"{row['needed_alone']:.0f}",
        )  # fmt: skip

    return pd.DataFrame([cells(row) for row in records(rows)], columns=list(_SHOWN)).to_string(index=False)


SAMPLE = Command(
    "sample",
    "analyse one sample of failures, or compare two",
    "Run the analyses of RQ2 on any sample: shares with intervals, tests with effect sizes, agreement of its raters. Or put two "
    "samples side by side: shares, tests, practical equality, which findings hold in each, releases.",
    _sample_options,
    _sample,
)
AUDITED = Command(
    "audited",
    "shares of a whole population from many labels of a machine and few of people",
    "Prediction-powered inference (PPI++): a machine's labels of a sample's population (ratings of a rater of kind machine) are "
    "corrected by the final labels of the sample. The intervals hold however bad the machine is; says what it was good for, and "
    "how many labels a wanted width would take.",
    _audited_options,
    _audited,
)
