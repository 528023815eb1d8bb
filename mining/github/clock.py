"""Time and waiting, as something that can be handed in: tests wait an hour in no time."""

import datetime as dt
import time
from typing import Protocol


class Clock(Protocol):
    """What the fetcher knows of time."""

    def now(self) -> dt.datetime:
        """Return the current time, with its zone (UTC)."""
        ...

    def sleep(self, seconds: float) -> None:
        """Wait."""
        ...


class SystemClock:
    """The machine's own time."""

    def now(self) -> dt.datetime:
        """Return the current time in UTC."""
        return dt.datetime.now(dt.UTC)

    def sleep(self, seconds: float) -> None:
        """Wait this many seconds."""
        time.sleep(seconds)


def stamp(moment: dt.datetime) -> str:
    """Return a moment as GitHub writes it: ``2024-05-01T12:00:00Z``."""
    return moment.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def duration(seconds: float) -> str:
    """Return a duration for people: ``45 s``, ``10 min``, ``3 h``, ``12 days``."""
    for size, unit in ((172_800, "days"), (7_200, "h"), (120, "min")):
        if seconds >= size:
            return f"{seconds / {'days': 86_400, 'h': 3_600, 'min': 60}[unit]:.0f} {unit}"
    return f"{seconds:.0f} s"
