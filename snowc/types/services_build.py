"""The functions that a service becomes, as typed trees (concurrency.md 16).

In: a service whose handlers have been read. Out: its handlers as functions of the state and their parameters,
`serve`, which takes one request after the other, and the functions behind its name. Arguments and replies
travel as one value: (), the value itself, or a tuple.
"""

from __future__ import annotations

from collections.abc import Sequence

from snowc.source.span import Span
from snowc.types import tast
from snowc.types.builtins import RESULT
from snowc.types.env import FnEntity
from snowc.types.services_infer import HandlerTypes, TypedHandler, TypedService
from snowc.types.ty import BOOL, INT, STRING, UNIT, Con, Fn, Type, result_of, tuple_of


def service_functions(service: TypedService) -> list[tast.FnDecl]:
    """All functions of a service but those that its source declares."""
    return _Builder(service).functions()


class _Builder:
    """Builds the functions of one service. `serve` and the starter stand at the service's name."""

    def __init__(self, service: TypedService) -> None:
        self.service = service
        self.group = service.group
        self.span = service.group.service.span
        self.identity = service.group.service.name
        self.serve = f"{self.group.inside.symbol}$serve"

    def functions(self) -> list[tast.FnDecl]:
        handlers = self.service.handlers or []
        made = [self.handler(h) for h in handlers]
        made += [self.serving(handlers), self.starting()]
        for index, types in enumerate(self.service.types):
            made.append(self.asking(index, types))
            if types.handler.trying is not None:
                made.append(self.trying(index, types, types.handler.trying))
        return made

    # ---- the process -----------------------------------------------------------------------------

    def handler(self, handler: TypedHandler) -> tast.FnDecl:
        """A handler as it is written: the new state, for a call together with the reply."""
        span = handler.types.handler.definition.span
        result = self.outcome(handler.types)
        return tast.FnDecl(_handler_name(handler.types), span, [], [], handler.params, result, handler.body)

    def outcome(self, types: HandlerTypes) -> Type:
        state = self.service.state
        return state if types.is_cast else tuple_of(state, types.reply)

    def serving(self, handlers: Sequence[TypedHandler]) -> tast.FnDecl:
        """Take a request, handle it, go on with the new state."""
        state = tast.Local("state", self.service.state, self.span)
        arms = [
            tast.MatchArm(self.span, [_number(self.span, i)], None, self.handling(state, h.types))
            for i, h in enumerate(handlers)
        ]
        # No other number is ever sent.
        arms.append(tast.MatchArm(self.span, [tast.PWild(self.span, INT)], None, self.go_on(_ref(state))))
        request = _builtin(self.span, "__service_next", INT)
        body = tast.Match(self.span, UNIT, "case", [request], arms)
        return self.function(self.serve, self.span, [state], UNIT, body)

    def handling(self, state: tast.Local, types: HandlerTypes) -> tast.TExpr:
        """One request for one handler."""
        span = self.span
        packed = tast.Local("arguments", _packed_type(types.params), span)
        given = _unpacked(span, packed, types.params)
        call_type = Fn((state.type, *types.params), self.outcome(types))
        handler = tast.GlobalFn(span, call_type, _handler_name(types), [])
        made = tast.Local("made", call_type.result, span)
        stmts = [
            _let(packed, _builtin(span, "__actor_message", packed.type, type_args=[packed.type])),
            _let(made, tast.Call(span, made.type, handler, [_ref(state), *given])),
        ]
        if types.is_cast:
            return tast.Block(span, UNIT, [*stmts, self.go_on(_ref(made))])
        reply = tast.FieldGet(span, types.reply, _ref(made), 1)
        stmts.append(_builtin(span, "__service_reply", UNIT, [reply], [types.reply]))
        return tast.Block(span, UNIT, [*stmts, self.go_on(tast.FieldGet(span, state.type, _ref(made), 0))])

    def go_on(self, state: tast.TExpr) -> tast.TExpr:
        serve = tast.GlobalFn(self.span, Fn((state.type,), UNIT), self.serve, [])
        return tast.Call(self.span, UNIT, serve, [state])

    # ---- behind the name -------------------------------------------------------------------------

    def starting(self) -> tast.FnDecl:
        """`start`: the process computes the first state before it says that it is ready."""
        span = self.span
        params = self.parameters(self.group.start, self.service.start)
        first: tast.TExpr = tast.Lit(span, INT, 0)
        if self.service.init is not None:
            first = tast.Call(span, self.service.state, self.service.init, [_ref(p) for p in params])
        state = tast.Local("state", self.service.state, span)
        ready = _builtin(span, "__service_ready", UNIT)
        body = tast.Block(span, UNIT, [_let(state, first), ready, self.go_on(_ref(state))])
        process = tast.Lambda(span, Fn((), UNIT), [], body)
        texts = [_text(span, self.group.service.short), _text(span, self.identity)]
        started = _builtin(span, "__service_start", Con("Pid", (UNIT,)), [process, *texts])
        return self.function(self.group.start.name, span, params, started.type, started)

    def asking(self, index: int, types: HandlerTypes) -> tast.FnDecl:
        """The function of a handler: send the request, and for a call wait for the reply."""
        member = types.handler.member
        pid, params = self.pid(member), self.parameters(member, types.params)
        packed = _pack(member.span, params)
        texts = self.texts(member)[:1] if types.is_cast else self.texts(member)
        key = "__service_cast" if types.is_cast else "__service_call"
        number = tast.Lit(member.span, INT, index)
        body = _builtin(member.span, key, UNIT, [_ref(pid), *texts, number, packed], [packed.type])
        if not types.is_cast:
            body = tast.Block(member.span, types.reply, [body, _answer(member.span, types.reply)])
        return self.function(member.name, member.span, [pid, *params], types.reply, body)

    def trying(self, index: int, types: HandlerTypes, member: FnEntity) -> tast.FnDecl:
        """`try_…`: the reply or what went wrong, within a time."""
        span, result = member.span, result_of(types.reply, STRING)
        pid, ms = self.pid(member), tast.Local("ms", INT, member.span)
        params = self.parameters(member, types.params)
        packed = _pack(span, params)
        number = tast.Lit(span, INT, index)
        args = [_ref(pid), *self.texts(types.handler.member), number, packed, _ref(ms)]
        is_answered = _builtin(span, "__service_try", BOOL, args, [packed.type])
        ok = _result(span, result, 0, _answer(span, types.reply))
        failed = _result(span, result, 1, _answer(span, STRING))
        body = tast.If(span, result, is_answered, ok, failed)
        return self.function(member.name, span, [pid, ms, *params], result, body)

    def pid(self, member: FnEntity) -> tast.Local:
        return tast.Local("pid", Con("Pid", (UNIT,)), member.span)

    def parameters(self, member: FnEntity, types: Sequence[Type]) -> list[tast.Local]:
        return [tast.Local(f"arg{i}", ty, member.span) for i, ty in enumerate(types)]

    def texts(self, member: FnEntity) -> list[tast.TExpr]:
        """The service's full name, and that of the function for whoever reads of a failure."""
        name = f"{self.group.service.short}.{member.short}"
        return [_text(member.span, self.identity), _text(member.span, name)]

    def function(self, name: str, span: Span, params: list[tast.Local], result: Type, body: tast.TExpr) -> tast.FnDecl:
        return tast.FnDecl(name, span, [], [], params, result, body, blames_caller=True)


