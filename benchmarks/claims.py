"""How long ``python -m analysis claims --chapter ...`` takes, as a multiple of what it must load in any case (processor seconds).

``python -m benchmarks.claims``; prints the figures as JSON and exits with 3 when the bound is missed.
"""

import json

from analysis.claim_selection import CHAPTERS
from benchmarks.reproduce import fastest

RATIO = 1.5


def main() -> int:
    """Run the benchmark."""
    figures = {}
    for number, folder in CHAPTERS.items():
        loading = fastest(f"import analysis.commands, analysis.{folder}.claims")[0]
        whole = fastest("analysis", "claims", "--chapter", number)[0]
        figures[number] = {
            "seconds": round(whole, 2),
            "loading_seconds": round(loading, 2),
            "ratio": round(whole / loading, 2),
        }
    print(json.dumps(figures, indent=2))  # noqa: T201
    return 0 if all(figure["ratio"] <= RATIO for figure in figures.values()) else 3


if __name__ == "__main__":
    raise SystemExit(main())
