"""The Snow toolchain: from `.snow` source to native code.

`session.py` reads as the whole pipeline from top to bottom; `docs/architecture.md` is the map.
"""

__version__ = "0.1.0"
