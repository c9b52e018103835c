"""``python -m netledger``."""

from __future__ import annotations

import sys

from netledger.cli import main

if __name__ == "__main__":
    sys.exit(main())
