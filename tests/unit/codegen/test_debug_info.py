"""Line tables."""

from __future__ import annotations

from tests.unit.codegen.support import FIB, ir_of


def test_instructions_carry_their_lines() -> None:
    ir = ir_of(FIB, debug=True)
    assert '!DIFile(filename: "main.snow", directory: "/src")' in ir
    assert 'distinct !DISubprogram(name: "Main.fib"' in ir
    for line in (1, 2, 3, 5, 6, 7):
        assert f"!DILocation(line: {line}," in ir


def test_made_up_code_takes_the_place_before_it() -> None:
    ir = ir_of(
        'files "a.snow"\nfn Main.f(%n: Int) -> Int @0:4 {\ne:\n %r: Int = iadd %n, %n\n return %r\n}', debug=True
    )
    assert "!DILocation(line: 4," in ir
    assert "line: 0," not in ir


def test_no_debug_metadata_unless_asked() -> None:
    ir = ir_of(FIB)
    assert "!dbg" not in ir
    assert "!llvm.dbg.cu" not in ir
