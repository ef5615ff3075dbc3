"""Calls of the ABI table: type arguments, and overloads that share a symbol."""

from __future__ import annotations

import pytest

from snowc.lower.faults import LoweringFault
from snowc.lower.mirtypes import infer_type_args, lower_type
from snowc.mir import ir
from snowc.mir.types import Con as MCon
from snowc.mir.types import Fn as MFn
from snowc.mir.types import TVar
from snowc.mir.verify import verify
from snowc.types.tast import Construct, ErrorNode, FnDecl, ListLit, TExpr
from snowc.types.ty import (
    BOOL,
    INT,
    STRING,
    UNIT,
    Con,
    FieldInfo,
    Fn,
    Type,
    TypeInfo,
    Var,
    VariantInfo,
    list_of,
    map_of,
)
from tests.unit.lower.factories import builtin, call, function, lam, lit, local, program, ref
from tests.unit.match.factories import S

CONN = Con("WsConn")
CONNECT = Fn((CONN, STRING, map_of(STRING, STRING)), UNIT)
WRAPPED = Fn((CONN, STRING, STRING), BOOL)
MESSAGE = Fn((CONN, STRING), UNIT)
CLOSE = Fn((CONN, INT, STRING), UNIT)
HANDLER = TypeInfo(
    "WsHandler",
    (),
    True,
    (VariantInfo("WsHandler", 0, tuple(FieldInfo(n, t) for n, t in (("c", WRAPPED), ("m", MESSAGE), ("x", CLOSE)))),),
)


def externs(module: ir.Module, name: str = "Main.f") -> list[ir.CallExtern]:
    return [i for b in module.functions[name].blocks for i in b.instrs if isinstance(i, ir.CallExtern)]


def library_handler() -> FnDecl:
    """`Ws.handler` for callbacks of these types, with an on_connect that always agrees."""
    params = [local("c", CONNECT), local("m", MESSAGE), local("x", CLOSE)]
    agree = lam([local("conn", CONN), local("path", STRING), local("head", STRING)], lit(True))
    fields: list[TExpr] = [agree, *map(ref, params[1:])]
    return function("Ws.handler", params, Construct(S, Con("WsHandler"), HANDLER, HANDLER.variants[0], fields))


def test_both_spellings_of_a_server_call_the_same_symbol_with_the_same_operands() -> None:
    closures = [local("c", CONNECT), local("m", MESSAGE), local("x", CLOSE)]
    types: list[Type] = [v.type for v in closures]
    whole = local("h", Con("WsHandler"))
    tail = [lit(443), lit("cert"), lit("key")]
    tail_types: list[Type] = [INT, STRING, STRING]
    apart = call(builtin("ws_serve_tls", [*types, *tail_types], UNIT, UNIT, UNIT, UNIT), *map(ref, closures), *tail)
    struct = call(builtin("ws_serve_tls", [whole.type, *tail_types], UNIT), ref(whole), *tail)
    functions = [function("Main.f", closures, apart), function("Main.g", [whole], struct)]
    module = program(*functions, types=[HANDLER, MAP], std=[library_handler()])
    assert verify(module) == []
    [one], [other] = externs(module), externs(module, "Main.g")
    assert one.symbol == other.symbol == "snow_ws_serve_tls"
    assert [str(v.type) for v in one.args] == [str(v.type) for v in other.args]
    assert len(one.args) == 6


MAP = TypeInfo("Map", ("K", "V"), True, (VariantInfo("Map", 0, ()),))


def test_a_byte_count_left_out_is_that_of_the_string() -> None:
    conn, text = local("conn", CONN), local("text", STRING)
    send = call(builtin("ws_send_binary", [CONN, STRING], INT), ref(conn), ref(text))
    module = program(function("Main.f", [conn, text], send))
    assert verify(module) == []
    assert [c.symbol for c in externs(module)] == ["snow_string_byte_length", "snow_ws_send_binary"]


def test_type_arguments_of_intrinsics_follow_from_operands_and_result() -> None:
    text = local("text", STRING)
    module = program(function("Main.f", [text], ListLit(S, list_of(STRING), [ref(text)])))
    assert verify(module) == []
    assert [(c.symbol, [str(t) for t in c.type_args]) for c in externs(module)] == [
        ("snow_list_new", ["String"]),
        ("snow_list_push", ["String"]),
    ]


def test_long_list_literals_ask_for_their_room_at_once() -> None:
    number = local("number")
    module = program(function("Main.f", [number], ListLit(S, list_of(INT), [ref(number)] * 9)))
    assert [c.symbol for c in externs(module)][:2] == ["snow_list_new", "snow_list_reserve"]


def test_a_list_of_literals_is_a_constant() -> None:
    module = program(function("Main.f", [], ListLit(S, list_of(INT), [lit(1), lit(2)])))
    assert verify(module) == []
    (constant,) = module.functions["Main.f"].blocks[0].instrs
    assert isinstance(constant, ir.Const)
    assert constant.value == (1, 2)


def test_inferred_type_arguments() -> None:
    t, u, num, text = TVar("T"), TVar("U"), MCon("Int"), MCon("String")
    pairs = [(MFn((t,), MCon("List", (u,))), MFn((num,), MCon("List", (text,))))]
    assert infer_type_args(["T", "U"], pairs) == [num, text]
    assert infer_type_args(["T", "A"], pairs, [text, text]) == [num, text]
    assert infer_type_args(["A"], pairs) == [MCon("()")]


def test_an_open_type_is_a_fault() -> None:
    with pytest.raises(LoweringFault):
        lower_type(Var(1, 0))


def test_an_unexpected_node_is_a_fault_with_its_span() -> None:
    with pytest.raises(LoweringFault) as fault:
        program(function("Main.f", [], ErrorNode(S, INT)))
    assert fault.value.span == S


def test_a_variable_without_a_value_is_a_fault() -> None:
    with pytest.raises(LoweringFault, match="ghost"):
        program(function("Main.f", [], ref(local("ghost"))))
