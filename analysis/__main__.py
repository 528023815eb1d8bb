"""``python -m analysis``: reproduce the study, list its claims, check the data."""

import gc
import sys

if __name__ == "__main__":
    # looking for cyclic garbage takes a sixth of the loading and a twelfth of a run, and frees nothing that counts
    gc.set_threshold(1_000_000)
    # not above: the process that draws figures imports this module, too, and needs none of it
    from analysis.commands import COMMANDS
    from datapackage.commandline import main

    sys.exit(main("python -m analysis", "Reproduce, audit and extend the study from the tables of data/.", COMMANDS))
