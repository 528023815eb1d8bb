"""The same tasks on many machines, with Dask: every worker of a cluster keeps forking servers of its own.

Each machine needs the project at the same version, the environments of ``make conversion-env``, and a worker, best one a core:
``dask worker ADDRESS --nthreads 1 --nworkers N``. Rows come back to the campaign, which alone writes its folder. A worker
that dies gives its task to another; a task that kills several workers becomes a row that says so.
"""

import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from distributed import Client, KilledWorker, Worker, WorkerPlugin, as_completed, get_worker

from conversion.campaign import Executor, identity
from conversion.records import Row
from conversion.tasks import Task

_PLUGIN = "conversion"
_WAITING_A_THREAD = 3  # enough that no worker is idle, few enough that a cluster can be stopped


class ForkingServers(WorkerPlugin):
    """Keeps a worker's forking servers from its start to its end; they start with their first task.

    Parameters
    ----------
    make : callable, optional
        Makes a server; another one in tests.
    """

    name = _PLUGIN
    executor: Executor
    lock: threading.Lock

    def __init__(self, make: Any = None) -> None:
        self._make = make

    def setup(self, worker: Worker) -> None:
        """Make the worker's executor."""
        folder = Path(worker.local_directory) / "conversion"
        self.executor = Executor(folder, self._make) if self._make is not None else Executor(folder)
        self.lock = threading.Lock()  # a server runs one task at a time, however many threads the worker has

    def teardown(self, worker: Worker) -> None:
        """End the servers."""
        self.executor.close()


def _execute(task: Task) -> tuple[Row, Mapping[str, Any]]:
    plugin = get_worker().plugins[_PLUGIN]
    assert isinstance(plugin, ForkingServers)  # noqa: S101 - registered under this name
    with plugin.lock:
        return plugin.executor.run(task), plugin.executor.versions()


def run_on_dask(tasks: list[Task], scheduler: str, seen: dict[str, Any], make: Any = None) -> Iterator[Row]:
    """Run tasks on the workers of a scheduler; yield rows as they come.

    Parameters
    ----------
    tasks : list
        In the order in which they are begun.
    scheduler : str
        Address, such as ``tcp://10.0.0.1:8786``.
    seen : dict
        Receives the versions of the frameworks.
    make : callable, optional
        Makes a server; another one in tests.
    """
    with Client(scheduler, set_as_default=False) as client:
        client.register_plugin(ForkingServers(make))
        client.wait_for_workers(1)
        waiting = iter(tasks)
        names: dict[str, Task] = {}
        running = as_completed(loop=client.loop)

        def submit() -> None:
            for task in waiting:
                future = client.submit(_execute, task, key=f"conversion-{task['id']}", pure=False)
                names[future.key] = task
                running.add(future)
                return

        for _ in range(_WAITING_A_THREAD * max(1, sum(client.nthreads().values()))):
            submit()
        for future in running:
            task = names.pop(future.key)
            yield _row(task, future, seen)
            submit()


def _row(task: Task, future: Any, seen: dict[str, Any]) -> Row:
    try:
        row, versions = future.result()
    except KilledWorker as error:
        text = f"workers died of it: {error}"
        return {
            **identity(task),
            "status": "crash",
            "error": {"stage": "unknown", "type": "KilledWorker", "text": text},
            "stages": {},
        }
    seen.update(versions)
    result: Row = row
    return result
