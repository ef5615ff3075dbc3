"""The rows of WebSockets in the ABI table (see `abi`): servers, messages, rooms, what is known of a connection."""

from __future__ import annotations

from snowrt.abi_row import read_row as _row

_WS_CONNECT = "Fun(WsConn, String, Map<String, String>) -> R"
_WS_CALLBACKS = f"{_WS_CONNECT}, Fun(WsConn, String) -> A, Fun(WsConn, Int, String) -> B"

_WS_WRAPPED = "Fun(WsConn, String, H) -> R, Fun(WsConn, String) -> A, Fun(WsConn, Int, String) -> B"
"""The callbacks as C gets them: wrapped by `Ws.handler`, with the request's headers as one String."""

_WS_EXTRAS = "Fun(String, String) -> String, Fun(WsConn, String) -> C"
"""What a server may have besides: authorize, which gives the refusal or nothing, and on_info."""

WEBSOCKET = (
    _row("snow_ws_serve", "fn fn fn i64 -> void",
         "__ws_serve", f"({_WS_WRAPPED}, Int) -> ()",
         "Ws.serve", f"({_WS_CALLBACKS}, Int) -> () where R: WsAnswer", "Ws.serve", "(WsHandler, Int) -> ()",
         key="ws_serve", generics="H R A B", effect="park", provider="host",
         doc="Serve WebSocket connections on a port: on_connect, on_message, on_close, port."),
    _row("snow_ws_serve_tls", "fn fn fn i64 ptr ptr -> void",
         "__ws_serve_tls", f"({_WS_WRAPPED}, Int, String, String) -> ()",
         "Ws.serve_tls", f"({_WS_CALLBACKS}, Int, String, String) -> () where R: WsAnswer",
         "Ws.serve_tls", "(WsHandler, Int, String, String) -> ()",
         key="ws_serve_tls", generics="H R A B", effect="park", provider="host",
         doc="As Ws.serve over TLS, with the paths of certificate and key."),
    _row("snow_ws_serve_with", "fn fn fn fn fn ptr i64 -> ptr",
         "__ws_serve_with", f"({_WS_WRAPPED}, {_WS_EXTRAS}, String, Int) -> String",
         key="ws_serve_with", generics="H R A B C", effect="park", provider="host",
         doc="Serve until stopped: callbacks, options as netstrings, port; what went wrong, if anything."),
    _row("snow_ws_start_with", "fn fn fn fn fn ptr i64 -> ptr",
         "__ws_start_with", f"({_WS_WRAPPED}, {_WS_EXTRAS}, String, Int) -> String",
         key="ws_start_with", generics="H R A B C", effect="park", provider="host",
         doc="Start a server: its number and port, or `!` and what went wrong."),
    _row("snow_ws_stop", "i64 i64 -> void", "__ws_stop", "(Int, Int) -> ()",
         key="ws_stop", effect="park", provider="host",
         doc="Stop a server by its number; its connections have this many ms to end in."),
    _row("snow_ws_send", "handle ptr -> i64", "Ws.send", "(WsConn, String) -> Int",
         fails="status", effect="park", doc="Send a text message: 0 accepted, -1 not."),
    _row("snow_ws_send_binary", "handle bytes i64 -> i64",
         "Ws.send_binary", "(WsConn, String, Int) -> Int", "Ws.send_binary", "(WsConn, String) -> Int",
         fails="status", effect="park", doc="Send the first n bytes (or all) as a binary message."),
    _row("snow_ws_reply", "handle ptr -> i64", "Ws.reply", "(WsConn, String) -> Int",
         fails="status", effect="park", doc="Send a message of the type of the one being handled: 0 accepted, -1 not."),
    _row("snow_ws_join", "handle ptr -> i64", "Ws.join", "(WsConn, String) -> Int",
         fails="status", effect="io", doc="Enter a room: 0, or -1 for a dead handle or bad name."),
    _row("snow_ws_leave", "handle ptr -> i64", "Ws.leave", "(WsConn, String) -> Int",
         fails="status", effect="io", doc="Leave a room: 0, or -1 for a dead handle or bad name."),
    _row("snow_ws_broadcast", "ptr ptr -> i64", "Ws.broadcast", "(String, String) -> Int",
         fails="status", effect="io",
         doc="Room, text: how many members it could not be queued for, -1 for bad arguments."),
    _row("snow_ws_broadcast_except", "ptr ptr handle -> i64",
         "Ws.broadcast_except", "(String, String, WsConn) -> Int",
         fails="status", effect="io", doc="As Ws.broadcast, leaving one connection out."),
    _row("snow_ws_members", "ptr -> i64", "Ws.members", "(String) -> Int",
         effect="io", doc="The number of local members of a room."),
    _row("snow_ws_rooms", "handle -> ptr", "Ws.rooms", "(WsConn) -> List<String>",
         effect="alloc", doc="The rooms that a connection is in, sorted; none for a dead handle."),
    _row("snow_ws_ping", "handle -> i64", "Ws.ping", "(WsConn) -> Int",
         fails="status", effect="park", doc="Send a ping without payload: 0 accepted, -1 not."),
    _row("snow_ws_close", "handle i64 ptr -> i64", "Ws.close", "(WsConn, Int, String) -> Int",
         fails="status", effect="io", doc="Start closing with a code and a reason: 0, or -1."),
    _row("snow_ws_is_open", "handle -> i8", "Ws.is_open", "(WsConn) -> Bool",
         effect="io", doc="Whether messages can still be sent."),
    _row("snow_ws_is_binary", "handle -> i8", "Ws.is_binary", "(WsConn) -> Bool",
         effect="io", doc="Whether the message that its connection handles, or has handled last, is binary."),
    _row("snow_ws_buffered", "handle -> i64", "Ws.buffered", "(WsConn) -> Int",
         effect="io", doc="Bytes that wait to be written, -1 for a dead handle."),
    _row("snow_ws_reject", "handle ptr -> void", "__ws_reject", "(WsConn, String) -> ()",
         effect="io", doc="Refuse a connection whose on_connect runs, for this reason."),
    _row("snow_ws_path", "handle -> ptr", "Ws.path", "(WsConn) -> String",
         effect="alloc", doc="The request's target as it was sent, with its query; empty for a dead handle."),
    _row("snow_ws_header", "handle ptr -> ptr", "Ws.header", "(WsConn, String) -> Option<String>",
         fails="option", effect="alloc", doc="A header of the request, whatever the case of its name."),
    _row("snow_ws_query", "handle ptr -> ptr", "Ws.query", "(WsConn, String) -> Option<String>",
         fails="option", effect="alloc", doc="The last value of this name in the target's query, decoded."),
    _row("snow_ws_peer", "handle -> ptr", "Ws.peer", "(WsConn) -> String",
         effect="alloc", doc="The address of the client; empty for a dead handle."),
    _row("snow_ws_subprotocol", "handle -> ptr", "Ws.subprotocol", "(WsConn) -> Option<String>",
         fails="option", effect="alloc", doc="The subprotocol agreed on, if any."),
    _row("snow_ws_pid", "handle -> i64", "Ws.pid", "(WsConn) -> Pid<String>",
         effect="io", doc="The process of a connection; one that is not alive for a dead handle."),
    _row("snow_ws_id", "handle -> i64", "Ws.id", "(WsConn) -> Int",
         fails="status", effect="io", doc="A number that no other connection of this run has, -1 for a dead handle."),
)
