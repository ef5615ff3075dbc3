"""The last step of a group: types without variables, and final nodes for the pending ones.

In: typed trees whose types may be solved variables. Out: the same trees, changed in place, with types
resolved, operators decided between primitive and method, conversions chosen, references completed.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from snowc.source.span import Span
from snowc.types import tast
from snowc.types.builtins import SHOW
from snowc.types.context import Cx
from snowc.types.operators import OPERATOR_TRAITS, binary_prim, unary_prim
from snowc.types.pending import (
    Concat,
    Evidenced,
    EvidenceRef,
    GroupRef,
    MemberUse,
    OpCall,
    ShowPart,
    UnaryCall,
)
from snowc.types.ty import BOOL, STRING, Con, Fn, Pred, Type, Var
from snowc.types.unify import zonk


class Finisher:
    """Finishes the trees of one module."""

    def __init__(self, cx: Cx) -> None:
        self.cx = cx

    def decl(self, decl: tast.FnDecl) -> None:
        """Finish a function, in place."""
        decl.preds = [Pred(p.trait, zonk(p.type), tuple([zonk(a) for a in p.args])) for p in decl.preds]
        for local in decl.params:
            local.type = zonk(local.type)
        decl.result = zonk(decl.result)
        if decl.message is not None:
            decl.message = zonk(decl.message)
        decl.body = self.expr(decl.body)

    def expr(self, expr: tast.TExpr) -> tast.TExpr:
        """The finished form of `expr`."""
        expr.type = zonk(expr.type)
        return _FINISH[expr.__class__](self, expr)

    def all(self, exprs: list[tast.TExpr]) -> list[tast.TExpr]:
        return [self.expr(e) for e in exprs]

    def types(self, types: list[Type]) -> list[Type]:
        return [zonk(t) for t in types]

    # ---- patterns ------------------------------------------------------------------------------

    def pattern(self, pat: tast.TPat) -> None:
        stack = [pat]
        while stack:
            part = stack.pop()
            part.type = zonk(part.type)
            match part:
                case tast.PVar(local=local):
                    local.type = zonk(local.type)
                case tast.PAs(local=local, pattern=inner):
                    local.type = zonk(local.type)
                    stack.append(inner)
                case tast.PTuple(items=items) | tast.PList(items=items) | tast.PCtor(args=items):
                    stack += items
                case tast.POr(alternatives=items):
                    stack += items
                case tast.PCons(head=head, tail=tail):
                    stack += (head, tail)
                case _:
                    pass

    # ---- leaves and simple nodes ---------------------------------------------------------------

    def leaf(self, expr: tast.TExpr) -> tast.TExpr:
        return expr

    def reference(self, expr: tast.GlobalFn | tast.LocalFn | tast.BuiltinFn) -> tast.TExpr:
        expr.type_args = self.types(expr.type_args)
        return expr

    def trait_fn(self, expr: tast.TraitFn) -> tast.TExpr:
        expr.trait_args = self.types(expr.trait_args)
        expr.type_args = self.types(expr.type_args)
        expr.self_type = zonk(expr.self_type)
        return expr

    def call(self, expr: tast.Call) -> tast.TExpr:
        args = self.all(expr.args)
        fn = expr.fn
        if isinstance(fn, Evidenced | GroupRef):
            fn.type = zonk(fn.type)
            target, evidence = self.with_evidence(fn)
            return tast.Call(expr.span, expr.type, target, args + evidence)
        expr.fn, expr.args = self.expr(fn), args
        return expr

    def construct(self, expr: tast.Construct) -> tast.TExpr:
        expr.fields = self.all(expr.fields)
        return expr

    def list_lit(self, expr: tast.ListLit) -> tast.TExpr:
        expr.items = self.all(expr.items)
        return expr

    def map_lit(self, expr: tast.MapLit) -> tast.TExpr:
        expr.entries = [(self.expr(k), self.expr(v)) for k, v in expr.entries]
        return expr

    def interp(self, expr: tast.Interp) -> tast.TExpr:
        expr.parts = [p if isinstance(p, str) else self.expr(p) for p in expr.parts]
        return expr

    def field_get(self, expr: tast.FieldGet) -> tast.TExpr:
        expr.base = self.expr(expr.base)
        return expr

    def prim(self, expr: tast.Prim) -> tast.TExpr:
        expr.args = self.all(expr.args)
        return expr

    def both(self, expr: tast.And | tast.Or) -> tast.TExpr:
        expr.left, expr.right = self.expr(expr.left), self.expr(expr.right)
        return expr

    def range_lit(self, expr: tast.RangeLit) -> tast.TExpr:
        expr.low, expr.high = self.expr(expr.low), self.expr(expr.high)
        return expr

    # ---- statements and control ----------------------------------------------------------------

    def let(self, expr: tast.Let) -> tast.TExpr:
        self.pattern(expr.pattern)
        expr.value = self.expr(expr.value)
        return expr

    def let_fn(self, expr: tast.LetFn) -> tast.TExpr:
        for decl in expr.decls:
            self.decl(decl)
        return expr

    def block(self, expr: tast.Block) -> tast.TExpr:
        expr.stmts = self.all(expr.stmts)
        return expr

    def if_(self, expr: tast.If) -> tast.TExpr:
        node = expr
        while True:
            node.cond, node.then = self.expr(node.cond), self.expr(node.then)
            if not isinstance(node.otherwise, tast.If):
                break
            node = node.otherwise
            node.type = zonk(node.type)
        if node.otherwise is not None:
            node.otherwise = self.expr(node.otherwise)
        return expr

    def match(self, expr: tast.Match) -> tast.TExpr:
        expr.scrutinees = self.all(expr.scrutinees)
        for arm in expr.arms:
            for pattern in arm.patterns:
                self.pattern(pattern)
            if arm.guard is not None:
                arm.guard = self.expr(arm.guard)
            arm.body = self.expr(arm.body)
        return expr

    def lambda_(self, expr: tast.Lambda) -> tast.TExpr:
        for local in expr.params:
            local.type = zonk(local.type)
        expr.body = self.expr(expr.body)
        return expr

    def while_(self, expr: tast.While) -> tast.TExpr:
        expr.cond, expr.body = self.expr(expr.cond), self.expr(expr.body)
        return expr

    def for_(self, expr: tast.For) -> tast.TExpr:
        for local in expr.binders:
            local.type = zonk(local.type)
        expr.iterable = self.expr(expr.iterable)
        if expr.guard is not None:
            expr.guard = self.expr(expr.guard)
        expr.body = self.expr(expr.body)
        return expr

    def return_(self, expr: tast.Return) -> tast.TExpr:
        if expr.value is not None:
            expr.value = self.expr(expr.value)
        return expr

    def try_(self, expr: tast.Try) -> tast.TExpr:
        expr.operand = self.expr(expr.operand)
        expr.fn_result = zonk(expr.fn_result)
        return expr

    # ---- processes -----------------------------------------------------------------------------

    def spawn(self, expr: tast.Spawn) -> tast.TExpr:
        args = self.all(expr.args)
        fn = expr.fn
        if isinstance(fn, Evidenced | GroupRef):
            fn.type = zonk(fn.type)
            expr.fn, evidence = self.with_evidence(fn)
            args += evidence
        else:
            expr.fn = self.expr(fn)
        expr.args = args
        return expr

    def send(self, expr: tast.Send) -> tast.TExpr:
        expr.pid, expr.message = self.expr(expr.pid), self.expr(expr.message)
        return expr

    def receive(self, expr: tast.Receive) -> tast.TExpr:
        expr.message.type = zonk(expr.message.type)
        expr.match.type = zonk(expr.match.type)
        self.match(expr.match)
        if expr.timeout is not None and expr.after is not None:
            expr.timeout, expr.after = self.expr(expr.timeout), self.expr(expr.after)
        return expr

    def later(self, expr: tast.Later) -> tast.TExpr:
        expr.parts = self.all(expr.parts)
        return expr

    # ---- pending nodes -------------------------------------------------------------------------

    def op_call(self, expr: OpCall) -> tast.TExpr:
        left, right = self.expr(expr.left), self.expr(expr.right)
        operand = right.type if _is_never(left.type) else left.type
        prim = binary_prim(expr.op, operand.name) if isinstance(operand, Con) else None
        if prim is not None:
            return tast.Prim(expr.span, expr.type, prim, [left, right])
        if expr.op in OPERATOR_TRAITS:
            trait = OPERATOR_TRAITS[expr.op]
            return _method(expr.span, trait, trait.lower(), operand, expr.type, [left, right])
        return compare(expr.span, expr.op, operand, left, right)

    def unary_call(self, expr: UnaryCall) -> tast.TExpr:
        operand = self.expr(expr.operand)
        prim = unary_prim(expr.op, operand.type.name) if isinstance(operand.type, Con) else None
        if prim is not None:
            return tast.Prim(expr.span, expr.type, prim, [operand])
        trait, method = ("Neg", "neg") if expr.op == "-" else ("Not", "not")
        return _method(expr.span, trait, method, operand.type, expr.type, [operand])

    def concat(self, expr: Concat) -> tast.TExpr:
        left, right = self.expr(expr.left), self.expr(expr.right)
        if isinstance(expr.type, Con) and expr.type.name == "List":
            ty = expr.type
            fn = tast.BuiltinFn(expr.span, Fn((ty, ty), ty), "__list_concat", list(ty.args))
            return tast.Call(expr.span, ty, fn, [left, right])
        return tast.Interp(expr.span, STRING, [*_text_parts(left), *_text_parts(right)])

    def show_part(self, expr: ShowPart) -> tast.TExpr:
        operand = self.expr(expr.operand)
        if operand.type == STRING or _is_never(operand.type):
            return operand
        return _method(expr.span, SHOW, "show", operand.type, STRING, [operand])

    def member_use(self, expr: MemberUse) -> tast.TExpr:
        if expr.resolved is None:
            return tast.ErrorNode(expr.span, expr.type)
        made = self.expr(expr.resolved)
        if expr.place is not None:
            made.span = expr.place
            if isinstance(made, tast.Call):
                made.fn.span = expr.place
        return made

    def evidence_ref(self, expr: EvidenceRef) -> tast.TExpr:
        local = self.cx.evidence_locals[expr.owner][expr.index]
        return tast.LocalRef(expr.span, zonk(local.type), local)

    def named(self, expr: Evidenced | GroupRef) -> tast.TExpr:
        """A function as a value: with evidence it needs a closure that adds it."""
        fn, evidence = self.with_evidence(expr)
        if not evidence:
            return fn
        assert isinstance(expr.type, Fn)
        span = expr.span
        params = [tast.Local(f"arg{i}", t, span) for i, t in enumerate(expr.type.params)]
        args: list[tast.TExpr] = [tast.LocalRef(span, p.type, p) for p in params]
        return tast.Lambda(span, expr.type, params, tast.Call(span, expr.type.result, fn, args + evidence))

    def with_evidence(self, expr: Evidenced | GroupRef) -> tuple[tast.TExpr, list[tast.TExpr]]:
        """The plain function and the arguments that it takes beyond those written."""
        if isinstance(expr, Evidenced):
            fn, evidence = self.expr(expr.fn), self.all(expr.evidence)
        else:
            fn = self.group_ref(expr)
            evidence = []
            if expr.owner is not None and expr.entity.evidence:
                # The member of the group that the use is in, however deep inside it.
                user = next(fn for fn in expr.owner.around() if fn.outer is expr.entity.outer)
                locals_ = self.cx.evidence_locals[user]
                evidence = [tast.LocalRef(expr.span, zonk(p.type), p) for p in locals_]
        if evidence:
            assert isinstance(expr.type, Fn)
            fn.type = Fn((*expr.type.params, *[e.type for e in evidence]), expr.type.result)
        return fn, evidence

    def group_ref(self, expr: GroupRef) -> tast.TExpr:
        entity, span = expr.entity, expr.span
        args: list[Type] = list(entity.type_vars)
        if expr.args is not None:
            args[: len(expr.args)] = self.types(expr.args)
        if entity.thunk:
            fn: tast.TExpr = tast.GlobalFn(span, Fn((), expr.type), entity.name, args)
            return tast.Call(span, expr.type, fn, [])
        if entity.const:
            return tast.GlobalConst(span, expr.type, entity.name)
        if entity.is_local:
            assert entity.decl is not None
            return tast.LocalFn(span, expr.type, entity.decl, args)
        return tast.GlobalFn(span, expr.type, entity.name, args)


# ---- operators as methods ----------------------------------------------------------------------


def _is_never(ty: Type) -> bool:
    return isinstance(ty, Con) and ty.name == "Never"


def _method(span: Span, trait: str, method: str, ty: Type, result: Type, args: list[tast.TExpr]) -> tast.TExpr:
    fn = tast.TraitFn(span, Fn((ty,) * len(args), result), trait, [], method, ty, [])
    return tast.Call(span, result, fn, args)


def compare(span: Span, op: str, ty: Type, left: tast.TExpr, right: tast.TExpr) -> tast.TExpr:
    """A comparison through `eq` or `lt` (language.md 5.10).

    Where the type is a parameter, the library's `__AtMost` knows that Float goes its own way.
    """
    if isinstance(ty, Var) and op == "<=":
        return _at_most(span, ty, left, right)
    if isinstance(ty, Var) and op == ">=":
        return _swapped(span, ty, left, right, _at_most)
    if op in ("==", "!="):
        made = _method(span, "Eq", "eq", ty, BOOL, [left, right])
    elif op in ("<", ">="):
        made = _less(span, ty, left, right)
    else:
        made = _swapped(span, ty, left, right, _less)
    return tast.Prim(span, BOOL, "bnot", [made]) if op in ("!=", "<=", ">=") else made


def _at_most(span: Span, ty: Type, left: tast.TExpr, right: tast.TExpr) -> tast.TExpr:
    return _method(span, "__AtMost", "__at_most", ty, BOOL, [left, right])


def _less(span: Span, ty: Type, left: tast.TExpr, right: tast.TExpr) -> tast.TExpr:
    if ty == BOOL:
        return tast.Prim(span, BOOL, "blt", [left, right])
    return _method(span, "Ord", "lt", ty, BOOL, [left, right])


_Test = Callable[[Span, Type, tast.TExpr, tast.TExpr], tast.TExpr]


def _swapped(span: Span, ty: Type, left: tast.TExpr, right: tast.TExpr, test: _Test) -> tast.TExpr:
    """`test` of `right` and `left`, still evaluating `left` first."""
    simple = (tast.Lit, tast.LocalRef, tast.GlobalConst)
    if isinstance(left, simple) or isinstance(right, simple):
        return test(span, ty, right, left)
    held = tast.Local("left", left.type, left.span)
    bind = tast.Let(left.span, left.type, tast.PVar(left.span, left.type, held), left)
    made = test(span, ty, right, tast.LocalRef(left.span, left.type, held))
    return tast.Block(span, BOOL, [bind, made])


def _text_parts(expr: tast.TExpr) -> list[str | tast.TExpr]:
    """The parts that a string expression adds to a longer text."""
    if isinstance(expr, tast.Interp):
        return expr.parts
    if isinstance(expr, tast.Lit) and isinstance(expr.value, str):
        return [expr.value]
    return [expr]


# Each handler takes exactly the node class it is listed under, which a dictionary type cannot say.
_FINISH: dict[type[tast.TExpr], Callable[[Finisher, Any], tast.TExpr]] = {
    tast.Lit: Finisher.leaf,
    tast.LocalRef: Finisher.leaf,
    tast.GlobalConst: Finisher.leaf,
    tast.CtorFn: Finisher.leaf,
    tast.Break: Finisher.leaf,
    tast.Continue: Finisher.leaf,
    tast.ErrorNode: Finisher.leaf,
    tast.GlobalFn: Finisher.reference,
    tast.LocalFn: Finisher.reference,
    tast.BuiltinFn: Finisher.reference,
    tast.TraitFn: Finisher.trait_fn,
    tast.Call: Finisher.call,
    tast.Construct: Finisher.construct,
    tast.ListLit: Finisher.list_lit,
    tast.MapLit: Finisher.map_lit,
    tast.Interp: Finisher.interp,
    tast.FieldGet: Finisher.field_get,
    tast.Prim: Finisher.prim,
    tast.And: Finisher.both,
    tast.Or: Finisher.both,
    tast.RangeLit: Finisher.range_lit,
    tast.Let: Finisher.let,
    tast.LetFn: Finisher.let_fn,
    tast.Block: Finisher.block,
    tast.If: Finisher.if_,
    tast.Match: Finisher.match,
    tast.Lambda: Finisher.lambda_,
    tast.While: Finisher.while_,
    tast.For: Finisher.for_,
    tast.Return: Finisher.return_,
    tast.Try: Finisher.try_,
    tast.Spawn: Finisher.spawn,
    tast.Send: Finisher.send,
    tast.SelfPid: Finisher.leaf,
    tast.Receive: Finisher.receive,
    tast.Later: Finisher.later,
    OpCall: Finisher.op_call,
    UnaryCall: Finisher.unary_call,
    Concat: Finisher.concat,
    ShowPart: Finisher.show_part,
    MemberUse: Finisher.member_use,
    EvidenceRef: Finisher.evidence_ref,
    Evidenced: Finisher.named,
    GroupRef: Finisher.named,
}
