"""Generated damage to a data folder: each mutation edits a copy and says what must become of it.

A mutation returns the place that it damaged, and whether the rules call the result wrong (`MUST`: it has to be refused), or
leave it to the checks (`FREE`: either outcome is right, and an acceptance is listed with the reason given here).
"""

import csv
import io
import itertools
import json
import random
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import yaml

MUST, FREE = "must be refused", "may be accepted"
CODEBOOK, QUESTIONS, DESCRIPTOR = "codebook.yaml", "survey/questions.yaml", "datapackage.json"


class Damage(NamedTuple):
    """What was done: the place, what must become of it, and for `FREE` why it may be accepted."""

    place: str
    verdict: str
    why: str = ""


Mutation = Callable[[random.Random, Path], Damage]
Rows = list[list[str]]
_WRONG: Mapping[str, tuple[str, ...]] = {
    "integer": ("many", "1_000", "１２", "007", "+3", " 4", "1.0", "1e3", "0x1F", "9" * 30, "٣"),
    "number": ("much", "1_000.5", "１.５", "1,5", ".5", "5.", "inf", "nan", "0x1p3", "1e9999"),
    "date": ("2018-4-19", "19.04.2018", "2018-02-30", "2018-04-19T00:00:00", "２０１８-04-19", "soon", "0000-00-00"),
    "boolean": ("TRUE", "True", "1", "yes", "T", "ｔrue"),
}
_HIDDEN = ("\0", "\x1b[31m", "\x07", "\u202e", "\x85")


def tables(data: Path) -> list[dict[str, Any]]:
    """Return the descriptions of the tables."""
    return list(json.loads((data / DESCRIPTOR).read_text(encoding="utf-8"))["resources"])


def _read(path: Path) -> Rows:
    return list(csv.reader(io.StringIO(path.read_text(encoding="utf-8"), newline="")))


def _write(path: Path, rows: Rows) -> None:
    stream = io.StringIO()
    csv.writer(stream, lineterminator="\n").writerows(rows)
    path.write_text(stream.getvalue(), encoding="utf-8")


def _cell(rng: random.Random, data: Path, wanted: Callable[[dict[str, Any]], bool], new: Callable[[Any], str]) -> str:
    """Give a random cell of a column that is `wanted` another content; return its place."""
    entry, number = rng.choice(
        [
            (entry, number)
            for entry in tables(data)
            for number, field in enumerate(entry["schema"]["fields"])
            if wanted(field)
        ]
    )
    rows = _read(data / entry["path"])
    row = rng.randrange(1, len(rows))
    field = entry["schema"]["fields"][number]
    old, rows[row][number] = rows[row][number], new(field)
    _write(data / entry["path"], rows)
    return f"{entry['path']}, row {row + 1}, column {field['name']}: {old!r} → {rows[row][number]!r}"


def _constraint(field: Mapping[str, Any], name: str) -> Any:
    return field.get("constraints", {}).get(name)


def wrong_type(rng: random.Random, data: Path) -> Damage:
    """Write a cell that is not of its column's type, often so that some parser takes it all the same."""
    return Damage(
        _cell(rng, data, lambda field: field["type"] in _WRONG, lambda f: rng.choice(_WRONG[f["type"]])), MUST
    )


def unknown_code(rng: random.Random, data: Path) -> Damage:
    """Write a value that is none of those allowed."""
    spoil = (str.upper, lambda code: f"{code} ", lambda code: f"x{code}", lambda code: f"{code[:-1]}é")

    def spoilt(field: Mapping[str, Any]) -> str:
        return rng.choice(spoil)(f"{rng.choice(field['constraints']['enum'])}q")

    return Damage(_cell(rng, data, lambda field: bool(_constraint(field, "enum")), spoilt), MUST)


def required_empty(rng: random.Random, data: Path) -> Damage:
    """Empty a cell where content is required."""
    return Damage(_cell(rng, data, lambda f: bool(_constraint(f, "required")), lambda _: ""), MUST)


def hidden_character(rng: random.Random, data: Path) -> Damage:
    """Write a control character, an escape, or a mark that turns the direction of text."""
    return Damage(_cell(rng, data, lambda _: True, lambda _: f"a{rng.choice(_HIDDEN)}b"), MUST)


def issue_number(rng: random.Random, data: Path) -> Damage:
    """Write a key of an issue with a number that no issue has."""
    keys = (
        "pytorch/pytorch#007",
        "pytorch/pytorch#0",
        "pytorch/pytorch#-1",
        "pytorch#1",
        "pytorch/pytorch#１",
        "a/b/c#1",
    )
    return Damage(_cell(rng, data, lambda field: field["name"] == "issue", lambda _: rng.choice(keys)), MUST)


