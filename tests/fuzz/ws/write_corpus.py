"""Write the seeds as files into a folder: `python -m tests.fuzz.ws.write_corpus FOLDER`."""

from __future__ import annotations

import sys
from pathlib import Path

from tests.fuzz.ws import seeds


def main(folder: str) -> None:
    """One file per seed."""
    Path(folder).mkdir(parents=True, exist_ok=True)
    for number, data in enumerate(seeds.inputs(0, 0)):
        (Path(folder) / f"seed-{number:03}").write_bytes(data)


if __name__ == "__main__":
    main(sys.argv[1])
