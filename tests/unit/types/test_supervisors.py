"""What is said of supervisors that are declared wrongly, with its places (concurrency.md 15 and 24)."""

from __future__ import annotations

import pytest

from snowc.diag.core import Diagnostic
from tests.unit.types.support import Checked, check

WORKER = 'actor worker(n :: Int) do\n  println("${n}")\nend\n'
START = "start: fn -> spawn(worker, 1) end"


def supervisor(*lines: str) -> Checked:
    body = "\n".join(f"  {line}" for line in lines)
    return check(f'{WORKER}supervisor Team do\n{body}\nend\nfn main() do\n  println("")\nend\n')


def child(name: str, *settings: str) -> str:
    return f"child {name} do\n" + "\n".join(settings) + "\nend"


def only(checked: Checked) -> Diagnostic:
    assert len(checked.errors) == 1, checked.words()
    return checked.errors[0]


def test_all_settings_at_once() -> None:
    checked = supervisor(
        "max_restarts: 0", "strategy: one_for_all", "max_seconds: 1",
        child("a", "restart: temporary", START, "shutdown: brutal_kill"), child("b", "shutdown: 1", START),
    )  # fmt: skip
    assert checked.codes == []


@pytest.mark.parametrize(
    ("lines", "code", "message", "label"),
    [
        (["strategy: round_robin"], "E0019", "unknown supervision strategy `round_robin`",
         "expected one_for_one, one_for_all, rest_for_one, or simple_one_for_one"),
        ([child("c", START, "restart: always")], "E0020", "invalid restart type `always` for child `c`",
         "expected permanent, transient, or temporary"),
        ([child("c", START, "shutdown: fast")], "E0021", "invalid shutdown value `fast` for child `c`",
         "expected a positive integer or brutal_kill"),
        ([child("c", START, "shutdown: 0")], "E0021", "invalid shutdown value `0` for child `c`",
         "expected a positive integer or brutal_kill"),
        ([child("bad", "start: fn -> 42 end")], "E0018", "child `bad` start function must return Pid, found `Int`",
         "found `Int`"),
        ([child("bad")], "E0018", "child `bad` start function must return Pid, but there is none",
         "`bad` has no `start:`"),
        (["strategy: simple_one_for_one"], "E0051", "template supervisor `Team` needs exactly one child, found 0",
         "has 0 children: under simple_one_for_one the one child block is the template"),
    ],
)  # fmt: skip
def test_mistakes(lines: list[str], code: str, message: str, label: str) -> None:
    found = only(supervisor(*lines))
    assert (found.code, found.message(), found.label()) == (code, message, label)


def test_a_wrong_start_is_shown_at_its_value() -> None:
    checked = supervisor(child("c", "start: fn ->", "let p = spawn(worker, 1)", 'println("${p}")', "end"))
    assert checked.snippet(only(checked)) == 'println("${p}")'
    assert only(checked).help() == "the start function must call spawn() and return a Pid"


def test_repeated_keys_and_names_show_the_first() -> None:
    checked = supervisor(child("a", START), child("a", START, "restart: transient", "restart: permanent"))
    assert checked.codes == ["E0019", "E0050"]
    name, key = checked.errors
    assert [label.text for label in name.secondary()] == ["the first one"]
    assert [checked.sources.snippet(label.span) for label in key.labels()] == [
        "restart: permanent",
        "restart: transient",
    ]


@pytest.mark.parametrize(
    ("start", "advice"),
    [
        ("worker", "wrap it: `fn -> spawn(worker) end`"),
        ("spawn(worker, 1)", "wrap it, so that it runs at every start: `fn -> … end`"),
        (
            "fn n -> spawn(worker, n) end",
            "only a start function under `strategy: simple_one_for_one` may have parameters",
        ),
        ("5", "the start function must call spawn() and return a Pid"),
    ],
)
def test_what_is_no_start_function(start: str, advice: str) -> None:
    found = only(supervisor(child("c", f"start: {start}")))
    assert (found.code, found.help()) == ("E0018", advice)


@pytest.mark.parametrize(
    "start", ["spawn", "boot", "fn -> boot() end", "fn do spawn(worker, 2) end", "fn -> S.start() end"]
)
def test_start_functions_are_judged_by_their_type(start: str) -> None:
    text = "" if start == "spawn" else f"  child c do\n    start: {start}\n  end\n"
    rest = "fn boot() = spawn(worker, 1)\nservice S do\nend\nfn main() do\n  spawn(Team)\nend\n"
    assert check(f"{WORKER}supervisor Team do\n{text}end\n{rest}").codes == []


def test_a_template_may_take_parameters() -> None:
    checked = supervisor("strategy: simple_one_for_one", child("c", "start: fn n -> spawn(worker, n) end"))
    assert checked.codes == []


def test_a_supervisor_is_a_function_to_spawn() -> None:
    text = (
        f"{WORKER}supervisor Team do\nend\nfn main() do\n  let f = Team\n  let p :: Pid<()> = spawn(f)\n  Team()\nend\n"
    )
    checked = check(text)
    assert checked.codes == ["E0016"]
    assert "`Team` is a supervisor: use spawn" in checked.words()
