"""``python -m mining``: import the published archive; mine issues from GitHub."""

import sys

from datapackage.commandline import main
from mining.published_archive.command import IMPORT_ARCHIVE
from mining.schema_registry import OPSETS

COMMANDS = (IMPORT_ARCHIVE, OPSETS)

if __name__ == "__main__":
    sys.exit(main("python -m mining", "Bring converter failures into the tables of data/.", COMMANDS))
