"""What to suggest where a process is used like a value with methods."""

from __future__ import annotations

from collections.abc import Iterator

from snowc.types.context import Cx
from snowc.types.env import ServiceEnv
from snowc.types.ty import Con, Type

_PRIMITIVES = frozenset({"send", "link"})


def pid_method(cx: Cx, ty: Type, name: str) -> str | None:
    """The call that `pid.name(…)` was probably meant to be."""
    if not isinstance(ty, Con) or ty.name != "Pid":
        return None
    if name in _PRIMITIVES:
        return f"write `{name}(pid, …)`"
    found = (path for path, service in visible_services(cx) if name in service.members)
    path = next(found, None)
    return None if path is None else f"write `{path}.{name}(pid, …)`"


def visible_services(cx: Cx) -> Iterator[tuple[str, ServiceEnv]]:
    """The services that the module at hand can use, nearest first, each as it writes it."""
    for env in cx.module.chain():
        yield from env.services.items()
    top = cx.module.file_module
    yield from top.imported_services.items()
    for name, module in top.namespaces.items():
        yield from ((f"{name}.{s.short}", s) for s in module.services.values() if s.public)
