"""A warm forking server: imports a framework once, then runs each task in a fork of itself.

Tasks come as JSON lines on standard input, rows go out as JSON lines on standard output. The server runs no tensor
operation, so a fork starts clean (no thread pools, z3's state untouched). The child tells each stage before it enters it:
whatever ends it (a signal, a limit) is attributed to a stage. The server ends with its standard input, and takes a running
child with it.
"""

import argparse
import base64
import contextlib
import ctypes
import gc
import importlib
import json
import os
import resource
import select
import shutil
import signal
import sys
import time
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

_TAIL = 2000
_MEGABYTE = 1 << 20
_PARENT = os.getppid()
_PATIENCE = 0.005  # seconds between looks at whether a child has ended


class Child:
    """A forked task: its process, what it has reported, and the stage that it is in."""

    def __init__(self, pid: int, reports: int, limits: Mapping[str, float]) -> None:
        self.pid, self.reports, self.limits = pid, reports, limits
        self.stage = "start"
        self.begun = time.monotonic()
        self.row: dict[str, Any] = {"stages": {}}
        self.timed_out = False
        self._rest = b""

    def deadline(self) -> float:
        """Return the time at which the present stage's limit is reached."""
        return self.begun + self.limits.get(self.stage.partition(":")[0], 60.0)

    def read(self) -> bool:
        """Take over what the child has reported; False when it has closed its end."""
        data = os.read(self.reports, 1 << 20)
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            self._take(json.loads(line))
        return bool(data)

    def _take(self, report: Mapping[str, Any]) -> None:
        if "begin" in report:
            self.stage, self.begun = report["begin"], time.monotonic()
        elif "end" in report:
            self.row["stages"][report["end"]] = report["seconds"]
        else:
            merge(self.row, report["fields"])


def serve(framework: str, folder: Path, *, warm: bool = True) -> None:
    """Serve tasks until standard input ends; warm up before, unless a benchmark wants to know what that is worth."""
    import_begin = time.perf_counter()
    module = importlib.import_module(framework)
    with os.fdopen(os.dup(1), "w", encoding="utf-8") as answers:  # whatever prints to standard output must not mix in
        os.dup2(2, 1)
        folder.mkdir(parents=True, exist_ok=True)
        if warm:
            module.warm(folder)
        gc.collect()
        gc.freeze()  # else a fork's first full collection copies all the memory that it shares with this process
        threads = len(list(Path("/proc/self/task").iterdir())) if Path("/proc/self/task").exists() else None
        seconds = round(time.perf_counter() - import_begin, 2)
        _answer(answers, {"ready": module.versions(), "seconds": seconds, "threads": threads})
        for line in sys.stdin:
            _answer(answers, run_isolated(json.loads(line), module, folder))


def _answer(stream: Any, message: Mapping[str, Any]) -> None:
    stream.write(json.dumps(message, allow_nan=True) + "\n")
    stream.flush()


def run_isolated(task: Mapping[str, Any], module: Any, folder: Path) -> dict[str, Any]:
    """Run a task in a child and return its row: what was reported, and how it ended in which stage."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    reading, writing = os.pipe()
    begin = time.perf_counter()
    pid = os.fork()
    if pid == 0:
        os.close(reading)
        _become_child(task, module, folder, writing)
    os.close(writing)
    child = Child(pid, reading, task["limits"])
    signal.signal(signal.SIGTERM, lambda *_: _end_with(pid))
    status, usage = _follow(child)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    os.close(reading)
    row = child.row | {
        "seconds": round(time.perf_counter() - begin, 4),
        "cpu_seconds": round(usage.ru_utime + usage.ru_stime, 4),
        "peak_mb": usage.ru_maxrss // 1024,
    }
    _conclude(row, child, status, folder / "output.txt")
    _keep(task, folder)
    return {"id": task["id"], **row, "graph": _graph(folder / "graph.onnx")}


def _follow(child: Child) -> tuple[int, resource.struct_rusage]:
    """Read reports until the child has ended; kill it, with all that it started, at a stage's limit or when input ends."""
    while not _ended(child.pid):
        wait = child.deadline() - time.monotonic()
        if wait <= 0:
            child.timed_out = True
            break
        if select.select([child.reports], [], [], min(wait, _PATIENCE))[0] and not child.read():
            time.sleep(_PATIENCE)  # it has closed its reports and is about to end
        if os.getppid() != _PARENT:  # the campaign is gone
            _kill_group(child.pid)
            os._exit(1)
    if child.timed_out:
        _kill_group(child.pid)
    _, status, usage = os.wait4(child.pid, 0)
    _kill_group(child.pid, alone=True)  # whatever the child itself had started, and may hold its reports open
    while select.select([child.reports], [], [], 0)[0] and child.read():
        pass
    return status, usage


def _end_with(pid: int) -> None:
    _kill_group(pid)
    os._exit(1)


