"""``python -m benchmarks.robustness --mining``: what the project does when something goes wrong, tried by the hundred.

Prints a summary as JSON and exits with 3 when a run ended in a way that it mustn't.
"""

import argparse
import importlib
import importlib.util
import json
import sys
from pathlib import Path

PARTS = {
    "mining": "GitHub misbehaves while issues are fetched and hydrated",
    "data": "tables and descriptions of data/ are edited",
    "archive": "the published archive is damaged",
}


def main() -> int:
    """Run the campaigns that were asked for."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.robustness", description=__doc__)
    for name, summary in PARTS.items():
        parser.add_argument(f"--{name}", action="store_true", help=summary)
    parser.add_argument("--runs", type=int, help="how many runs (default: the campaign's own number)")
    parser.add_argument("--seed", type=int, default=1, help="seed of the campaign (default: 1)")
    parser.add_argument(
        "--out", type=Path, metavar="FILE", help="where to write every run and its judgement (JSON lines)"
    )
    arguments = parser.parse_args()
    known = [name for name in PARTS if importlib.util.find_spec(f"benchmarks.robustness.{name}")]
    chosen = [name for name in PARTS if getattr(arguments, name)] or known
    good = True
    for name in chosen:
        if name not in known:
            parser.error(f"there is no campaign --{name} in this version")
        # each campaign imports what it needs when it is asked for
        campaign = importlib.import_module(f"benchmarks.robustness.{name}")
        figures, passed = campaign.campaign(arguments.seed, arguments.runs, arguments.out)
        print(json.dumps({name: figures}, indent=2, ensure_ascii=False))
        good = good and passed
    return 0 if good else 3


if __name__ == "__main__":
    sys.exit(main())
