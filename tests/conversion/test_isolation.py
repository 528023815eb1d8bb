import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from conversion.campaign import Executor
from conversion.isolation import Server, ServerLost
from conversion.tasks import Task
from tests.conversion.fake_campaign import fake_server, fake_tasks

STAGES = ["generate", "reference", "convert", "check", "load", "run", "compare", "examine:other"]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    made = fake_server("fake", tmp_path_factory.mktemp("server"))
    yield made
    made.close()


def task(**fields: Any) -> Task:
    (made,) = fake_tasks(1)
    return made | {"id": "a task", **fields}


def test_a_task_that_ends_reports_every_stage(server: Server) -> None:
    row = server.run(task(seed=5))
    assert row["status"] == "done"
    assert list(row["stages"]) == STAGES
    assert row["seed_seen"] == 5
    assert row["id"] == "a task"
    assert row["peak_mb"] > 1


@pytest.mark.parametrize(
    ("fault", "status", "kind"),
    [
        ("segfault", "crash", "SIGSEGV"),
        ("exit", "crash", "exit 7"),
        ("memory", "out_of_memory", "MemoryError"),
        ("raise", "exception", "RuntimeError"),
        ("hang", "time_out", "TimeOut"),
        ("hang_deaf", "time_out", "TimeOut"),
    ],
)
@pytest.mark.parametrize("stage", ["generate", "convert", "run"])
def test_a_fault_is_an_outcome_of_its_stage(server: Server, fault: str, status: str, kind: str, stage: str) -> None:
    limits = task()["limits"] | ({stage: 0.3} if "hang" in fault else {})
    row = server.run(task(fault=fault, fault_stage=stage, limits=limits))
    assert (row["status"], row["error"]["stage"], row["error"]["type"]) == (status, stage, kind)
    assert list(row["stages"]) == STAGES[: STAGES.index(stage)]
    assert server.run(task())["status"] == "done"  # the server is as good as before


def test_an_executor_that_crashes_is_no_outcome(server: Server) -> None:
    row = server.run(task(fault="segfault", fault_stage="examine:other"))
    assert row["status"] == "done"
    assert "error" not in row
    assert row["executors"]["other"]["status"] == "crash"


def test_what_a_task_prints_is_no_answer(server: Server) -> None:
    assert server.run(task(fault="print", fault_stage="convert"))["status"] == "done"


def test_what_a_task_has_started_ends_with_it(server: Server) -> None:
    assert server.run(task(fault="orphan", fault_stage="convert"))["status"] == "crash"
    _gone(lambda: [stat for path in Path("/proc").glob("[0-9]*/stat") if b"(orphan)" in (stat := _read(path))])


def test_a_server_that_is_killed_is_lost_and_the_next_task_starts_another(tmp_path: Path) -> None:
    server = fake_server("fake", tmp_path)
    assert server.run(task())["status"] == "done"
    assert server.pid is not None
    os.kill(server.pid, signal.SIGKILL)
    with pytest.raises(ServerLost, match="ended"):
        server.run(task())
    assert server.run(task())["status"] == "done"
    server.close()


def test_a_task_that_kills_its_server_twice_gets_a_row(tmp_path: Path) -> None:
    executor = Executor(tmp_path, fake_server)
    row = executor.run(task(fault="kill_server", fault_stage="load"))
    assert (row["status"], row["error"]["type"]) == ("crash", "ServerLost")
    assert executor.run(task())["status"] == "done"
    executor.close()


def test_an_environment_that_does_not_come_up_is_no_row(tmp_path: Path) -> None:
    executor = Executor(tmp_path, lambda _, folder: Server(Path(sys.executable), "no_such_module", folder))
    with pytest.raises(ServerLost, match=r"server\.log"):
        executor.run(task())


def test_server_and_task_end_with_the_campaign(tmp_path: Path) -> None:
    script = (
        "import sys; from tests.conversion.test_isolation import task, fake_server; from pathlib import Path\n"
        "server = fake_server('fake', Path(sys.argv[1])); server.start(); print(server.pid, flush=True)\n"
        "server.run(task(fault='hang', fault_stage='run'))"
    )
    process = subprocess.Popen([sys.executable, "-c", script, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    pid = int(process.stdout.readline())
    time.sleep(0.5)
    process.kill()
    process.wait()
    process.stdout.close()
    _gone(lambda: [_read(Path(f"/proc/{pid}/stat"))])
    _gone(
        lambda: [
            line for path in Path("/proc").glob("[0-9]*/cmdline") if str(tmp_path).encode() in (line := _read(path))
        ]
    )


def _gone(look: Callable[[], list[bytes]]) -> None:
    """Wait until no living process is left among those whose /proc entries `look` returns; a zombie is dead."""
    until = time.monotonic() + 15
    while left := [entry for entry in look() if entry and b") Z " not in entry]:
        assert time.monotonic() < until, left
        time.sleep(0.05)


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""