def _handler_name(types: HandlerTypes) -> str:
    return f"{types.handler.member.name}$handler"


# ---- expressions -------------------------------------------------------------------------------


def _ref(local: tast.Local) -> tast.TExpr:
    return tast.LocalRef(local.span, local.type, local)


def _let(local: tast.Local, value: tast.TExpr) -> tast.TExpr:
    return tast.Let(local.span, local.type, tast.PVar(local.span, local.type, local), value)


def _text(span: Span, text: str) -> tast.TExpr:
    return tast.Lit(span, STRING, text)


def _number(span: Span, number: int) -> tast.TPat:
    return tast.PLit(span, INT, number)


def _builtin(
    span: Span, key: str, result: Type, args: Sequence[tast.TExpr] = (), type_args: Sequence[Type] = ()
) -> tast.TExpr:
    """A call of a function of the ABI table."""
    fn = tast.BuiltinFn(span, Fn(tuple(a.type for a in args), result), key, list(type_args))
    return tast.Call(span, result, fn, list(args))


def _answer(span: Span, ty: Type) -> tast.TExpr:
    """The payload of the reply that has come."""
    return _builtin(span, "__actor_message", ty, type_args=[ty])


def _result(span: Span, ty: Con, variant: int, value: tast.TExpr) -> tast.TExpr:
    return tast.Construct(span, ty, RESULT, RESULT.variants[variant], [value])


# ---- arguments as one value --------------------------------------------------------------------


def _packed_type(types: Sequence[Type]) -> Type:
    return UNIT if not types else types[0] if len(types) == 1 else tuple_of(*types)


def _pack(span: Span, params: Sequence[tast.Local]) -> tast.TExpr:
    if len(params) == 1:
        return _ref(params[0])
    ty = _packed_type([p.type for p in params])
    return tast.Construct(span, ty, None, None, [_ref(p) for p in params]) if params else tast.Lit(span, UNIT, None)


def _unpacked(span: Span, packed: tast.Local, types: Sequence[Type]) -> list[tast.TExpr]:
    if len(types) < 2:
        return [_ref(packed) for _ in types]
    return [tast.FieldGet(span, ty, _ref(packed), i) for i, ty in enumerate(types)]
