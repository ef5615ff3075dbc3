"""The fast paths that every module inlines: allocation, counting, the stack check, growing a list.

Written as LLVM text and emitted only when used, as small `alwaysinline` functions; their slow paths
are C functions of the core. For code that runs once there is a second form of the most frequent ones
that stays a call (`new`, `dup_call`, `drop_call`). The fixed offsets of the process record are those of
`struct snow_ctx`: the stack limit at 0, the free lists from 16.
"""

from __future__ import annotations

from snowc.codegen.emit import Metadata
from snowc.codegen.runtime_decls import Declarations
from snowrt.abi import DESC_LIST

CTX_TYPE_DECL = "%snow.ctx = type { i64, i64, [32 x ptr] }"

_ALLOC = """\
define internal noalias nonnull ptr @snow.alloc(ptr %ctx, i64 %class) alwaysinline nounwind {
  %list = getelementptr inbounds %snow.ctx, ptr %ctx, i64 0, i32 2, i64 %class
  %cell = load ptr, ptr %list, align 8
  %empty = icmp eq ptr %cell, null
  br i1 %empty, label %slow, label %fast, !prof @COLD@
fast:
  %link = getelementptr inbounds i8, ptr %cell, i64 8
  %next = load ptr, ptr %link, align 8
  store ptr %next, ptr %list, align 8
  ret ptr %cell
slow:
  %fresh = call ptr @snowi_alloc_slow(ptr %ctx, i64 %class)
  ret ptr %fresh
}"""

_NEW = """\
define internal fastcc noalias nonnull ptr @snow.new(ptr %ctx, i64 %class, i64 %header) noinline nounwind {
  %cell = call ptr @snow.alloc(ptr %ctx, i64 %class)
  store i64 %header, ptr %cell, align 8
  ret ptr %cell
}"""

_DUP = """\
define internal void @snow.dup(ptr %p) alwaysinline nounwind {
  %count = load i32, ptr %p, align 8
  %mortal = icmp sge i32 %count, 0
  br i1 %mortal, label %inc, label %done
inc:
  %more = add i32 %count, 1
  store i32 %more, ptr %p, align 8
  br label %done
done:
  ret void
}"""

_DROP = """\
define internal void @snow.drop(ptr %ctx, ptr %p) alwaysinline nounwind {
  %count = load i32, ptr %p, align 8
  %shared = icmp sgt i32 %count, 1
  br i1 %shared, label %dec, label %last
dec:
  %less = add i32 %count, -1
  store i32 %less, ptr %p, align 8
  br label %done
last:
  call fastcc void @snow.drop_last(ptr %ctx, ptr %p)
  br label %done
done:
  ret void
}
define internal fastcc void @snow.drop_last(ptr %ctx, ptr %p) noinline nounwind {
  %count = load i32, ptr %p, align 8
  %mortal = icmp sge i32 %count, 0
  br i1 %mortal, label %free, label %done
free:
  tail call void @snowi_free(ptr %ctx, ptr %p)
  br label %done
done:
  ret void
}"""

_DUP_CALL = """\
define internal fastcc void @snow.dup_call(ptr %p) noinline nounwind {
  call void @snow.dup(ptr %p)
  ret void
}"""

_DROP_CALL = """\
define internal fastcc void @snow.drop_call(ptr %ctx, ptr %p) noinline nounwind {
  call void @snow.drop(ptr %ctx, ptr %p)
  ret void
}"""

_FREE_CELL = """\
define internal void @snow.free_cell(ptr %ctx, ptr %p, i64 %class) alwaysinline nounwind {
  %list = getelementptr inbounds %snow.ctx, ptr %ctx, i64 0, i32 2, i64 %class
  %next = load ptr, ptr %list, align 8
  store i64 0, ptr %p, align 8
  %link = getelementptr inbounds i8, ptr %p, i64 8
  store ptr %next, ptr %link, align 8
  store ptr %p, ptr %list, align 8
  ret void
}"""

_STACK_CHECK = """\
define internal void @snow.stack_check(ptr %ctx, i64 %frame, i64 %loc) alwaysinline nounwind {
  %sp = call i64 @llvm.read_register.i64(metadata @STACK_POINTER@)
  %low = sub i64 %sp, %frame
  %limit = load atomic i64, ptr %ctx monotonic, align 8
  %over = icmp ult i64 %low, %limit
  br i1 %over, label %slow, label %done, !prof @COLD@
slow:
  call preserve_mostcc void @snowi_stack_slow(ptr %ctx, i64 %loc)
  br label %done
done:
  ret void
}"""

_LIST_SET = """\
define internal ptr @snow.list_set(i64 %class, ptr %list, i64 %i, i64 %word) alwaysinline nounwind {
  %header = load i64, ptr %list, align 8
  %desc = add i64 %class, @DESC_LIST@
  %desc.high = shl i64 %desc, 32
  %unique = or disjoint i64 %desc.high, 1
  %own = icmp eq i64 %header, %unique
  br i1 %own, label %fast, label %slow
fast:
  %data.at = getelementptr inbounds i8, ptr %list, i64 16
  %data = load ptr, ptr %data.at, align 8
  %at = getelementptr inbounds i64, ptr %data, i64 %i
  store i64 %word, ptr %at, align 8
  ret ptr %list
slow:
  %copy = call ptr @snow_list_set(i64 %class, ptr %list, i64 %i, i64 %word)
  ret ptr %copy
}""".replace("@DESC_LIST@", str(DESC_LIST))

