"""A campaign of the fake framework as a process of its own, to be killed: ``python -m tests.conversion.fake_campaign DIR N``."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from conversion.campaign import run_campaign, run_here
from conversion.isolation import Server
from conversion.records import Records, Row
from conversion.tasks import Specification, Task, tasks

LIMITS = dict.fromkeys(
    ("start", "generate", "reference", "convert", "check", "load", "run", "compare", "examine"), 20.0
)


def specification(models: int) -> Specification:
    return Specification("synthetic", ("torchscript",), models, (5, 10), limits=LIMITS, memory_mb=300)


def fake_tasks(models: int, **fields: Any) -> list[Task]:
    return [task | fields for task in tasks(specification(models))]


def fake_server(_: str, folder: Path) -> Server:
    return Server(Path(sys.executable), "tests.conversion.fake_framework", folder)


def run(folder: Path, planned: list[Task], workers: int = 2) -> int:
    records = Records(folder)
    seen: dict[str, Any] = {}
    with records.locked():
        records.begin(specification(len(planned)))

        def engine(waiting: list[Task]) -> Iterator[Row]:
            return run_here(waiting, folder / "servers", workers, fake_server, seen)

        return run_campaign(records, planned, engine, lambda _: None, seen)


if __name__ == "__main__":
    run(Path(sys.argv[1]), fake_tasks(int(sys.argv[2]), pause=0.01))
