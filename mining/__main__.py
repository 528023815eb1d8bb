"""``python -m mining``: import the published archive; mine issues from GitHub."""

import sys

from datapackage.commandline import main
from mining.commands import COMMANDS

if __name__ == "__main__":
    sys.exit(main("python -m mining", "Bring converter failures into the tables of data/.", COMMANDS))
