"""``python -m release``: metadata for catalogues, and the archive of a release."""

import sys

from datapackage.commandline import main
from release.archive import ARCHIVE
from release.metadata import METADATA

DESCRIPTION = "Metadata in the forms of catalogues, and the archive that goes to a repository with a DOI."


if __name__ == "__main__":
    sys.exit(main("python -m release", DESCRIPTION, (METADATA, ARCHIVE)))
