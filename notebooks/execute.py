"""Execute the notebooks and store their outputs, without what differs from run to run.

``python -m notebooks.execute [--check] [NOTEBOOK ...]``: all notebooks by default. ``--check`` writes nothing and exits
with 1 if a stored output is not what the run gives (pictures within what font rasterisers differ by). A cell that errs
stops with its traceback.
"""

import argparse
import sys
from pathlib import Path

from analysis.report.comparison import same
from datapackage.files import write_atomic

try:
    import nbformat
    from nbclient import NotebookClient
except ImportError as error:
    sys.exit(
        f"notebooks.execute: {error.name} is not installed; run make setup-lab, or pip install -r requirements.txt"
    )

FOLDER = Path(__file__).resolve().parent
TIMEOUT = 60  # seconds for a whole notebook: a class will not wait longer


def executed(path: Path) -> str:
    """Return the text of a notebook after a run in a fresh kernel."""
    notebook = nbformat.read(path, as_version=4)
    NotebookClient(
        notebook, timeout=TIMEOUT, kernel_name="python3", resources={"metadata": {"path": str(FOLDER)}}
    ).execute()
    notebook.metadata = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    for number, cell in enumerate(notebook.cells):
        cell.metadata = {}
        cell.id = f"cell-{number:02d}"
    return nbformat.writes(notebook) + "\n"


def main() -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(description="Execute the notebooks and store their outputs.")
    parser.add_argument("notebooks", nargs="*", type=Path, default=sorted(FOLDER.glob("*.ipynb")), metavar="NOTEBOOK")
    parser.add_argument(
        "--check", action="store_true", help="write nothing; exit with 1 if a stored output is outdated"
    )
    arguments = parser.parse_args()
    outdated = []
    for path in arguments.notebooks:
        sys.stderr.write(f"… {path.name}\n")
        text = executed(path)
        stored = path.read_bytes()
        if arguments.check and same(".ipynb", stored, text.encode()):
            continue
        if text.encode() != stored:
            outdated.append(path.name)
            if not arguments.check:
                write_atomic(path, text)
    if arguments.check and outdated:
        sys.stderr.write(f"outdated: {', '.join(outdated)}; run make notebooks and commit\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
