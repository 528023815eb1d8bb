"""The published archive into ``data/``, all tables or none."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from datapackage.codebook import load_codebook
from datapackage.descriptor import FILE, Descriptor, load_descriptor, read_descriptor, resource
from datapackage.errors import Fault, InputError
from datapackage.questions import load_questionnaire
from datapackage.reasons import Reason
from datapackage.tables import read_table, records, render_table
from datapackage.transaction import finish, replace_all
from mining.published_archive.conversions import read_conversions
from mining.published_archive.disclosures import read_disclosures
from mining.published_archive.failures import read_failures
from mining.published_archive.full_archive import FullArchive, read_full_archive
from mining.published_archive.full_archive_tables import TABLES, describing
from mining.published_archive.inputs import check_inputs
from mining.published_archive.issue_lists import check_ranks, with_exact_dates
from mining.published_archive.opsets import read_opsets
from mining.published_archive.ratings import raters_of, read_ratings
from mining.published_archive.survey import read_survey

# columns that tell whose rows a table holds; the import replaces its own
_ORIGINS = ("sample", "round", "rater", "source")
_MEANT = "if that is meant, use --allow-fewer-rows"
Progress = Callable[[str], None]


@dataclass(frozen=True)
class Import:
    """What an import did.

    Attributes
    ----------
    rows : mapping of str to (int or None, int)
        Rows of the study before (None: there was no such table) and after, by table.
    removed : tuple of str
        Tables of the full archive that were there before; this archive has not the files for them.
    notices : tuple of str
        What was passed over, and how the issue lists follow from each other.
    """

    rows: Mapping[str, tuple[int | None, int]]
    removed: tuple[str, ...] = ()
    notices: tuple[str, ...] = field(default=())

    @property
    def full(self) -> bool:
        """Whether any of the large files was there."""
        return any(name in TABLES for name in self.rows)


def read_archive(
    archive: Path, data: Path, *, allow_changed: bool = False, progress: Progress = lambda _: None
) -> tuple[dict[str, pd.DataFrame], FullArchive]:
    """Read the archive into tables, by table name.

    Parameters
    ----------
    archive : Path
        Root of a clone of the study's archive.
    data : Path
        Data folder with the codebook, the descriptor and the creation dates.
    allow_changed : bool
        Accept large files that are not the published ones.
    progress : callable
        Told of each step.

    Returns
    -------
    dict of str to DataFrame, FullArchive
        The tables of every archive, and what the large files add.

    Raises
    ------
    InputError
        Everything that is wrong in any file, together.
    """
    codebook, questionnaire, dates = load_codebook(data), load_questionnaire(data), read_table(data, "issue_dates")
    faults: list[Fault] = []
    progress("reading sheets and results")
    readers: Mapping[str, Callable[[], Mapping[str, pd.DataFrame]]] = {
        "failures": lambda: {"failures": read_failures(archive, codebook, dates, faults)},
        "ratings": lambda: _with_raters(read_ratings(archive, codebook, faults)),
        "survey": lambda: read_survey(archive, questionnaire, faults),
        "opsets": lambda: {"opsets": read_opsets(archive, faults)},
        "conversions": lambda: {"conversions-issta24-synthetic": read_conversions(archive, faults)},
        "disclosures": lambda: {"disclosures": read_disclosures(archive, faults)},
    }
    tables: dict[str, pd.DataFrame] = {}
    for read in readers.values():
        try:
            tables |= read()
        except InputError as error:  # a file that cannot be read at all; the others are looked at all the same
            faults += error.faults
    full = read_full_archive(archive, faults, allow_changed=allow_changed, progress=progress)
    faults += [
        Fault(name, "no row could be read; take the archive's own files", reason=Reason.EMPTY_TABLE)
        for name, frame in (tables | full.tables).items()
        if frame.empty and not faults
    ]
    if not faults and full.lists is not None:
        check_ranks(full.lists, tables["failures"], faults)
        tables["failures"] = with_exact_dates(full.lists, tables["failures"], faults)
    if faults:
        raise InputError(faults)
    return tables, full


def import_archive(
    archive: Path,
    data: Path,
    *,
    allow_changed: bool = False,
    allow_fewer_rows: bool = False,
    progress: Progress = lambda _: None,
) -> Import:
    """Import the archive: check the files, read all of them, then replace all tables in one go.

    Rows of other samples and sources in existing tables are kept. The large files that the clone has become tables of
    their own, described in ``datapackage.json``; see `mining.published_archive.full_archive`.

    Parameters
    ----------
    archive : Path
        Root of a clone of the study's archive.
    data : Path
        Data folder; tables are replaced only after everything was read without a fault.
    allow_changed : bool
        Accept input files whose SHA-256 (or git's name) is not the published one.
    allow_fewer_rows : bool
        Accept that a table gets fewer rows or values than it has, or goes.
    progress : callable
        Told of each step.

    Raises
    ------
    InputError
        Missing, changed or faulty inputs, or fewer rows than before; nothing is written then.
    """
    finish(data)
    check_inputs(archive, allow_changed=allow_changed)
    tables, full = read_archive(archive, data, allow_changed=allow_changed, progress=progress)
    stored = read_descriptor(data)
    before = {entry["name"] for entry in stored["resources"]}
    removed = tuple(name for name in TABLES if name in before and name not in full.tables)
    descriptor = describing(load_descriptor(data), full.tables)
    rows: dict[str, tuple[int | None, int]] = {}
    texts: dict[str, str | bytes] = {}
    faults: list[Fault] = []
    for name, read in (tables | full.tables).items():
        frame = read
        entry = resource(descriptor, name)
        old, others = _split(data, name, frame, known=name in before)
        rows[name] = (None if old is None else len(old), len(frame))
        if name == "failures" and old is not None:
            frame = _with_status(frame, old)
        if old is not None and not allow_fewer_rows:
            faults += _losses(data / entry["path"], old, frame)
        merged = frame if others is None else pd.concat([others, frame.astype(object)], ignore_index=True)
        texts[entry["path"]] = render_table(entry, merged)
    if not allow_fewer_rows:
        faults += [
            Fault(
                str(data / resource(stored, name)["path"]),
                f"would go, since its file is not in this archive; {_MEANT}",
                reason=Reason.FEWER_ROWS,
            )
            for name in removed
        ]
    if faults:
        raise InputError(faults)
    if full.tables or removed:
        # as stored, so that an import of the same files leaves the file as it is
        text = json.dumps(_with_hashes(describing(stored, full.tables), stored), indent=2, ensure_ascii=False) + "\n"
        texts[FILE] = text
    progress("writing all tables")
    replace_all(data, texts, [resource(stored, name)["path"] for name in removed])
    return Import(rows, removed, tuple(full.notices))


def _with_hashes(descriptor: Descriptor, stored: Descriptor) -> Descriptor:
    """Keep the sizes and hashes that the stored descriptor has; `describe` brings them up to date."""
    known = {entry["name"]: entry for entry in stored["resources"]}
    return descriptor | {
        "resources": [
            entry | {key: known[entry["name"]][key] for key in ("bytes", "hash") if key in known.get(entry["name"], {})}
            for entry in descriptor["resources"]
        ]
    }


def _losses(path: Path, old: pd.DataFrame, new: pd.DataFrame) -> Iterator[Fault]:
    """Yield what a table would lose: rows, or else cells of a column."""
    if len(new) < len(old):
        message = f"has {len(old)} rows of the study, would get {len(new)}; {_MEANT}"
        yield Fault(str(path), message, reason=Reason.FEWER_ROWS)
        return
    for column in old.columns.intersection(new.columns):
        had, gets = int(old[column].notna().sum()), int(new[column].notna().sum())
        if gets < had:
            message = f"has {had} values, would get {gets}; {_MEANT}"
            yield Fault(str(path), message, column=column, reason=Reason.FEWER_VALUES)


def _split(
    data: Path, name: str, frame: pd.DataFrame, *, known: bool
) -> tuple[pd.DataFrame | None, pd.DataFrame | None]:
    """Return a table's rows of the study (None: no such table), and its rows of other samples and sources."""
    if not known or not (data / resource(read_descriptor(data), name)["path"]).exists():
        return None, None
    old = read_table(data, name)
    columns = [column for column in _ORIGINS if column in frame.columns]
    if not columns:
        return old, None
    origins = set(frame[columns].itertuples(index=False, name=None))
    own = pd.Series([row in origins for row in old[columns].itertuples(index=False, name=None)], old.index, dtype=bool)
    others = old[~own]
    return old[own], None if others.empty else others.astype(object)


def _with_raters(ratings: pd.DataFrame) -> dict[str, pd.DataFrame]:
    return {"ratings": ratings, "raters": raters_of(ratings)}


def _with_status(frame: pd.DataFrame, old: pd.DataFrame) -> pd.DataFrame:
    """Leave rows deprecated that are: the archive knows nothing of it."""
    gone = old[old["status"] == "deprecated"]
    reasons = {(row["sample"], row["issue"]): row["status_reason"] for row in records(gone)}
    keys = list(frame[["sample", "issue"]].itertuples(index=False, name=None))
    return frame.assign(
        status=["deprecated" if key in reasons else "active" for key in keys],
        status_reason=pd.Series([reasons.get(key) for key in keys], frame.index, dtype=object),
    )
