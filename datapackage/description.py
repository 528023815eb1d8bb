"""The form of ``datapackage.json``: the part of the Data Package standard that the project reads, and nothing beside it.

A key that nothing reads is refused: a misspelt ``primaryKey`` would otherwise take a check away in silence.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePosixPath
from typing import Annotated, Any, Literal

from annotated_types import Ge, MinLen
from pydantic import AllowInfNan, StringConstraints
from pydantic import Field as Key

from datapackage.codebook import Codebook
from datapackage.columns import columns_read
from datapackage.documents import Document, Several, Slug, Text, place
from datapackage.errors import Fault
from datapackage.questions import Questionnaire
from datapackage.reasons import Reason

Names = Annotated[Several[Text], MinLen(1)]


Bound = Annotated[float, AllowInfNan(allow_inf_nan=False)]


class Constraints(Document):
    """What the cells of a column must meet beside their type."""

    required: bool = False
    unique: bool = False
    enum: Names | None = None
    pattern: Text | None = None
    minimum: int | Bound | None = None
    maximum: int | Bound | None = None


class Field(Document):
    """A column; `codes` and `options` name what its allowed values come from, a dimension or a question."""

    name: Text
    type: Literal["string", "integer", "number", "date", "datetime", "boolean"]
    format: Text | None = None
    description: Text
    unit: Text | None = None
    codes: Text | None = None
    options: Text | None = None
    constraints: Constraints = Constraints()


class Reference(Document):
    """The table and columns that a foreign key refers to; an empty name is the table itself."""

    resource: str
    fields: Names


class ForeignKey(Document):
    """Columns whose values stand in another table."""

    fields: Names
    reference: Reference


class Schema(Document):
    """The columns of a table and its keys; `records` names the column that holds options of the row's question."""

    fields: Annotated[Several[Field], MinLen(1)]
    primaryKey: Names | None = None  # noqa: N815  (the standard's spelling)
    foreignKeys: Several[ForeignKey] = ()  # noqa: N815
    records: Text | None = None


class Source(Document):
    """Where a table's content comes from."""

    title: Text
    path: Text | None = None


class Licence(Document):
    """A licence by its SPDX name."""

    name: Text
    path: Text | None = None
    title: Text | None = None


class Contributor(Document):
    """Who made the data, and in which of the standard's roles."""

    title: Text
    role: Literal["author", "publisher", "maintainer", "wrangler", "contributor"] = "contributor"
    path: Text | None = None


class Table(Document):
    """A file of the data folder; one that is no table has no schema."""

    name: Slug
    path: Text
    title: Text | None = None
    description: Text
    sources: Several[Source] = ()
    bytes: Annotated[int, Ge(0)] | None = None
    hash: Annotated[str, StringConstraints(pattern="^sha256:[0-9a-f]{64}$")] | None = None
    mayBeEmpty: bool = False  # noqa: N815  (as the standard spells its keys)
    columns: Schema | None = Key(None, alias="schema")


class DescriptorDocument(Document):
    """The form of ``datapackage.json`` (Data Package 1); samples that are not frozen may grow."""

    profile: Literal["data-package"] = "data-package"
    name: Slug
    title: Text
    description: Text
    version: Annotated[str, StringConstraints(pattern=r"^\d+\.\d+\.\d+$")] | None = None
    licenses: Several[Licence] = ()
    contributors: Several[Contributor] = ()
    sources: Several[Source] = ()
    keywords: Several[Text] = ()
    frozenSamples: Several[Slug] = ()  # noqa: N815  (as the standard spells its keys)
    checked: Text | None = None  # see `datapackage.seal`
    resources: Annotated[Several[Table], MinLen(1)]


