"""MIR programs with their counting written by hand, to be run on the real core."""

from __future__ import annotations

HEAD = 'files "main.snow"\nentry Main.main\n'

END = "\n  %end: () = const ()\n  return %end\n}\n"


def show_int(value: str, name: str) -> str:
    """MIR that prints an Int."""
    return (
        f"  %{name}: String = extern snow_int_to_string(%{value})\n"
        f"  %{name}.u: () = extern snow_println(%{name})\n  drop %{name}\n"
    )


FIB = (
    HEAD
    + """
fn Main.fib(%n: Int) -> Int @0:1 {
entry:
  %two: Int = const 2 @0:2
  %c: Bool = ilt %n, %two @0:2
  br %c, small(), large() @0:2
small:
  return %n @0:3
large:
  %one: Int = const 1 @0:5
  %a: Int = isub %n, %one @0:5
  %x: Int = call Main.fib(%a) @0:5
  %b: Int = isub %n, %two @0:6
  %y: Int = call Main.fib(%b) @0:6
  %r: Int = iadd %x, %y @0:7
  return %r @0:7
}
fn Main.main() -> () @0:10 {
entry:
  %n: Int = const 20 @0:11
  %r: Int = call Main.fib(%n) @0:11
"""
    + show_int("r", "s")
    + END
)

LISTS = (
    HEAD
    + """
fn Main.build(%n: Int) -> List<String> {
entry:
  %empty: List<String> = extern snow_list_new<String>()
  %zero: Int = const 0
  jump head(%zero, %empty)
head(%i: Int, %xs: List<String>):
  %done: Bool = ieq %i, %n
  br %done, out(), go()
out:
  return %xs
go:
  %s: String = extern snow_int_to_string(%i)
  %ys: List<String> = extern snow_list_push<String>(%xs, %s)
  %one: Int = const 1
  %j: Int = iadd %i, %one
  jump head(%j, %ys)
}
fn Main.main() -> () {
entry:
  %n: Int = const 1000
  %xs: List<String> = call Main.build(%n)
  dup %xs
  %extra: String = const "extra"
  %ys: List<String> = extern snow_list_push<String>(%xs, %extra)
  %a: Int = extern snow_list_length<String>(%xs)
  %b: Int = extern snow_list_length<String>(%ys)
  %last: String = extern snow_list_get<String>(%ys, %a)
  %u1: () = extern snow_println(%last)
  %k: Int = const 999
  %item: String = extern snow_list_get<String>(%xs, %k)
  %u2: () = extern snow_println(%item)
"""
    + show_int("a", "sa")
    + show_int("b", "sb")
    + "  drop %xs\n  drop %ys"
    + END
)

SHAPES = (
    HEAD
    + """
type Shape {
  Circle(Float)
  Rect(Float, Bool, (), String)
  Nothing
}
fn Main.area(%s: Shape) -> Float {
entry:
  %t: Int = tag %s
  switch %t [0: circle(), 1: rect(), 2: nothing()]
circle:
  %r: Float = project %s, 0, 0
  %rr: Float = fmul %r, %r
  jump done(%rr)
rect:
  %name: String = project %s, 1, 3
  %u3: () = extern snow_println(%name)
  %w: Float = project %s, 1, 0
  %b: Bool = project %s, 1, 1
  %flip: Float = fneg %w
  br %b, done(%w), done(%flip)
nothing:
  %z: Float = const 0.25
  jump done(%z)
done(%v: Float):
  drop %s
  return %v
}
fn Main.main() -> () {
entry:
  %x: Float = const 1.5
  %yes: Bool = const true
  %no: Bool = const false
  %u: () = const ()
  %n: Int = const 7
  %name: String = extern snow_int_to_string(%n)
  dup %name
  %c: Shape = construct 0(%x)
  %r: Shape = construct 1(%x, %yes, %u, %name)
  %q: Shape = construct 1(%x, %no, %u, %name)
  %e: Shape = construct 2()
  dup %e
  %a1: Float = call Main.area(%c)
  %a2: Float = call Main.area(%r)
  %a3: Float = call Main.area(%q)
  %a4: Float = call Main.area(%e)
  %a5: Float = call Main.area(%e)
  %s1: Float = fadd %a1, %a2
  %s2: Float = fadd %s1, %a3
  %s3: Float = fadd %s2, %a4
  %s4: Float = fadd %s3, %a5
  %out: String = extern snow_float_to_string(%s4)
  %u4: () = extern snow_println(%out)
  drop %out"""
    + END
)

