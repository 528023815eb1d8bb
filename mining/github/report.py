"""What a run did and met, counted: printed at its end and kept in the store."""

import datetime as dt
import json
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from datapackage.files import write_atomic
from mining.github.clock import stamp


@dataclass
class RunReport:
    """Counts of one run.

    Attributes
    ----------
    started : str
        When, in UTC.
    requests : int
        Requests sent, repeated ones included.
    points : int
        Rate-limit points that GitHub says it charged.
    waited : float
        Seconds spent waiting for limits and after errors.
    troubles : Counter
        Answers that had to be asked for again, by kind.
    findings : Counter
        What the answers held that a reader of the tables should know: deleted authors, hidden events, ...
    converters : dict
        For each converter: issues and timeline entries received in this run, and how it ended.
    warnings : list of str
        Sentences for the user.
    """

    started: str
    requests: int = 0
    points: int = 0
    waited: float = 0.0
    troubles: Counter[str] = field(default_factory=Counter)
    findings: Counter[str] = field(default_factory=Counter)
    converters: dict[str, dict[str, int | str]] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)

    def lines(self) -> list[str]:
        """Return the report as lines of text."""
        result = [
            f"{name}: " + ", ".join(f"{key} {value}" for key, value in entry.items())
            for name, entry in self.converters.items()
        ]
        result.append(f"requests {self.requests}, points {self.points}, waited {self.waited:.0f} s")
        if self.troubles:
            result.append(
                "asked again: " + ", ".join(f"{kind} {count}" for kind, count in sorted(self.troubles.items()))
            )
        if self.findings:
            result.append("met: " + ", ".join(f"{kind} {count}" for kind, count in sorted(self.findings.items())))
        return result + [f"warning: {text}" for text in self.warnings]

    def write(self, store: Path) -> Path:
        """Store the report as JSON under ``runs/`` and return its path."""
        path = store / "runs" / f"{self.started.replace(':', '')}.json"
        write_atomic(path, json.dumps(vars(self), indent=2, ensure_ascii=False, sort_keys=True) + "\n")
        return path


def new_report(now: dt.datetime) -> RunReport:
    """Return an empty report of a run that starts now."""
    return RunReport(started=stamp(now))
