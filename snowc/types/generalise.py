"""Generalisation: which variables of a finished group are quantified, and with which predicates.

Wants on quantified variables become the scheme's predicates. What depends on nothing outside and
shows in no type is defaulted (language.md 3.5). A quantified variable turns into a type parameter in
place: it gets `rigid` set, so that the typed tree needs no substitution.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import field

from snowc.source.record import mutable
from snowc.source.span import Span
from snowc.types.builtins import ARITHMETIC
from snowc.types.context import Cx, Want
from snowc.types.env import FnEntity
from snowc.types.errors import Role, UndeterminedInstance
from snowc.types.printing import letters
from snowc.types.traits import TraitWant, implements
from snowc.types.ty import ERROR, INT, STRING, UNIT, Pred, Scheme, Type, Var, prune
from snowc.types.unify import abstract, equal, free_vars, lower_levels, substitute
from snowc.types.wants import ConcatWant, TupleWant


@mutable
class MemberWant(Want):
    """A member of a value whose type is still unknown; `infer_member.py` supplies the behaviour."""

    def fun_types(self) -> tuple[Type, ...]:
        """The types that the member's type is made of."""
        raise NotImplementedError

    def assume_interface(self, cx: Cx) -> bool:
        """Settle by the only interface that offers the method, if there is exactly one."""
        raise NotImplementedError

    def pred(self) -> Pred:
        """The member constraint of a generalised function."""
        raise NotImplementedError

    def place(self) -> Span:
        """Where the member is used in the program, however many functions pass it on."""
        raise NotImplementedError

    def become_evidence(self, cx: Cx, owner: FnEntity, index: int) -> None:
        """Let an evidence parameter of `owner` supply the member."""
        raise NotImplementedError

    def taker(self, owners: Collection[FnEntity]) -> FnEntity | None:
        """The one among `owners` that the member is used in."""
        raise NotImplementedError

    def reject(self, cx: Cx) -> None:
        """Report the member as missing where no function could take it as an argument."""
        raise NotImplementedError


@mutable
class Quantified:
    """The outcome: variables in order, predicates on them, member constraints and where those arise."""

    vars: list[Var]
    preds: list[Pred]
    members: list[Pred]
    places: list[Span]

    def scheme(self, ty: Type) -> Scheme:
        index = {v: i for i, v in enumerate(self.vars)}
        preds = [Pred(p.trait, abstract(p.type, index), tuple(abstract(a, index) for a in p.args)) for p in self.preds]
        return Scheme(tuple(v.rigid or "?" for v in self.vars), tuple(preds), abstract(ty, index))


def quantify(
    cx: Cx,
    types: list[Type],
    declared: list[Var],
    mark: int,
    *,
    top: bool,
    constrained: bool = True,
    owners: Collection[FnEntity] = (),
) -> Quantified:
    """Generalise `types` over the variables deeper than `cx.level`, with the wants made since `mark`.

    `top` for module-level groups, where what remains undetermined is defaulted; elsewhere it is left
    to the enclosing function. Without `constrained`, variables that carry wants stay as they are.
    `owners` are the functions that are generalised and can take evidence.
    """
    while True:
        _improve(cx, mark, top, bool(owners))
        _pin_outer(cx, mark)
        chosen = _choose(cx, types, declared, mark)
        if not _resolve_rest(cx, chosen, mark, top):
            break
    if not constrained:
        chosen = _drop_constrained(cx, chosen, mark)
    for var in chosen:
        if var.rigid is None:
            var.rigid = fresh_name(cx)
    return _collect(cx, chosen, mark, owners)


def fresh_name(cx: Cx) -> str:
    """A letter that names no other type parameter of this group."""
    while True:
        name = letters(cx.letter)
        cx.letter += 1
        if name not in cx.taken:
            return name


def _live(cx: Cx, mark: int) -> list[Want]:
    return [w for w in cx.wants[mark:] if not w.done]


def _improve(cx: Cx, mark: int, top: bool, takes_members: bool) -> None:
    """Settle, merge equal wants and apply the defaults of operators until nothing changes."""
    outer = cx.level
    changed = True
    while changed:
        # What comes up now belongs inside the group.
        cx.level = outer + 1
        cx.settle()
        cx.level = outer
        changed = False
        seen = _Seen(top, takes_members)
        for want in _live(cx, mark):
            var = prune(want.type)
            if not isinstance(var, Var):
                changed |= _again(cx, want)
            elif var.level > cx.level:
                changed |= _improve_one(cx, want, var, seen)


def _again(cx: Cx, want: Want) -> bool:
    cx.level += 1
    want.done = want.attempt(cx)
    cx.level -= 1
    return want.done


@mutable
class _Seen:
    """What one round has come across: the first want for each trait of a variable, and uses of its members."""

    top: bool
    takes_members: bool
    first: dict[tuple[str, Var], TraitWant] = field(default_factory=dict)
    members: dict[tuple[str, Var], list[MemberWant]] = field(default_factory=dict)


def _improve_one(cx: Cx, want: Want, var: Var, seen: _Seen) -> bool:
    if isinstance(want, TraitWant):
        return _merge(cx, want, var, seen.first)
    if isinstance(want, MemberWant):
        if _merge_member(cx, want, var, seen.members):
            return True
        if seen.top or seen.takes_members:
            cx.level += 1
            want.done = want.assume_interface(cx)
            cx.level -= 1
            return want.done
        for ty in (var, *want.fun_types()):
            lower_levels(ty, cx.level)
    if isinstance(want, ConcatWant):
        if seen.top:
            return cx.u.unify(var, STRING)
        lower_levels(var, cx.level)
    return False


