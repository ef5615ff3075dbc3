"""What names stand for: entities, scopes of values, module environments, the program's tables.

A `ModuleEnv` holds what one file or inline module declares and imports; `ProgramEnv` what is global:
checked modules, nominal types, interfaces and their instances. Local variables live in `Scope`s.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeVar, dataclass_transform

from snowc.source.record import mutable
from snowc.source.span import NO_SPAN, Span
from snowc.syntax import ast
from snowc.types import tast
from snowc.types.builtins import LIBRARY_MODULES, OPTION, ORDERING, RESULT, SHOW
from snowc.types.later import LATER, LATER_KEYS
from snowc.types.ty import Fn, Pred, Scheme, Type, TypeInfo, Var, VariantInfo

_T = TypeVar("_T", bound=type)


@dataclass_transform(eq_default=False, field_specifiers=(field,))
def entity(cls: _T) -> _T:
    """The decorator of all entities: they have slots and compare by identity."""
    return mutable(cls)


# ---- values ------------------------------------------------------------------------------------


@entity
class LocalVar:
    """A monomorphic local variable."""

    local: tast.Local


@entity
class FnEntity:
    """A function or constant of a module, or a local function or generalised `let`.

    Until its dependency group is done, `mono` is its type and `scheme` None. `evidence` lists the
    member constraints that callers must supply as extra arguments. `thunk` tells that the value is
    computed by calling it without arguments.
    """

    name: str
    short: str
    span: Span
    public: bool
    module: ModuleEnv
    clauses: tuple[ast.FnDef, ...] = ()
    let: ast.Let | None = None
    process: str = ""
    """`actor` or `supervisor`, for what is started with `spawn` and never called."""
    definition: ast.ActorDef | ast.SupervisorDef | None = None
    """Of a process that this module declares."""
    mono: Type | None = None
    scheme: Scheme | None = None
    decl: tast.FnDecl | None = None
    is_local: bool = False
    outer: FnEntity | None = None
    """Of a local function: the function around it, if that one takes evidence."""
    thunk: bool = False
    const: bool = False
    evidence: tuple[Pred, ...] = ()
    evidence_places: tuple[Span, ...] = ()
    """Where each of these members is first used; unknown for a function of an unchanged module."""
    type_vars: list[Var] = field(default_factory=list)
    """Its quantified variables, as they occur in its body."""
    declared: Scheme | None = None
    """The type as written, if it is complete: lets the function be used polymorphically inside its own group."""

    def around(self) -> Iterator[FnEntity]:
        """This function and those around it, innermost first."""
        fn: FnEntity | None = self
        while fn is not None:
            yield fn
            fn = fn.outer


@entity
class CtorEntity:
    info: TypeInfo
    variant: VariantInfo


@entity
class MethodEntity:
    """An interface method as a function; several interfaces may offer the name."""

    name: str
    owners: tuple[Interface, ...]


@entity
class BuiltinEntity:
    """A function of the ABI table."""

    key: str


@entity
class TupleEntity:
    """A function of `Tuple` that takes tuples of every arity."""

    name: str


@entity
class ConversionEntity:
    """`to_string`: Display with the Debug fallback (language.md 5.9)."""


@entity
class Unavailable:
    """Something declared by a construct that is reported as not supported: uses stay silent."""

    name: str
    span: Span
    public: bool = True


Value = LocalVar | FnEntity | CtorEntity | MethodEntity | BuiltinEntity | TupleEntity | ConversionEntity | Unavailable


class Scope:
    """Local values of one block, clause or closure."""

    __slots__ = ("names", "parent")

    def __init__(self, parent: Scope | None = None) -> None:
        self.parent = parent
        self.names: dict[str, Value] = {}

    def find(self, name: str) -> Value | None:
        scope: Scope | None = self
        while scope is not None:
            value = scope.names.get(name)
            if value is not None:
                return value
            scope = scope.parent
        return None

    def all_names(self) -> Iterator[str]:
        """Visible local names, innermost first."""
        scope: Scope | None = self
        while scope is not None:
            yield from reversed(scope.names)
            scope = scope.parent


# ---- types -------------------------------------------------------------------------------------


@entity
class NominalEntry:
    info: TypeInfo
    public: bool
    span: Span


@entity
class AliasEntry:
    """`target` is the resolved scheme body (parameters as Gen) once `state` is `done`."""

    definition: ast.AliasDef
    module: ModuleEnv
    public: bool
    span: Span
    state: str = "new"
    target: Type | None = None


@entity
class Method:
    """A method of an interface. In `type`, Gen(0) is Self, then come the interface's parameters and
    slots, then the method's own type parameters `generics`."""

    name: str
    span: Span
    has_self: bool
    generics: tuple[str, ...]
    type: Fn
    default: ast.MethodDef | None
    header: str