def out_of_range(rng: random.Random, data: Path) -> Damage:
    """Write a number below the least allowed."""
    wanted = lambda f: f["type"] in ("integer", "number") and _constraint(f, "minimum") is not None  # noqa: E731
    return Damage(_cell(rng, data, wanted, lambda f: str(f["constraints"]["minimum"] - rng.randrange(1, 9))), MUST)


def against_another_column(rng: random.Random, data: Path) -> Damage:
    """Write a value that its row, or another table, contradicts."""
    file, column, make = rng.choice(_CONTRADICTIONS)
    rows = _read(data / file)
    number = rows[0].index(column)
    choices = [row for row in range(1, len(rows)) if rows[row][number] and make(rows[0], rows[row], rng) is not None]
    row = rng.choice(choices)
    old, new = rows[row][number], make(rows[0], rows[row], rng)
    rows[row][number] = str(new)
    _write(data / file, rows)
    return Damage(f"{file}, row {row + 1}, column {column}: {old!r} → {new!r}", MUST)


Contradict = Callable[[list[str], list[str], random.Random], str | None]


def _get(header: list[str], row: list[str], column: str) -> str:
    return row[header.index(column)]


def _one_more_than_compared(header: list[str], row: list[str], _: random.Random) -> str | None:
    compared = _get(header, row, "compared_elements")
    return str(int(compared) + 1) if compared else None


_SYNTHETIC = "conversions/issta24-synthetic.csv"
_CONTRADICTIONS: tuple[tuple[str, str, Contradict], ...] = (
    ("failures.csv", "population_rank", lambda _h, _r, rng: str(rng.randrange(327, 10**6))),
    ("failures.csv", "created_earliest", lambda _h, _r, rng: f"{rng.randrange(2024, 2200)}-01-31"),
    ("failures.csv", "created_latest", lambda _h, _r, rng: f"{rng.randrange(1990, 2017)}-12-01"),
    ("failures.csv", "created", lambda _h, _r, rng: f"{rng.choice((1970, 2001, 2015, 2031))}-06-15"),
    ("failures.csv", "sample", lambda _h, _r, rng: f"issta{rng.randrange(25, 99)}"),
    ("failures.csv", "converter", lambda h, r, _: "tf2onnx" if _get(h, r, "converter") == "torch.onnx" else "torch.onnx"),
    ("failures.csv", "cause_detail", lambda h, r, _: "tracing" if _get(h, r, "cause") != "algorithmic_error" else None),
    ("ratings.csv", "sample", lambda _h, _r, rng: f"issta{rng.randrange(25, 99)}"),
    ("ratings.csv", "dimension", lambda h, r, _: "symptom" if _get(h, r, "dimension") != "symptom" else "location"),
    ("published/reference_distributions.csv", "count", lambda h, r, rng: str(int(_get(h, r, "total")) + rng.randrange(1, 99))),
    ("published/issue_dates.csv", "created_latest", lambda _h, _r, rng: f"{rng.randrange(2000, 2017)}-12-01"),
    ("published/claims.csv", "published", lambda h, r, _: "1_000" if _get(h, r, "unit") == "count" else None),
    ("survey/choices.csv", "respondent", lambda _h, _r, rng: f"r{rng.randrange(500, 999)}"),
    ("survey/choices.csv", "option", lambda _h, _r, rng: f"none of these {rng.randrange(9)}"),
    (_SYNTHETIC, "outcome", lambda h, r, _: "success" if _get(h, r, "outcome") != "success" else "mismatch"),
    (_SYNTHETIC, "max_abs_diff", lambda h, r, _: "1e30" if _get(h, r, "reported") == "match" else None),
    (_SYNTHETIC, "mismatched_elements", _one_more_than_compared),
    (_SYNTHETIC, "difference", lambda h, r, _: "infinite" if _get(h, r, "difference") == "finite" else "nan"),
    ("opsets.csv", "released", lambda _h, _r, rng: f"{rng.randrange(2017, 2023)}-02-27"),
)  # fmt: skip


def another_code(rng: random.Random, data: Path) -> Damage:
    """Write another value that is allowed."""
    place = _cell(
        rng, data, lambda f: bool(_constraint(f, "enum")), lambda f: str(rng.choice(f["constraints"]["enum"]))
    )
    return Damage(place, FREE, "another value that the column allows; only the hash tells")


def another_text(rng: random.Random, data: Path) -> Damage:
    """Write other text in a column of free text, formulas and markup included."""
    texts = ("=1+1", "<script>", "Ωmega", "a, b", 'say "x"', "two\nlines", "x" * 5000)
    place = _cell(rng, data, lambda f: f["type"] == "string" and not f.get("constraints"), lambda _: rng.choice(texts))
    return Damage(place[:200], FREE, "free text; whoever shows it escapes it")


