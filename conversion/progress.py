"""How far a campaign is: a bar in a terminal, a line now and then elsewhere."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from conversion.records import Row

_SECONDS_BETWEEN_LINES = 30.0


@contextmanager
def shown(total: int, done: int) -> Iterator[Callable[[Row], None]]:
    """Give a function that takes each row as it comes and shows rate and time left.

    Parameters
    ----------
    total, done : int
        Tasks of the campaign, and those that have a row already.
    """
    if not sys.stderr.isatty():
        yield _plain(total, done)
        return
    from rich.console import Console  # noqa: PLC0415 - not needed without a terminal
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn  # noqa: PLC0415

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task("starting", total=total, completed=done)
        begin, count = time.monotonic(), 0

        def show(row: Row) -> None:
            nonlocal count
            count += 1
            rate = 60 * count / (time.monotonic() - begin)
            bar.update(task, advance=1, description=f"{rate:.0f} tasks/min, last {row['id']}")

        yield show


def _plain(total: int, done: int) -> Callable[[Row], None]:
    begin, last, count = time.monotonic(), 0.0, 0

    def show(_: Row) -> None:
        nonlocal last, count
        count += 1
        now = time.monotonic()
        if now - last < _SECONDS_BETWEEN_LINES and done + count < total:
            return
        last = now
        rate = count / max(now - begin, 1e-9)
        left = duration((total - done - count) / rate)
        sys.stderr.write(f"{done + count} of {total} tasks, {60 * rate:.0f} a minute, about {left} left\n")
        sys.stderr.flush()

    return show


def duration(seconds: float) -> str:
    """Return a time in words.

    Examples
    --------
    >>> duration(40), duration(600), duration(9000)
    ('1 min', '10 min', '2.5 h')
    """
    return f"{seconds / 3600:.1f} h" if seconds > 5400 else f"{max(1, round(seconds / 60))} min"
