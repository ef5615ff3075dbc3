"""An echo server on the engine of this checkout, in a process of its own.

    python -m tests.conformance.echo_server [--port 9001] [--tls] [--inline]

It has the core's built-in consumer behind it, which answers from a thread of its own, as a scheduler does
(`--inline`: from the loop's thread).
"""

from __future__ import annotations

import argparse
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CERTS = ROOT / "tests" / "unit" / "services" / "certs"
_LISTENING = re.compile(rb"listening on .*:(\d+)")


class EchoServer:
    """The server as a child process; `port` is the one it chose."""

    def __init__(self, tls: bool = False, inline: bool = False) -> None:
        options = [*["--tls"] * tls, *["--inline"] * inline]
        environ = {**os.environ, "PYTHONPATH": os.pathsep.join((str(ROOT), str(ROOT / "runtime")))}
        command = [sys.executable, "-m", "tests.conformance.echo_server", *options]
        self._process = subprocess.Popen(command, env=environ, cwd=ROOT, stderr=subprocess.PIPE)
        assert self._process.stderr is not None
        said = b""
        while (found := _LISTENING.search(said)) is None:  # warnings may come first
            line = self._process.stderr.readline()
            if not line:
                raise RuntimeError(said.decode())
            said += line
        self.port = int(found[1])

    @property
    def pid(self) -> int:
        return self._process.pid

    def __enter__(self) -> EchoServer:
        return self

    def __exit__(self, *exc: object) -> None:
        self._process.send_signal(signal.SIGTERM)
        assert self._process.stderr is not None
        self._process.stderr.close()
        self._process.wait(20)


def main() -> None:
    """Serve until SIGTERM."""
    from snowrt.proto.ws_options import WsOptions
    from snowrt.services import ws, ws_core

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--tls", action="store_true")
    parser.add_argument("--inline", action="store_true")
    args = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    ws_core.open_core().snow_wsconn_use_echo(not args.inline)
    files = ws.Files(str(CERTS / "cert.pem"), str(CERTS / "key.pem")) if args.tls else None
    # Echoed messages wait in a buffer that is limited; none of the cases is to meet that limit.
    ws.serve(WsOptions(send_buffer=64 << 20), args.port, files)


if __name__ == "__main__":
    main()
