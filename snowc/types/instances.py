"""Implementations: registering their heads, and inferring their methods (language.md 4.6).

A method gets its types from the interface; a default body is inferred anew for each implementation,
with `Self` being its type. What the bodies need of the implementation's type parameters becomes the
instance's context, beyond its `where`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from snowc.diag.core import Diagnostic, Sink
from snowc.source.span import Span
from snowc.syntax import ast
from snowc.types import tast
from snowc.types.builtins import SHOW
from snowc.types.clauses import ClauseView, infer_clauses
from snowc.types.context import Cx, FnCtx
from snowc.types.derives import drop_implicit
from snowc.types.env import FnEntity, Instance, Interface, Method, ModuleEnv, Scope
from snowc.types.errors import MissingInstance, WrongCount
from snowc.types.errors_decl import MissingMethod, WrongSignature
from snowc.types.functions import Member, declare_function, distinct, generalise_group, group_clauses, infer_function
from snowc.types.generalise import quantify
from snowc.types.groups import components
from snowc.types.interfaces import RESULT
from snowc.types.overlaps import duplicate, have_common_type
from snowc.types.printing import Namer, show
from snowc.types.refs import free_names
from snowc.types.resolve_types import TypeResolver, find_type, mentions_any_tuple, resolve_trait
from snowc.types.traits import want_trait
from snowc.types.ty import ERROR, Con, Fn, Gen, Pred, Type, Var
from snowc.types.unify import abstract, substitute

# ---- heads -------------------------------------------------------------------------------------


def declare_instance(cx: Cx, definition: ast.ImplDef, module: ModuleEnv) -> Instance | None:
    """Register `impl …`; None if its interface or type cannot be made out."""
    cx.module = module
    trait = resolve_trait(cx, module, definition.trait)
    names = _parameters(cx, module, definition)
    tvars: dict[str, Type] = {n: Gen(i) for i, n in enumerate(names)}

    def fresh() -> Type:
        # `impl Show for List`: the argument left out is a parameter of the instance.
        names.append(f"P{len(names)}")
        return Gen(len(names) - 1)

    resolver = TypeResolver(cx, module, tvars, fresh)
    target = resolver.resolve(ast.NamedType(definition.target.span, definition.target, definition.target_args))
    if trait is None or target is ERROR:
        return None
    tvars["Self"] = target
    args = tuple(resolver.resolve(a) for a in definition.trait_args)
    if any(map(mentions_any_tuple, (target, *args))):
        cx.unsupported(definition.target.span, "an implementation for tuples of every length")
        return None
    if len(args) != len(trait.params):
        wanted = len(trait.params)
        subject = f"`{trait.short}`"
        cx.report(WrongCount(definition.trait.span, subject, str(wanted), len(args), "type argument", wanted))
        args = (ERROR,) * wanted
    head = target.name if isinstance(target, Con) else "*"
    span = definition.trait.span.to(definition.target.span)
    instance = Instance(trait, (), args, target, head, span, module, definition)
    instance.slots = [_declared_slot(cx, instance, place, resolver) for place in trait.slot_places]
    instance.preds = _where(cx, definition, module, resolver)
    instance.params = tuple(names)
    return instance if _register(cx, instance) else None


def _parameters(cx: Cx, module: ModuleEnv, definition: ast.ImplDef) -> list[str]:
    """The type parameters: names bounded in `where`, and single capitals that are no visible type."""
    names: dict[str, None] = {b.param.text: None for b in definition.where}
    stack: list[ast.TypeExpr] = [
        ast.NamedType(definition.target.span, definition.target, definition.target_args),
        *definition.trait_args,
    ]
    while stack:
        ty = stack.pop()
        match ty:
            case ast.NamedType(path=path, args=args):
                text = path.text
                if len(text) == 1 and text.isupper() and find_type(cx, module, text) is None:
                    names.setdefault(text)
                stack += reversed(args or ())
            case ast.TupleType(items=items):
                stack += reversed(items)
            case ast.FunType(params=params, result=result):
                stack += [result, *reversed(params)]
            case ast.OptionType(inner=inner):
                stack.append(inner)
            case ast.ResultType(ok=ok, err=err):
                stack += [err, ok]
            case _:
                pass
    return list(names)


def _declared_slot(cx: Cx, instance: Instance, place: tuple[str, int], resolver: TypeResolver) -> Type | None:
    """A slot's type as the implementation writes it; Self for an operator that does not say."""
    name, position = place
    assert instance.definition is not None
    for stmt in instance.definition.body.stmts:
        if isinstance(stmt, ast.FnDef) and stmt.name.text == name:
            if stmt.generics:
                break
            annotation = stmt.result if position == RESULT else _annotation(stmt, position)
            if annotation is not None:
                return resolver.resolve(annotation)
            break
    if instance.trait.arithmetic:
        return instance.target
    return None if resolver.tvars.keys() - {"Self"} else cx.u.fresh(0)


