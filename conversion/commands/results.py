"""``status``, ``classify`` and ``export``."""

import argparse
import sys
from collections import Counter
from pathlib import Path

from conversion.catalogue import listed_models
from conversion.classification import classify
from conversion.criteria import CRITERIA, DEFAULT, criterion
from conversion.description import FOLDER, describe_campaign, name_faults
from conversion.export import export
from conversion.progress import duration
from conversion.records import Records
from conversion.tasks import tasks
from datapackage.commandline import DATA, Command
from datapackage.conversions import CAMPAIGN_OUTCOMES
from datapackage.descriptor import FILE
from datapackage.errors import InputError


def _folder(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folder", type=Path, metavar="DIR", help="the campaign's folder")


def _criterion_option(parser: argparse.ArgumentParser) -> None:
    lines = "; ".join(f"{entry.name}: {entry.description}" for entry in CRITERIA.values())
    parser.add_argument("--criterion", default=DEFAULT, metavar="NAME", help=f"{lines} (default: %(default)s)")


def _status(arguments: argparse.Namespace) -> int:
    records = Records(arguments.folder)
    specification = records.specification()
    planned = Counter(task["exporter"] for task in tasks(specification, listed_models(specification.suite)))
    done: Counter[str] = Counter()
    ends: Counter[tuple[str, str]] = Counter()
    seconds: Counter[str] = Counter()
    for row in records.rows():
        done[row["exporter"]] += 1
        ends[row["exporter"], row["status"]] += 1
        seconds[row["exporter"]] += row.get("seconds", 0)
    for name, total in planned.items():
        each = seconds[name] / done[name] if done[name] else 0
        told = ", ".join(f"{number} {end}" for (converter, end), number in sorted(ends.items()) if converter == name)
        left = f", about {duration(each * (total - done[name]))} of a core left" if each and done[name] < total else ""
        sys.stdout.write(f"{name}: {done[name]} of {total} tasks{left}{f' ({told})' if told else ''}\n")
    return 0


def _classify_options(parser: argparse.ArgumentParser) -> None:
    _folder(parser)
    _criterion_option(parser)


def _classify(arguments: argparse.Namespace) -> int:
    by, records = criterion(arguments.criterion), Records(arguments.folder)
    records.specification()
    counts: Counter[tuple[str, str]] = Counter()
    errors: Counter[tuple[str, ...]] = Counter()
    for row in records.rows():
        found = classify(row, by)
        counts[row["exporter"], found.outcome] += 1
        if found.error_stage and found.error_class:
            errors[row["exporter"], found.error_stage, found.error_class, found.error_operator or ""] += 1
    sys.stdout.write(f"{by.name}: outputs differ if {by.description}\n")
    for converter in sorted({converter for converter, _ in counts}):
        total = sum(number for (name, _), number in counts.items() if name == converter)
        sys.stdout.write(f"\n{converter}: {total}\n")
        for outcome in CAMPAIGN_OUTCOMES:
            if counts[converter, outcome]:
                share = 100 * counts[converter, outcome] / total
                sys.stdout.write(f"{counts[converter, outcome]:7d}  {share:5.1f}%  {outcome}\n")
        for (name, *error), number in errors.most_common():
            if name == converter:
                sys.stdout.write(f"{number:7d}          {' '.join(filter(None, error))}\n")
    return 0


def tell_description(folder: Path, name: str) -> None:
    """Describe a campaign's tables where they were written into a data package, and say so."""
    data = folder.resolve().parent
    if folder.resolve().name != FOLDER or not (data / FILE).is_file() or not (folder / f"{name}.json").is_file():
        return
    for table in describe_campaign(data, name):
        sys.stdout.write(f"{data / FILE}: {table} is described; read its description\n")
    sys.stdout.write("next: python -m analysis describe, make generated\n")


def _export_options(parser: argparse.ArgumentParser) -> None:
    _folder(parser)
    _criterion_option(parser)
    parser.add_argument("--name", metavar="NAME", help="of the campaign (default: the folder's name)")
    parser.add_argument(
        "--to", type=Path, default=DATA / "conversions", metavar="DIR", help="folder (default: data/conversions)"
    )


def _export(arguments: argparse.Namespace) -> int:
    by, records = criterion(arguments.criterion), Records(arguments.folder)
    name = arguments.name or arguments.folder.resolve().name
    if faults := name_faults(name, "--name"):
        raise InputError(faults)
    for path in export(records, arguments.to, name, by):
        sys.stdout.write(f"{path}\n")
    tell_description(arguments.to, name)
    return 0


STATUS = Command(
    "status", "tell how far a campaign is", "Count tasks that are done, and how they ended.", _folder, _status
)
CLASSIFY = Command(
    "classify",
    "count outcomes by a named criterion",
    "Classify stored rows; nothing is run again. Any campaign can be read by any criterion.",
    _classify_options,
    _classify,
)
EXPORT = Command(
    "export",
    "write a campaign as tables",
    "Write NAME.csv (a row per task), NAME-operators.csv and the manifest NAME.json; describe the tables in data/datapackage.json.",
    _export_options,
    _export,
)
