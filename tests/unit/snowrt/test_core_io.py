"""Standard streams, files, environment and the ends of a program, as a user sees them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from snowrt import build_core
from tests.unit.snowrt import program_child
from tests.unit.snowrt.core_calls import Core


def child_command(open_core: Path, body: str, *args: str | bytes) -> list[str | bytes]:
    return [sys.executable, program_child.__file__ or "", str(open_core / build_core.SHARED), body, *args]


def child_environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)}


def run(open_core: Path, body: str, *args: str | bytes, stdin: bytes = b"") -> tuple[int, bytes, bytes]:
    command = child_command(open_core, body, *args)
    done = subprocess.run(command, input=stdin, capture_output=True, env=child_environment(), timeout=60)
    return done.returncode, done.stdout, done.stderr


# ---- standard streams ----------------------------------------------------------------------------


def test_lines_lose_their_ends(open_core: Path) -> None:
    given = b"one\r\ntwo\n\nlast \r" + b"long" * 40_000 + b"\nend"
    status, out, _ = run(open_core, "echo_lines", stdin=given)
    assert status == 0
    assert out == b"[one]\n[two]\n[]\n[last \r" + b"long" * 40_000 + b"]\n[end]\n"


def test_read_line_at_the_end_and_of_bad_bytes(open_core: Path) -> None:
    _, out, _ = run(open_core, "read_line_results", stdin=b"a\n\xff\n")
    not_text = "('Err', 'stream did not contain valid UTF-8')"
    assert out.decode() == f"('Ok', 'a')\n{not_text}\n('Ok', '')\n"


def test_read_all(open_core: Path) -> None:
    _, out, _ = run(open_core, "read_all", stdin=b"a\nb\r\n")
    assert out == b"('Ok', 'a\\nb\\r\\n')\n"


def test_output_larger_than_the_buffer_keeps_its_order(open_core: Path) -> None:
    assert run(open_core, "one_big_text")[:2] == (0, b"x" * 200_000 + b"y")


def test_errors_go_to_standard_error(open_core: Path) -> None:
    assert run(open_core, "mixed") == (0, b"out", "err\né".encode())


def test_a_reader_that_goes_away_ends_the_program_quietly(open_core: Path) -> None:
    command = child_command(open_core, "many_lines")
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=child_environment()) as child:
        assert child.stdout is not None and child.stderr is not None
        assert child.stdout.readline() == b"line 0\n"
        child.stdout.close()
        assert (child.stderr.read(), child.wait(60)) == (b"", 0)


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")
def test_a_full_device_is_an_error(open_core: Path) -> None:
    with open("/dev/full", "wb") as full:
        command = child_command(open_core, "mixed")
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, env=child_environment(), timeout=60)
    assert done.returncode == 1
    # The idle flush may find out while the program still writes to standard error.
    assert "error: cannot write standard output: No space left on device\n" in done.stderr.decode()


# ---- ends ----------------------------------------------------------------------------------------


def test_exit_flushes_and_takes_the_low_byte(open_core: Path) -> None:
    assert run(open_core, "exits") == (2, b"before", b"")


def test_panic_without_a_place(open_core: Path) -> None:
    assert run(open_core, "panics") == (101, b"before\n", b"Snow panic at <unknown>:0: it broke\n")


def test_arguments_are_text(open_core: Path) -> None:
    _, out, _ = run(open_core, "arguments", "a b", "", "é".encode(), b"x\xffy")
    assert out.decode() == repr(["a b", "", "é", "x\ufffdy"]) + "\n"


# ---- files ---------------------------------------------------------------------------------------


def test_write_append_read_delete(core: Core, tmp_path: Path) -> None:
    path = str(tmp_path / "naïve.txt")
    assert core.call("File.exists", path) == 0
    assert core.call("File.write", path, "one\n") == ("Ok", ())
    assert core.call("File.append", path, "two") == ("Ok", ())
    assert core.call("File.read", path) == ("Ok", "one\ntwo")
    assert core.call("File.read_lines", path) == ("Ok", ["one", "two"])
    assert core.call("File.write", path, "") == ("Ok", ())
    assert core.call("File.read", path) == ("Ok", "")
    assert core.call("File.exists", path) == 1
    assert core.call("File.delete", path) == ("Ok", ())
    assert core.call("File.delete", path) == ("Err", "No such file or directory (os error 2)")


@pytest.mark.parametrize("name", ["File.read", "File.read_lines"])
def test_reading_what_is_no_text_file(core: Core, tmp_path: Path, name: str) -> None:
    (tmp_path / "binary").write_bytes(b"ok\xff")
    assert core.call(name, str(tmp_path / "binary")) == ("Err", "stream did not contain valid UTF-8")
    assert core.call(name, str(tmp_path)) == ("Err", "Is a directory (os error 21)")
    assert core.call(name, str(tmp_path / "missing")) == ("Err", "No such file or directory (os error 2)")
    assert core.call(name, "nul\0name") == ("Err", "file name contained an unexpected NUL byte")


def test_writing_where_one_cannot(core: Core, tmp_path: Path) -> None:
    assert core.call("File.write", str(tmp_path), "x") == ("Err", "Is a directory (os error 21)")
    assert core.call("File.append", str(tmp_path / "no" / "file"), "x")[0] == "Err"
    assert core.call("File.exists", "nul\0name") == 0


def test_a_file_whose_size_is_not_known(core: Core) -> None:
    text = core.call("File.read", "/proc/self/status")
    assert text[0] == "Ok" and "VmSize" in text[1]


def test_a_large_file(core: Core, tmp_path: Path) -> None:
    content = "line é\n" * 50_000
    (tmp_path / "large").write_text(content, encoding="utf-8")
    assert core.call("File.read", str(tmp_path / "large")) == ("Ok", content)


# ---- environment -----------------------------------------------------------------------------------


def test_environment(core: Core, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SNOW_TEST_VALUE", "a=b é")
    monkeypatch.setenv("SNOW_TEST_BYTES", os.fsdecode(b"\xff"))
    assert core.call("Env.get", "SNOW_TEST_VALUE") == ("Some", "a=b é")
    for name in ("SNOW_TEST_MISSING", "SNOW_TEST_BYTES", "", "SNOW_TEST_VALUE=a", "SNOW_TEST_VALUE\0"):
        assert core.call("Env.get", name) == ("None",)
