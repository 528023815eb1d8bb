"""The second process of a run: it draws figures and sets tables while the first one computes.

Until the first chapter is there it would wait; it computes what takes long and needs no ledger (`begin` of a chapter).
"""

import gc
from collections.abc import Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import contextmanager
from importlib import import_module
from multiprocessing import get_context


@contextmanager
def drawing_process() -> Iterator[Executor]:
    """Start the process; it loads its libraries at once, so that they are there when the first figure is.

    It is not waited for where an error ends the run: the message comes at once.
    """
    # figures are full of cycles, and all of them together take little memory
    pool = ProcessPoolExecutor(1, mp_context=get_context("spawn"), initializer=gc.disable)
    pool.submit(import_module, "analysis.report.typesetting")
    try:
        yield pool
    except BaseException:
        pool.shutdown(wait=False, cancel_futures=True)
        raise
    pool.shutdown()
