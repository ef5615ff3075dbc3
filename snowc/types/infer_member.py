"""Members of values: `value.field`, `value.method(args)` (language.md 5.8, steps 2 to 5).

While the type of the value is unknown the use waits as a `MemberUse`. If it stays unknown in a function
that is generalised, the only interface with such a method is assumed; failing that, the function takes
the member as an extra argument, which each caller supplies for the type found there.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from snowc.diag.core import Label
from snowc.diag.suggest import did_you_mean
from snowc.source.record import mutable
from snowc.source.span import Span
from snowc.types import infer_index, infer_tuple, made_by_deriving, tast, use
from snowc.types.builtins import METHOD_MODULES, builtin_schemes, module_names
from snowc.types.calls import Arg, apply, infer_all
from snowc.types.context import Cx
from snowc.types.env import BuiltinEntity, FnEntity, Interface, Scope
from snowc.types.errors import ASKED, AmbiguousMethod, NoField, NoMethod, Role
from snowc.types.generalise import MemberWant
from snowc.types.habits import suggest
from snowc.types.lookup import LibraryValue, library_function, std_function
from snowc.types.pending import EvidenceRef, MemberUse
from snowc.types.printing import show
from snowc.types.services_hints import pid_method
from snowc.types.traits import TraitWant, has_head
from snowc.types.ty import ERROR, Con, Fn, Pred, Type, TypeInfo, Var, prune
from snowc.types.unify import substitute

_NO_SCOPE = Scope()


@mutable
class UseWant(MemberWant):
    """Waits for the type of the base of `node`."""

    node: MemberUse

    def attempt(self, cx: Cx) -> bool:
        ty = prune(self.type)
        if isinstance(ty, Var):
            if ty.rigid is None:
                cx.u.wait(self, ty)
                return False
            return self.node.args is not None and _settle_rigid(cx, self, ty)
        _settle(cx, self.node, find_member(cx, self.node, ty))
        return True

    def fun_types(self) -> tuple[Type, ...]:
        return (*[a.type for a in self.node.args or ()], self.node.type)

    def assume_interface(self, cx: Cx) -> bool:
        if self.node.name == infer_index.INDEX:
            found = infer_index.assume_collection(cx, self.node)
            if found is not None:
                _settle(cx, self.node, found)
            return found is not None
        if self.node.args is None or any(library_function(cx, m, self.node.name) for m in METHOD_MODULES):
            return False
        owners = method_owners(cx, self.node.name)
        if len(owners) != 1:
            return False
        _settle(cx, self.node, _interface_method(cx, self.node, owners[0], prune(self.type)))
        return True

    def pred(self) -> Pred:
        node = self.node
        params = (self.type, *[a.type for a in node.args or ()])
        return Pred(f".{node.name}" + ("" if node.args is None else "()"), self.type, (Fn(params, node.type),))

    def taker(self, owners: Collection[FnEntity]) -> FnEntity | None:
        around = self.node.owner.around() if self.node.owner is not None else ()
        return next((fn for fn in around if fn in owners), None)

    def reject(self, cx: Cx) -> None:
        _settle(cx, self.node, find_member(cx, self.node, prune(self.type)))

    def place(self) -> Span:
        return self.node.place or self.node.name_span

    def become_evidence(self, cx: Cx, owner: FnEntity, index: int) -> None:
        node = self.node
        fn = EvidenceRef(node.span, self.pred().args[0], owner, index)
        node.resolved = tast.Call(node.span, node.type, fn, [node.base, *(node.args or ())])


def wait_for_member(
    cx: Cx,
    base: tast.TExpr,
    name: str,
    name_span: Span,
    args: list[tast.TExpr] | None,
    result: Type,
    place: Span | None = None,
) -> tast.TExpr:
    """A member of a value of unknown type, settled as soon as the type is known."""
    node = MemberUse(name_span, result, base, name, name_span, args, cx.owner, place)
    cx.want(UseWant(name_span, base.type, f"`.{name}`", node))
    return node


def use_member(cx: Cx, base: tast.TExpr, name: str, name_span: Span, span: Span) -> tast.TExpr:
    """`base.name` without a call."""
    ty = cx.head(base.type)
    if isinstance(ty, Var):
        return wait_for_member(cx, base, name, name_span, None, _awaited_field(cx, ty, name) or cx.fresh())
    node = MemberUse(span, ERROR, base, name, name_span, None, cx.owner)
    return find_member(cx, node, ty).fn


def _awaited_field(cx: Cx, var: Var, name: str) -> Type | None:
    """The type of field `name` of the same unknown value, where it has been read before."""
    for waiter in cx.u.watch.get(var, ()):
        if isinstance(waiter, UseWant) and not waiter.done and waiter.node.args is None and waiter.node.name == name:
            return waiter.node.type
    return None


def member_failure(cx: Cx, node: MemberUse) -> str | None:
    """`Option` or `Result`, if methods of this name give only one of them, on whatever type they are called."""
    functions: list[Type] = [owner.methods[node.name].type for owner in method_owners(cx, node.name)]
    for module in METHOD_MODULES:
        found = library_function(cx, module, node.name)
        if isinstance(found, BuiltinEntity):
            functions += [scheme.type for scheme in builtin_schemes(cx.env, found.key)]
        elif isinstance(found, FnEntity) and found.scheme is not None:
            functions.append(found.scheme.type)
    results = {f.result.name for f in functions if isinstance(f, Fn) and isinstance(f.result, Con)}
    results &= {"Option", "Result"}
    return results.pop() if len(results) == 1 else None


def call_member(
    cx: Cx, base: tast.TExpr, name: str, name_span: Span, args: Sequence[Arg], scope: Scope, span: Span
) -> tast.TExpr:
    """`base.name(args)`"""
    ty = cx.head(base.type)
    node = MemberUse(span, ERROR, base, name, name_span, [], cx.owner)
    found: Found | None
    if isinstance(ty, Var):
        found = _rigid_method(cx, node, ty) if ty.rigid is not None else None
    else:
        found = find_member(cx, node, ty)
    if found is None:
        typed = infer_all(cx, args, scope)
        return wait_for_member(cx, base, name, name_span, typed, cx.fresh())
    if isinstance(found.fn, tast.ErrorNode):
        infer_all(cx, args, scope)
        return found.fn
    all_args = [base, *args] if found.takes_base else list(args)
    return apply(cx, span, f"`{name}`", found.fn, all_args, scope, int(found.takes_base))


@mutable
class Found:
    """What a member turned out to be; a method takes the base as its first argument."""

    fn: tast.TExpr
    takes_base: bool


def _settle(cx: Cx, node: MemberUse, found: Found) -> None:
    """Finish a use that had to wait."""
    if isinstance(found.fn, tast.ErrorNode):
        cx.u.unify(node.type, ERROR)
        node.resolved = found.fn
        return
    made = found.fn
    if node.args is not None:
        args = [node.base, *node.args] if found.takes_base else node.args
        made = apply(cx, node.span, f"`{node.name}`", found.fn, args, _NO_SCOPE, int(found.takes_base))
    cx.expect(node.span, node.type, made.type, lambda: _member_role(node))
    node.resolved = made


def _member_role(node: MemberUse) -> Role:
    base = prune(node.base.type)
    place = _use_shown(node)
    places = () if place is None else (Label(place, ASKED),)
    return Role(_spoken(node.name) if isinstance(base, Var) else f"{_spoken(node.name)} of {show(base)}", places)


def _spoken(name: str) -> str:
    """The name of a member in messages; some have none in the language."""
    if name == infer_index.INDEX:
        return "`[…]`"
    if name.startswith("#"):
        return f"element {name[1:]}" if name[1:].isdigit() else "a function of `Tuple`"
    return f"`.{name}`"


# ---- resolution by type ------------------------------------------------------------------------


def find_member(cx: Cx, node: MemberUse, ty: Type) -> Found:
    """What `node.name` means on a value of the known type `ty`."""
    if isinstance(ty, Con) and ty.name in ("<error>", "Never"):
        return Found(tast.ErrorNode(node.span, ERROR), False)
    if node.name.startswith("#"):
        return infer_tuple.find_place(cx, node, ty)
    if node.name == infer_index.INDEX:
        return infer_index.find_index(cx, node, ty)
    if isinstance(ty, Con):
        info = cx.env.types.get(ty.name)
        if info is not None and info.is_struct:
            field = _field(cx, node, info, ty)
            if field is not None:
                return Found(field, False)
    if node.args is None:
        return Found(_no_field(cx, node, ty), False)
    return Found(_method(cx, node, ty), True)


def _field(cx: Cx, node: MemberUse, info: TypeInfo, ty: Con) -> tast.TExpr | None:
    if node.name.startswith("__") and not cx.module.is_std:
        return None
    for index, field in enumerate(info.variants[0].fields):
        if field.name == node.name:
            return tast.FieldGet(node.span, substitute(field.type, ty.args), node.base, index)
    return None


def _no_field(cx: Cx, node: MemberUse, ty: Type) -> tast.TExpr:
    names = field_names(cx, ty)
    advice = did_you_mean(node.name, names)
    if advice is None and (method_owners(cx, node.name) or _module_function(cx, ty, node.name)):
        advice = f"`{node.name}` is a method: call it, or write a closure"
    advice = advice or pid_method(cx, ty, node.name)
    return cx.error(NoField(node.name_span, show(ty), node.name, advice, _use_shown(node)))


def _use_shown(node: MemberUse) -> Span | None:
    """Where a function of this module uses the member. Of others only the interface may be known, without places."""
    place = node.place
    return None if place is None or place.file != node.name_span.file or place == node.name_span else place


def field_names(cx: Cx, ty: Type) -> list[str]:
    """The fields of a struct type that a program may name."""
    info = cx.env.types.get(ty.name) if isinstance(ty, Con) else None
    if info is None or not info.is_struct:
        return []
    return [f.name for f in info.variants[0].fields if f.name and not f.name.startswith("__")]


def method_owners(cx: Cx, name: str) -> list[Interface]:
    """All interfaces with an instance method `name`; those of the library alone are hidden from others."""
    if name.startswith("__") and not cx.module.is_std:
        return []
    return [i for i in cx.env.by_method.get(name, ()) if i.methods[name].has_self]


def _method(cx: Cx, node: MemberUse, ty: Type) -> tast.TExpr:
    owners = [i for i in method_owners(cx, node.name) if has_head(cx, i, ty)]
    if len(owners) > 1:
        return cx.error(AmbiguousMethod(node.name_span, node.name, show(ty), tuple(sorted(i.name for i in owners))))
    if owners:
        return _interface_method(cx, node, owners[0], ty).fn
    helper = _helper(cx, node.name, ty)
    if helper is not None:
        return use.use_value(cx, helper, node.name, node.name_span)
    if node.name == "to_string":
        return use.use_conversion(cx, node.span, ty)
    function = _module_function(cx, ty, node.name)
    if function is not None:
        return use.use_value(cx, function, node.name, node.name_span, len(node.args or ()) + 1)
    derived = made_by_deriving.method(cx, ty, node.name, node.name_span)
    if derived is not None:
        return derived
    advice = suggest(node.name, _method_names(cx, ty)) or pid_method(cx, ty, node.name)
    return cx.error(NoMethod(node.name_span, node.name, show(ty), advice, _use_shown(node)))


def _helper(cx: Cx, name: str, ty: Type) -> FnEntity | None:
    """A private function with `self` of the implementation at hand."""
    helper = cx.helpers.get(name)
    if helper is None or cx.instance is None or not isinstance(ty, Con) or ty.name != cx.instance.head:
        return None
    params = helper.clauses[0].params or ()
    return helper if params and params[0].is_self else None


def _module_function(cx: Cx, ty: Type, name: str) -> LibraryValue | None:
    if isinstance(ty, Con) and ty.name in METHOD_MODULES:
        return std_function(cx, ty.name, name)
    return None


def _method_names(cx: Cx, ty: Type) -> list[str]:
    names = field_names(cx, ty)
    for method, owners in cx.env.by_method.items():
        if not method.startswith("__") and any(has_head(cx, i, ty) for i in owners):
            names.append(method)
    if isinstance(ty, Con) and ty.name in METHOD_MODULES:
        names += module_names(cx.env, ty.name)
    return names


def _interface_method(cx: Cx, node: MemberUse, owner: Interface, ty: Type) -> Found:
    if owner.builtin and owner.name == "Display":
        return Found(use.use_conversion(cx, node.span, ty), True)
    return Found(use.use_method(cx, owner, owner.methods[node.name], node.span, ty), True)


# ---- type parameters ---------------------------------------------------------------------------


def _rigid_method(cx: Cx, node: MemberUse, var: Var) -> Found | None:
    """A method on a type parameter: of an interface it is known to have, else of the only one there is."""
    owners = method_owners(cx, node.name)
    promised = {w.trait for w in cx.wants if isinstance(w, TraitWant) and not w.done and prune(w.type) is var}
    near = [i for i in owners if i.name in promised] or owners
    if len(near) > 1:
        names = tuple(sorted(i.name for i in near))
        return Found(cx.error(AmbiguousMethod(node.name_span, node.name, show(var), names)), True)
    if not near or (not promised and any(library_function(cx, m, node.name) for m in METHOD_MODULES)):
        return None
    return _interface_method(cx, node, near[0], var)


def _settle_rigid(cx: Cx, want: UseWant, var: Var) -> bool:
    found = _rigid_method(cx, want.node, var)
    if found is not None:
        _settle(cx, want.node, found)
    return found is not None


def use_ambiguous_method(cx: Cx, owners: Sequence[Interface], name: str, span: Span) -> tast.TExpr:
    """A bare method name that several interfaces offer, with nothing to tell them apart."""
    return cx.error(AmbiguousMethod(span, name, "?", tuple(sorted(i.name for i in owners))))