CLOSURES = (
    HEAD
    + """
fn Main.scale(%x: Int) captures(%k: Int, %flag: Bool, %label: String) -> Int {
entry:
  %u5: () = extern snow_println(%label)
  br %flag, yes(), no()
yes:
  %r: Int = imul %x, %k
  return %r
no:
  return %x
}
fn Main.plain(%x: Int) captures() -> Int {
entry:
  %r: Int = ineg %x
  return %r
}
fn Main.twice(%f: Fun(Int) -> Int, %x: Int) -> Int {
entry:
  %y: Int = call_closure %f(%x)
  %z: Int = call_closure %f(%y)
  drop %f
  return %z
}
fn Main.main() -> () {
entry:
  %k: Int = const 3
  %yes: Bool = const true
  %label: String = extern snow_int_to_string(%k)
  %f: Fun(Int) -> Int = closure Main.scale [%k, %yes, %label]
  %g: Fun(Int) -> Int = closure Main.plain []
  %x: Int = const 5
  %a: Int = call Main.twice(%f, %x)
  %b: Int = call Main.twice(%g, %x)
"""
    + show_int("a", "sa")
    + show_int("b", "sb")
    + END
)

CONSTANTS = (
    HEAD
    + """
const Main.n: Int = Main.n_init
const Main.xs: List<String> = Main.xs_init
fn Main.n_init() -> Int {
entry:
  %a: Int = const 11
  return %a
}
fn Main.xs_init() -> List<String> {
entry:
  %n: Int = constref Main.n
  %s: String = extern snow_int_to_string(%n)
  %two: Int = const 2
  %xs: List<String> = extern snow_list_fill<String>(%s, %two)
  drop %s
  return %xs
}
fn Main.main() -> () {
entry:
  %xs: List<String> = constref Main.xs
  %sep: String = const "-"
  %s: String = extern snow_string_join(%xs, %sep)
  %u6: () = extern snow_println(%s)
  drop %s
  drop %xs"""
    + END
)

NUMBERS = (
    HEAD
    + """
fn Main.main() -> () {
entry:
  %min: Int = const -9223372036854775808
  %minus: Int = const -1
  %q: Int = idiv %min, %minus
  %r: Int = irem %min, %minus
  %seven: Int = const -7
  %two: Int = const 2
  %q2: Int = idiv %seven, %two
  %r2: Int = irem %seven, %two
  %nan: Float = const nan
  %big: Float = const 1e300
  %i1: Int = f_to_i %nan
  %i2: Int = f_to_i %big
  %ne: Bool = fne %nan, %nan
  %i3: Int = b_to_i %ne
  %count: Int = const 65
  %sh: Int = ishl %two, %count
  %f: Float = const 7.5
  %g: Float = const -2.0
  %h: Float = frem %f, %g
  %i4: Int = f_to_i %h
"""
    + "".join(show_int(v, "s" + v) for v in ("q", "r", "q2", "r2", "i1", "i2", "i3", "sh", "i4"))
    + END
)

TAIL_CALLS = (
    HEAD
    + """
fn Main.even(%n: Int) -> Bool {
entry:
  %zero: Int = const 0
  %done: Bool = ieq %n, %zero
  br %done, yes(), no()
yes:
  %t: Bool = const true
  return %t
no:
  %one: Int = const 1
  %m: Int = isub %n, %one
  tailcall Main.odd(%m)
}
fn Main.odd(%n: Int) -> Bool {
entry:
  %zero: Int = const 0
  %done: Bool = ieq %n, %zero
  br %done, yes(), no()
yes:
  %f: Bool = const false
  return %f
no:
  %one: Int = const 1
  %m: Int = isub %n, %one
  tailcall Main.even(%m)
}
fn Main.main() -> () {
entry:
  %n: Int = const 5000000
  %b: Bool = call Main.even(%n)
  %i: Int = b_to_i %b
"""
    + show_int("i", "s")
    + END
)

ENDLESS = (
    HEAD
    + """
fn Main.down(%n: Int) -> Int @0:3 {
entry:
  %one: Int = const 1
  %m: Int = iadd %n, %one
  %r: Int = call Main.down(%m) @0:4
  %s: Int = iadd %r, %one
  return %s
}
fn Main.main() -> () {
entry:
  %hello: String = const "before"
  %u7: () = extern snow_println(%hello)
  %n: Int = const 0
  %r: Int = call Main.down(%n)
"""
    + show_int("r", "s")
    + END
)

