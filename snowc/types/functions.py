"""Named functions: grouping clauses, signatures, inferring a dependency group (language.md 4.1, 3.5)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

from snowc.source.record import mutable
from snowc.source.span import Span
from snowc.syntax import ast
from snowc.types import tast
from snowc.types.actors import infer_process, message_type, process_type
from snowc.types.clauses import ClauseView, infer_clauses, is_plain
from snowc.types.context import Cx, FnCtx
from snowc.types.env import FnEntity, Scope
from snowc.types.errors import Role
from snowc.types.errors_decl import CatchAllNotLast, ClauseArity, ClausesApart, LateClausePart
from snowc.types.generalise import Quantified, quantify
from snowc.types.resolve_types import TypeResolver, resolve_trait
from snowc.types.traits import TraitWant, want_trait
from snowc.types.ty import UNIT, Fn, Pred, Scheme, Type, Var, prune
from snowc.types.unify import abstract, free_vars

MakeEntity = Callable[[Cx, str, Span, tuple[ast.FnDef, ...]], FnEntity]

# ---- clauses of one function -------------------------------------------------------------------


def group_clauses(cx: Cx, stmts: Sequence[ast.Stmt], make: MakeEntity) -> list[tuple[FnEntity, int]]:
    """The functions declared among `stmts`, each with the index of its first clause."""
    made: dict[str, tuple[FnEntity, int]] = {}
    run: list[ast.FnDef] = []
    start = 0
    for index, stmt in enumerate([*stmts, None]):
        if run and not (isinstance(stmt, ast.FnDef) and _continues(run[-1], stmt)):
            _close_run(cx, run, start, made, make)
            run = []
        if isinstance(stmt, ast.FnDef):
            if not run:
                start = index
            run.append(stmt)
    return list(made.values())


def arity(clause: ast.FnDef) -> int:
    return len(clause.params or ())


def _continues(last: ast.FnDef, clause: ast.FnDef) -> bool:
    return last.name.text == clause.name.text and arity(last) == arity(clause)


def _close_run(
    cx: Cx, run: list[ast.FnDef], start: int, made: dict[str, tuple[FnEntity, int]], make: MakeEntity
) -> None:
    """Enter one run of consecutive clauses, unless the name is taken already."""
    first = run[0]
    name = first.name.text
    if name in made:
        known = made[name][0]
        if arity(known.clauses[0]) != arity(first):
            cx.report(ClauseArity(first.name.span, name, arity(known.clauses[0]), arity(first), known.span))
        else:
            cx.report(ClausesApart(first.name.span, name, arity(first), known.span))
        return
    for clause in run[1:]:
        _check_late_parts(cx, clause)
    made[name] = (make(cx, name, first.name.span, tuple(run)), start)


def _check_order(cx: Cx, run: Sequence[ast.FnDef]) -> None:
    """A clause that takes everything must be the last one."""
    for clause, following in zip(run, run[1:], strict=False):
        if clause.guard is None and clause.params and all(is_plain(cx, p) for p in clause.params):
            cx.report(CatchAllNotLast(clause.name.span, clause.name.text, arity(clause), following.name.span))
            return


def _check_late_parts(cx: Cx, clause: ast.FnDef) -> None:
    name = clause.name.text
    if clause.public:
        cx.report(LateClausePart(clause.span, name, "`pub`"))
    if clause.generics:
        cx.report(LateClausePart(clause.generics[0].span, name, "a type parameter list"))
    if clause.result is not None:
        cx.report(LateClausePart(clause.result.span, name, "a result type"))
    if clause.where:
        cx.report(LateClausePart(clause.where[0].span, name, "`where`"))


def module_function(cx: Cx, name: str, span: Span, clauses: tuple[ast.FnDef, ...]) -> FnEntity:
    """A function of the module at hand."""
    return FnEntity(f"{cx.module.symbol}.{name}", name, span, clauses[0].public, cx.module, clauses)


def local_entity(cx: Cx, name: str, span: Span, clauses: tuple[ast.FnDef, ...]) -> FnEntity:
    """A function declared inside another one."""
    outer = cx.fn.name if cx.fn is not None else cx.module.symbol
    full = cx.unique(f"{outer}.{name}")
    return FnEntity(full, name, span, False, cx.module, clauses, is_local=True, outer=cx.owner)


# ---- signatures --------------------------------------------------------------------------------


def distinct(name: str, taken: Collection[str | None]) -> str:
    """A type parameter's name, told apart from those around it: later stages know them by name only."""
    while name in taken:
        name += "'"
    return name


