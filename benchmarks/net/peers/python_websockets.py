"""Echo server on `websockets`: python_websockets.py PORT [CERT KEY]."""

import ssl
import sys

import uvloop
from websockets.asyncio.server import ServerConnection, serve


async def echo(connection: ServerConnection) -> None:
    async for message in connection:
        await connection.send(message)


async def main(port: str, *files: str) -> None:
    context = None
    if files:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*files)
    async with serve(echo, "127.0.0.1", int(port), ssl=context, compression=None, max_size=16 << 20) as server:
        await server.serve_forever()


uvloop.run(main(*sys.argv[1:]))