@entity
class Interface:
    """`slots` counts types that the declaration leaves open and each instance decides: they follow
    `params` in predicates. `arithmetic` ones have the result as slot 0, which is Self by default."""

    name: str
    short: str
    params: tuple[str, ...]
    public: bool
    span: Span
    module: ModuleEnv
    builtin: bool
    definition: ast.InterfaceDef | None = None
    methods: dict[str, Method] = field(default_factory=dict)
    slots: int = 0
    slot_places: list[tuple[str, int]] = field(default_factory=list)
    """For each slot the method and parameter it belongs to, -1 for the result."""
    arithmetic: bool = False
    broken: bool = False
    """A default body has been found wrong, whatever implements the interface."""

    @property
    def base(self) -> int:
        """Number of leading Gens: Self, parameters, slots."""
        return 1 + len(self.params) + self.slots


@entity
class Instance:
    """`impl trait<args> for target where preds`; types use Gen for `params`.

    `slots` holds the types for the interface's slots, None until known. `preds` grows by what the
    method bodies need; `complete` tells that they have been checked.
    """

    trait: Interface
    params: tuple[str, ...]
    args: tuple[Type, ...]
    target: Type
    head: str
    span: Span
    module: ModuleEnv
    definition: ast.ImplDef | None
    preds: list[Pred] = field(default_factory=list)
    slots: list[Type | None] = field(default_factory=list)
    complete: bool = False
    decl: tast.ImplDecl | None = None
    rigid: tuple[Var, ...] = ()


@entity
class ServiceEnv:
    """A service: the functions it generates, by the names they have behind a dot (language.md 4.7)."""

    name: str
    short: str
    public: bool
    span: Span
    module: ModuleEnv
    members: dict[str, FnEntity] = field(default_factory=dict)
    casts: set[str] = field(default_factory=set)
    """The members that give no reply."""

    @property
    def path(self) -> str:
        """What stands for it in the names of an interface's values: no inline module can be called like that."""
        return f"service {self.short}"


TypeEntry = NominalEntry | AliasEntry

# ---- modules -----------------------------------------------------------------------------------