PANIC = (
    HEAD
    + """
fn Main.main() -> () {
entry:
  %hello: String = const "before"
  %u8: () = extern snow_print(%hello)
  panic "no such luck" @0:12
}
"""
)

LEAK = HEAD + "fn Main.main() -> () {\nentry:\n  %n: Int = const 5\n  %s: String = extern snow_int_to_string(%n)" + END

LIST_UPDATES = (
    HEAD
    + """
fn Main.show(%a: Int, %b: Int) -> () {
entry:
"""
    + show_int("a", "sa")
    + show_int("b", "sb")
    + """  %u: () = const ()
  return %u
}
fn Main.main() -> () {
entry:
  %x: Float = const 1.5
  %y: Float = const 40.0
  %i: Int = const 1
  %three: Int = const 3
  %xs: List<Float> = extern snow_list_fill<Float>(%x, %three)
  %ys: List<Float> = extern snow_list_set<Float>(%xs, %i, %y)
  dup %ys
  %zs: List<Float> = extern snow_list_set<Float>(%ys, %i, %x)
  %a: Float = extern snow_list_get<Float>(%ys, %i)
  %b: Float = extern snow_list_get<Float>(%zs, %i)
  %ia: Int = f_to_i %a
  %ib: Int = f_to_i %b
  %u1: () = call Main.show(%ia, %ib)
  %s: String = extern snow_int_to_string(%ia)
  %ss: List<String> = extern snow_list_fill<String>(%s, %three)
  %new: String = const "new"
  %ts: List<String> = extern snow_list_set<String>(%ss, %i, %new)
  %t: String = extern snow_list_get<String>(%ts, %i)
  %u2: () = extern snow_println(%t)
  %ba: Bool = extern snow_list_is_scalar<Float>(%ys)
  %bb: Bool = extern snow_list_is_scalar<String>(%ts)
  %na: Int = b_to_i %ba
  %nb: Int = b_to_i %bb
  %u3: () = call Main.show(%na, %nb)
  drop %s
  drop %ts
  drop %ys
  drop %zs"""
    + END
)

CONSTANT_LISTS = (
    HEAD
    + """
fn Main.main() -> () {
entry:
  %i: Int = const 1
  %xs: List<Int> = const [4, -5, 6]
  %x: Int = extern snow_list_get<Int>(%xs, %i)
"""
    + show_int("x", "sx")
    + """  %ys: List<Int> = extern snow_list_push<Int>(%xs, %x)
  %zs: List<Int> = extern snow_list_tail<Int>(%xs, %i)
  %n: Int = extern snow_list_length<Int>(%ys)
  %z: Int = extern snow_list_get<Int>(%zs, %i)
"""
    + show_int("n", "sn")
    + show_int("z", "sz")
    + """  drop %ys
  drop %zs
  %ss: List<String> = const ["one", "two", "one"]
  %s: String = extern snow_list_get<String>(%ss, %i)
  %u1: () = extern snow_println(%s)
  drop %ss
  %fs: List<Float> = const [1.5, -0.0]
  %f: Float = extern snow_list_get<Float>(%fs, %i)
  %t: String = extern snow_float_to_string(%f)
  %u2: () = extern snow_println(%t)
  drop %t
  %bs: List<Bool> = const [false, true]
  %b: Bool = extern snow_list_get<Bool>(%bs, %i)
  %nb: Int = b_to_i %b
"""
    + show_int("nb", "snb")
    + """  %us: List<()> = const [(), ()]
  %nu: Int = extern snow_list_length<()>(%us)
"""
    + show_int("nu", "snu")
    + """  %es: List<Int> = const []
  %ne: Int = extern snow_list_length<Int>(%es)
"""
    + show_int("ne", "sne")
    + END.lstrip()
)

CASES: dict[str, tuple[str, str]] = {
    "constant lists": (CONSTANT_LISTS, "-5\n4\n6\ntwo\n-0\n1\n2\n0\n"),
    "fib": (FIB, "6765\n"),
    "lists": (LISTS, "extra\n999\n1000\n1001\n"),
    "list updates": (LIST_UPDATES, "40\n1\nnew\n1\n0\n"),
    "shapes": (SHAPES, "7\n7\n2.75\n"),
    "closures": (CLOSURES, "3\n3\n45\n5\n"),
    "constants": (CONSTANTS, "11-11\n"),
    "numbers": (NUMBERS, f"{-(2**63)}\n0\n-3\n-1\n0\n{2**63 - 1}\n1\n4\n1\n"),
    "tail calls": (TAIL_CALLS, "1\n"),
}
