"""``python -m conversion``: run conversion campaigns, and read what they left."""

import sys

from conversion.commands import COMMANDS
from datapackage.commandline import main

if __name__ == "__main__":
    sys.exit(main("python -m conversion", "Generate models, convert them, run both, compare.", COMMANDS))
