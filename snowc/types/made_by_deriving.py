"""What `deriving(Json)` and `deriving(Row)` make: `T.from_json`, `T.from_row`, `value.to_json()` (language.md 4.5).

Their uses are typed; that they are not carried out yet is said where code is made for them.
"""

from __future__ import annotations

from snowc.source.span import Span
from snowc.types import tast
from snowc.types.context import Cx
from snowc.types.ty import STRING, Con, Fn, Type, TypeInfo, map_of, result_of

_TRAITS = {"from_json": "Json", "from_row": "Row"}
_SOURCES: dict[str, Type] = {"from_json": STRING, "from_row": map_of(STRING, STRING)}


def static_function(cx: Cx, info: TypeInfo, name: str, span: Span) -> tast.TExpr | None:
    """`T.from_json` or `T.from_row`, if the type derives what makes it."""
    if _TRAITS.get(name) not in info.derives:
        return None
    made = Con(info.name, tuple([cx.fresh() for _ in info.params]))
    return _later(name, Fn((_SOURCES[name],), result_of(made, STRING)), span)


def method(cx: Cx, ty: Type, name: str, span: Span) -> tast.TExpr | None:
    """`to_json` of a value whose type derives Json."""
    info = cx.env.types.get(ty.name) if isinstance(ty, Con) else None
    if name != "to_json" or info is None or "Json" not in info.derives:
        return None
    return _later(name, Fn((ty,), Con("Json")), span)


def _later(name: str, ty: Type, span: Span) -> tast.TExpr:
    return tast.Later(span, ty, f"`{name}`, made by `deriving`", [])