def _annotation(stmt: ast.FnDef, position: int) -> ast.TypeExpr | None:
    params = stmt.params or ()
    return params[position].annotation if position < len(params) else None


def _where(cx: Cx, definition: ast.ImplDef, module: ModuleEnv, resolver: TypeResolver) -> list[Pred]:
    preds: list[Pred] = []
    for bound in definition.where:
        trait = resolve_trait(cx, module, bound.trait)
        if trait is not None:
            subject = resolver.tvars[bound.param.text]
            preds.append(Pred(trait.name, subject, tuple(subject for _ in range(trait.base - 1))))
    return preds


def _register(cx: Cx, instance: Instance) -> bool:
    """Enter the instance unless another one of the same head covers the same types (E0026)."""
    trait = instance.trait
    known = cx.env.instances.setdefault((trait.name, instance.head), [])
    for other in known:
        if have_common_type(cx, other, instance) is not None:
            cx.report(duplicate(instance, other, instance.target))
            return False
    if not drop_implicit(cx, trait.name, instance.head, instance.span):
        return False
    known.append(instance)
    instance.module.file_module.instances.append(instance)
    return True


# ---- methods -----------------------------------------------------------------------------------


def infer_instance(cx: Cx, instance: Instance, out: tast.TModule) -> None:
    """Infer all methods; on exit the instance's context is complete."""
    definition = instance.definition
    assert definition is not None
    cx.module, cx.instance, cx.owner = instance.module, instance, None
    cx.letter, cx.taken = 0, set(instance.params)
    mark = len(cx.wants)
    cx.level += 1
    work = _Work(cx, instance, out)
    work.run(group_clauses(cx, definition.body.stmts, _method_entity))
    cx.level -= 1
    cx.helpers = {}
    quantified = quantify(cx, [work.target], list(work.rigid), mark, top=True)
    _complete(cx, instance, work, quantified.preds)
    out.impls.append(work.decl)


def _method_entity(cx: Cx, name: str, span: Span, clauses: tuple[ast.FnDef, ...]) -> FnEntity:
    assert cx.instance is not None
    return FnEntity(method_name(cx.instance, name), name, span, False, cx.module, clauses)


def method_name(instance: Instance, method: str) -> str:
    """`Display__to_string__Main.Point`"""
    namer = Namer(instance.params)
    trait = instance.trait.name
    if instance.args:
        trait += f"<{namer.all(instance.args)}>"
    target = instance.target
    plain = isinstance(target, Con) and all(isinstance(a, Gen) for a in target.args)
    return f"{trait}__{method}__{instance.head if plain else namer.show(target)}"


