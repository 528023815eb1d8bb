"""How long ``python -m analysis reproduce`` takes, as a multiple of what it must load in any case.

``python -m benchmarks.reproduce``; prints the figures as JSON and exits with 3 when the bound is missed.
"""

import json
import subprocess
import sys
import tempfile
import time

SECONDS = 20
RUNS = 3


def main() -> int:
    """Run the benchmark."""
    with tempfile.TemporaryDirectory() as folder:
        runs = [seconds("-m", "analysis", "reproduce", "--out", folder) for _ in range(RUNS + 1)][1:]
    loading = min(seconds("-c", "import analysis.reproduce") for _ in range(RUNS))
    figures = {
        "fastest_seconds": round(min(runs), 2),
        "slowest_seconds": round(max(runs), 2),
        "loading_seconds": round(loading, 2),
        "ratio": round(min(runs) / loading, 1),
    }
    print(json.dumps(figures, indent=2))  # noqa: T201
    return 0 if figures["slowest_seconds"] < SECONDS else 3


def seconds(*arguments: str) -> float:
    """Run Python in a process of its own; return the seconds it took."""
    started = time.perf_counter()
    subprocess.run([sys.executable, *arguments], check=True, capture_output=True)  # noqa: S603 - our own module
    return time.perf_counter() - started


if __name__ == "__main__":
    raise SystemExit(main())
