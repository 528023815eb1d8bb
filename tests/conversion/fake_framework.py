"""A framework without a framework: the forking server's protocol, its limits and its restarts, with real processes."""

import ctypes
import os
import signal
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

Report = Callable[[Mapping[str, Any]], None]
_STAGES = ("generate", "reference", "convert", "check", "load", "run", "compare")


def versions() -> dict[str, str]:
    return {"fake": os.environ.get("FAKE_VERSION", "1")}


def warm(folder: Path) -> None:
    assert folder.is_dir()


def run(task: Mapping[str, Any], folder: Path, report: Report) -> None:
    """Go through the stages; at ``task["fault_stage"]`` do what ``task["fault"]`` says."""
    report({"fields": {"seed_seen": task["seed"]}})
    for stage in (*_STAGES, "examine:other"):
        report({"begin": stage})
        if stage == task.get("fault_stage"):
            FAULTS[task["fault"]](folder)
        if stage == "check":
            (folder / "graph.onnx").write_bytes(b"graph of " + task["id"].encode())
        time.sleep(task.get("pause", 0))
        report({"end": stage, "seconds": 0.001})
    report({"fields": {"executors": {"ort_all": {"status": "ok"}}, "outputs": [], "pairs": {"framework|ort_all": []}}})


def _segfault(_: Path) -> None:
    ctypes.string_at(0)


def _hang(_: Path) -> None:
    time.sleep(3600)


def _hang_deaf(_: Path) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    while True:
        pass


def _memory(_: Path) -> None:
    held = []
    while True:
        held.append(bytearray(64 << 20))


def _raise(_: Path) -> None:
    raise RuntimeError("the exporter says no")


def _print(_: Path) -> None:
    for _number in range(1000):
        sys.stdout.write('{"id": "not a row"}\n' * 10)
    sys.stdout.flush()
    os.write(1, b"nor is this\n")


def _exit(_: Path) -> None:
    os._exit(7)


def _orphan(folder: Path) -> None:
    if os.fork() == 0:
        Path("/proc/self/comm").write_text("orphan")
        time.sleep(3600)
    _segfault(folder)


def _kill_server(_: Path) -> None:
    os.kill(os.getppid(), signal.SIGKILL)
    time.sleep(3600)


FAULTS: dict[str, Callable[[Path], None]] = {
    "segfault": _segfault,
    "hang": _hang,
    "hang_deaf": _hang_deaf,
    "memory": _memory,
    "raise": _raise,
    "print": _print,
    "exit": _exit,
    "orphan": _orphan,
    "kill_server": _kill_server,
}
