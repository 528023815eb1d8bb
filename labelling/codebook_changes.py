"""The codebook grows with care: a code is added, split, or merged into another, and every label keeps a meaning.

A code that is split or merged is retired, not removed: ratings that were given with it stay as they are, and the codebook
says which codes took its place. Final labels (``failures.csv``) get the new code; which, after a split, a person says issue by
issue. Comments and layout of ``codebook.yaml`` stay.
"""

import csv
import io
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd
from ruamel.yaml import YAML

from datapackage.codebook import FILE, load_codebook
from datapackage.errors import Fault, InputError
from datapackage.files import write_atomic
from datapackage.reasons import Reason
from datapackage.tables import read_table, records, write_table
from datapackage.transaction import edited
from labelling.versions import add_version

Document = Any  # what ruamel.yaml makes of a document: mappings and lists that remember their layout
_SLUG = re.compile(r"[a-z][a-z0-9_]*")


def add_code(data: Path, dimension: str, code: Mapping[str, str], day: str) -> str:
    """Add a code to a dimension; no label changes.

    Parameters
    ----------
    data : Path
        The data folder.
    dimension : str
        symptom, cause or location.
    code : mapping
        ``slug``, ``name``, ``definition``, ``rule``.
    day : str
        Today.

    Returns
    -------
    str
        The dataset's new version.
    """
    _check_new(data, dimension, code["slug"])

    def change(document: Document) -> None:
        document["dimensions"][dimension]["codes"].append(dict(code))

    return _apply(
        data,
        change,
        {},
        day=day,
        text=f"Code `{code['slug']}` ({code['name']}) added to {dimension}.",
        dimension=dimension,
    )


def merge_codes(data: Path, dimension: str, slug: str, into: str, day: str) -> str:
    """Retire a code in favour of another one, whose alias its spellings become; its failures get the other code.

    Raises
    ------
    InputError
        One of the codes doesn't exist, they are the same, or the code has details (split it first: a detail must not be lost).
    """
    _check_known(data, dimension, slug, into)
    issues = _issues(data, dimension, slug)

    def change(document: Document) -> None:
        retired = _retire(document["dimensions"][dimension], slug, [into])
        target = next(code for code in document["dimensions"][dimension]["codes"] if code["slug"] == into)
        target.setdefault("aliases", []).extend([retired["name"], slug, *retired.pop("aliases", ())])

    labels = dict.fromkeys(issues, into)
    text = f"Code `{slug}` of {dimension} merged into `{into}`: {len(issues)} failures relabelled; ratings keep the old code."
    return _apply(data, change, labels, day=day, text=text, dimension=dimension)


def split_code(
    data: Path,
    dimension: str,
    slug: str,
    parts: list[Mapping[str, str]],
    *,
    labels: Mapping[tuple[str, str], str],
    day: str,
) -> str:
    """Retire a code in favour of several new ones.

    Parameters
    ----------
    data : Path
        The data folder.
    dimension, slug : str
        The code.
    parts : list of mapping
        The new codes: ``slug``, ``name``, ``definition``, ``rule``.
    labels : mapping
        (sample, issue) → new code, for every failure that has the old one, deprecated ones included.
    day : str
        Today.

    Raises
    ------
    InputError
        A failure has no new code, or one that is none of the parts.
    """
    _check_known(data, dimension, slug)
    for part in parts:
        _check_new(data, dimension, part["slug"])
    slugs = [part["slug"] for part in parts]
    asked = _issues(data, dimension, slug)
    message = f"has no new code; give it one of {', '.join(slugs)} in the mapping"
    faults = [
        Fault("failures.csv", message, column=dimension, value=f"{key[1]} ({key[0]})", reason=Reason.UNMAPPED)
        for key in asked
        if labels.get(key) not in slugs
    ]
    message = f"does not have the code {slug}; remove its row from the mapping"
    faults += [
        Fault("failures.csv", message, column=dimension, value=f"{key[1]} ({key[0]})", reason=Reason.UNKNOWN_ISSUE)
        for key in labels.keys() - set(asked)
    ]
    if faults:
        raise InputError(sorted(faults, key=lambda fault: (fault.reason, str(fault.value))))

    def change(document: Document) -> None:
        codes = document["dimensions"][dimension]["codes"]
        place = next(place for place, code in enumerate(codes) if code["slug"] == slug)
        _retire(document["dimensions"][dimension], slug, slugs)
        for offset, part in enumerate(parts):
            codes.insert(place + offset, dict(part))

    text = f"Code `{slug}` of {dimension} split into {', '.join(f'`{name}`' for name in slugs)}: {len(labels)} failures relabelled."
    return _apply(data, change, labels, day=day, text=text, dimension=dimension)