def rows_damaged(rng: random.Random, data: Path) -> Damage:
    """Repeat a row, empty, shorten, lengthen or delete it, or put all in another order."""
    entry = rng.choice(tables(data))
    rows = _read(data / entry["path"])
    row, kind = rng.randrange(1, len(rows)), rng.choice(("repeat", "empty", "short", "long", "delete", "order"))
    verdict, why = MUST, ""
    if kind == "repeat":
        rows.insert(row, list(rows[row]))
    elif kind == "empty":
        rows[row] = []
    elif kind == "short":
        rows[row] = rows[row][:-1] if len(rows[row]) > 1 else []
    elif kind == "long":
        rows[row].append("one more")
    elif kind == "delete":
        del rows[row]
        verdict, why = FREE, "a table may have fewer rows; only the hash and references tell"
    else:
        rows[1:] = rng.sample(rows[1:], len(rows) - 1)
        verdict, why = FREE, "the order of rows carries no meaning"
    _write(data / entry["path"], rows)
    return Damage(f"{entry['path']}, row {row + 1}: {kind}", verdict, why)


def columns_damaged(rng: random.Random, data: Path) -> Damage:
    """Leave a column out, repeat, rename, add or exchange one, or take its name."""
    entry = rng.choice([entry for entry in tables(data) if len(entry["schema"]["fields"]) > 1])
    rows = _read(data / entry["path"])
    number, kind = (
        rng.randrange(len(rows[0])),
        rng.choice(("drop", "repeat", "rename", "add first", "exchange", "no name")),
    )
    if kind == "exchange":
        other = (number + 1) % len(rows[0])
        for row in rows:
            row[number], row[other] = row[other], row[number]
    elif kind in ("rename", "no name"):
        rows[0][number] = "" if kind == "no name" else f"{rows[0][number]} "
    else:
        for row in rows:
            if kind == "drop":
                del row[number]
            else:
                row.insert(0 if kind == "add first" else number, "" if kind == "add first" else row[number])
    _write(data / entry["path"], rows)
    return Damage(f"{entry['path']}, column {number + 1}: {kind}", MUST)


def file_damaged(rng: random.Random, data: Path) -> Damage:
    """Lose a whole file, empty it, save it in another form, cut it off, or put something else in its place."""
    path = data / rng.choice(tables(data))["path"]
    content = path.read_bytes()
    head, _, rest = content.partition(b"\n")
    forms: dict[str, bytes | None] = {
        "removed": None,
        "a folder": None,
        "emptied": b"",
        "header alone": head + b"\n",
        "no header": rest,
        "UTF-16": content.decode().encode("utf-16"),
        "semicolons": content.replace(b",", b";"),
        "broken UTF-8": content + b"\xe9\n",
        "open quote": content + b'"',
        "binary": rng.randbytes(5000),
        "NUL": content[:-1] + b"\0\n",
        "CRLF": content.replace(b"\n", b"\r\n"),
        "mark": b"\xef\xbb\xbf" + content,
        "cut": content[: rng.randrange(len(head) + 2, len(content))],
        "beside": content,
    }
    kind = rng.choice(list(forms))
    new = forms[kind]
    target = path.with_name("extra.csv") if kind == "beside" else path
    if new is None:
        path.unlink()
        if kind == "a folder":
            path.mkdir()
    else:
        target.write_bytes(new)
    why = {
        "CRLF": "line ends of Windows are line ends",
        "mark": "spreadsheet programs write a byte-order mark",
        "cut": "cut within the last cell of a row, the rest is a smaller table; only the hash tells",
    }.get(kind, "")
    if kind == "semicolons" and b"," not in head:
        why = "a table of one column"
    return Damage(f"{target.name}: {kind}", FREE if why else MUST, why)


