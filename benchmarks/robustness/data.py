"""``--data``: copies of the data folder are damaged in generated ways, and a program judges what became of each.

A copy ends refused (every fault names a file), or accepted where its mutation says why that is right. A traceback, an end
that doesn't come, an acceptance of what the rules call wrong, and a table that `validate` passes and the loader refuses, or
the other way round, fail the campaign. The first accepted copy of each kind is described and computed with, too.
"""

import json
import random
import shutil
import signal
import sys
import tempfile
import traceback
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from analysis.chapters import CHAPTERS
from analysis.claims.ledger import build_ledger
from analysis.dataset import Study
from benchmarks.robustness.mutations import MUST, MUTATIONS, Damage
from datapackage.commandline import DATA
from datapackage.descriptor import read_descriptor, refresh
from datapackage.errors import Fault, InputError
from datapackage.reasons import Reason
from datapackage.tables import read_table
from datapackage.validation import EDITED, validate

RUNS = 450
REFUSED, ACCEPTED = "refused", "accepted"
_LIMIT = 120  # seconds a copy
# faults between files, which a loader of one table does not look at
_BETWEEN = {*EDITED, Reason.FOREIGN_KEY, Reason.RANK_BEYOND_POPULATION, Reason.UNDESCRIBED_FILE}


class Run(NamedTuple):
    """A damaged copy and its end: `REFUSED`, `ACCEPTED`, or what is bad about it."""

    number: int
    kind: str
    damage: Damage
    end: str
    text: str


@contextmanager
def _limited() -> Iterator[None]:
    def stop(*_: object) -> None:
        raise TimeoutError

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(_LIMIT)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def _loader_faults(data: Path, place: str) -> list[Fault]:
    """Return what the loader says of the damaged table, or of all tables where none is named."""
    found: list[Fault] = []
    entries = read_descriptor(data)["resources"]
    for entry in [entry for entry in entries if place.startswith(entry["path"])] or entries:
        try:
            read_table(data, entry["name"])
        except InputError as error:
            found += error.faults
    return found


def judge(data: Path, damage: Damage) -> tuple[str, str]:
    """Return how a damaged copy ends, and the faults or the traceback."""
    try:
        with _limited():
            try:
                faults = [fault for fault in validate(data) if fault.reason not in EDITED]
            except InputError as error:
                faults = list(error.faults)
                readable = False
            else:
                readable = True
            alone = {fault for fault in faults if fault.reason not in _BETWEEN}
            if readable and alone != set(_loader_faults(data, damage.place)):
                return "validator and loader differ", "\n".join(map(str, faults))
    except TimeoutError:
        return "endless", ""
    except Exception:
        return "crash", traceback.format_exc()
    text = "\n".join(map(str, faults))
    if not faults:
        return (ACCEPTED if damage.verdict != MUST else "accepted, though wrong"), ""
    placeless = [fault for fault in faults if not fault.file or not fault.message]
    return ("a fault without a place" if placeless else REFUSED), text


def computed(data: Path) -> tuple[str, str]:
    """Describe an accepted copy and compute the ledger from it; return its end."""
    try:
        refresh(data)
        if faults := validate(data):
            return "described, and refused", "\n".join(map(str, faults))
        build_ledger(Study(data), [chapter.claims for chapter in CHAPTERS])
    except InputError as error:
        return ACCEPTED, f"computing says: {error}"
    except Exception:
        return "crash in computing", traceback.format_exc()
    return ACCEPTED, ""


def run(seed: int, number: int, *, compute: set[str] | None = None) -> Run:
    """Damage a copy and judge it; an accepted copy of a kind that `compute` lacks is computed with, and the kind added."""
    mutation = MUTATIONS[number % len(MUTATIONS)]
    with tempfile.TemporaryDirectory(prefix="robustness-") as folder:
        data = Path(folder) / "data"
        shutil.copytree(DATA, data)
        damage = mutation(random.Random(f"{seed} {number}"), data)
        end, text = judge(data, damage)
        if end == ACCEPTED and compute is not None and damage.why not in compute:
            compute.add(damage.why)
            end, text = computed(data)
    return Run(number, mutation.__name__, damage, end, text.replace(folder, ""))


def campaign(seed: int, runs: int | None, out: Path | None) -> tuple[dict[str, object], bool]:
    """Run the campaign; return its figures, and whether every run ended well."""
    done: list[Run] = []
    computed_kinds: set[str] = set()
    for number in range(runs or RUNS):
        done.append(run(seed, number, compute=computed_kinds))
        if sys.stderr.isatty():
            sys.stderr.write(f"\r{number + 1} of {runs or RUNS}")
        if out is not None:
            lines = (json.dumps(each._asdict() | {"damage": each.damage._asdict()}) for each in done)
            out.write_text("\n".join(lines) + "\n", encoding="utf-8")
    bad = [
        f"{each.number}: {each.kind}: {each.damage.place}: {each.end}"
        for each in done
        if each.end not in (REFUSED, ACCEPTED)
    ]
    accepted = Counter(each.damage.why for each in done if each.end == ACCEPTED)
    figures: dict[str, object] = {
        "seed": seed,
        "runs": len(done),
        "ends": dict(sorted(Counter(each.end for each in done).items())),
        "by mutation": {
            kind: dict(Counter(each.end for each in done if each.kind == kind))
            for kind in sorted({d.kind for d in done})
        },
        "accepted, and why": dict(accepted.most_common()),
        "bad": bad,
    }
    return figures, not bad
