"""The commands of ``python -m conversion``."""

import argparse
import datetime as dt
import json
import os
import platform
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from conversion import progress
from conversion.campaign import run_campaign, run_here
from conversion.catalogue import listed_models
from conversion.records import Records, Row
from conversion.tasks import EXPORTERS, LISTED_SUITES, SUITES, Specification, Task, parse_range, tasks
from datapackage.commandline import Command
from datapackage.errors import Fault, InputError


def _specification_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--suite", choices=SUITES, default="synthetic", help="which models (default: %(default)s)")
    parser.add_argument(
        "--exporters", default="dynamo,torchscript,tf2onnx", metavar="LIST",
        help=f"separated by commas, of {', '.join(EXPORTERS)} (default: all)",
    )  # fmt: skip
    parser.add_argument("--models", type=int, default=100, metavar="N", help="models a framework (default: %(default)s)")
    parser.add_argument(
        "--sizes", default="15:100:5", metavar="SIZES",
        help="operators of generated models, as FIRST:LAST:STEP (default: %(default)s, the study's)",
    )  # fmt: skip
    parser.add_argument("--opsets", default="18", metavar="OPSETS", help="such as 18 or 7:20 (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=1, metavar="S", help="of the campaign (default: %(default)s)")
    parser.add_argument("--inputs", type=int, default=10, metavar="K", help="inputs a model (default: %(default)s)")
    parser.add_argument(
        "--without", default="", metavar="OPERATORS", help="generator's operators to leave out, such as GELU"
    )
    parser.add_argument("--memory", type=int, default=6000, metavar="MB", help="limit a task (default: %(default)s)")


def _specification(arguments: argparse.Namespace) -> Specification:
    numbers = {}
    faults = []
    for name in ("sizes", "opsets"):
        try:
            numbers[name] = parse_range(getattr(arguments, name))
        except ValueError as error:
            faults.append(Fault("command line", str(error), column=f"--{name}", value=getattr(arguments, name)))
    if faults:
        raise InputError(faults)
    listed = listed_models(arguments.suite)
    return Specification(
        suite=arguments.suite,
        exporters=_words(arguments.exporters),
        models=max(len(names) for names in listed.values()) if listed else arguments.models,
        sizes=numbers["sizes"],
        opsets=numbers["opsets"],
        seed=arguments.seed,
        inputs=arguments.inputs,
        without=_words(arguments.without),
        memory_mb=arguments.memory,
    )


def _words(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(word.strip() for word in text.split(",") if word.strip()))


def _run_options(parser: argparse.ArgumentParser) -> None:
    _specification_options(parser)
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="the campaign's folder; run again to go on")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1, metavar="N", help="on this machine (default: cores)")
    parser.add_argument("--engine", choices=("local", "dask"), default="local", help="where tasks run (default: local)")
    parser.add_argument("--scheduler", metavar="ADDRESS", help="of Dask, such as tcp://10.0.0.1:8786 (engine dask)")


def _run(arguments: argparse.Namespace) -> int:
    specification, records = _specification(arguments), Records(arguments.out)
    begin, started = time.monotonic(), _now()
    seen: dict[str, Any] = {}
    with records.locked():
        records.begin(specification)
        planned = list(tasks(specification, listed_models(specification.suite)))
        done = len(records.done() & {task["id"] for task in planned})
        engine = _engine(arguments, seen)
        count = 0
        try:
            with progress.shown(len(planned), done) as show:

                def take(row: Row) -> None:
                    nonlocal count
                    count += 1
                    show(row)

                run_campaign(records, planned, engine, take)
        finally:
            records.note_session(
                {
                    "started": started,
                    "seconds": round(time.monotonic() - begin, 1),
                    "tasks": count,
                    "command": " ".join(["python -m conversion", *sys.argv[1:]]),
                    "engine": arguments.engine,
                    "workers": arguments.workers,
                    "machine": machine_class(),
                    "versions": seen,
                }
            )
    sys.stdout.write(f"{len(planned)} of {len(planned)} tasks done, {count} in this run\n")
    return 0


def _engine(arguments: argparse.Namespace, seen: dict[str, Any]) -> Callable[[list[Task]], Iterator[Row]]:
    if arguments.engine == "dask":
        from conversion.dask_engine import run_on_dask  # noqa: PLC0415 - needs distributed

        return lambda waiting: run_on_dask(waiting, arguments.scheduler, seen)
    return lambda waiting: run_here(waiting, arguments.out / "servers", arguments.workers, seen=seen)


def machine_class() -> dict[str, Any]:
    """Return what is told of the machine: processor family, cores, system; neither its name nor its place."""
    return {"processor": platform.machine(), "cores": os.cpu_count(), "system": platform.system()}


def _now() -> str:
    return dt.datetime.now(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


RUN = Command("run", "run a campaign, or go on with it", "Run the tasks that have no row yet.", _run_options, _run)
COMMANDS = (RUN,)