def _nodes(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Return the paths of all values below a document's root."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [found for key, below in items for found in ((*path, key), *_nodes(below, (*path, key)))]


def _at(document: Any, path: tuple[Any, ...]) -> Any:
    for key in path:
        document = document[key]
    return document


def _edited(rng: random.Random, data: Path, file: str, document: Any) -> Damage:
    """Edit a document's value: delete, retype, misspell a key, repeat an entry."""
    path = rng.choice(_nodes(document))
    parent, key = _at(document, path[:-1]), path[-1]
    kind = rng.choice(("delete", "retype", "unknown key", "repeat"))
    verdict, why = MUST, ""
    if kind == "delete":
        del parent[key]
        verdict, why = FREE, "a key that may be left out, or an entry that nothing refers to"
    elif kind == "retype":
        parent[key] = rng.choice([3.25, {"x": 1}, [[1]]])
        if isinstance(_original(data, file, path), float | int):
            verdict, why = FREE, "a number for another"
    elif kind == "unknown key" and isinstance(parent, dict) and _fixed(path):
        parent[f"{key}s"] = parent.pop(key)
    elif isinstance(parent, list):
        parent.append(parent[key])
        plain = not isinstance(parent[key], dict)
        verdict, why = (
            (FREE, "a spelling, name or column that is listed twice says nothing else") if plain else (MUST, "")
        )
    else:
        parent["not a key"] = "x"
        verdict, why = (MUST, "") if _fixed(path) else (FREE, "a further name in a mapping of names")
    text = (
        json.dumps(document, indent=2)
        if file.endswith("json")
        else yaml.safe_dump(document, allow_unicode=True, sort_keys=False)
    )
    (data / file).write_text(text, encoding="utf-8")
    return Damage(f"{file}, {'.'.join(map(str, path))}: {kind}", verdict, why)


def _original(data: Path, file: str, path: tuple[Any, ...]) -> Any:
    text = (data / file).read_text(encoding="utf-8")
    return _at(json.loads(text) if file.endswith("json") else yaml.safe_load(text), path)


def _fixed(path: tuple[Any, ...]) -> bool:
    """Whether the keys beside this one are fixed: not a dimension, a group of invited people or of unread columns."""
    return (
        len(path) > 2 or path[0] not in ("dimensions", "out_of_scope")
        if path[:2] != ("plan", "invited")
        else len(path) < 3
    )


def document_edited(rng: random.Random, data: Path) -> Damage:
    """Edit a value of the codebook, the questions or the descriptor, as valid YAML or JSON."""
    file = rng.choice((CODEBOOK, QUESTIONS, DESCRIPTOR))
    text = (data / file).read_text(encoding="utf-8")
    return _edited(rng, data, file, json.loads(text) if file == DESCRIPTOR else yaml.safe_load(text))


def document_broken(rng: random.Random, data: Path) -> Damage:
    """Put hostile or broken text in a document's place."""
    file = rng.choice((CODEBOOK, QUESTIONS, DESCRIPTOR))
    text = (data / file).read_text(encoding="utf-8")
    names = "abcdefghijklmnop"
    bomb = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
        f"{new}: &{new} [{', '.join([f'*{old}'] * 9)}]\n" for old, new in itertools.pairwise(names)
    )
    forms = {
        "deep": "[" * 200_000,
        "deep blocks": "- " * 200_000,
        "bomb": bomb,
        "itself": "a: &a [*a]",
        "tag": "!!python/object/apply:os.system ['true']",
        "empty": "",
        "text": "text",
        "half": text[: len(text) // 2] + '"{[',
        "key twice": text.replace('"name"', '"title"', 1) if file == DESCRIPTOR else text + "\n" + text,
        "NUL": text + "\0",
        "long number": text.replace("1", "9" * 6000, 1) + "\n9: 9",
        "list": f"[{text}]" if file == DESCRIPTOR else "- a\n- b\n",
        "large": text + " " * 5_000_000,
    }
    kind = rng.choice(list(forms))
    (data / file).write_text(forms[kind], encoding="utf-8")
    return Damage(f"{file}: {kind}", MUST)


def description_edited(rng: random.Random, data: Path) -> Damage:
    """Let the descriptor say something else of a table: names, types, keys, paths."""
    descriptor = json.loads((data / DESCRIPTOR).read_text(encoding="utf-8"))
    entry = rng.choice(descriptor["resources"])
    fields = entry["schema"]["fields"]
    field, kind = (
        rng.choice(fields),
        rng.choice(("type", "column", "key", "path", "table", "pattern", "reference", "codes")),
    )
    if kind == "type":
        field["type"] = "string" if field["type"] != "string" else rng.choice(("integer", "date", "any", ""))
    elif kind == "column":
        field["name"] += "s"
    elif kind == "key":
        entry["schema"]["primaryKey"] = ["nowhere"]
    elif kind == "path":
        entry["path"] = rng.choice(("../failures.csv", "/etc/passwd", "nowhere.csv", "", f"./{entry['path']}"))
    elif kind == "table":
        descriptor["resources"].append(dict(entry))
    elif kind == "pattern":
        field.setdefault("constraints", {})["pattern"] = "["
    elif kind == "reference":
        entry["schema"]["foreignKeys"] = [
            {"fields": [field["name"]], "reference": {"resource": "nowhere", "fields": ["x"]}}
        ]
    else:
        field["codes"] = "nowhere"
    (data / DESCRIPTOR).write_text(json.dumps(descriptor), encoding="utf-8")
    return Damage(f"{DESCRIPTOR}, {entry['name']}.{field['name']}: {kind}", MUST)


MUTATIONS: tuple[Mutation, ...] = (
    wrong_type, unknown_code, required_empty, hidden_character, issue_number, out_of_range, against_another_column,
    another_code, another_text, rows_damaged, columns_damaged, file_damaged, document_edited, document_broken, description_edited,
)  # fmt: skip
