"""``python -m labelling agreement``: how far the raters agree, and what to do next."""

import argparse
import io
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from datapackage.codebook import Codebook, load_codebook
from datapackage.commandline import Command, data_option
from datapackage.errors import Fault, InputError
from datapackage.files import write_atomic
from datapackage.reasons import Reason
from datapackage.tables import read_table, records
from labelling import agreement
from labelling.commands.options import name, sample_options, say
from labelling.finals import standings
from labelling.labels import DIMENSIONS, NAMES, Label, latest
from labelling.project import Project, Round
from labelling.record import read_labels

_SHOWN = {"percent": "percent", "kappa": "κ", "alpha": "α", "ac1": "AC1"}
_KINDS = {
    "raters": "Raters with each other",
    "drift": "Raters with labels agreed on earlier (drift)",
    "retest": "Raters with themselves (retest)",
    "machine": "Machines with the people's final labels",
}


def _options(parser: argparse.ArgumentParser) -> None:
    sample_options(parser, round_name=None)
    data_option(parser)
    parser.add_argument("--round", type=name, help="this round alone (default: all)")
    parser.add_argument("--csv", type=Path, metavar="FILE", help="write the coefficients as CSV")
    parser.add_argument(
        "--figures", type=Path, metavar="DIR", help="draw a confusion matrix for each two raters into DIR"
    )


def _run(arguments: argparse.Namespace) -> int:
    project, codebook = Project(arguments.store, arguments.sample), load_codebook(arguments.data)
    labels = agreement.with_current_codes(latest(read_labels(project)).values(), codebook)
    everyone = project.rounds()
    rounds = [each for each in everyone if each.kind == "human"]
    chosen = rounds if arguments.round is None else [project.round(arguments.round)]
    agreed = _final_codes(arguments.data)
    converters = {each.issue: each.converter for each in project.issues()}
    tables = [_tell(each, labels, rounds, agreed, converters, codebook, arguments.figures) for each in chosen]
    if arguments.round is None:
        tables.append(_tell_machines(project, everyone, labels, converters))
    if all(table.empty for table in tables):
        message = "no two raters have labelled the same issue yet; `python -m labelling read` takes what they return"
        raise InputError([Fault(str(project.folder), message, reason=Reason.NO_RATINGS)])
    if arguments.csv is not None:
        write_atomic(
            arguments.csv,
            pd.concat([table for table in tables if not table.empty]).to_csv(index=False, lineterminator="\n"),
        )
    return 0


def _tell_machines(
    project: Project, rounds: Sequence[Round], labels: Sequence[Label], converters: dict[str, str]
) -> pd.DataFrame:
    final = {each.issue: each.final.codes for each in standings(project) if each.final is not None}
    table = agreement.coefficients(agreement.machines(rounds, labels, final), converters)
    if not table.empty:
        say(f"{_KINDS['machine']}\n{table_text(table)}\n")
    return table.assign(round="machine")


def _final_codes(data: Path) -> dict[str, dict[str, str]]:
    """Return the final codes of the data's active failures, by issue and dimension."""
    failures = read_table(data, "failures")
    return {
        row["issue"]: {name: str(row[name]) for name in DIMENSIONS if not pd.isna(row[name])}
        for row in records(failures[failures["status"] == "active"])
    }


def _tell(  # noqa: PLR0917 - a round and all that is known about it
    occasion: Round, labels: Sequence[Label], rounds: Sequence[Round], agreed: dict[str, dict[str, str]],
    converters: dict[str, str], codebook: Codebook, folder: Path | None,
) -> pd.DataFrame:  # fmt: skip
    between = agreement.raters(occasion, labels)
    compared = [*between, *agreement.drift(occasion, labels, agreed), *agreement.retest(occasion, labels, rounds)]
    table = agreement.coefficients(compared, converters)
    say(f"Round {occasion.name}")
    for kind, title in _KINDS.items():
        part = table[table["comparison"] == kind]
        if not part.empty:
            say(f"\n{title}\n{table_text(part)}")
    for dimension in DIMENSIONS:
        if worst := agreement.confused(between, dimension)[:3]:
            say(f"\nMost confused in {NAMES[dimension].lower()}")
            for codes, count in worst:
                say(f"  {count} × " + "\n      ".join(agreement.separating_rules(codebook, dimension, codes)))
    say("\nWhat to do")
    for each in between:
        for advice in agreement.recommend(each, table):
            pair = f" ({' / '.join(advice.codes)})" if advice.codes else ""
            say(f"  {advice.first}, {advice.second}, {advice.dimension}: {advice.words}{pair}")
        if folder is not None:
            _draw(folder / f"{occasion.name}-{each.first}-{each.second}", each, codebook)
    say()
    return table.assign(round=occasion.name)


def table_text(table: pd.DataFrame) -> str:
    """Return coefficients as text: a row per comparison, dimension and group, each with its interval."""
    rows: dict[tuple[str, ...], dict[str, str]] = {}
    for row in records(table):
        key = (f"{row['first']}, {row['second']}", str(row["dimension"]), str(row["group"]))
        cells = rows.setdefault(key, {"between": key[0], "dimension": key[1], "group": key[2], "n": str(row["n"])})
        shown = "–" if pd.isna(row["value"]) else f"{row['value']:.2f} [{row['low']:.2f}, {row['high']:.2f}]"
        cells[_SHOWN[row["coefficient"]]] = shown
    return pd.DataFrame(list(rows.values())).to_string(index=False)


def _draw(stem: Path, comparison: agreement.Comparison, codebook: Codebook) -> None:
    from labelling.figures import confusion_figure  # noqa: PLC0415 - matplotlib takes a second to load

    stream = io.BytesIO()
    confusion_figure(comparison, codebook).savefig(stream, format="png")
    write_atomic(stem.with_suffix(".png"), stream.getvalue())
    say(f"  figure: {stem.with_suffix('.png')}")


AGREEMENT = Command(
    "agreement",
    "how far the raters agree, and what to do next",
    "For each two raters: percent, Cohen's κ, Krippendorff's α and Gwet's AC1 with 95 % intervals, by dimension and "
    "converter; the codes most confused, with the decision rules that should separate them; drift and retest; and a "
    "recommendation by stated rules.",
    _options,
    _run,
)