def proposal(data: Path, dimension: str, slug: str, into: str | None = None) -> str:
    """Return a table (CSV) of the failures that a change relabels: sample, issue, old code, new code.

    The new code is `into` for a merge; for a split it is empty, and to be filled.
    """
    _check_known(data, dimension, slug, *([] if into is None else [into]))
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(["sample", "issue", "old", "new"])
    writer.writerows([sample, issue, slug, into or ""] for sample, issue in _issues(data, dimension, slug))
    return stream.getvalue()


def _retire(dimension: Document, slug: str, becomes: list[str]) -> Document:
    codes = dimension["codes"]
    place = next(place for place, code in enumerate(codes) if code["slug"] == slug)
    retired = codes.pop(place)
    retired.pop("details", None)
    retired.pop("number", None)
    dimension.setdefault("retired", []).append(retired | {"becomes": becomes})
    return dimension["retired"][-1]


def _apply(
    data: Path,
    change: Callable[[Document], None],
    labels: Mapping[tuple[str, str], str],
    *,
    day: str,
    text: str,
    dimension: str,
) -> str:
    with edited(data) as stage:
        yaml = YAML()
        yaml.width, yaml.preserve_quotes = 4096, True
        yaml.indent(mapping=2, sequence=4, offset=2)
        document = yaml.load((stage / FILE).read_text(encoding="utf-8"))
        change(document)
        stream = io.StringIO()
        yaml.dump(document, stream)
        failures = read_table(stage, "failures").astype(object)
        write_atomic(stage / FILE, stream.getvalue())
        keys = list(zip(failures["sample"], failures["issue"], strict=True))
        changed = [labels.get(key, code) for key, code in zip(keys, failures[dimension], strict=True)]
        if dimension == "cause":  # a detail belongs to its cause
            kept = [
                None if key in labels else detail for key, detail in zip(keys, failures["cause_detail"], strict=True)
            ]
            failures["cause_detail"] = pd.Series(kept, failures.index, dtype=object)
        write_table(stage, "failures", failures.assign(**{dimension: changed}))
        return add_version(stage, day, text, part=0)


def _issues(data: Path, dimension: str, slug: str) -> list[tuple[str, str]]:
    failures = read_table(data, "failures")
    return [(row["sample"], row["issue"]) for row in records(failures[failures[dimension].astype(str) == slug])]


def _check_known(data: Path, dimension: str, *slugs: str) -> None:
    book = load_codebook(data)
    known = {code.slug: code for code in book[dimension].codes}
    faults = [
        Fault(FILE, f"is no code of {dimension}; it has {', '.join(known)}", value=slug, reason=Reason.UNKNOWN_CODE)
        for slug in slugs
        if slug not in known
    ]
    if not faults and len(set(slugs)) < len(slugs):
        faults.append(Fault(FILE, "cannot be merged into itself", value=slugs[0], reason=Reason.SAME_CODE))
    if not faults and known[slugs[0]].details:
        message = "has details, which would be lost; it can be neither merged nor split"
        faults.append(Fault(FILE, message, value=slugs[0], reason=Reason.HAS_DETAILS))
    if faults:
        raise InputError(faults)


def _check_new(data: Path, dimension: str, slug: str) -> None:
    book = load_codebook(data)[dimension]
    taken = {code.slug for code in (*book.codes, *book.retired)}
    if not _SLUG.fullmatch(slug):
        raise InputError([Fault(FILE, "must be a to z, digits and underscores", value=slug, reason=Reason.FORMAT)])
    if slug in taken or book.resolve(slug) is not None:
        raise InputError(
            [Fault(FILE, f"is a code or spelling of {dimension} already", value=slug, reason=Reason.AMBIGUOUS_CODE)]
        )