class _Work:
    """The inference of one implementation: its parameters as rigid variables, its interface at its type."""

    def __init__(self, cx: Cx, instance: Instance, out: tast.TModule) -> None:
        self.cx = cx
        self.instance = instance
        self.out = out
        self.rigid = tuple(cx.u.fresh(cx.level, p) for p in instance.params)
        self.target = substitute(instance.target, self.rigid)
        self.args = [substitute(a, self.rigid) for a in instance.args]
        self.slots = [cx.fresh() if s is None else substitute(s, self.rigid) for s in instance.slots]
        self.tvars: dict[str, Type] = {**dict(zip(instance.params, self.rigid, strict=True)), "Self": self.target}
        trait = instance.trait
        target_args = list(self.target.args) if isinstance(self.target, Con) else [self.target]
        self.decl = tast.ImplDecl(
            trait.name,
            list(self.args),
            instance.head,
            target_args,
            list(instance.params),
            [],
            {},
        )
        instance.decl = self.decl
        for pred in instance.preds:
            args = tuple(substitute(a, self.rigid) for a in pred.args)
            want_trait(cx, instance.span, pred.trait, substitute(pred.type, self.rigid), "the `where` clause", args)

    def run(self, entities: list[tuple[FnEntity, int]]) -> None:
        trait = self.instance.trait
        own = {e.short: e for e, _ in entities if e.short in trait.methods}
        scope = self._helpers([e for e, _ in entities if e.short not in trait.methods])
        for name, method in trait.methods.items():
            if name in own:
                self.method(method, own[name].clauses, own[name].span, scope, self.instance.module)
            elif method.default is not None:
                self._default(method, method.default)
            else:
                self._missing(trait, method)

    def _missing(self, trait: Interface, method: Method) -> None:
        span = self.instance.span
        self.cx.report(MissingMethod(span, trait.name, show(self.target), method.name, method.header))

    # ---- private helpers -----------------------------------------------------------------------

    def _helpers(self, helpers: list[FnEntity]) -> Scope:
        """Further functions of the implementation, visible to its methods only."""
        scope = Scope()
        names = {h.short: h for h in helpers}
        edges = {n: [r for r in free_names(h.clauses) if r in names] for n, h in names.items()}
        scope.names.update(names)
        self.cx.helpers = names
        for component in components(list(names), edges):
            mark = len(self.cx.wants)
            self.cx.level += 1
            members = [self._declare_helper(names[n]) for n in component]
            for member in members:
                infer_function(self.cx, member, scope)
            self.cx.level -= 1
            generalise_group(self.cx, members, mark, top=False)
            self.out.functions += [m.entity.decl for m in members if m.entity.decl is not None]
        return scope

    def _declare_helper(self, entity: FnEntity) -> Member:
        """A helper has copies of the implementation's parameters as its own."""
        cx, instance = self.cx, self.instance
        own = [cx.u.fresh(cx.level, p) for p in instance.params]
        tvars: dict[str, Type] = dict(zip(instance.params, own, strict=True))
        tvars["Self"] = substitute(instance.target, own)
        for pred in instance.preds:
            args = tuple(substitute(a, own) for a in pred.args)
            want_trait(cx, entity.span, pred.trait, substitute(pred.type, own), "the `where` clause", args)
        member = declare_function(cx, entity, tvars)
        assert member.signature is not None
        member.signature.declared[:0] = own
        entity.declared = None
        params = entity.clauses[0].params or ()
        if params and params[0].is_self:
            cx.u.unify(member.signature.params[0], tvars["Self"])
        return member

    # ---- methods -------------------------------------------------------------------------------

    def method(
        self, method: Method, clauses: tuple[ast.FnDef, ...], span: Span, scope: Scope, module: ModuleEnv
    ) -> None:
        """Infer one method from its clauses."""
        cx, instance = self.cx, self.instance
        cx.module = module
        mark = len(cx.wants)
        cx.level += 1
        names = tuple(g.text for g in clauses[0].generics) or method.generics
        generics = [cx.u.fresh(cx.level, distinct(n, instance.params)) for n in names]
        cx.taken.update(v.rigid or "" for v in generics)
        expected = self._expected(method, generics)
        typed = expected is not None and self._check_header(method, clauses, expected, names, generics)
        if expected is None or not typed:
            self._mismatched(method, clauses, expected)
            cx.level -= 1
            return
        name = method_name(instance, method.name)
        outer = cx.fn
        result_span = clauses[0].result.span if clauses[0].result is not None else None
        tvars = {**self.tvars, **dict(zip(names, generics, strict=True))}
        cx.fn = FnCtx(name, method.name, expected.result, result_span, tvars)
        views = [ClauseView(c.span, c.params or (), c.guard, c.body) for c in clauses]
        params, body = infer_clauses(cx, views, expected.params, expected.result, scope, "fn")
        cx.fn = outer
        cx.level -= 1
        quantified = quantify(cx, [expected], generics, mark, top=False)
        for pred in quantified.preds:
            self._unpromised(span, pred)
        type_params = [*instance.params, *[v.rigid or "?" for v in quantified.vars]]
        self.out.functions.append(tast.FnDecl(name, span, type_params, [], params, expected.result, body))
        self.decl.methods[method.name] = name

    def _expected(self, method: Method, generics: Sequence[Var]) -> Fn | None:
        if len(generics) != len(method.generics):
            return None
        made = substitute(method.type, [self.target, *self.args, *self.slots, *generics])
        assert isinstance(made, Fn)
        return made

    def _check_header(
        self,
        method: Method,
        clauses: Sequence[ast.FnDef],
        expected: Fn,
        names: tuple[str, ...],
        generics: Sequence[Var],
    ) -> bool:
        """Whether what the implementation writes agrees with the interface."""
        cx = self.cx
        tvars = {**self.tvars, **dict(zip(names, generics, strict=True))}
        resolver = TypeResolver(cx, cx.module, tvars)
        for clause in clauses:
            params = clause.params or ()
            if len(params) != len(expected.params):
                return False
            for param, ty in zip(params, expected.params, strict=True):
                if param.annotation is not None and not cx.u.unify(ty, resolver.resolve(param.annotation)):
                    return False
        result = clauses[0].result
        return result is None or cx.u.unify(expected.result, resolver.resolve(result))

    def _mismatched(self, method: Method, clauses: Sequence[ast.FnDef], expected: Fn | None) -> None:
        """E0008: the type the interface asks for, and the one written."""
        cx = self.cx
        first = clauses[0]
        tvars = {**self.tvars, **{g.text: cx.u.fresh(cx.level, g.text) for g in first.generics}}
        resolver = TypeResolver(cx, cx.module, tvars)
        written: list[Type] = []
        for index, param in enumerate(first.params or ()):
            if param.annotation is not None:
                written.append(resolver.resolve(param.annotation))
            elif index == 0 and method.has_self:
                written.append(self.target)
            else:
                written.append(expected.params[index] if expected and index < len(expected.params) else cx.fresh())
        result = cx.fresh() if expected is None else expected.result
        if first.result is not None:
            result = resolver.resolve(first.result)
        namer = Namer()
        if expected is None:
            outer = [self.target, *self.args, *self.slots, *[cx.u.fresh(cx.level, g) for g in method.generics]]
            made = substitute(method.type, outer)
            assert isinstance(made, Fn)
            expected = made
        want, found = namer.show(expected), namer.show(Fn(tuple(written), result))
        span = first.name.span
        cx.report(WrongSignature(span, self.instance.trait.name, method.name, want, found, method.span))

    def _unpromised(self, span: Span, pred: Pred) -> None:
        """A method cannot ask more of its own type parameters than the interface says."""
        trait = "Display" if pred.trait == SHOW else pred.trait
        self.cx.report(MissingInstance(span, show(pred.type), trait, "this method", implementable=False))

    def _default(self, method: Method, default: ast.MethodDef) -> None:
        """Infer a default body for this type; it has been checked for itself, so that what is wrong
        now is that the type lacks something the body needs."""
        cx, instance = self.cx, self.instance
        outer, cx.sink = cx.sink, Sink()
        own, self.tvars = self.tvars, self._interface_names()
        self.method(method, (default_clause(default),), instance.span, Scope(), instance.trait.module)
        self.tvars = own
        found, cx.sink = cx.sink.items, outer
        cx.module = instance.module
        for diag in found[: 0 if instance.trait.broken else 1]:
            cx.report(_blame(diag, instance, method.name))

    def _interface_names(self) -> dict[str, Type]:
        """The type names that the text of the interface may use, as this implementation has them."""
        return {**dict(zip(self.instance.trait.params, self.args, strict=True)), "Self": self.target}


