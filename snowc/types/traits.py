"""Traits: wanting an instance, choosing it, and reducing it to what its parts need (language.md 7).

A goal `(trait, type, args)` is reduced step by step to goals on type variables, which wait; a goal
that no instance fits is reported as E0006 for the type that lacks it. `args` of a goal are the
interface's parameters followed by its slots, which the chosen instance determines.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import field

from snowc.source.record import mutable
from snowc.source.span import Span
from snowc.types.builtins import CHOICES, DERIVABLE, HANDLES, OPAQUE_TYPES, SHOW, STRUCTURAL
from snowc.types.context import Cx, Want
from snowc.types.env import Instance, Interface
from snowc.types.errors import MissingInstance, Role, TypeMismatch
from snowc.types.printing import Namer
from snowc.types.ty import ERROR, Con, Fn, Gen, Type, TypeInfo, Var, prune
from snowc.types.unify import substitute

Goal = tuple[str, Type, tuple[Type, ...]]


class Stuck:
    """The goal cannot be decided before `on` is known (None: before an instance is complete)."""

    def __init__(self, on: Var | None) -> None:
        self.on = on


@mutable
class TraitWant(Want):
    """`type` must implement `trait`. `root` is the type whose part this want is about."""

    trait: str = ""
    args: tuple[Type, ...] = ()
    root: Type | None = field(default=None)

    def attempt(self, cx: Cx) -> bool:
        ty = prune(self.type)
        if isinstance(ty, Var):
            if ty.rigid is None:
                cx.u.wait(self, ty)
            return False
        return _solve(cx, self, ty)


def want_trait(cx: Cx, span: Span, trait: str, ty: Type, why: str, args: tuple[Type, ...] = ()) -> None:
    """Require an instance of `trait` for `ty`."""
    cx.want(TraitWant(span, ty, why, trait, args))


def _solve(cx: Cx, want: TraitWant, ty: Type) -> bool:
    """Reduce the goal of `want` until only variables are left; those become wants of their own."""
    seen: set[tuple[str, Type]] = set()
    todo: list[Goal] = [(want.trait, ty, want.args)]
    root = want.root or ty
    while todo:
        trait, part, args = todo.pop()
        part = prune(part)
        if isinstance(part, Var):
            cx.want(TraitWant(want.span, part, want.why, trait, args, root))
            continue
        if _outgrown(part) or (trait, part) in seen:
            continue
        seen.add((trait, part))
        reduced = step(cx, trait, part, args, want)
        if isinstance(reduced, Stuck):
            if part is ty and trait == want.trait:
                if reduced.on is not None:
                    cx.u.wait(want, reduced.on)
                return False
            cx.want(TraitWant(want.span, part, want.why, trait, args, root))
        elif reduced is None:
            report_missing(cx, want, trait, part, root)
            for arg in want.args:
                cx.u.unify(arg, ERROR)
            return True
        else:
            todo.extend(reduced)
    return True


def report_missing(cx: Cx, want: Want, trait: str, part: Type, root: Type) -> None:
    """E0006 for `part`, which `root` contains; E0001 if `trait` stands for a choice of types."""
    namer = Namer()
    text, whole = namer.show(part), namer.show(root)
    if trait in CHOICES:
        what, types = CHOICES[trait]
        cx.report(TypeMismatch(want.span, types, text, Role(what)))
        return
    name = "Display" if trait == SHOW else trait
    info = cx.env.types.get(part.name) if isinstance(part, Con) else None
    if info is not None and name in STRUCTURAL and _misderived(cx, info):
        return
    derivable = info is not None and name in STRUCTURAL and info.name.startswith(cx.module.name + ".")
    nominal = isinstance(part, Con) and part.name != "Tuple"
    part_of = None if whole == text else whole
    advice = "join with `<>`" if trait == "Add" and isinstance(part, Con) and part.name in ("String", "List") else None
    cx.report(MissingInstance(want.span, text, name, want.why, part_of, derivable, nominal, advice))


def _misderived(cx: Cx, info: TypeInfo) -> bool:
    """Whether the type's `deriving` clause has a name that is no trait, so that what it lacks has been said."""
    listed = cx.env.listed_derives.get(info.name)
    return listed is not None and not listed[0].issubset(DERIVABLE)


# ---- one step ----------------------------------------------------------------------------------


