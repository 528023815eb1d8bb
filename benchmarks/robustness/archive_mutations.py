"""Generated damage to the archive's files: workbooks, JSON files and ZIP files, each mutation with what it chooses seeded."""

import copy
import io
import json
import random
import stat
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import openpyxl
from openpyxl.workbook import Workbook

Apply = Callable[[Path, random.Random], None]
_NOT_READ = "where the data is the same, what was changed is not read"
_VALID = "a valid value in place of another; only the file's hash could tell, and --allow-changed asks not to look"


@dataclass(frozen=True)
class Mutation:
    """A kind of damage.

    Attributes
    ----------
    suffixes : tuple of str
        Of the files that it fits.
    apply : callable
        Damages the file at a path.
    wrong : bool
        Whether it must be refused, or else change nothing.
    why : str
        Why it may be accepted.
    beside : tuple of str
        Folders that it makes beside the file.
    """

    suffixes: tuple[str, ...]
    apply: Apply
    wrong: bool = True
    why: str = _NOT_READ
    beside: tuple[str, ...] = ()


def applicable(mutation: Mutation, file: str) -> bool:
    """Whether a mutation fits a file."""
    return Path(file).suffix in mutation.suffixes


def _bytes(change: Callable[[bytes, random.Random], bytes]) -> Apply:
    def apply(path: Path, generator: random.Random) -> None:
        path.write_bytes(change(path.read_bytes(), generator))

    return apply


def _book(change: Callable[[Workbook, random.Random], None]) -> Apply:
    def apply(path: Path, generator: random.Random) -> None:
        book = openpyxl.load_workbook(path, data_only=True)
        change(book, generator)
        book.save(path)

    return apply


def _sheet(book: Workbook, generator: random.Random) -> Any:
    return book[generator.choice(book.sheetnames)]


def _cell(book: Workbook, generator: random.Random) -> Any:
    """Return a filled cell of a sheet."""
    sheet = _sheet(book, generator)
    return generator.choice(
        [cell for row in sheet.iter_rows() for cell in row if cell.value is not None] or [sheet["A1"]]
    )


def _header(book: Workbook, generator: random.Random) -> Any:
    sheet = _sheet(book, generator)
    return generator.choice([cell for cell in sheet[1] if cell.value is not None] or [sheet["A1"]])


def _set(find: Callable[[Workbook, random.Random], Any], values: tuple[Any, ...]) -> Apply:
    def change(book: Workbook, generator: random.Random) -> None:
        find(book, generator).value = generator.choice(values)

    return _book(change)


def _lines(method: str) -> Apply:
    def change(book: Workbook, generator: random.Random) -> None:
        sheet = _sheet(book, generator)
        most = sheet.max_row if method.endswith("rows") else sheet.max_column
        getattr(sheet, method)(generator.randint(1, max(1, most)), generator.randint(1, 3))

    return _book(change)


def _overwritten(data: bytes, generator: random.Random) -> bytes:
    at = generator.randrange(len(data) - 40)
    return data[:at] + generator.randbytes(20) + data[at + 20 :]


def _empty_sheet(book: Workbook, generator: random.Random) -> None:
    sheet = _sheet(book, generator)
    sheet.delete_rows(1, sheet.max_row)


def _documents(path: Path) -> Iterator[tuple[str, Any]]:
    if path.suffix == ".zip":
        with zipfile.ZipFile(path) as book:
            for name in book.namelist():
                yield name, json.loads(book.read(name))
    else:
        yield "", json.loads(path.read_text(encoding="utf-8"))


def _json(change: Callable[[Any, random.Random], Any]) -> Apply:
    """Change the JSON of a file, or of one member of a ZIP file."""

    def apply(path: Path, generator: random.Random) -> None:
        documents = dict(_documents(path))
        chosen = generator.choice(sorted(documents))
        texts = {name: json.dumps(document) for name, document in documents.items()}
        made = change(documents[chosen], generator)
        texts[chosen] = made if isinstance(made, str) else json.dumps(made)
        if path.suffix == ".zip":
            _write_zip(path, texts)
        else:
            path.write_text(texts[""], encoding="utf-8", errors="surrogatepass")

    return apply


def _write_zip(path: Path, texts: Mapping[str, str]) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as book:
        for name, text in texts.items():
            book.writestr(name, text)


def _place(document: Any, generator: random.Random) -> tuple[Any, Any]:
    """Return a container within a document, and a key of it, reached by a random walk."""
    at, key = [document], 0
    here: Any = at
    while True:
        value = here[key]
        keys = list(value) if isinstance(value, dict) else list(range(len(value))) if isinstance(value, list) else []
        if not keys or (here is not at and generator.random() < 0.25):
            return here, key
        here, key = value, generator.choice(keys)


def _replaced(*values: Any) -> Callable[[Any, random.Random], Any]:
    def change(document: Any, generator: random.Random) -> Any:
        document = copy.deepcopy(document)
        here, key = _place(document, generator)
        here[key] = generator.choice(values)
        return document

    return change


def _dropped(document: Any, generator: random.Random) -> Any:
    document = copy.deepcopy(document)
    here, key = _place(document, generator)
    del here[key]
    return document


def _doubled(document: Any, generator: random.Random) -> Any:
    if isinstance(document, list) and document:
        return [*document, generator.choice(document)]
    return json.dumps(document)[:-1] + "," + json.dumps(document)[1:]


