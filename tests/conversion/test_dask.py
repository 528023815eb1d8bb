import json
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from conversion.campaign import run_here
from conversion.dask_engine import run_on_dask
from conversion.records import Row, reproducible
from tests.conversion.fake_campaign import fake_server, fake_tasks


@pytest.fixture
def scheduler(tmp_path: Path) -> Iterator[str]:
    """A real scheduler on a port that the system picks."""
    process = subprocess.Popen(
        [sys.executable, "-m", "distributed.cli.dask_scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard"],
        stderr=subprocess.PIPE, text=True, cwd=tmp_path,
    )  # fmt: skip
    assert process.stderr is not None
    for line in process.stderr:
        if found := re.search(r"Scheduler at:\s+(tcp://\S+)", line):
            break
    drain = threading.Thread(target=process.stderr.read, daemon=True)
    drain.start()
    yield found[1]  # type: ignore[index]
    process.terminate()
    process.wait(timeout=20)
    drain.join(timeout=5)
    process.stderr.close()


def worker(scheduler: str, folder: Path, name: str) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-m", "distributed.cli.dask_worker", scheduler, "--nthreads", "1", "--no-nanny"]
    options = ["--name", name, "--local-directory", str(folder / name), "--no-dashboard", "--host", "127.0.0.1"]
    with (folder / f"{name}.log").open("w") as log:
        return subprocess.Popen([*command, *options], stderr=log, stdout=log)


def texts(rows: list[Row]) -> dict[str, str]:
    return {row["id"]: json.dumps(reproducible(row), sort_keys=True) for row in rows}


def test_a_worker_that_is_killed_costs_no_task(scheduler: str, tmp_path: Path) -> None:
    planned = fake_tasks(16, pause=0.02)
    planned[3] |= {"fault": "segfault", "fault_stage": "convert"}
    local = list(run_here(planned, tmp_path / "local", 2, fake_server))
    workers = [worker(scheduler, tmp_path, name) for name in ("one", "two")]
    seen: dict[str, Any] = {}
    rows = []
    try:
        for row in run_on_dask(planned, scheduler, seen, fake_server):
            rows.append(row)
            if len(rows) == 4:
                time.sleep(0.05)  # both workers are inside a task
                workers[0].send_signal(signal.SIGKILL)
    finally:
        for process in workers:
            process.kill()
            process.wait()
    assert len(rows) == len(planned)
    assert texts(rows) == texts(local)
    assert seen == {"torch": {"fake": "1"}}
