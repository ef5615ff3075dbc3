"""`python -m snowc` is `snowc`."""

from __future__ import annotations

from snowc.cli.main import main

if __name__ == "__main__":
    main()
