"""``python -m datapackage``: the tables in other forms."""

import sys

from datapackage.commandline import main
from datapackage.export import EXPORT

if __name__ == "__main__":
    sys.exit(main("python -m datapackage", "The tables of data/ in other forms.", (EXPORT,)))
