"""A copy of the data with the tables of the made full archive."""

import csv
import json
import shutil
from pathlib import Path

from datapackage.descriptor import FILE, read_descriptor, refresh, resource
from datapackage.errors import Fault
from datapackage.files import write_atomic
from datapackage.tables import render_table
from mining.published_archive.full_archive import read_full_archive
from mining.published_archive.full_archive_tables import describing
from tests.conftest import DATA
from tests.mining.made_archive import issue_lists, write_large_files


def sampled() -> list[tuple[str, str, int, str]]:
    """Every failure of the study: converter, issue, rank, and a moment on the first day that is possible."""
    with (DATA / "failures.csv").open(encoding="utf-8", newline="") as stream:
        return [
            (row["converter"], row["issue"], int(row["population_rank"]), f"{row['created_earliest']}T12:00:00Z")
            for row in csv.DictReader(stream)
        ]


LISTS = issue_lists(sampled())


def make_full_data(folder: Path) -> Path:
    """Make the copy below `folder`; return it."""
    write_large_files(folder / "archive", LISTS)
    faults: list[Fault] = []
    tables = read_full_archive(folder / "archive", faults, allow_changed=True, orders=20).tables
    assert faults == []
    data = folder / "data"
    shutil.copytree(DATA, data)
    descriptor = describing(read_descriptor(data), tables)
    write_atomic(data / FILE, json.dumps(descriptor))
    for name, frame in tables.items():
        entry = resource(descriptor, name)
        write_atomic(data / entry["path"], render_table(entry, frame))
    refresh(data)
    return data
