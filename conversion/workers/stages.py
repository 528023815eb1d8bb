"""What a task tells while it runs: stages as they begin and end, fields of its row as they are known, errors."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

Report = Callable[[Mapping[str, Any]], None]


class Stages:
    """Reports the beginning and end of each stage with its seconds."""

    def __init__(self, report: Report) -> None:
        self.report = report
        self.current = "start"

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Run a stage; a stage that raises reports no end."""
        self.report({"begin": name})
        self.current = name
        begin = time.perf_counter()
        yield
        self.report({"end": name, "seconds": round(time.perf_counter() - begin, 4)})


def describe_error(error: BaseException) -> dict[str, str]:
    """Return type and text of an error, the text at a length that a row can hold."""
    text = str(error)
    if len(text) > 3000:
        text = f"{text[:2000]} … {text[-1000:]}"
    return {"type": type(error).__name__, "text": text}
