"""Types of services and what they become; what is said of wrong ones (language.md 4.7, concurrency.md 16)."""

from __future__ import annotations

import pytest

from snowc.match.walk import walk
from snowc.types import tast
from snowc.types.services import member_name
from tests.unit.types.support import check, types

TILL = (
    "service Till do\n  fn init(opening :: Int) -> Int do\n    opening\n  end\n"
    "  call Pay(n :: Int) :: Int do |cash|\n    (cash + n, cash)\n  end\n"
    "  cast Empty do\n    0\n  end\nend\n"
)


@pytest.mark.parametrize(
    ("handler", "member"),
    [
        ("GetCount", "get_count"),
        ("GetURL", "get_u_r_l"),
        ("Add2", "add2"),
        ("reset", "reset"),
        ("X", "x"),
        ("aB", "a_b"),
    ],
)
def test_names_of_members(handler: str, member: str) -> None:
    assert member_name(handler) == member


@pytest.mark.parametrize(
    ("expression", "wanted"),
    [
        ("Till.start", "() -> (Int) -> Pid<()>"),
        ("Till.pay", "() -> (Pid<()>, Int) -> Int"),
        ("Till.try_pay", "() -> (Pid<()>, Int, Int) -> Result<Int, String>"),
        ("Till.empty", "() -> (Pid<()>) -> ()"),
        ("fn t -> t |> Till.pay(5) end", "() -> (Pid<()>) -> Int"),
        ("Till.pay(Till.start(1), 2)", "() -> Int"),
    ],
)
def test_members(expression: str, wanted: str) -> None:
    assert types(f"{TILL}fn f() = {expression}\nfn main() = 0\n")["f"] == wanted


def _service(state: str, body: str) -> str:
    return f"service S do\n  fn init(x) do\n    {state}\n  end\n  call Ask(y) do |s|\n    {body}\n  end\nend\n"


@pytest.mark.parametrize(
    ("state", "body", "use", "start", "ask"),
    [
        ("x", "(s, y)", "S.ask(S.start(1), true)", "(Int) -> Pid<()>", "(Pid<()>, Bool) -> Bool"),
        ("x", "(s + y, s)", "1", "(Int) -> Pid<()>", "(Pid<()>, Int) -> Int"),
        ("[x]", "([y], s)", "S.start(1.5)", "(Float) -> Pid<()>", "(Pid<()>, Float) -> List<Float>"),
        ("(x, None)", "((y, Some(1)), 0)", 'S.start("")', "(String) -> Pid<()>", "(Pid<()>, String) -> Int"),
        ("x", "(s, y)", "1", "(()) -> Pid<()>", "(Pid<()>, ()) -> ()"),
    ],
)  # fmt: skip
def test_what_is_left_open_the_uses_decide(state: str, body: str, use: str, start: str, ask: str) -> None:
    found = types(f"{_service(state, body)}fn f() = {use}\nfn main() = 0\n")
    assert (found["S'.start"], found["S'.ask"]) == (start, ask)


def test_a_service_has_one_type_for_all_its_uses() -> None:
    checked = check(_service("x", "(s, y)") + 'fn f() = S.start(1)\nfn g() = S.start("one")\nfn main() = 0\n')
    assert checked.codes == ["E0001"]
    assert "argument 1 of `S.start`" in checked.words()


def test_services_may_know_one_another() -> None:
    text = (
        "service A do\n  call Down(n :: Int, b) do |s|\n    (s,"
        " if n == 0 do 0 else B.down(b, n - 1, b) end)\n  end\nend\n"
        "service B do\n  fn init() = first()\n  call Down(n, b) do |s|\n    (A.start(), helper(n, b))\n  end\nend\n"
        "fn helper(n, b) = A.down(b, n, b)\nfn first() = A.start()\nfn main() = 0\n"
    )
    found = types(text)
    assert found["helper"] == "(Int, Pid<()>) -> Int"
    assert found["B'.down"] == "(Pid<()>, Int, Pid<()>) -> Int"