def _merge_member(cx: Cx, want: MemberWant, var: Var, uses: dict[tuple[str, Var], list[MemberWant]]) -> bool:
    """A field of a value has one type, wherever it is read, and so has what a method gives for the same arguments."""
    *args, found = want.fun_types()
    known = uses.setdefault((want.pred().trait, var), [])
    for other in known:
        *others, expected = other.fun_types()
        if all(map(equal, others, args)):
            if equal(expected, found):
                return False
            return cx.expect(want.span, expected, found, lambda: Role(want.why)) and equal(expected, found)
    known.append(want)
    return False


def _merge(cx: Cx, want: TraitWant, var: Var, first: dict[tuple[str, Var], TraitWant]) -> bool:
    """One want per trait and variable: their arguments are the same; an operator gives its operand's type."""
    changed = False
    if want.trait in ARITHMETIC and want.args and prune(want.args[0]) is not var:
        cx.expect(want.span, var, want.args[0], lambda: Role(want.why))
        changed = True
    known = first.setdefault((want.trait, var), want)
    if known is not want:
        for a, b in zip(known.args, want.args, strict=False):
            cx.expect(want.span, a, b, lambda: Role(want.why))
        want.done = changed = True
    return changed


def _pin_outer(cx: Cx, mark: int) -> None:
    """What a want of the enclosing function will determine cannot be generalised here."""
    for want in _live(cx, mark):
        subject = prune(want.type)
        if not isinstance(subject, Var):
            lower_levels(subject, cx.level)
        if not isinstance(subject, Var) or subject.level <= cx.level:
            for ty in _determined(want):
                lower_levels(ty, cx.level)


def _choose(cx: Cx, types: list[Type], declared: list[Var], mark: int) -> dict[Var, None]:
    """Type parameters first, then what occurs in the types, then what those determine."""
    chosen: dict[Var, None] = dict.fromkeys(declared)
    for ty in types:
        chosen.update(dict.fromkeys(v for v in free_vars(ty) if v.level > cx.level))
    size = -1
    while size != len(chosen):
        size = len(chosen)
        for want in _live(cx, mark):
            if prune(want.type) in chosen:
                for ty in _determined(want):
                    chosen.update(dict.fromkeys(v for v in free_vars(ty) if v.level > cx.level))
    return chosen


def _determined(want: Want) -> tuple[Type, ...]:
    if isinstance(want, MemberWant):
        return want.fun_types()
    return want.args if isinstance(want, TraitWant) else ()


def _resolve_rest(cx: Cx, chosen: dict[Var, None], mark: int, top: bool) -> bool:
    """Deal with wants on variables that are not quantified; true if that may have changed the types."""
    rest: dict[Var, list[Want]] = {}
    for want in _live(cx, mark):
        var = prune(want.type)
        if isinstance(var, Var) and var.level > cx.level and var not in chosen and var.rigid is None:
            rest.setdefault(var, []).append(want)
    for var, wants in rest.items():
        if top:
            default(cx, var, wants)
        else:
            lower_levels(var, cx.level)
    return bool(rest) and top


def default(cx: Cx, var: Var, wants: list[Want]) -> None:
    """Int for arithmetic, else (); a static method that nothing determines is an error."""
    traits = [w for w in wants if isinstance(w, TraitWant)]
    if any(w.trait in ARITHMETIC for w in traits):
        cx.u.unify(var, INT)
        return
    for want in traits:
        if not implements(cx, want.trait, UNIT):
            cx.report(UndeterminedInstance(want.span, want.trait, want.why))
            cx.u.unify(var, ERROR)
            return
    cx.u.unify(var, UNIT)


def _drop_constrained(cx: Cx, chosen: dict[Var, None], mark: int) -> dict[Var, None]:
    """Leave variables with wants to the enclosing function, and with them what they determine."""
    for want in _live(cx, mark):
        var = prune(want.type)
        if var in chosen:
            for ty in (var, *_determined(want)):
                lower_levels(ty, cx.level)
    return {v: None for v in chosen if v.level > cx.level}


def _collect(cx: Cx, chosen: dict[Var, None], mark: int, owners: Collection[FnEntity]) -> Quantified:
    """Turn the wants on quantified variables into predicates."""
    out = Quantified(list(chosen), [], [], [])
    kept: list[Want] = []
    for want in _live(cx, mark):
        if prune(want.type) not in chosen:
            kept.append(want)
        elif isinstance(want, MemberWant):
            _add_member(cx, out, want, owners)
        elif isinstance(want, TraitWant):
            out.preds.append(Pred(want.trait, want.type, want.args))
            var = prune(want.type)
            assert isinstance(var, Var)
            cx.granted.add((want.trait, var))
        elif isinstance(want, TupleWant):
            out.preds.append(Pred("Tuple", want.type))
    cx.wants[mark:] = kept
    return out


def _add_member(cx: Cx, out: Quantified, want: MemberWant, owners: Collection[FnEntity]) -> None:
    """Members of one name and type on one variable are one piece of evidence."""
    want.done = True
    owner = want.taker(owners)
    if owner is None:
        want.reject(cx)
        return
    pred = want.pred()
    for index, known in enumerate(out.members):
        same = known.trait == pred.trait and prune(known.type) is prune(pred.type)
        if same and equal(known.args[0], pred.args[0]):
            want.become_evidence(cx, owner, index)
            return
    want.become_evidence(cx, owner, len(out.members))
    out.members.append(pred)
    out.places.append(want.place())


def instantiate(cx: Cx, scheme: Scheme) -> tuple[Type, list[Type]]:
    """A fresh instance of `scheme`: its type and the types that stand for its parameters."""
    args: list[Type] = [cx.fresh() for _ in scheme.names]
    return (substitute(scheme.type, args) if args else scheme.type), args
