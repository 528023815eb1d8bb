"""``python -m demo``: extend the dataset with invented issues, from a stand-in for GitHub to a report on two samples."""

import argparse
import sys
import tempfile
from pathlib import Path

from datapackage.errors import StudyError
from demo.extension import RATERS, SAMPLE, Example, extend


def main(argv: list[str] | None = None) -> int:
    """Run the example, and say where everything is."""
    parser = argparse.ArgumentParser(prog="python -m demo", description=__doc__)
    parser.add_argument(
        "--out", type=Path, metavar="DIR", help="a folder that is not there yet (default: a temporary one)"
    )
    folder = parser.parse_args(argv).out or Path(tempfile.mkdtemp(prefix="demo-extend-")) / "example"
    try:
        example = extend(folder, lambda line: print(line, flush=True))
    except StudyError as error:
        sys.stderr.write(f"python -m demo: error: {error}\n")
        return 1
    print(_where(example))
    return 0


def _where(example: Example) -> str:
    places = {
        "sheets": example.store / "labelling" / SAMPLE / "sheets",
        "confusions": example.folder / "agreement" / f"main-{'-'.join(RATERS)}.png",
        "comparison": example.folder / "comparison",
        "data": example.data,
        "report": example.report / "paper" / "report.html",
    }
    lines = [f"{name:<10}  {path}" for name, path in places.items()]
    return "\nAll of it is invented; nothing in the project was changed. Look at:\n" + "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
