#!/usr/bin/python3
"""Seal HDF5 files that another program made or changed, so that entrepot reads them: their last bytes then name the
SHA-256 of all bytes before. Look at what was changed first: the seal says only that nothing changes from here on.

Usage: scripts/seal.py FILE...
"""

import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from benchmark_file import seal  # noqa: E402

if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    for name in sys.argv[1:]:
        seal(name)