@entity
class ModuleEnv:
    """The names of a file or inline module."""

    name: str
    is_std: bool
    parent: ModuleEnv | None = None
    public: bool = True
    span: Span = NO_SPAN
    values: dict[str, FnEntity | Unavailable] = field(default_factory=dict)
    ctors: dict[str, CtorEntity] = field(default_factory=dict)
    types: dict[str, TypeEntry] = field(default_factory=dict)
    interfaces: dict[str, Interface] = field(default_factory=dict)
    modules: dict[str, ModuleEnv] = field(default_factory=dict)
    services: dict[str, ServiceEnv] = field(default_factory=dict)
    imported: dict[str, Value] = field(default_factory=dict)
    imported_ctors: dict[str, CtorEntity] = field(default_factory=dict)
    imported_types: dict[str, TypeEntry] = field(default_factory=dict)
    imported_interfaces: dict[str, Interface] = field(default_factory=dict)
    imported_services: dict[str, ServiceEnv] = field(default_factory=dict)
    namespaces: dict[str, ModuleEnv] = field(default_factory=dict)
    paths: dict[str, ModuleEnv] = field(default_factory=dict)
    leaked_ctors: dict[str, CtorEntity] = field(default_factory=dict)
    leaked_types: dict[str, TypeEntry] = field(default_factory=dict)
    broken: set[str] = field(default_factory=set)
    """Names that a failed import should have brought: their uses stay silent."""
    instances: list[Instance] = field(default_factory=list)
    """Of a file: those declared in it, inline modules included."""
    replaced: list[tuple[str, str]] = field(default_factory=list)
    """Of a file: traits and types of other modules whose implicit derivation its instances replace."""

    def chain(self) -> Iterator[ModuleEnv]:
        """This module and those around it, innermost first."""
        module: ModuleEnv | None = self
        while module is not None:
            yield module
            module = module.parent

    @property
    def file_module(self) -> ModuleEnv:
        module = self
        while module.parent is not None:
            module = module.parent
        return module

    @property
    def symbol(self) -> str:
        """What the full names of its functions begin with: never the name of a library module."""
        file = self.file_module
        if file.is_std or file.name not in LIBRARY_MODULES:
            return self.name
        return f"{file.name}'{self.name.removeprefix(file.name)}"

    def full_name(self, name: str) -> str:
        """Types and interfaces of the library have bare names, all others carry their module."""
        return name if self.is_std else f"{self.name}.{name}"

    def public_names(self) -> list[str]:
        """Everything another module may select, sorted."""
        names = {n for n, v in self.values.items() if v.public}
        names |= {n for n, t in self.types.items() if t.public}
        names |= {n for n, i in self.interfaces.items() if i.public}
        names |= {n for n, m in self.modules.items() if m.public}
        names |= {n for n, s in self.services.items() if s.public}
        if not self.is_std:
            names |= {n for n, c in self.ctors.items() if self._ctor_public(c)}
        return sorted(n for n in names if not n.startswith("__"))

    def _ctor_public(self, ctor: CtorEntity) -> bool:
        entry = self.types.get(ctor.info.short_name)
        return entry is not None and entry.public


@dataclass(slots=True, eq=False)
class ProgramEnv:
    """The global tables. Modules are added in dependency order, each once, by `infer_module`."""

    builtins: Mapping[str, tuple[str, ...]]
    modules: dict[str, ModuleEnv] = field(default_factory=dict)
    types: dict[str, TypeInfo] = field(default_factory=dict)
    std_types: dict[str, TypeEntry] = field(default_factory=dict)
    interfaces: dict[str, Interface] = field(default_factory=dict)
    by_method: dict[str, list[Interface]] = field(default_factory=dict)
    instances: dict[tuple[str, str], list[Instance]] = field(default_factory=dict)
    """(trait, head of the target type) → instances; head `*` for an instance of a bare type parameter."""
    ctors: dict[str, CtorEntity] = field(default_factory=dict)
    std_by_lower: dict[str, ModuleEnv] = field(default_factory=dict)
    show: Interface | None = None
    """The pseudo interface `Show`, which library sources may name in `where`."""
    listed_derives: dict[str, tuple[frozenset[str], Span]] = field(default_factory=dict)
    """Types with a `deriving` clause: what it lists, and where."""

    def __post_init__(self) -> None:
        self.builtins = {**{key: (LATER[name],) for key, name in LATER_KEYS.items()}, **self.builtins}
        self.show = Interface(SHOW, SHOW, (), False, NO_SPAN, ModuleEnv("Prelude", True), True)
        for info in (OPTION, RESULT, ORDERING):
            self.types[info.name] = info
            self.std_types[info.name] = NominalEntry(info, True, NO_SPAN)
            for variant in info.variants:
                self.ctors[variant.name] = CtorEntity(info, variant)

    def type_infos(self) -> dict[str, TypeInfo]:
        """All nominal types by full name."""
        return self.types

    def builtin_type_infos(self) -> list[TypeInfo]:
        """The sum types that no module declares."""
        return [self.types[name] for name in ("Option", "Result", "Ordering")]

    def std(self, name: str) -> ModuleEnv | None:
        """The library module `name`, if it is loaded."""
        return self.modules.get("std:" + ("Json" if name == "JSON" else name))

    def add_module(self, module: ModuleEnv) -> None:
        """Make a finished module available to those that follow."""
        if module.is_std:
            self.modules["std:" + module.name] = module
            self.std_by_lower[module.name.lower()] = module
        else:
            self.modules[module.name] = module