class Signature:
    """The declared side of a function while its group is inferred: type parameters, types, places."""

    def __init__(self, cx: Cx, clauses: Sequence[ast.FnDef], outer: dict[str, Type]) -> None:
        first = clauses[0]
        self.declared: list[Var] = []
        self.tvars = dict(outer)
        around = {ty.rigid for ty in outer.values() if isinstance(ty, Var)}
        for generic in first.generics:
            if generic.text in outer:
                # Hidden, but still there for functions inside this one to be told apart from.
                self.tvars[generic.text + "'"] = outer[generic.text]
            var = cx.u.fresh(cx.level, distinct(generic.text, around))
            cx.taken.add(generic.text)
            self.declared.append(var)
            self.tvars[generic.text] = var
        self.resolver = TypeResolver(cx, cx.module, self.tvars)
        self.params: list[Type] = [cx.fresh() for _ in first.params or ()]
        self.result_span = first.result.span if first.result is not None else None
        self.result: Type = cx.fresh() if first.result is None else self.resolver.resolve(first.result)
        self.where_start = len(cx.wants)
        self._where(cx, first.where)

    def _where(self, cx: Cx, bounds: Sequence[ast.Bound]) -> None:
        for bound in bounds:
            trait = resolve_trait(cx, cx.module, bound.trait)
            subject = self.resolver.resolve(
                ast.NamedType(bound.param.span, ast.Path(bound.param.span, (bound.param,)), None)
            )
            if trait is not None:
                args = tuple(cx.fresh() for _ in range(trait.base - 1))
                want_trait(cx, bound.span, trait.name, subject, "the `where` clause", args)

    def annotate(self, cx: Cx, clauses: Sequence[ast.FnDef]) -> None:
        """Unify the parameter annotations of all clauses."""
        for clause in clauses:
            for index, param in enumerate(clause.params or ()):
                if param.annotation is not None:
                    self._annotate_one(cx, index, param, param.annotation)

    def _annotate_one(self, cx: Cx, index: int, param: ast.Param, annotation: ast.TypeExpr) -> None:
        ty = self.resolver.resolve(annotation)
        cx.expect(annotation.span, self.params[index], ty, lambda: Role("annotation of this parameter"))

    @property
    def type(self) -> Fn:
        return Fn(tuple(self.params), self.result)

    def complete(self, clauses: Sequence[ast.FnDef]) -> bool:
        """Whether the whole type is written down, with type parameters of its own."""
        first = clauses[0]
        if not self.declared or first.result is None:
            return False
        if any(p.annotation is None for p in first.params or ()):
            return False
        return all(v.rigid is not None for v in free_vars(self.type))

    def scheme(self, cx: Cx) -> Scheme:
        """The declared type, for uses inside the function's own group."""
        bounds = [w for w in cx.wants[self.where_start :] if isinstance(w, TraitWant)]
        preds = [Pred(w.trait, w.type, w.args) for w in bounds if prune(w.type) in self.declared]
        return Quantified(self.declared, preds, [], []).scheme(self.type)


# ---- groups ------------------------------------------------------------------------------------


@mutable
class Member:
    """An entity of the group at hand with its signature and, in time, its body."""

    entity: FnEntity
    signature: Signature | None
    params: list[tast.Local]
    body: tast.TExpr | None = None


def infer_local_group(cx: Cx, group: Sequence[FnEntity], scope: Scope) -> list[tast.FnDecl]:
    """Infer local functions that refer to one another, and generalise them."""
    mark = len(cx.wants)
    cx.level += 1
    members = [declare_function(cx, e, cx.fn.tvars if cx.fn is not None else {}) for e in group]
    for member in members:
        # References inside the group need the declaration itself.
        member.entity.decl = _empty_decl(member.entity)
    for member in members:
        infer_function(cx, member, scope)
    cx.level -= 1
    generalise_group(cx, members, mark, top=False)
    return [m.entity.decl for m in members if m.entity.decl is not None]


def _empty_decl(entity: FnEntity) -> tast.FnDecl:
    return tast.FnDecl(entity.name, entity.span, [], [], [], UNIT, tast.ErrorNode(entity.span, UNIT))


def declare_function(cx: Cx, entity: FnEntity, outer: dict[str, Type]) -> Member:
    """Give a function its type before any body of the group is read."""
    # Not while names are declared: only now it is known which capital letters begin variants.
    _check_order(cx, entity.clauses)
    signature = Signature(cx, entity.clauses, outer)
    if entity.process:
        signature.result = process_type(cx, entity)
    signature.annotate(cx, entity.clauses)
    entity.mono = signature.type
    if signature.complete(entity.clauses):
        entity.declared = signature.scheme(cx)
    return Member(entity, signature, [])


def infer_function(cx: Cx, member: Member, scope: Scope) -> None:
    """Infer the body of a declared function."""
    signature, entity = member.signature, member.entity
    assert signature is not None
    outer, outer_owner = cx.fn, cx.owner
    cx.fn = FnCtx(entity.name, entity.short, signature.result, signature.result_span, signature.tvars)
    cx.owner = entity
    if entity.process:
        cx.fn.result = UNIT
        member.params, member.body = infer_process(cx, entity, signature.type, scope)
        cx.fn, cx.owner = outer, outer_owner
        return
    if entity.is_local and outer is not None:
        cx.fn.actor = outer.actor
    views = [ClauseView(c.span, c.params or (), c.guard, c.body) for c in entity.clauses]
    member.params, member.body = infer_clauses(cx, views, signature.params, signature.result, scope, "fn")
    cx.fn, cx.owner = outer, outer_owner


