"""The fuzz target of the opening handshake under atheris; arguments are those of libFuzzer."""

from __future__ import annotations

import shlex
import sys

import atheris  # type: ignore[import-untyped]

with atheris.instrument_imports(include=["snowrt.proto"]):
    from tests.fuzz.handshake import target


def main() -> None:
    """Never returns: the fuzzer ends the process."""
    # A merge starts the fuzzer again, by the first argument and through a shell.
    again = f"{shlex.quote(sys.executable)} -m tests.fuzz.handshake.fuzz"
    atheris.Setup([again, *sys.argv[1:]], target.check)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