def step(cx: Cx, trait: str, ty: Type, args: tuple[Type, ...], want: Want | None) -> list[Goal] | Stuck | None:
    """The goals that `trait` for `ty` reduces to; None if there is no instance."""
    if isinstance(ty, Con):
        if ty.name in ("<error>", "Never"):
            return []
        return _step_shown(cx, ty, want) if trait == SHOW else _step_con(cx, trait, ty, args, want)
    return _explicit(cx, trait, "*", ty, args, want)


def _step_shown(cx: Cx, ty: Con, want: Want | None) -> list[Goal] | Stuck | None:
    """Display if the type has it, else Debug. An `impl` may say in its `where` that it has not."""
    shown = _step_con(cx, "Display", ty, (), want)
    if shown is None:
        return _step_con(cx, "Debug", ty, (), want)
    if isinstance(shown, Stuck) or all(trait == SHOW for trait, _, _ in shown) or ty in cx.deciding:
        return shown
    cx.deciding.add(ty)
    only_debug = find_failure(cx, "Display", ty) is not None and find_failure(cx, "Debug", ty) is None
    cx.deciding.discard(ty)
    return _step_con(cx, "Debug", ty, (), want) if only_debug else shown


def _step_con(cx: Cx, trait: str, ty: Con, args: tuple[Type, ...], want: Want | None) -> list[Goal] | Stuck | None:
    """By an `impl` for the constructor, by derivation, by an `impl` for any type: in this order."""
    found = _explicit(cx, trait, ty.name, ty, args, want)
    if found is not None:
        return found
    part_trait = SHOW if trait in ("Display", "Debug") else trait
    if ty.name == "Tuple" and trait in STRUCTURAL:
        return [(part_trait, item, ()) for item in ty.args]
    info = cx.env.types.get(ty.name)
    if info is not None and trait in info.derives:
        return [(part_trait, substitute(f, ty.args), ()) for f in field_types(info)]
    if info is None and _opaque_has(ty.name, trait):
        return []
    return _explicit(cx, trait, "*", ty, args, want)


def _opaque_has(name: str, trait: str) -> bool:
    """Whether an opaque type of the library implements `trait`: all have a text, handles and Json compare."""
    if trait in ("Display", "Debug"):
        return name in OPAQUE_TYPES or name in HANDLES
    return trait == "Eq" and name == "Json" or trait in ("Eq", "Hash") and name in HANDLES


def field_types(info: TypeInfo) -> list[Type]:
    """The types of all fields of all variants, over Gen."""
    return [f.type for v in info.variants for f in v.fields]


def _explicit(
    cx: Cx, trait: str, head: str, ty: Type, args: tuple[Type, ...], want: Want | None
) -> list[Goal] | Stuck | None:
    """Reduce through an `impl` for this head (`*`: for a bare type parameter), if one fits."""
    candidates = cx.env.instances.get((trait, head))
    if not candidates:
        return None
    fitting: list[tuple[Instance, list[Type | None]]] = []
    undecided: Var | None = None
    for instance in candidates:
        bound: list[Type | None] = [None] * len(instance.params)
        verdict = _fits(instance, ty, args, bound)
        if verdict is True:
            fitting.append((instance, bound))
        elif isinstance(verdict, Var):
            undecided = undecided or verdict
    if undecided is not None:
        return Stuck(undecided)
    if not fitting:
        return None
    if len(fitting) > 1:
        return Stuck(next((v for a in args if isinstance(v := prune(a), Var)), None))
    return _use(cx, *fitting[0], ty, args, want)


def _fits(instance: Instance, ty: Type, args: tuple[Type, ...], bound: list[Type | None]) -> bool | Var:
    verdict = match_type(instance.target, ty, bound)
    if verdict is not True:
        return verdict
    for pattern, arg in zip(instance.args, args, strict=False):
        # An unknown argument is decided by the instance, so only a clash excludes it.
        if match_type(pattern, arg, list(bound)) is False:
            return False
    return True


def match_type(pattern: Type, ty: Type, bound: list[Type | None]) -> bool | Var:
    """Match `ty` against a pattern over Gen: true with `bound` filled, false, or the variable that decides."""
    ty = prune(ty)
    if isinstance(pattern, Gen):
        known = bound[pattern.index]
        if known is None:
            bound[pattern.index] = ty
            return True
        return _equal(known, ty)
    if isinstance(ty, Var) and ty.rigid is None:
        return ty
    if isinstance(pattern, Con) and isinstance(ty, Con):
        if ty.name == "<error>":
            return True
        if pattern.name != ty.name or len(pattern.args) != len(ty.args):
            return False
        return _all(match_type(p, a, bound) for p, a in zip(pattern.args, ty.args, strict=True))
    if isinstance(pattern, Fn) and isinstance(ty, Fn) and len(pattern.params) == len(ty.params):
        pairs = zip((*pattern.params, pattern.result), (*ty.params, ty.result), strict=True)
        return _all(match_type(p, a, bound) for p, a in pairs)
    return False