_LIST_PUSH = """\
define internal ptr @snow.list_push(i64 %class, ptr %list, i64 %word) alwaysinline nounwind {
  %header = load i64, ptr %list, align 8
  %desc = add i64 %class, @DESC_LIST@
  %desc.high = shl i64 %desc, 32
  %unique = or disjoint i64 %desc.high, 1
  %own = icmp eq i64 %header, %unique
  br i1 %own, label %array, label %slow
array:
  %len.at = getelementptr inbounds i8, ptr %list, i64 8
  %data.at = getelementptr inbounds i8, ptr %list, i64 16
  %cap.at = getelementptr inbounds i8, ptr %list, i64 24
  %words = getelementptr inbounds i8, ptr %list, i64 32
  %len = load i64, ptr %len.at, align 8
  %data = load ptr, ptr %data.at, align 8
  %cap = load i64, ptr %cap.at, align 8
  %end = getelementptr inbounds i64, ptr %data, i64 %len
  %limit = getelementptr inbounds i64, ptr %words, i64 %cap
  %room = icmp ult ptr %end, %limit
  br i1 %room, label %fast, label %slow
fast:
  store i64 %word, ptr %end, align 8
  %more = add i64 %len, 1
  store i64 %more, ptr %len.at, align 8
  ret ptr %list
slow:
  %moved = call ptr @snow_list_push(i64 %class, ptr %list, i64 %word)
  ret ptr %moved
}""".replace("@DESC_LIST@", str(DESC_LIST))

_IDIV = """\
define internal i64 @snow.idiv(i64 %a, i64 %b) alwaysinline nounwind {
  %minus = icmp eq i64 %b, -1
  %safe = select i1 %minus, i64 1, i64 %b
  %quotient = sdiv i64 %a, %safe
  %negated = sub i64 0, %a
  %result = select i1 %minus, i64 %negated, i64 %quotient
  ret i64 %result
}"""

_IREM = """\
define internal i64 @snow.irem(i64 %a, i64 %b) alwaysinline nounwind {
  %minus = icmp eq i64 %b, -1
  %safe = select i1 %minus, i64 1, i64 %b
  %result = srem i64 %a, %safe
  ret i64 %result
}"""

_CONST_CHECK = """\
define internal void @snow.const_check(i64 %done, i64 %number, ptr %message, i64 %loc) alwaysinline nounwind {
  %early = icmp sge i64 %number, %done
  br i1 %early, label %unset, label %set, !prof @COLD@
unset:
  call void @snowi_panic(ptr %message, i64 %loc)
  unreachable
set:
  ret void
}"""

_PIECES: dict[str, tuple[str, tuple[str, ...]]] = {
    "alloc": (_ALLOC, ("snowi_alloc_slow",)),
    "new": (_NEW, ("snow.alloc",)),
    "dup": (_DUP, ()),
    "dup_call": (_DUP_CALL, ("snow.dup",)),
    "drop": (_DROP, ("snowi_free",)),
    "drop_call": (_DROP_CALL, ("snow.drop",)),
    "free_cell": (_FREE_CELL, ()),
    "stack_check": (
        _STACK_CHECK,
        ("llvm.read_register.i64", "snowi_stack_slow"),
    ),
    "list_set": (_LIST_SET, ("snow_list_set",)),
    "list_push": (_LIST_PUSH, ("snow_list_push",)),
    "idiv": (_IDIV, ()),
    "irem": (_IREM, ()),
    "const_check": (_CONST_CHECK, ("snowi_panic",)),
}
"""Each piece with what it calls: other pieces, and functions from outside."""

_OWN = "snow."


class Prelude:
    """The pieces a module uses. `metadata` gives the nodes for branch weights and the stack pointer."""

    def __init__(self, declarations: Declarations, meta: Metadata, stack_pointer: str) -> None:
        self._declarations = declarations
        self._meta = meta
        self._stack_pointer = stack_pointer
        self._used: dict[str, None] = {}

    def use(self, piece: str) -> str:
        """The symbol of a piece, which will be in the module."""
        if piece not in self._used:
            self._used[piece] = None
            for callee in _PIECES[piece][1]:
                if callee.startswith(_OWN):
                    self.use(callee.removeprefix(_OWN))
                else:
                    self._declarations.use(callee)
        return "@" + _OWN + piece

    def definitions(self) -> list[str]:
        """The text of the used pieces."""
        texts = [_PIECES[piece][0] for piece in self._used]
        if any("@COLD@" in t for t in texts):
            cold = self._meta.node('!{!"branch_weights", i32 1, i32 1000000}')
            texts = [t.replace("@COLD@", cold) for t in texts]
        if "stack_check" in self._used:
            node = self._meta.node(f'!{{!"{self._stack_pointer}"}}')
            texts = [t.replace("@STACK_POINTER@", node) for t in texts]
        return texts
