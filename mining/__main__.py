"""``python -m mining``: import the published archive; mine issues from GitHub."""

import sys

from mining.commands import run

if __name__ == "__main__":
    sys.exit(run())
