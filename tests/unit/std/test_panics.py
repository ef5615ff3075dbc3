"""The messages of the library's panics, with the place in the program (stdlib.md 1.5)."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests import forks
from tests.stages import environment

PANICS = [
    ("List.head(xs)", "snow_list_head: empty list"),
    ("xs |> head", "snow_list_head: empty list"),
    ("xs.tail()", "snow_list_tail: empty list"),
    ("list_last(xs)", "snow_list_last: empty list"),
    ("List.get([1, 2], i)", "snow_list_get: index 5 out of bounds (len 2)"),
    ("List.nth([1, 2], -1)", "snow_list_get: index -1 out of bounds (len 2)"),
    ("[1, 2][i]", "snow_list_get: index 5 out of bounds (len 2)"),
    ("Tuple.nth((1, 2), i)", "snow_tuple_nth: index 5 out of bounds (len 2)"),
    ("Queue.pop(q)", "snow_queue_pop: empty queue"),
    ("q.peek()", "snow_queue_peek: empty queue"),
    ('Map.get(m, "x")', "snow_map_get: key not found"),
    ('m["x"]', "snow_map_get: key not found"),
    ("%{1 => 2}[i]", "snow_map_get: key not found"),
    ("1 / z", "division by zero"),
    ("List.map([1], fn x -> x % z end)", "division by zero"),
    ("case xs do x :: _ -> x end", "non-exhaustive match"),
]
PROGRAM = """fn main() do
  let xs :: List<Int> = []
  let m :: Map<String, String> = %{}
  let q :: Queue<Int> = Queue.new()
  let i = 5
  let z = 0
  println("before")
  case IO.read_line() do
CASES
    _ -> ()
  end
end
"""


def program() -> str:
    """One program for all panics, because it is compiled once: a line of input chooses."""
    arms = [f'    Ok("{number}") -> println("${{{text}}}")' for number, (text, _) in enumerate(PANICS)]
    return PROGRAM.replace("CASES", "\n".join(arms))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("panics")
    (made / "main.snow").write_text(program(), encoding="utf-8")
    return made


@pytest.mark.parametrize("number", range(len(PANICS)), ids=[text for text, _ in PANICS])
def test_a_panic_says_what_and_where(number: int, folder: Path) -> None:
    ended = forks.run(["run", "main.snow"], folder, environment(folder), f"{number}\n".encode())
    line = PROGRAM[: PROGRAM.index("CASES")].count("\n") + 1 + number
    last = ended.stderr.decode().splitlines()[-1]
    assert (ended.status, ended.stdout, last) == (
        101,
        b"before\n",
        f"Snow panic at main.snow:{line}: {PANICS[number][1]}",
    )
