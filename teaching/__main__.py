"""``python -m teaching``: make the page that a class opens."""

import sys

from teaching.page import main

if __name__ == "__main__":
    sys.exit(main())
