"""An echo server on the engine of this checkout, without a Snow program behind it.

    python -m tests.conformance.echo_server [--port 9001] [--tls] [--inline] [--compression on]

It has the core's built-in consumer behind it, which answers from a thread of its own, as a scheduler does
(`--inline`: from the loop's thread). This is what benchmarks compare with other engines.
"""

from __future__ import annotations

import argparse
import os
import signal

from snowrt.proto.ws_options import COMPRESSIONS, WsOptions
from snowrt.services import ws, ws_core
from tests.services.server import FILES


def main() -> None:
    """Serve until SIGTERM."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--tls", action="store_true")
    parser.add_argument("--inline", action="store_true")
    parser.add_argument("--compression", choices=COMPRESSIONS, default="off")
    args = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    ws_core.open_core().snow_wsconn_use_echo(not args.inline)
    files = ws.Files(*FILES) if args.tls else None
    # Echoed messages wait in a buffer that is limited; nobody here waits for room in it.
    ws.serve(WsOptions(send_buffer=64 << 20, compression=args.compression), args.port, files)


if __name__ == "__main__":
    main()