def _all(verdicts: Iterable[bool | Var]) -> bool | Var:
    """False wins over undecided, undecided over true."""
    undecided: bool | Var = True
    for verdict in verdicts:
        if verdict is False:
            return False
        if verdict is not True:
            undecided = verdict
    return undecided


def _equal(a: Type, b: Type) -> bool | Var:
    a, b = prune(a), prune(b)
    if a is b:
        return True
    for side in (a, b):
        if isinstance(side, Var) and side.rigid is None:
            return side
    if isinstance(a, Con) and isinstance(b, Con):
        if a.name != b.name or len(a.args) != len(b.args):
            return False
        return _all(_equal(x, y) for x, y in zip(a.args, b.args, strict=True))
    return a == b


def _use(
    cx: Cx, instance: Instance, bound: list[Type | None], ty: Type, args: tuple[Type, ...], want: Want | None
) -> list[Goal] | Stuck:
    """Take `instance`: its parameters and slots fix `args`, its context is what remains."""
    types: list[Type] = [b if b is not None else cx.fresh() for b in bound]
    if args and not _fix_args(cx, instance, types, args, want):
        return Stuck(None)
    if not instance.complete and instance.params and want is not None and cx.instance is not instance:
        cx.early_uses.append((instance, types, want))
    return [(p.trait, substitute(p.type, types), tuple([substitute(a, types) for a in p.args])) for p in instance.preds]


def _fix_args(cx: Cx, instance: Instance, types: list[Type], args: tuple[Type, ...], want: Want | None) -> bool:
    """Unify the goal's arguments with the instance's; false if a slot is not known yet."""
    if any(s is None for s in instance.slots):
        return False
    own = [*instance.args, *[s for s in instance.slots if s is not None]]
    for mine, theirs in zip(own, args, strict=False):
        actual = substitute(mine, types)
        if not cx.u.unify(actual, theirs) and want is not None:
            cx.mismatch(want.span, theirs, actual, Role(want.why))
            break
    return True


# ---- asking without wanting --------------------------------------------------------------------


def implements(cx: Cx, trait: str, ty: Type) -> bool:
    """Whether `ty` has an instance as far as type constructors tell; variables are taken to have one."""
    return find_failure(cx, trait, ty) is None


def find_failure(cx: Cx, trait: str, ty: Type) -> Type | None:
    """The part of `ty` that keeps it from implementing `trait`, or None."""
    seen: set[tuple[str, Type]] = set()
    todo: list[Goal] = [(trait, ty, ())]
    while todo:
        name, part, _ = todo.pop()
        part = prune(part)
        if isinstance(part, Var | Gen) or _outgrown(part) or (name, part) in seen:
            continue
        seen.add((name, part))
        reduced = step(cx, name, part, (), None)
        if reduced is None:
            return part
        if not isinstance(reduced, Stuck):
            todo.extend(reduced)
    return None


_DEEPEST, _LARGEST = 64, 4096
"""Nesting of a type and number of its parts up to which goals on it are followed, as in instantiation."""


def _outgrown(ty: Type) -> bool:
    """Whether a goal is about a type that no program can use.

    A type that contains itself at a larger type (`Deep(Nest<(T, T)>)`) leads to ever larger goals. By then
    its smaller forms have been seen to implement the trait, and instantiation reports what uses all of them.
    """
    level, count = [ty], 0
    for _ in range(_DEEPEST):
        count += len(level)
        level = [inner for part in level for inner in _parts(prune(part))]
        if not level:
            return False
        if count > _LARGEST:
            break
    return True


def _parts(ty: Type) -> tuple[Type, ...]:
    if isinstance(ty, Con):
        return ty.args
    return (*ty.params, ty.result) if isinstance(ty, Fn) else ()


def has_head(cx: Cx, interface: Interface, ty: Type) -> bool:
    """Whether some instance of `interface` is for the outermost constructor of `ty`."""
    name = interface.name
    if isinstance(ty, Var):
        return False
    if isinstance(ty, Con):
        if (name, ty.name) in cx.env.instances:
            return True
        info = cx.env.types.get(ty.name)
        if info is not None and name in info.derives:
            return True
        if (name in STRUCTURAL and ty.name == "Tuple") or (info is None and _opaque_has(ty.name, name)):
            return True
    return (name, "*") in cx.env.instances
