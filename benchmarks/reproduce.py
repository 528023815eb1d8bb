"""How long ``python -m analysis reproduce`` takes, as a multiple of what it must load in any case.

``python -m benchmarks.reproduce``; prints the figures as JSON and exits with 3 when the bound is missed.
"""

import json
import subprocess
import sys
import tempfile
import time

RATIO = 4.0
RUNS = 3


def main() -> int:
    """Run the benchmark."""
    loading = fastest("-c", "import analysis.reproduce")
    with tempfile.TemporaryDirectory() as folder:
        whole = fastest("-m", "analysis", "reproduce", "--out", folder)
    figures = {"seconds": round(whole, 2), "loading_seconds": round(loading, 2), "ratio": round(whole / loading, 1)}
    print(json.dumps(figures, indent=2))  # noqa: T201
    return 0 if whole / loading <= RATIO else 3


def fastest(*arguments: str) -> float:
    """Run Python in a process of its own, once to warm up and then `RUNS` times; return the fewest seconds it took."""
    return min([_seconds(*arguments) for _ in range(RUNS + 1)][1:])


def _seconds(*arguments: str) -> float:
    started = time.perf_counter()
    subprocess.run([sys.executable, *arguments], check=True, capture_output=True)  # noqa: S603 - our own module
    return time.perf_counter() - started


if __name__ == "__main__":
    raise SystemExit(main())
