"""Which instance of a trait a concrete type has.

In: the instances of a module and its type declarations. Out: for a method call at a concrete type the
function that carries it out, with the types for its parameters. Derived instances are made when they
are first asked for. The pseudo trait `Show` is Display if there is such an instance, else Debug.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from snowc.mir.derive import can_derive, derive, derived_name
from snowc.mir.ir import Function, Impl, Module
from snowc.mir.shapes import decl_of
from snowc.mir.types import Con, Fn, MTy, TVar, substitute


@dataclass(frozen=True, slots=True)
class Method:
    """A function and the types of its leading type parameters, those of the instance."""

    function: str
    type_args: tuple[MTy, ...]


class Instances:
    """Finds instances; functions it has to make go into `functions`."""

    def __init__(self, module: Module, functions: dict[str, Function]) -> None:
        self._module = module
        self._functions = functions
        self._by_head: dict[tuple[str, str], list[Impl]] = {}
        for impl in module.impls:
            self._by_head.setdefault((impl.trait, impl.target), []).append(impl)

    def find(self, trait: str, trait_args: list[MTy], method: str, self_type: MTy) -> Method | None:
        """The method's function, or None if the type has no such instance."""
        if trait == "Show":
            if self._implements("Display", self_type):
                return self.find("Display", [], "to_string", self_type)
            return self.find("Debug", [], "inspect", self_type)
        found = self._explicit(trait, trait_args, self_type)
        if found is None:
            derived = self._derived(trait, method, self_type)
            if derived is not None:
                return derived
            found = self._among(trait, "*", (self_type,), trait_args)
        if found is None:
            return None
        impl, env = found
        function = impl.methods.get(method)
        return None if function is None else Method(function, tuple(env[p] for p in impl.params))

    def _implements(self, trait: str, ty: MTy, asked: frozenset[tuple[str, MTy]] = frozenset()) -> bool:
        """Whether there is an instance whose bounds hold; what is being asked already is taken to hold."""
        if (trait, ty) in asked:
            return True
        asked |= {(trait, ty)}
        if trait == "Show":
            return self._implements("Display", ty, asked) or self._implements("Debug", ty, asked)
        found = self._explicit(trait, [], ty)
        decl = decl_of(self._module, ty)
        if found is None and decl is not None and can_derive(decl, trait):
            return True
        found = found or self._among(trait, "*", (ty,), [])
        if found is None:
            return False
        impl, env = found
        return all(self._implements(bound, substitute(part, env), asked) for bound, part in impl.bounds)
    def _explicit(self, trait: str, trait_args: list[MTy], ty: MTy) -> tuple[Impl, dict[str, MTy]] | None:
        return self._among(trait, ty.name, ty.args, trait_args) if isinstance(ty, Con) else None

    def _among(
        self, trait: str, head: str, parts: Sequence[MTy], trait_args: list[MTy]
    ) -> tuple[Impl, dict[str, MTy]] | None:
        for impl in self._by_head.get((trait, head), ()):
            env: dict[str, MTy] = {}
            patterns = [*impl.target_args, *impl.trait_args[: len(trait_args)]]
            if match_types(patterns, [*parts, *trait_args], env):
                return impl, env
        return None

    def _derived(self, trait: str, method: str, ty: MTy) -> Method | None:
        decl = decl_of(self._module, ty)
        if decl is None or not isinstance(ty, Con) or not can_derive(decl, trait):
            return None
        name = derived_name(decl, trait, method)
        if name not in self._functions:
            self._functions[name] = derive(decl, trait, method)
        return Method(name, ty.args)


def match_types(patterns: list[MTy], types: list[MTy], env: dict[str, MTy]) -> bool:
    """Match types against patterns one by one, binding the patterns' variables in `env`."""
    if len(patterns) != len(types):
        return False
    work = list(zip(patterns, types, strict=True))
    while work:
        match work.pop():
            case TVar(name), ty:
                if env.setdefault(name, ty) != ty:
                    return False
            case Con(left, left_args), Con(right, right_args) if left == right and len(left_args) == len(right_args):
                work += zip(left_args, right_args, strict=True)
            case Fn(left_params, left_result), Fn(right_params, right_result) if len(left_params) == len(right_params):
                work += zip((*left_params, left_result), (*right_params, right_result), strict=True)
            case _:
                return False
    return True
