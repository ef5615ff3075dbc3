"""Do the counts balance? An independent check of MIR after `insert_rc`.

In: verified, monomorphic, counted MIR. Out: findings, empty if on every path every owned unit is
consumed exactly once, every borrowed value is read only while what it borrows from is alive, all ways
into a block agree on what is owned, and nothing is left at a return. What is alive at a panic or
behind a call that does not return may leak. A finding is a fault of the compiler.

The check is one walk forward in reverse postorder. Its state maps each counted value to the units of
it that the path owns; blocks are entered with the state of the first edge, and every other edge must
bring the same. Nothing is shared with `insert_rc`: the two must not be wrong in the same way.
"""

from __future__ import annotations

from dataclasses import dataclass

from snowc.mir.ir import (
    Block,
    Call,
    CallClosure,
    CallExtern,
    Const,
    ConstRef,
    Construct,
    Drop,
    Dup,
    Function,
    Instr,
    MakeClosure,
    Module,
    Panic,
    Project,
    Return,
    Tag,
    TailCall,
    Target,
    Term,
    Unreachable,
    Value,
)
from snowc.mir.known_functions import known_functions
from snowc.mir.print import instr_text, term_text
from snowc.mir.types import is_counted
from snowc.mir.walk import reverse_postorder, targets

State = dict[Value, int]
"""Units owned by the path, by value; values with none are absent."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One imbalance and where it shows."""

    function: str
    block: str
    code: str
    text: str

    def __str__(self) -> str:
        return f"{self.function} / {self.block} / {self.code}: {self.text}"


def certify(module: Module) -> list[Finding]:
    """Check every function of the module."""
    findings: list[Finding] = []
    for function in module.functions.values():
        findings += _Certifier(module, function).run()
    return findings