def description_faults(file: str, document: DescriptorDocument) -> Iterator[Fault]:
    """Yield what no single entry shows: names that stand twice or refer to nothing, and columns that the code misses."""
    tables = {table.name: table for table in document.resources}
    seen: set[str] = set()
    for position, table in enumerate(document.resources):
        path = place(["resources", position])
        for key, value in (("name", table.name), ("path", table.path)):
            if f"{key} {value}" in seen:
                yield Fault(file, "stands twice; keep one", None, f"{path}.{key}", value, Reason.REPEATED)
            seen.add(f"{key} {value}")
        pure = PurePosixPath(table.path)
        if pure.is_absolute() or ".." in pure.parts or "\\" in table.path or pure.as_posix() != table.path:
            message = "must be the path of a file within the data folder"
            yield Fault(file, message, None, f"{path}.path", table.path, Reason.UNSAFE_PATH)
        if table.columns is None:
            if any(columns_read(table.name)):
                yield Fault(file, "needs a schema", None, path, table.name, Reason.DESCRIPTION)
            continue
        for part, message in [*_column_faults(table.columns), *_key_faults(table, tables), *_missed(table)]:
            yield Fault(file, message, None, f"{path}.schema.{part}", table.name, Reason.DESCRIPTION)


def vocabulary_faults(
    file: str, fields: Sequence[Mapping[str, Any]], codebook: Codebook, questionnaire: Questionnaire | None
) -> Iterator[Fault]:
    """Yield columns whose allowed values come from a dimension or question that does not exist."""
    dimensions = (*codebook.dimensions, "cause_detail")
    questions = () if questionnaire is None else questionnaire.questions
    for field in fields:
        if field.get("codes", dimensions[0]) not in dimensions:
            message = f"column {field['name']}: is no dimension of the codebook; it has {', '.join(dimensions)}"
            yield Fault(file, message, None, "codes", field["codes"], Reason.DESCRIPTION)
        if "options" in field and field["options"] not in questions:
            message = f"column {field['name']}: is no question of questions.yaml"
            yield Fault(file, message, None, "options", field["options"], Reason.DESCRIPTION)


Problem = tuple[str, str]


def _column_faults(schema: Schema) -> Iterator[Problem]:
    names = [field.name for field in schema.fields]
    for number, field in enumerate(schema.fields):
        path = place(["fields", number])
        if field.name in names[:number]:
            yield f"{path}.name", f"column {field.name} stands twice; keep one"
        limits = field.constraints
        if limits.pattern is not None:
            try:
                re.compile(limits.pattern)
            except re.error as error:
                yield f"{path}.constraints.pattern", f"is no regular expression: {error}"
        if (limits.pattern is not None or limits.enum is not None) and field.type != "string":
            yield f"{path}.constraints", "pattern and enum are for columns of type string"
        for bound in (limits.minimum, limits.maximum):
            if bound is not None and field.type not in ("integer", "number"):
                yield f"{path}.constraints", "minimum and maximum are for columns of numbers"
        if field.format is not None and not (field.type == "datetime" and field.format == "%Y-%m-%dT%H:%M:%SZ"):
            yield f"{path}.format", "only moments have a format, %Y-%m-%dT%H:%M:%SZ"


def _key_faults(table: Table, tables: Mapping[str, Table]) -> Iterator[Problem]:
    schema = table.columns
    assert schema is not None  # noqa: S101  (for the type checker: the caller has looked)
    names = {field.name for field in schema.fields}
    for column in schema.primaryKey or ():
        if column not in names:
            yield "primaryKey", f"names {column}, which is no column"
    if schema.records is not None and not {schema.records, "question"} <= names:
        yield "records", f"needs the columns {schema.records} and question"
    for number, key in enumerate(schema.foreignKeys):
        path = place(["foreignKeys", number])
        for column in key.fields:
            if column not in names:
                yield f"{path}.fields", f"names {column}, which is no column"
        target = tables.get(key.reference.resource or table.name)
        if target is None or target.columns is None:
            yield f"{path}.reference.resource", f"names {key.reference.resource}, which is no table"
            continue
        known = {field.name for field in target.columns.fields}
        if not set(key.reference.fields) <= known or len(key.reference.fields) != len(key.fields):
            yield f"{path}.reference.fields", f"must be as many columns of {target.name} as the key has"


def _missed(table: Table) -> Iterator[Problem]:
    schema = table.columns
    assert schema is not None  # noqa: S101
    types = {field.name: field.type for field in schema.fields}
    for column, kind in columns_read(table.name):
        if types.get(column) != kind:
            yield "fields", f"the code reads a column {column} of type {kind}; describe it so"
