"""``python -m labelling classroom``: how far a class agrees, from the files of the page *Label it yourself*."""

import argparse
import io
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from datapackage.codebook import load_codebook
from datapackage.commandline import Command, data_option, require_writable
from datapackage.errors import Fault, InputError
from datapackage.files import write_atomic
from datapackage.reasons import Reason
from datapackage.tables import records
from labelling.agreement import separating_rules
from labelling.classroom import Student, alone, class_kappa, compare, pair_table, read_class
from labelling.commands.options import say
from labelling.labels import NAMES

_SHOWN = 5
FIGURE, SHEET, TABLE = "agreement.png", "class.xlsx", "pairs.csv"


def _options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "files",
        type=Path,
        nargs="+",
        metavar="FILE",
        help="files that students saved (.csv, .xlsx), or folders of them",
    )
    data_option(parser)
    parser.add_argument(
        "--out", type=Path, metavar="DIR", help=f"write {FIGURE} to project, {SHEET} and {TABLE} into DIR"
    )


def _run(arguments: argparse.Namespace) -> int:
    codebook = load_codebook(arguments.data)
    if arguments.out is not None:
        _refuse_to_write_over(arguments.out)
        require_writable(arguments.out, option="--out")
    students = read_class(arguments.files, codebook)
    comparisons = compare(students)
    pairs, means = pair_table(comparisons), class_kappa(students)
    # imported here: matplotlib and openpyxl's writers take a second to load, and faults are told without them
    from labelling.class_results import code_name, figure, most_confused, workbook  # noqa: PLC0415

    _tell(students, pairs, means)
    for dimension, codes, count in most_confused(comparisons)[:_SHOWN]:
        names = " / ".join(code_name(codebook, dimension, code) for code in codes)
        say(f"  {count} × {names}\n      " + "\n      ".join(separating_rules(codebook, dimension, codes)))
    if arguments.out is not None:
        stream = io.BytesIO()
        figure(students, comparisons, pairs, means, codebook).savefig(stream, format="png")
        write_atomic(arguments.out / FIGURE, stream.getvalue())
        write_atomic(arguments.out / SHEET, workbook(students, comparisons, pairs, means, codebook))
        write_atomic(arguments.out / TABLE, _neutral(pairs).to_csv(index=False, lineterminator="\n"))
        say(f"\nWritten: {', '.join(str(arguments.out / name) for name in (FIGURE, SHEET, TABLE))}")
    return 0


def _refuse_to_write_over(folder: Path) -> None:
    message = "exists, and may hold notes; name another folder, or move it away"
    faults = [
        Fault(str(folder / name), message, reason=Reason.EXISTS)
        for name in (FIGURE, SHEET, TABLE)
        if (folder / name).exists()
    ]
    if faults:
        raise InputError(faults)


def _neutral(pairs: pd.DataFrame) -> pd.DataFrame:
    from datapackage.sheets import neutral_cell  # noqa: PLC0415

    return pairs.assign(first=pairs["first"].map(neutral_cell), second=pairs["second"].map(neutral_cell))


def _tell(students: Sequence[Student], pairs: pd.DataFrame, means: pd.DataFrame) -> None:
    reports = {report for student in students for report in student.codes}
    say(f"{len(students)} students, {len(reports)} reports")
    for student in students:
        complete = sum({"symptom", "cause", "location"} <= codes.keys() for codes in student.codes.values())
        if complete < len(reports):
            say(f"  {student.name}: {complete} of {len(reports)} labelled completely")
    for report, name in alone(students).items():
        say(f"  {report!r} was labelled by {name} alone: is its id right?")
    say("\nCohen's κ, mean of all pairs [95 % interval]; lowest and highest pair")
    for row in records(means):
        mine = pairs[pairs["dimension"] == row["dimension"]].dropna(subset="kappa").sort_values("kappa")
        if mine.empty:
            say(f"  {NAMES[row['dimension']]:<11} undefined: every pair uses one code only, or has no report in common")
            continue
        ends = [f"{each['kappa']:.2f} {each['first']}, {each['second']}" for each in records(mine.iloc[[0, -1]])]
        interval = f"[{row['low']:.2f}, {row['high']:.2f}]" if pd.notna(row["low"]) else "[undefined]"
        undefined = f"; undefined for {row['undefined']}" if row["undefined"] else ""
        say(
            f"  {NAMES[row['dimension']]:<11} {row['kappa']:.2f} {interval} of {row['pairs']} pairs{undefined}; {'; '.join(ends)}"
        )
    say("\nMost often taken for each other")


CLASSROOM = Command(
    "classroom",
    "how far a class agrees that labelled the invented reports",
    "Reads the files that the page teaching/label-it-yourself.html saves, tells every fault of every file, and compares all pairs "
    "of students: κ, the codes most often taken for each other with the rules that should separate them. With --out also a "
    "figure to project, a workbook of the class's results, and the pairs as a table.",
    _options,
    _run,
)
