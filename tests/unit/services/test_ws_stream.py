"""One stream type with two variants, and nobody above it asks which."""

from __future__ import annotations

import ast
from pathlib import Path

from snowrt.services import listener, ws_stream


def test_there_are_exactly_two_variants() -> None:
    assert {kind.__name__ for kind in ws_stream.WsStream.__subclasses__()} == {"PlainStream", "TlsStream"}
    assert not any(kind.__subclasses__() for kind in ws_stream.WsStream.__subclasses__())


def test_only_the_listener_makes_them_and_nobody_tells_them_apart() -> None:
    folder = Path(ws_stream.__file__).parent
    users: dict[str, int] = {}
    for path in folder.glob("*.py"):
        names = [node.id for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Name)]
        users[path.name] = sum(name in ("PlainStream", "TlsStream") for name in names)
    del users["ws_stream.py"]
    assert {name: count for name, count in users.items() if count} == {Path(listener.__file__).name: 2}
