"""``python -m analysis``: reproduce the study, list its claims, check the data."""

import sys

if __name__ == "__main__":
    # not above: the process that draws figures imports this module, too, and needs none of it
    from analysis.commands import COMMANDS
    from datapackage.commandline import main

    sys.exit(main("python -m analysis", "Reproduce, audit and extend the study from the tables of data/.", COMMANDS))