def generalise_group(cx: Cx, members: Sequence[Member], mark: int, *, top: bool) -> None:
    """Quantify the types of a group, and complete its entities and declarations."""
    # What comes up in there belongs inside the group.
    cx.level += 1
    _spread_polymorphic_uses(cx, members, mark)
    cx.level -= 1
    declared = [v for m in members if m.signature is not None for v in m.signature.declared]
    types = [m.entity.mono for m in members if m.entity.mono is not None]
    constrained = all(_keeps_constraints(m.entity) for m in members)
    owners = [m.entity for m in members] if constrained else []
    whole = quantify(cx, types, declared, mark, top=top, constrained=constrained, owners=owners)
    private = {m.entity: set(m.signature.declared) for m in members if m.signature and m.entity.declared}
    for member in members:
        own = _share(whole, member, private)
        _complete(cx, member, own)


def _keeps_constraints(entity: FnEntity) -> bool:
    """Whether it is generalised over variables with constraints: a constant only if it is a closure or a name."""
    return not entity.const or (entity.let is not None and isinstance(entity.let.value, ast.Closure | ast.Var))


def _share(whole: Quantified, member: Member, private: dict[FnEntity, set[Var]]) -> Quantified:
    """The variables of one member: its own type parameters and what the group has in common."""
    foreign = {v for entity, vs in private.items() if entity is not member.entity for v in vs}
    mine = private.get(member.entity, set())
    ordered = [v for v in whole.vars if v in mine] + [v for v in whole.vars if v not in mine and v not in foreign]
    preds = [p for p in whole.preds if prune(p.type) not in foreign]
    return Quantified(ordered, preds, whole.members, whole.places)


def _complete(cx: Cx, member: Member, own: Quantified) -> None:
    entity = member.entity
    assert entity.mono is not None
    evidence = enter_scheme(cx, entity, own, entity.mono)
    entity.thunk = entity.const and bool(own.vars)
    if member.body is None or entity.const:
        return
    result = prune(entity.mono)
    assert isinstance(result, Fn)
    decl = entity.decl if entity.decl is not None else _empty_decl(entity)
    decl.type_params = [v.rigid or "?" for v in own.vars]
    decl.preds = own.preds
    decl.params = [*member.params, *evidence]
    decl.result = result.result
    if entity.process:
        decl.result = UNIT
    if entity.process == "actor":
        decl.message = message_type(result.result)
    decl.body = member.body
    entity.decl = decl


def enter_scheme(cx: Cx, entity: FnEntity, own: Quantified, ty: Type) -> list[tast.Local]:
    """Record what has been generalised; gives the parameters for the evidence."""
    entity.scheme = own.scheme(ty)
    index = {v: i for i, v in enumerate(own.vars)}
    entity.evidence = tuple(
        Pred(p.trait, abstract(p.type, index), tuple(abstract(a, index) for a in p.args)) for p in own.members
    )
    entity.evidence_places = tuple(own.places)
    entity.type_vars = own.vars
    evidence = [tast.Local(p.trait, p.args[0], entity.span) for p in own.members]
    cx.evidence_locals[entity] = evidence
    return evidence


def _spread_polymorphic_uses(cx: Cx, members: Sequence[Member], mark: int) -> None:
    """What a completely declared function needs beyond its `where`, its uses in the group need too."""
    declared = {m.entity: m.signature.declared for m in members if m.signature is not None and m.entity.declared}
    uses = [u for u in cx.poly_uses if u.entity in declared]
    done: set[tuple[int, str, Var]] = set()
    changed = bool(uses)
    while changed:
        changed = False
        cx.settle()
        for number, use in enumerate(uses):
            for want in [w for w in cx.wants[mark:] if isinstance(w, TraitWant) and not w.done]:
                var = prune(want.type)
                key = (number, want.trait, var)
                if not isinstance(var, Var) or var not in declared[use.entity] or key in done:
                    continue
                done.add((number, want.trait, var))
                changed = True
                assert use.args is not None
                subject = use.args[declared[use.entity].index(var)]
                want_trait(cx, use.span, want.trait, subject, f"`{use.entity.short}`", _renewed(cx, want, subject))
    cx.poly_uses = [u for u in cx.poly_uses if u.entity not in declared]


def _renewed(cx: Cx, want: TraitWant, subject: Type) -> tuple[Type, ...]:
    """Arguments for a copy of `want` about another type."""
    return tuple(subject if prune(a) is prune(want.type) else cx.fresh() for a in want.args)