def _blame(diag: Diagnostic, instance: Instance, method: str) -> Diagnostic:
    if isinstance(diag, MissingInstance):
        return replace(diag, span=instance.span, why=f"the default `{method}` of {instance.trait.name}")
    return replace(diag, span=instance.span)


def default_clause(method: ast.MethodDef) -> ast.FnDef:
    """The default body of a method as a function clause."""
    assert method.body is not None
    return ast.FnDef(
        method.span,
        method.doc,
        False,
        method.name,
        method.generics,
        method.params,
        None,
        (),
        None,
        method.body,
        True,
    )


def check_defaults(cx: Cx, interface: Interface) -> None:
    """Check the default bodies for themselves, with Self unknown; the results are not kept."""
    defaults = [m for m in interface.methods.values() if m.default is not None]
    if not defaults:
        return
    cx.module, cx.instance, cx.owner = interface.module, None, None
    cx.letter, cx.taken = 0, {"Self", *interface.params}
    mark = len(cx.wants)
    cx.level += 1
    own = cx.u.fresh(cx.level, "Self")
    params = [cx.u.fresh(cx.level, p) for p in interface.params]
    slots = [cx.fresh() for _ in range(interface.slots)]
    want_trait(cx, interface.span, interface.name, own, "the interface", (*params, *slots))
    instance = Instance(interface, ("Self", *interface.params), (), Gen(0), "*", interface.span, interface.module, None)
    work = _Work(cx, instance, tast.TModule("", False))
    work.target, work.args, work.slots = own, list(params), list(slots)
    work.tvars = {"Self": own, **dict(zip(interface.params, params, strict=True))}
    errors = len(cx.sink.items)
    for method in defaults:
        assert method.default is not None
        work.method(method, (default_clause(method.default),), method.span, Scope(), interface.module)
    cx.level -= 1
    quantify(cx, [own], [own, *params], mark, top=True)
    interface.broken = len(cx.sink.items) > errors


def _complete(cx: Cx, instance: Instance, work: _Work, preds: list[Pred]) -> None:
    """Record the context that the methods turned out to need, and recheck uses that came too early."""
    index = {v: i for i, v in enumerate(work.rigid)}
    known = {(p.trait, p.type) for p in instance.preds}
    extra: list[Pred] = []
    for pred in preds:
        made = Pred(pred.trait, abstract(pred.type, index), tuple(abstract(a, index) for a in pred.args))
        if (made.trait, made.type) not in known:
            extra.append(made)
    instance.preds += extra
    instance.slots = [abstract(s, index) for s in work.slots]
    instance.complete = True
    work.decl.preds = [
        Pred(p.trait, substitute(p.type, work.rigid), tuple(substitute(a, work.rigid) for a in p.args))
        for p in instance.preds
    ]
    uses = [(types, want) for used, types, want in cx.early_uses if used is instance]
    cx.early_uses = [use for use in cx.early_uses if use[0] is not instance]
    for types, want in uses:
        for pred in extra:
            args = tuple(substitute(a, types) for a in pred.args)
            want_trait(cx, want.span, pred.trait, substitute(pred.type, types), want.why, args)