def _deep(document: Any, _: random.Random) -> str:
    return json.dumps([document])[:-1] + "," + "[" * 100_000 + "]" * 100_000 + "]"


def _members(change: Callable[[dict[str, str], random.Random], dict[str, str]]) -> Apply:
    def apply(path: Path, generator: random.Random) -> None:
        texts = {name: json.dumps(document) for name, document in _documents(path)}
        _write_zip(path, change(texts, generator))

    return apply


def _without(texts: dict[str, str], generator: random.Random) -> dict[str, str]:
    gone = generator.choice(sorted(texts))
    return {name: text for name, text in texts.items() if name != gone}


def _renamed(form: str) -> Callable[[dict[str, str], random.Random], dict[str, str]]:
    def change(texts: dict[str, str], generator: random.Random) -> dict[str, str]:
        chosen = generator.choice(sorted(texts))
        return {form.format(name) if name == chosen else name: text for name, text in texts.items()}

    return change


def _bomb(texts: dict[str, str], generator: random.Random) -> dict[str, str]:
    return texts | {generator.choice(sorted(texts)): " " * 50_000_000}


def _link(path: Path, _: random.Random) -> None:
    content = path.read_bytes()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(path, "w") as book:
        for number, name in enumerate(old.namelist()):
            member = zipfile.ZipInfo(name)
            if not number:
                member.external_attr = (stat.S_IFLNK | 0o777) << 16
            book.writestr(member, "/etc/passwd" if not number else old.read(name))


def _beside(path: Path, generator: random.Random) -> None:
    name = generator.choice([name for name, _ in _documents(path)])
    (path.parent / "unpacked").mkdir()
    (path.parent / "unpacked" / name).write_text("[]", encoding="utf-8")


_BOOK, _JSON, _ZIP = (".xlsx",), (".json", ".zip"), (".zip",)
_ANY = (".xlsx", ".json", ".zip")
_STRANGE: tuple[Any, ...] = (
    True,
    -1,
    10**30,
    1e400,
    float("nan"),
    "",
    "\x00\x1b[2J",
    "=1+1",
    "\ud800",
    [],
    {},
    [[]],
    None,
)
MUTATIONS: Mapping[str, Mutation] = {
    "cut short": Mutation(_ANY, _bytes(lambda data, g: data[: g.randrange(1, len(data) - 2)])),
    "bytes overwritten": Mutation(
        _ANY, _bytes(_overwritten),
        wrong=False, why=f"{_NOT_READ}; otherwise {_VALID}",
    ),
    "emptied": Mutation((".xlsx", ".json"), _bytes(lambda _, __: b"")),
    "something else": Mutation(_ANY, _bytes(lambda _, g: g.choice([b"hello\n", b"PK\3\4", b"\xff\xfe[\0]\0", b"null"]))),
    "header changed": Mutation(_BOOK, _set(_header, ("another", None, 7)), why="a header of a sheet or column that is not read"),
    "cell changed": Mutation(_BOOK, _set(_cell, (None, "text", 99, 1.5, -1, True, "#N/A", "=A1")), wrong=False, why=_VALID),
    "rows inserted": Mutation(_BOOK, _lines("insert_rows"), wrong=False, why="empty rows are passed over"),
    "rows deleted": Mutation(_BOOK, _lines("delete_rows"), why="rows of a sheet that is not read"),
    "columns inserted": Mutation(_BOOK, _lines("insert_cols"), wrong=False, why="columns are found by their headers"),
    "columns deleted": Mutation(_BOOK, _lines("delete_cols"), why="columns that are not read"),
    "sheet emptied": Mutation(_BOOK, _book(_empty_sheet), why="a sheet that is not read"),
    "sheet renamed": Mutation(_BOOK, _book(lambda b, g: setattr(_sheet(b, g), "title", "Another")), why="a sheet that is not read"),
    "cell in the last corner": Mutation(_BOOK, _book(lambda b, g: _sheet(b, g).__setitem__("XFD1048576", 1))),
    "empty list": Mutation(_JSON, _json(lambda *_: [])),
    "empty object": Mutation(_JSON, _json(lambda *_: {})),
    "deep nesting": Mutation(_JSON, _json(_deep)),
    "value replaced": Mutation(_JSON, _json(_replaced(*_STRANGE)), wrong=False, why=f"{_NOT_READ}; otherwise {_VALID}"),
    "value dropped": Mutation(_JSON, _json(_dropped), wrong=False, why=f"{_NOT_READ}; otherwise {_VALID}"),
    "entry doubled": Mutation(_JSON, _json(_doubled), wrong=False, why="the study counts an entry that stands twice, and so do we"),
    "member lacking": Mutation(_ZIP, _members(_without)),
    "member renamed": Mutation(_ZIP, _members(_renamed("x{}"))),
    "member in a folder": Mutation(_ZIP, _members(_renamed("a/b/{}")), why="members are found by their base names"),
    "member outside": Mutation(_ZIP, _members(_renamed("../{}"))),
    "bomb": Mutation(_ZIP, _members(_bomb)),
    "link": Mutation(_ZIP, _link),
    "another copy beside": Mutation(_ZIP, _beside, beside=("unpacked",)),
}  # fmt: skip
