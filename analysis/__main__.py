"""``python -m analysis``: reproduce the study, list its claims, check the data."""

import sys

from analysis.commands import COMMANDS
from datapackage.commandline import main

if __name__ == "__main__":
    sys.exit(main("python -m analysis", "Reproduce, audit and extend the study from the tables of data/.", COMMANDS))
