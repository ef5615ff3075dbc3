"""Layouts: how values and heap objects lie in memory, and the numbering of descriptors.

In: monomorphic MIR types. Out: LLVM types, object sizes, descriptor ids. One descriptor describes one
shape of heap object; type instances that differ only inside one layout class share theirs. The ids
below 128 belong to the core (strings, lists, Option, Result, Ordering).
"""

from __future__ import annotations

from dataclasses import dataclass

from snowc.mir.ir import Function, Module, TypeDecl
from snowc.mir.types import Con, MTy, layout_class, substitute

LLVM_TYPE = {"i64": "i64", "f64": "double", "i1": "i1", "unit": "void", "ptr": "ptr"}
"""How a value of each layout class travels in registers; unit does not travel."""

CLASS_CODE = {"i64": 0, "f64": 1, "i1": 2, "unit": 3, "ptr": 4}
"""The core's number of each class: in descriptors and in front of generic externs' arguments."""

HEADER = 8
SLOT = 8
CELL_STEP = 16
CELL_MAX = 512
IMMORTAL = 0x80000000
"""A count with the top bit set is never changed."""

FIRST_PROGRAM_DESC = 128
KIND_CTOR, KIND_CLOSURE = 1, 2
DESC_STRING, DESC_ASCII = 1, 12


@dataclass(frozen=True, slots=True)
class Descriptor:
    """One row of the program's descriptor table, see `struct snow_desc` of the core."""

    kind: int
    tag: int
    classes: tuple[str, ...]
    name: str


@dataclass(frozen=True, slots=True)
class VariantLayout:
    """How an object of one variant lies: its descriptor id and the class of each field."""

    desc: int
    classes: tuple[str, ...]
    name: str

    @property
    def size(self) -> int:
        """Bytes of the object, header included."""
        return HEADER + SLOT * len(self.classes)


@dataclass(frozen=True, slots=True)
class TypeLayout:
    """All variants of one type instance; their descriptor ids are consecutive from `base`."""

    base: int
    variants: tuple[VariantLayout, ...]


def field_offset(index: int) -> int:
    """Byte offset of field `index` in an object."""
    return HEADER + SLOT * index


def size_class(size: int) -> int | None:
    """The allocator's size class for an object of `size` bytes; None if it is too large for one."""
    return None if size > CELL_MAX else max(size - 1, 0) // CELL_STEP


def header_word(count: int, desc: int) -> int:
    """The eight header bytes as one little-endian word."""
    return desc << 32 | count


def passed(classes: list[str]) -> list[str]:
    """The LLVM types of those values that travel at all."""
    return [LLVM_TYPE[c] for c in classes if c != "unit"]


def signature(function: Function) -> tuple[str, tuple[str, ...]]:
    """LLVM result type and parameter types of a function, the hidden ones included."""
    hidden = ["ptr"] if function.captures is None else ["ptr", "ptr"]
    return (
        LLVM_TYPE[layout_class(function.result)],
        tuple(hidden + passed([layout_class(p.type) for p in function.params])),
    )


_OPTION = (("Some", (0,)), ("None", ()))
_RESULT = (("Ok", (0,)), ("Err", (1,)))
_ORDERING: tuple[tuple[str, tuple[int, ...]], ...] = (("Less", ()), ("Equal", ()), ("Greater", ()))
_BUILT_IN = {"Option": _OPTION, "Result": _RESULT, "Ordering": _ORDERING}


def _core_base(name: str, classes: tuple[str, ...]) -> int | None:
    """The first descriptor id of a type instance whose descriptors the core owns."""
    codes = [CLASS_CODE[c] for c in classes]
    match name:
        case "Option":
            return 16 + codes[0] * 2
        case "Result":
            return 32 + (codes[0] * 5 + codes[1]) * 2
        case "Ordering":
            return 96
        case _:
            return None


class Layouts:
    """The layouts used by a module; asking for one numbers it."""

    def __init__(self, module: Module) -> None:
        self._types = module.types
        self._known: dict[tuple[str, tuple[str, ...]], TypeLayout] = {}
        self._by_type: dict[MTy, TypeLayout] = {}
        self._closures: dict[str, int] = {}
        self.descriptors: list[Descriptor] = []

    def of(self, ty: MTy) -> TypeLayout:
        """The layout of a struct, tuple or sum type instance."""
        known = self._by_type.get(ty)
        if known is None:
            known = self._by_type[ty] = self._of_classes(ty)
        return known

    def find(self, ty: MTy) -> TypeLayout | None:
        """The layout of a type, None if objects of it have no fields that the compiler knows."""
        known = isinstance(ty, Con) and (ty.name in self._types or ty.name == "Tuple" or ty.name in _BUILT_IN)
        return self.of(ty) if known else None

    def _of_classes(self, ty: MTy) -> TypeLayout:
        if not isinstance(ty, Con):
            raise ValueError(f"{ty} is not a constructed type")
        key = (ty.name, tuple(layout_class(a) for a in ty.args))
        if key not in self._known:
            self._known[key] = self._number(ty, key)
        return self._known[key]

    def _number(self, ty: Con, key: tuple[str, tuple[str, ...]]) -> TypeLayout:
        fields = self._variant_fields(ty)
        base = _core_base(*key)
        if base is None:
            base = FIRST_PROGRAM_DESC + len(self.descriptors)
            self.descriptors += [Descriptor(KIND_CTOR, i, classes, name) for i, (name, classes) in enumerate(fields)]
        return TypeLayout(base, tuple(VariantLayout(base + i, cs, name) for i, (name, cs) in enumerate(fields)))

    def _variant_fields(self, ty: Con) -> list[tuple[str, tuple[str, ...]]]:
        """Name and field classes of each variant."""
        if ty.name == "Tuple":
            return [("Tuple", tuple(layout_class(a) for a in ty.args))]
        decl = self._types.get(ty.name)
        if decl is not None:
            return [(v.name, _classes_of(v.field_types, decl, ty)) for v in decl.variants]
        if ty.name not in _BUILT_IN:
            raise ValueError(f"type {ty} is not declared in the module")
        return [(n, tuple(layout_class(ty.args[i]) for i in args)) for n, args in _BUILT_IN[ty.name]]

    def closure(self, name: str, capture_classes: tuple[str, ...]) -> int:
        """The descriptor id of closures over the function `name`. Field 0 is the code pointer, a plain word."""
        known = self._closures.get(name)
        if known is None:
            known = self._closures[name] = FIRST_PROGRAM_DESC + len(self.descriptors)
            self.descriptors.append(Descriptor(KIND_CLOSURE, 0, ("i64", *capture_classes), name))
        return known


def _classes_of(field_types: list[MTy], decl: TypeDecl, ty: Con) -> tuple[str, ...]:
    env = dict(zip(decl.params, ty.args, strict=True))
    return tuple(layout_class(substitute(t, env)) for t in field_types)
