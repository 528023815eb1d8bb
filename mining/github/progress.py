"""What a fetch will cost, and how far it is."""

import datetime as dt
import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol, TextIO

import rich.markup
import rich.progress
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TaskID, TextColumn, TimeRemainingColumn

from mining.github.clock import Clock, SystemClock
from mining.github.queries import page_points

POINTS_AN_HOUR = 5000
_SECONDS_A_REQUEST = (
    3.0  # a page of fifty issues with their timelines takes GitHub a few seconds; it ends queries at ten
)
_SECONDS_BETWEEN_LINES = 5.0


@dataclass(frozen=True, slots=True)
class Budget:
    """The cost of fetching a number of issues.

    Attributes
    ----------
    issues : int
        Issues to receive.
    requests : int
        Pages of issues; requests for long timelines come on top and can't be known before.
    points : int
        Rate-limit points (5,000 an hour and token).
    minutes : int
        Estimate: the requests' time, or the wait for points where that is longer.
    """

    issues: int
    requests: int
    points: int
    minutes: int


def estimate(issues: int, page: int, tokens: int) -> Budget:
    """Return what fetching `issues` issues in pages of `page` costs with this many tokens."""
    requests = max(1, math.ceil(issues / page))
    points = requests * page_points(page)
    hours_waiting = max(0, math.ceil(points / (POINTS_AN_HOUR * tokens)) - 1)
    return Budget(issues, requests, points, max(1, math.ceil(requests * _SECONDS_A_REQUEST / 60), hours_waiting * 60))


class Progress(Protocol):
    """How far a command is, for whoever waits."""

    def say(self, line: str) -> None:
        """Print a line."""
        ...

    def restart(self, done: int) -> None:
        """Begin to measure, with this much done already."""
        ...

    def show(self, name: str, done: int, total: int, unit: str) -> None:
        """Report that `done` of `total` are there."""
        ...


class ProgressLines:
    """Prints a line with the time that is left, every few seconds at most: for files and pipes.

    Parameters
    ----------
    clock : Clock
        Time.
    say : callable
        Takes a line.
    """

    def __init__(self, clock: Clock, say: Callable[[str], None]) -> None:
        self._clock = clock
        self._say = say
        self._start: tuple[dt.datetime, int] | None = None
        self._last: dt.datetime | None = None

    def say(self, line: str) -> None:
        """Print a line."""
        self._say(line)

    def restart(self, done: int) -> None:
        """Begin to measure, with this much done already."""
        self._start = (self._clock.now(), done)

    def show(self, name: str, done: int, total: int, unit: str) -> None:
        """Report that `done` of `total` are there."""
        now = self._clock.now()
        if self._last is not None and (now - self._last).total_seconds() < _SECONDS_BETWEEN_LINES and done < total:
            return
        self._last = now
        left = ""
        if self._start is not None and done > self._start[1] and done < total:
            elapsed = (now - self._start[0]).total_seconds()
            seconds = elapsed / (done - self._start[1]) * (total - done)
            left = f", about {math.ceil(seconds / 60)} min left"
        self._say(f"{name}: {done} of {total} {unit}{left}")


class ProgressBar:
    """Draws a bar with the time that is left, and prints lines above it: for a terminal.

    Parameters
    ----------
    console : Console
        The terminal.
    """

    def __init__(self, console: Console) -> None:
        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[unit]}"),
        )
        self._bar = rich.progress.Progress(*columns, TimeRemainingColumn(), console=console, transient=True)
        self._task: TaskID | None = None
        self._done = 0

    def say(self, line: str) -> None:
        """Print a line."""
        self._bar.console.print(line, markup=False, highlight=False, emoji=False, soft_wrap=True)

    def restart(self, done: int) -> None:
        """Begin to measure, with this much done already."""
        if self._task is not None:
            self._bar.remove_task(self._task)
        self._task, self._done = None, done

    def show(self, name: str, done: int, total: int, unit: str) -> None:
        """Report that `done` of `total` are there."""
        if self._task is None:
            self._bar.start()
            self._task = self._bar.add_task(rich.markup.escape(name), total=total, completed=self._done, unit=unit)
        self._bar.update(self._task, completed=done, total=total)
        if done >= total:
            self.say(f"{name}: {done} of {total} {unit}")

    def close(self) -> None:
        """Take the bar away."""
        self._bar.stop()


@contextmanager
def progress_on(stream: TextIO) -> Iterator[Progress]:
    """Show progress on a stream: a bar on a terminal, lines elsewhere.

    Parameters
    ----------
    stream : text file
        Mostly the standard error stream.
    """
    console = Console(file=stream)
    if not console.is_terminal or console.is_dumb_terminal:
        yield ProgressLines(SystemClock(), lambda line: print(line, file=stream, flush=True))
        return
    bar = ProgressBar(console)
    try:
        yield bar
    finally:
        bar.close()
