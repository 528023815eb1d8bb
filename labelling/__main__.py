"""``python -m labelling``: from a sample to agreed labels to a larger dataset."""

import sys

from datapackage.commandline import main
from labelling.commands import COMMANDS

if __name__ == "__main__":
    sys.exit(main("python -m labelling", "From a drawn sample to agreed labels to a larger dataset.", COMMANDS))
