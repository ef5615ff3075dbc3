"""What a pass can find wrong with a user's program."""

from __future__ import annotations

from typing import ClassVar

from snowc.diag.core import Diagnostic, diagnostic


@diagnostic
class InstantiationTooDeep(Diagnostic):
    """Polymorphic recursion: instances would be made at ever larger types without end."""

    code: ClassVar[str] = "E0054"

    function: str
    limit: int
    chain: tuple[str, ...]
    """The first instances of the chain, smallest first."""

    def message(self) -> str:
        return f"`{self.function}` is instantiated at types nested deeper than {self.limit}"

    def label(self) -> str:
        return "each call asks for an instance at a larger type"

    def notes(self) -> tuple[str, ...]:
        return (f"the chain begins: {' -> '.join(self.chain)} -> …",) if self.chain else ()

    def help(self) -> str | None:
        return "give the recursive call the same type arguments as its function, or a type that does not grow"