def _ended(pid: int) -> bool:
    """Tell whether a child has ended, and leave its status for wait4, which also tells the memory."""
    return os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None


def _conclude(row: dict[str, Any], child: Child, status: int, output: Path) -> None:
    """State how the task ended; a failure in an examining stage becomes that executor's status."""
    if os.WIFEXITED(status) and os.WEXITSTATUS(status) == 0:
        row.setdefault("status", "done")
        return
    tail = output.read_bytes()[-_TAIL:].decode("utf-8", "replace") if output.exists() else ""
    if child.timed_out:
        end = {
            "status": "time_out",
            "type": "TimeOut",
            "text": f"stopped after {child.limits.get(child.stage, 60.0)} s",
        }
    elif "bad_alloc" in tail:  # C++ ends the process where Python would raise MemoryError
        end = {"status": "out_of_memory", "type": "bad_alloc", "text": tail}
    elif os.WIFSIGNALED(status):
        end = {"status": "crash", "type": signal.Signals(os.WTERMSIG(status)).name, "text": tail}
    else:
        end = {"status": "crash", "type": f"exit {os.WEXITSTATUS(status)}", "text": tail}
    stage, _, executor = child.stage.partition(":")
    if executor:
        merge(row, {"executors": {executor: end}})
        row.setdefault("status", "done")
    else:
        row.update({"status": end["status"], "error": {"stage": stage, "type": end["type"], "text": end["text"]}})


def _become_child(task: Mapping[str, Any], module: Any, folder: Path, writing: int) -> None:
    """Run the task in this forked process; never returns."""
    code = 1
    try:
        os.setpgid(0, 0)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        _die_with_parent()
        _redirect(folder / "output.txt")
        _limit_memory(task["memory_mb"])
        os.chdir(folder)  # error texts name the model's path: let it say nothing of the machine
        code = _run(task, module, Path(), writing)
    finally:
        os._exit(code)  # skip the framework's own cleaning up, which may hang


def _run(task: Mapping[str, Any], module: Any, folder: Path, writing: int) -> int:
    stage = ["start"]

    def report(message: Mapping[str, Any]) -> None:
        stage[0] = message.get("begin", stage[0])
        data = (json.dumps(message, allow_nan=True) + "\n").encode()
        while data:
            data = data[os.write(writing, data) :]

    try:
        module.run(task, folder, report)
    except MemoryError as error:
        report({"fields": {"status": "out_of_memory", "error": {"stage": stage[0], **_described(error)}}})
    except BaseException as error:
        report({"fields": {"status": "exception", "error": {"stage": stage[0], **_described(error)}}})
    return 0


def _described(error: BaseException) -> dict[str, str]:
    text = str(error)
    return {"type": type(error).__name__, "text": text if len(text) <= 3000 else f"{text[:2000]} … {text[-1000:]}"}


def _redirect(path: Path) -> None:
    """Send all output to a file and read nothing: exporters print whole graphs."""
    output = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(output, 1)
    os.dup2(output, 2)
    os.dup2(nothing, 0)


def _limit_memory(megabytes: int) -> None:
    """Limit the address space to what is mapped already and this much more; where /proc tells it."""
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    except OSError:
        return
    limit = pages * resource.getpagesize() + megabytes * _MEGABYTE
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))


def _die_with_parent() -> None:
    """Ask Linux to kill this process when the server ends; other systems rely on the server."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)


def _kill_group(pid: int, *, alone: bool = False) -> None:
    """Kill a child with its process group, or what is left of the group after the child; either may be gone."""
    for kill in (os.killpg,) if alone else (os.killpg, os.kill):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            kill(pid, signal.SIGKILL)


def _keep(task: Mapping[str, Any], folder: Path) -> None:
    """Move the files that the task asks to keep to where it wants them."""
    for name, target in task.get("keep", {}).items():
        source = folder / name
        if source.exists():
            Path(target).parent.mkdir(parents=True, exist_ok=True)
            source.replace(target)


def _graph(path: Path) -> str | None:
    """Return the graph without weights as text, for whoever keeps the rows: a server may run on another machine."""
    return base64.b64encode(zlib.compress(path.read_bytes(), 9)).decode() if path.exists() else None


def merge(row: dict[str, Any], fields: Mapping[str, Any]) -> None:
    """Merge nested mappings in place."""
    for name, value in fields.items():
        if isinstance(value, Mapping) and isinstance(row.get(name), dict):
            merge(row[name], value)
        else:
            row[name] = dict(value) if isinstance(value, Mapping) else value


def main() -> None:
    """Read the command line and serve."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--framework", required=True, help="module with versions() and run(task, folder, report)")
    parser.add_argument("--folder", required=True, type=Path, help="scratch folder of this server alone")
    parser.add_argument("--cold", action="store_true", help="import only; tasks find nothing cached")
    arguments = parser.parse_args()
    serve(arguments.framework, arguments.folder, warm=not arguments.cold)


if __name__ == "__main__":
    main()
