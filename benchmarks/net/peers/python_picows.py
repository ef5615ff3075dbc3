"""Echo server on `picows`: python_picows.py PORT [CERT KEY]. No scheduler behind it."""

import ssl
import sys

import uvloop
from picows import WSFrame, WSListener, WSMsgType, WSTransport, WSUpgradeRequest, ws_create_server


class Echo(WSListener):
    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        if frame.msg_type == WSMsgType.CLOSE:
            transport.send_close(frame.get_close_code(), frame.get_close_message())
            transport.disconnect()
        else:
            transport.send(frame.msg_type, frame.get_payload_as_bytes())


def accept(request: WSUpgradeRequest) -> WSListener:
    return Echo()


async def main(port: str, *files: str) -> None:
    context = None
    if files:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*files)
    server = await ws_create_server(accept, "127.0.0.1", int(port), ssl=context)
    await server.serve_forever()


uvloop.run(main(*sys.argv[1:]))
