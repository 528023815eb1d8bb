"""``--archive``: the published archive is damaged in generated ways: how each import of it ends.

An import may be refused, and then names what is wrong and leaves the data byte for byte as it was; or accepted, and then
the data is as before, or holds another value that is as valid as the old one, which only the file's hash could tell
(all imports run with ``--allow-changed``). A traceback, data that changed on a refusal, rows or values that went without
a word, tables that `validate` refuses, and an accepted change of structure fail the campaign.

It needs a clone (or a snapshot) of the study's archive, beside the project or where ONNX_ARCHIVE says. The four large files
are made.
"""

import json
import os
import random
import shutil
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.robustness.archive_mutations import MUTATIONS, Mutation, applicable
from datapackage.commandline import DATA
from datapackage.descriptor import read_descriptor, refresh
from datapackage.errors import StudyError
from datapackage.tables import read_table
from datapackage.validation import validate
from mining.published_archive import full_archive
from mining.published_archive.importing import import_archive
from mining.published_archive.inputs import SHA256
from tests.mining.full_data import LISTS
from tests.mining.made_archive import DATA_ZIP, PARSER_ZIP, REAL, write_large_files

RUNS = 120
GOOD = ("refused", "accepted, same data", "accepted, another valid value")
_SLOW = 120.0  # seconds; an undisturbed import takes about five
ORDERS = 2  # of the reduction: what is tried here does not depend on it
_LARGE = (DATA_ZIP, PARSER_ZIP, *REAL.values())


@dataclass(frozen=True)
class Case:
    """One run: a file, a mutation of it, and the seed of what the mutation chooses."""

    number: int
    file: str
    mutation: str
    seed: int

    @property
    def name(self) -> str:
        """For the list of runs."""
        return f"{self.file}: {self.mutation}"


def archive_folder() -> Path:
    """Return the snapshot or clone of the archive that runs begin with.

    Raises
    ------
    SystemExit
        There is none.
    """
    path = Path(os.environ.get("ONNX_ARCHIVE", DATA.parents[1] / "shared" / "artifact"))
    if not path.is_dir():
        sys.exit(f"no clone of the study's archive at {path}; set ONNX_ARCHIVE")
    return path


def cases(seed: int, runs: int) -> list[Case]:
    """Return the runs of a seed: each kind of mutation on some file that it fits, in turn."""
    generator = random.Random(seed)
    files = [*SHA256, *_LARGE]
    kinds = list(MUTATIONS)
    chosen = []
    for number in range(runs):
        kind = kinds[number % len(kinds)]
        file = generator.choice([file for file in files if applicable(MUTATIONS[kind], file)])
        chosen.append(Case(number, file, kind, generator.randrange(2**32)))
    return chosen


class Trial:
    """An archive and data made from it, to be damaged and restored; a context manager that removes both."""

    def __enter__(self) -> "Trial":
        self._folder = tempfile.TemporaryDirectory(prefix="robust-archive-")
        root = Path(self._folder.name)
        self.archive, self.data, self._clean = root / "archive", root / "data", root / "clean"
        for name in SHA256:
            (self.archive / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(archive_folder() / name, self.archive / name)
        write_large_files(self.archive, LISTS)
        self._read, full_archive.ORDERS = full_archive.ORDERS, ORDERS
        shutil.copytree(DATA, self._clean)
        import_archive(self.archive, self._clean, allow_changed=True)
        refresh(self._clean)
        shutil.copytree(self._clean, self.data)
        self._stored, self._filled = stored(self._clean), filled(self._clean)
        return self

    def __exit__(self, *_: object) -> None:
        full_archive.ORDERS = self._read
        self._folder.cleanup()

    def judge(self, case: Case) -> tuple[str, str]:
        """Run one case; return its verdict and what was said."""
        path = self.archive / case.file
        backup = path.read_bytes()
        mutation = MUTATIONS[case.mutation]
        try:
            mutation.apply(path, random.Random(case.seed))
            if path.exists() and path.read_bytes() == backup and not mutation.beside:
                return "accepted, same data", "the mutation changed nothing"
            started = time.monotonic()
            verdict, text = self._import(mutation)
            return (verdict, text) if time.monotonic() - started < _SLOW else ("slow", text)
        finally:
            path.write_bytes(backup)
            for beside in mutation.beside:
                shutil.rmtree(path.parent / beside, ignore_errors=True)
            if stored(self.data) != self._stored:
                shutil.rmtree(self.data)
                shutil.copytree(self._clean, self.data)

    def _import(self, mutation: Mutation) -> tuple[str, str]:
        try:
            import_archive(self.archive, self.data, allow_changed=True)
        except (StudyError, OSError) as error:
            unchanged = stored(self.data) == self._stored
            return ("refused" if unchanged else "refused, but the data changed"), str(error)[:500]
        except Exception:
            return "crash", traceback.format_exc()[-1500:]
        refresh(self.data)
        if stored(self.data) == self._stored:
            return "accepted, same data", ""
        if silent := self._silent(mutation):
            return "silently accepted", silent
        return "accepted, another valid value", ", ".join(changed(self._stored, stored(self.data)))

    def _silent(self, mutation: Mutation) -> str:
        """Return what was accepted without a word and should not have been, or ''."""
        if mutation.wrong:
            return "a change of structure"
        if faults := validate(self.data):
            return str(faults[0])
        now = filled(self.data)
        lost = [name for name, count in self._filled.items() if now.get(name, 0) < count]
        return f"fewer values: {lost}" if lost else ""


def stored(folder: Path) -> dict[str, bytes]:
    """Return the content of every file of a folder, by path."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def filled(data: Path) -> dict[str, int]:
    """Return the filled cells of every column of every table, by table and column."""
    names = [entry["name"] for entry in read_descriptor(data)["resources"] if "schema" in entry]
    frames = {name: read_table(data, name) for name in names}
    return {f"{name}.{column}": int(frame[column].notna().sum()) for name, frame in frames.items() for column in frame}


def changed(before: dict[str, bytes], after: dict[str, bytes]) -> list[str]:
    """Return the tables that differ."""
    return sorted(
        name for name in before.keys() | after.keys() if name.endswith(".csv") and before.get(name) != after.get(name)
    )


def campaign(seed: int, runs: int | None, out: Path | None) -> tuple[dict[str, object], bool]:
    """Run the campaign; return its figures, and whether every run ended well."""
    verdicts: Counter[str] = Counter()
    accepted: dict[str, Counter[str]] = {}
    bad, lines = [], []
    chosen = cases(seed, runs or RUNS)
    tell: Callable[[str], Any] = partial(print, file=sys.stderr, flush=True)
    with Trial() as trial:
        for case in chosen:
            verdict, text = trial.judge(case)
            verdicts[verdict] += 1
            lines.append(json.dumps({**asdict(case), "verdict": verdict, "text": text}, ensure_ascii=False))
            if verdict.startswith("accepted"):
                accepted.setdefault(case.mutation, Counter())[verdict] += 1
            if verdict not in GOOD:
                bad.append(f"{case.number}: {case.name}: {verdict}: {text}")
            tell(f"{case.number + 1} of {len(chosen)}: {case.name}: {verdict}")
            if out is not None:
                out.write_text("\n".join(lines) + "\n", encoding="utf-8")
    why = {kind: {"why": MUTATIONS[kind].why, **counts} for kind, counts in sorted(accepted.items())}
    return {
        "seed": seed,
        "runs": len(chosen),
        "verdicts": dict(sorted(verdicts.items())),
        "accepted": why,
        "bad": bad,
    }, not bad
