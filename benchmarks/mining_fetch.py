"""How many requests a fetch needs, how long it takes and how much memory, against the stand-in server in its own process.

``python -m benchmarks.mining_fetch``; prints the figures as JSON and exits with 3 when a bound is missed.
"""

import argparse
import json
import math
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from mining.store_tables import read_issues

try:
    import resource
except ModuleNotFoundError:
    sys.exit("this benchmark measures memory by POSIX's getrusage; on Windows, run it in WSL")

RATIO = 40
SECONDS = 60
MEGABYTES = 300


def rest_requests(entries: list[int], page: int = 100) -> int:
    """Return what REST takes: the list in pages of a hundred, and for each issue one request or more for its timeline."""
    return math.ceil(len(entries) / page) + sum(max(1, math.ceil(count / page)) for count in entries)


def main() -> int:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.mining_fetch", description=__doc__)
    parser.add_argument(
        "--issues", type=int, default=5600, help="issues of the population, open ones included (default: 5600)"
    )
    arguments = parser.parse_args()
    command = [sys.executable, "-m", "demo.github_server", "--issues", str(arguments.issues), "--seed", "1"]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)  # noqa: S603 - our own module
    try:
        assert server.stdout is not None  # noqa: S101 - a pipe was asked for
        url = server.stdout.readline().split()[2].rstrip(";")
        with tempfile.TemporaryDirectory() as folder:
            figures = measure(url, Path(folder) / "store")
    finally:
        server.terminate()
        server.wait()
    print(json.dumps(figures, indent=2))  # noqa: T201
    good = figures["requests_ratio"] >= RATIO and figures["seconds"] < SECONDS and figures["peak_megabytes"] < MEGABYTES
    return 0 if good else 3


def measure(url: str, store: Path) -> dict[str, float]:
    """Fetch once in a process of its own; return the figures."""
    command = [
        sys.executable,
        "-m",
        "mining",
        "fetch",
        "--store",
        str(store),
        "--converter",
        "tf2onnx",
        "--api-url",
        url,
    ]
    environment = {**os.environ, "GITHUB_TOKEN": "a-token-for-the-stand-in"}
    started = time.monotonic()
    subprocess.run(command, env=environment, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # noqa: S603
    seconds = time.monotonic() - started
    used = resource.getrusage(resource.RUSAGE_CHILDREN)  # the fetch alone: the server has not been waited for
    peak = used.ru_maxrss / (1024 if sys.platform != "darwin" else 1024**2)
    report = json.loads(next((store / "runs").iterdir()).read_text(encoding="utf-8"))
    entries = [issue.timeline_entries for issue in read_issues(store)]
    rest = rest_requests(entries)
    return {
        "issues": len(entries),
        "timeline_entries": sum(entries),
        "requests": report["requests"],
        "requests_of_rest": rest,
        "requests_ratio": round(rest / report["requests"], 1),
        "seconds": round(seconds, 1),
        "processor_seconds": round(used.ru_utime + used.ru_stime, 1),
        "peak_megabytes": round(peak),
    }


if __name__ == "__main__":
    sys.exit(main())