def test_handlers_see_their_own_functions_and_outer_ones_but_members_only_by_name() -> None:
    text = (
        'fn add(a, b) = a + b\nfn twice(n) = "outer"\n'
        "service S do\n  fn twice(n) = n * 2\n"
        "  call Add(n :: Int) :: Int do |s|\n    let sum = add(s, twice(n))\n    (sum, sum)\n  end\nend\n"
        "fn f() = twice(1)\nfn main() = 0\n"
    )
    found = types(text)
    assert (found["f"], found["S'.add"]) == ("() -> String", "(Pid<()>, Int) -> Int")


def test_handlers_are_functions_and_name_the_callers_line() -> None:
    checked = check(TILL + "fn main() = 0\n")
    names = {decl.name: decl for decl in checked.module().functions if decl.name.startswith("Main.Till'")}
    assert {n.removeprefix("Main.Till'") for n in names} == {
        ".init", ".start", "$serve", ".pay", ".try_pay", ".empty", ".pay$handler", ".empty$handler",
    }  # fmt: skip
    assert not names["Main.Till'.pay$handler"].blames_caller
    assert names["Main.Till'.pay"].blames_caller and names["Main.Till'.start"].blames_caller
    keys = [e.key for e in walk(names["Main.Till'.pay"].body) if isinstance(e, tast.BuiltinFn)]
    assert keys == ["__service_call", "__actor_message"]


@pytest.mark.parametrize(
    ("statement", "code", "words"),
    [
        ("Till.Pay(t, 1)", "E0034", "`Pay` not found in service `Till`"),
        ("Till.nothing(t)", "E0034", "its functions are: start, pay, empty"),
        ("t.pay(1)", "E0030", "write `Till.pay(pid, …)`"),
        ("Till.pay(1)", "E0003", "`Till.pay` takes 2, 1 given"),
        ("let n :: String = Till.empty(t)", "E0001", "`Till.empty` is a cast: it gives no reply, a `call` does"),
        ("spawn(Till, 1)", "E0016", "expected a function, found service `Till`"),
        ("send(Till, 1)", "E0004", "`Till` is a service, not a value"),
        ("send(t, 1)", "E0014", "services and supervisors take no messages"),
        ("let p :: Till = t", "E0004", "`Till` is a service, whose Pid is a `Pid<()>`"),
    ],
)
def test_wrong_uses(statement: str, code: str, words: str) -> None:
    checked = check(f"{TILL}fn main() do\n  let t = Till.start(1)\n  {statement}\nend\n")
    assert checked.codes == [code], checked.words()
    assert words in checked.words()


@pytest.mark.parametrize(
    ("handler", "words"),
    [
        ("call A() do |s|\n s\n end", "result of `call A`: expected (Int, ?a), found Int"),
        ("call A() do |s|\n s\n end", "the value of a `call` body is the pair (new state, reply)"),
        ("cast A() do |s|\n (s, s)\n end", "the value of a `cast` body is the new state; without `init` it is an Int"),
        ("call A() :: String do |s|\n (s, s)\n end", "expected (Int, String), found (Int, Int)"),
    ],
)
def test_wrong_results(handler: str, words: str) -> None:
    checked = check(f"service S do\n {handler}\nend\nfn main() = 0\n")
    assert checked.codes == ["E0001"], checked.words()
    assert words in checked.words()


def test_a_clash_names_both_places() -> None:
    checked = check(
        "service S do\n  call Pay() do |s|\n    (s, 1)\n  end\n  cast pay() do |s|\n    s\n  end\nend\nfn main() = 0\n"
    )
    assert checked.codes == ["E0053"]
    assert [checked.snippet(d) for d in checked.errors] == ["pay"]
    assert [label.text for label in checked.errors[0].labels()] == [
        "`cast pay` becomes `S.pay` too",
        "`call Pay` becomes `S.pay`",
    ]


def test_a_member_of_unknown_type_is_one_mistake() -> None:
    checked = check("service S do\n  cast Go(x) do |s|\n    x.size + s\n  end\nend\nfn main() = 0\n")
    assert checked.codes == ["E0009"], checked.words()