class _Certifier:
    """The walk through one function."""

    def __init__(self, module: Module, function: Function) -> None:
        self._module = module
        self._function = function
        self._findings: list[Finding] = []
        self._lenders: dict[Value, list[Value]] = {}
        self._immortal: set[Value] = set()
        self._entered: dict[Block, State] = {}
        self._state: State = {}
        self._block = function.blocks[0]
        self._code = ""

    def run(self) -> list[Finding]:
        """Walk all reachable blocks, each once."""
        self._entered[self._block] = self._initial()
        for block in reverse_postorder(self._block):
            self._block = block
            self._state = dict(self._entered[block])
            self._run_block(block)
        return self._findings

    def _initial(self) -> State:
        state: State = {}
        for index, param in enumerate(self._function.params):
            if index in self._function.borrowed:
                self._lenders[param] = []
            elif is_counted(param.type):
                state[param] = 1
        for capture in self._function.captures or ():
            self._lenders[capture] = []
        return state

    def _report(self, text: str) -> None:
        self._findings.append(Finding(self._function.name, self._block.label, self._code, text))

    # ---- units ---------------------------------------------------------------------------------

    def _gain(self, value: Value | None) -> None:
        if value is not None and is_counted(value.type):
            self._state[value] = self._state.get(value, 0) + 1

    def _consume(self, value: Value) -> None:
        if not is_counted(value.type) or value in self._immortal:
            return
        units = self._state.get(value, 0)
        if units == 0:
            self._report(f"%{value.name} is consumed but not owned")
        elif units == 1:
            del self._state[value]
        else:
            self._state[value] = units - 1

    def _borrow(self, value: Value) -> None:
        if is_counted(value.type) and not self._alive(value):
            self._report(f"%{value.name} is read but nothing keeps it alive")

    def _alive(self, value: Value) -> bool:
        """Owned, immortal, or borrowed all the way from something alive."""
        work = [value]
        while work:
            value = work.pop()
            if value in self._state or value in self._immortal:
                continue
            if value not in self._lenders:
                return False
            work += self._lenders[value]
        return True

    def _lend(self, dest: Value, lenders: list[Value]) -> None:
        """`dest` lives as long as all of `lenders` do; with none of them, for the whole call."""
        if not is_counted(dest.type):
            return
        if lenders and all(lender in self._immortal for lender in lenders):
            self._immortal.add(dest)
        self._lenders[dest] = lenders

    # ---- instructions --------------------------------------------------------------------------

    def _run_block(self, block: Block) -> None:
        for instr in block.instrs:
            before = len(self._findings)
            self._instr(instr)
            self._locate(before, instr)
        before = len(self._findings)
        self._term(block.term)
        self._locate(before, None)

    def _locate(self, before: int, instr: Instr | None) -> None:
        """Fill in the code of the findings made since `before`; texts are made for them only."""
        for index in range(before, len(self._findings)):
            found = self._findings[index]
            code = term_text(self._block.term) if instr is None else instr_text(instr)
            self._findings[index] = Finding(found.function, found.block, code, found.text)

    def _instr(self, instr: Instr) -> None:
        match instr:
            case Dup():
                self._borrow(instr.value)
                if instr.value not in self._immortal:
                    self._gain(instr.value)
            case Drop():
                self._consume(instr.value)
            case Project():
                self._borrow(instr.base)
                if instr.dest is not None:
                    self._lend(instr.dest, [instr.base])
            case Tag():
                self._borrow(instr.base)
            case Const() | ConstRef():
                if instr.dest is not None:
                    self._immortal.add(instr.dest)
            case Construct(args=[]) | MakeClosure(captures=[]):
                if instr.dest is not None:
                    self._immortal.add(instr.dest)
            case Construct(args=consumed) | MakeClosure(captures=consumed):
                self._exchange(consumed, [], instr.dest)
            case Call():
                callee = self._module.functions.get(instr.callee)
                self._call(instr.args, callee.borrowed if callee else frozenset(), instr.dest)
            case CallClosure():
                self._exchange(instr.args, [instr.fn], instr.dest)
            case CallExtern():
                self._extern(instr)

    def _exchange(self, consumed: list[Value], borrowed: list[Value], dest: Value | None) -> None:
        """Consume, then read what must have survived that, then receive."""
        for value in consumed:
            self._consume(value)
        for value in borrowed:
            self._borrow(value)
        self._gain(dest)

    def _call(self, args: list[Value], borrowed: frozenset[int], dest: Value | None) -> None:
        lent = [a for i, a in enumerate(args) if i in borrowed]
        self._exchange([a for i, a in enumerate(args) if i not in borrowed], lent, dest)

    def _extern(self, instr: CallExtern) -> None:
        known = known_functions[instr.symbol]
        owned = (*known.owned, False)
        consumed = [a for i, a in enumerate(instr.args) if owned[i]]
        lent = [a for i, a in enumerate(instr.args) if not owned[i]]
        self._exchange(consumed, lent, instr.dest if known.result_owned else None)
        if not known.result_owned and instr.dest is not None:
            self._lend(instr.dest, [instr.args[0]])

    # ---- ends of blocks ------------------------------------------------------------------------

    def _term(self, term: Term | None) -> None:
        match term:
            case Panic() | Unreachable() | None:
                return
            case Return():
                self._consume(term.value)
                self._nothing_left()
            case TailCall():
                self._tail_call(term)
                self._nothing_left()
            case _:
                for target in targets(term):
                    self._edge(target)

    def _tail_call(self, term: TailCall) -> None:
        callee = self._module.functions.get(term.callee)
        for index, value in enumerate(term.args):
            if callee is not None and index in callee.borrowed and is_counted(value.type):
                self._report(f"%{value.name} is lent to a call that outlives this function")
            self._consume(value)

    def _nothing_left(self) -> None:
        for value in self._state:
            self._report(f"%{value.name} is never consumed")

    def _edge(self, target: Target) -> None:
        """Hand the state over to a block, its parameters owning what the arguments brought."""
        saved = self._state
        self._state = dict(saved)
        for value in target.args:
            self._consume(value)
        for param in target.block.params:
            self._gain(param)
        arriving, self._state = self._state, saved
        known = self._entered.setdefault(target.block, arriving)
        if known == arriving:
            return
        if isinstance(target.block.term, (Panic, Unreachable)):
            # What only some ways own is lost there, and may be.
            self._entered[target.block] = {v: min(n, arriving[v]) for v, n in known.items() if v in arriving}
        else:
            differing = sorted(v.name for v in known.keys() | arriving.keys() if known.get(v) != arriving.get(v))
            names = ", ".join(f"%{name}" for name in differing)
            self._report(f"the ways into {target.block.label} disagree on what is owned: {names}")
