"""Running a campaign on this machine: workers take tasks, one thread writes rows; whatever is killed, it can go on.

A task that has a row is done. A server that is lost is started again and its task run once more; a task that loses two
servers gets a row that says so, for else it would stop the campaign for ever.
"""

import queue
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from conversion.environments import MODULES, interpreter
from conversion.isolation import Server, ServerLost
from conversion.records import Records, Row, versions_key
from conversion.tasks import Task
from datapackage.errors import StudyError

_LOSSES = 2
NewServer = Callable[[str, Path], Server]


def new_server(framework: str, folder: Path) -> Server:
    """Return a server of a framework in its environment."""
    return Server(interpreter(framework), MODULES[framework], folder)


class Executor:
    """Runs tasks one after another on this machine, with a server a framework.

    Parameters
    ----------
    folder : Path
        Its own; servers keep their scratch files here.
    make : callable
        Makes a server; another one in tests.
    """

    def __init__(self, folder: Path, make: NewServer = new_server) -> None:
        self._folder, self._make = folder, make
        self._servers: dict[str, Server] = {}
        self._closed = False

    def run(self, task: Task) -> Row:
        """Run a task and return its row with the name of the versions that it ran with."""
        framework = task["framework"]
        if framework not in self._servers:
            self._servers[framework] = self._make(framework, self._folder / framework)
        server = self._servers[framework]
        lost = "the campaign has ended"
        for _ in range(0 if self._closed else _LOSSES):
            try:
                if server.pid is None:
                    server.start()
                row = server.run(task)
                break
            except ServerLost as error:
                lost = str(error)
                if self._closed:
                    raise
        else:
            if self._closed or not server.versions:
                raise ServerLost(lost)  # it never came up: the environment's fault, not the task's
            end = {"stage": "unknown", "type": "ServerLost", "text": f"the server was lost {_LOSSES} times"}
            row = {"id": task["id"], "status": "crash", "error": end, "stages": {}}
        return {**identity(task), **row, "versions": versions_key(server.versions) if server.versions else None}

    def versions(self) -> dict[str, Mapping[str, str]]:
        """Return the versions of the frameworks that have run."""
        return {name: server.versions for name, server in self._servers.items() if server.versions}

    def close(self) -> None:
        """End the servers, for good."""
        self._closed = True
        for server in self._servers.values():
            server.close()


def identity(task: Task) -> Row:
    """Return the fields of a task that its row begins with."""
    return {name: task[name] for name in ("id", "suite", "exporter", "model", "nodes", "seed", "opset")}


def run_here(
    tasks: Iterable[Task], folder: Path, workers: int, make: NewServer = new_server, seen: dict[str, Any] | None = None
) -> Iterator[Row]:
    """Run tasks in `workers` threads, each with its own servers; yield rows as they come.

    Closing the generator ends the servers and what they run.

    Parameters
    ----------
    seen : dict, optional
        Receives the versions of the frameworks.
    """
    waiting: queue.SimpleQueue[Task] = queue.SimpleQueue()
    for task in tasks:
        waiting.put(task)
    rows: queue.SimpleQueue[Row | BaseException | None] = queue.SimpleQueue()
    stop = threading.Event()
    executors = [Executor(folder / f"worker-{number}", make) for number in range(workers)]

    def work(executor: Executor) -> None:
        try:
            while not stop.is_set():
                row = executor.run(waiting.get_nowait())
                if seen is not None:
                    seen.update(executor.versions())
                rows.put(row)
        except queue.Empty:
            pass
        except BaseException as error:
            if not stop.is_set():
                rows.put(error)
        finally:
            rows.put(None)

    threads = [threading.Thread(target=work, args=(executor,), daemon=True) for executor in executors]
    for thread in threads:
        thread.start()
    try:
        for _ in threads:
            while (row := rows.get()) is not None:
                if isinstance(row, BaseException):
                    raise row
                yield row
    finally:
        stop.set()
        for executor in executors:
            executor.close()
        for thread in threads:
            thread.join(timeout=10)


def run_campaign(
    records: Records,
    tasks: Iterable[Task],
    engine: Callable[[list[Task]], Iterator[Row]],
    progress: Callable[[Row], None],
    seen: Mapping[str, Any] = MappingProxyType({}),
) -> int:
    """Run the tasks that have no row yet, and store their rows; return how many were run.

    Call it under ``records.locked()``.

    Parameters
    ----------
    seen : mapping, optional
        Versions of the frameworks that the engine has met so far.

    Raises
    ------
    StudyError
        A converter's versions are no longer those of the stored rows; nothing of them is stored.
    """
    versions = {row["id"]: (row["exporter"], row.get("versions")) for row in records.rows()}
    used = {converter: key for converter, key in versions.values() if key is not None}
    missing = [task for task in tasks if task["id"] not in versions]
    count = 0
    rows = engine(missing)
    try:
        for row in rows:
            _same_versions(row, used, records.folder)
            for known in seen.values():
                records.note_versions(known)
            records.append(row)
            count += 1
            progress(row)
    finally:
        close = getattr(rows, "close", None)
        if close is not None:
            close()
    return count


def _same_versions(row: Row, used: dict[str, str], folder: Path) -> None:
    key = row.get("versions")
    if key is not None and used.setdefault(row["exporter"], key) != key:
        message = (
            f"{folder}: {row['exporter']} now runs in other versions than when the campaign began; "
            "make the environment as it was, or begin another campaign with --out"
        )
        raise StudyError(message)
