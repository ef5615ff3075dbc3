"""The layout pass, rule by rule (language.md 1.6 and 1.7), and its repairs."""

from __future__ import annotations

import pytest

from snowc.diag.core import Diagnostic
from snowc.syntax.layout import lay_out
from snowc.syntax.lexer import lex


def laid(text: str) -> tuple[str, list[str]]:
    """Kinds of the tokens in one text (`;` for a separator, `,` for a comma), and the messages."""
    found: list[Diagnostic] = []
    tokens = lay_out(text, lex(text, 0, found.append).tokens, 0, found.append)
    assert tokens is not None
    assert tokens.pop().kind == "$END"
    names = {"_SEP": ";", "_COMMA": ","}
    return " ".join(names.get(t.kind, t.kind) for t in tokens), [d.message() for d in found]


def kinds(text: str) -> str:
    made, found = laid(text)
    assert not found, found
    return made


def test_line_ends_separate_and_runs_collapse() -> None:
    assert kinds("\na\n\n;;\n b;c\n") == "IDENT ; IDENT ; IDENT"


@pytest.mark.parametrize("sign", "+ - * / % == != < <= >= && || and or |> .. <> ++ = => -> :: .".split())
def test_a_line_goes_on_after_an_operator(sign: str) -> None:
    assert ";" not in kinds(f"a {sign}\n b")


@pytest.mark.parametrize("sign", "|> | && || and or == != < > <= >= .. <> ++ + * / % .".split())
def test_a_line_goes_on_before_an_operator(sign: str) -> None:
    assert ";" not in kinds(f"a\n {sign} b")


@pytest.mark.parametrize("text", ["a\n-b", "a\n(b)", "a\n[b]", "a\n%{}", "a >\nb", "a?\nb", "a\n!b"])
def test_what_may_begin_a_statement_does(text: str) -> None:
    assert ";" in kinds(text)


def test_brackets_ignore_line_ends_but_blocks_inside_them_do_not() -> None:
    assert kinds("f(\na,\nb\n)") == "IDENT LPAR IDENT , IDENT RPAR"
    assert kinds("f(fn x do\n y\n z\nend,\n b)") == "IDENT LPAR FN IDENT DO IDENT ; IDENT END , IDENT RPAR"
    assert kinds("f(fn x ->\n y\n z\n end)") == "IDENT LPAR FN IDENT ARROW IDENT ; IDENT END RPAR"
    assert kinds('"${\na\n}"') == "STR_START INTERP_START IDENT INTERP_END STR_END"


def test_idle_separators_are_dropped() -> None:
    made = kinds("if a do\n b\nelse\n c\nend\nreceive do\n x -> 1\nafter 5 -> 2\nend")
    assert made == (
        "IF IDENT DO IDENT ELSE IDENT END ; RECEIVE DO IDENT ARROW INT AFTER INT ARROW INT END"
    )
    assert kinds("f() do |x|\n a\nend") == "IDENT LPAR RPAR TRAILING_DO BAR IDENT BAR IDENT END"


def test_fn_declares_at_the_start_of_a_statement_only() -> None:
    assert kinds("fn f() = fn g() -> 1 end").split()[0] == "FN_DEF"
    assert kinds("fn (x) -> x end").startswith("FN LPAR")
    assert kinds("def f = 1") == "FN_DEF IDENT EQ INT"
    assert kinds("let f = fn x -> 1 end") == "LET IDENT EQ FN IDENT ARROW INT END"
    assert kinds("pub fn f() = 1").startswith("PUB FN_DEF")
    assert "BAR FN_DEF" in kinds("g() do |x| fn h() = 1 end")


def test_a_declared_name_may_be_a_keyword() -> None:
    assert kinds("fn not(self) = 1") == "FN_DEF IDENT LPAR SELF RPAR EQ INT"
    assert kinds("x.end.self") == "IDENT DOT IDENT DOT IDENT"


def test_do_behind_a_call_is_trailing_unless_a_header_waits() -> None:
    assert kinds("f(a) do b end") == "IDENT LPAR IDENT RPAR TRAILING_DO IDENT END"
    for word in ("if", "while", "case"):
        assert " DO " in kinds(f"{word} f(a) do b end")
    assert kinds("if g(f(a) do b end) do c end") == (
        "IF IDENT LPAR IDENT LPAR IDENT RPAR TRAILING_DO IDENT END RPAR DO IDENT END"
    )
    assert kinds("fn f() = g(1) do 2 end") == "FN_DEF IDENT LPAR RPAR EQ IDENT LPAR INT RPAR TRAILING_DO INT END"
    assert kinds("f() do || 1 end") == "IDENT LPAR RPAR TRAILING_DO BAR BAR INT END"


def test_else_if_shares_one_end() -> None:
    assert kinds("if a do 1 else if b do 2 else 3 end") == "IF IDENT DO INT ELSE_IF IDENT DO INT ELSE INT END"
    assert kinds("if a do 1 else\nif b do 2 end end") == "IF IDENT DO INT ELSE IF IDENT DO INT END END"


def test_words_that_depend_on_context() -> None:
    assert kinds("impl A for B do end") == "IMPL IDENT IMPL_FOR IDENT DO END"
    assert kinds("self() self") == "SELF_CALL LPAR RPAR ; SELF"
    assert kinds("from A import b\nlet from = 1") == "FROM IDENT IMPORT IDENT ; LET IDENT EQ INT"
    assert kinds("struct S do end deriving(Eq)").endswith("END DERIVING LPAR IDENT RPAR")
    assert kinds("case a do Some(x) as y -> 1 end") == "CASE IDENT DO IDENT LPAR IDENT RPAR AS IDENT ARROW INT END"
    assert kinds("let as = 1") == "LET IDENT EQ INT"
    assert kinds("fn f(g :: Fun(A) -> B) = 1") == (
        "FN_DEF IDENT LPAR IDENT CC FUN LPAR IDENT RPAR ARROW IDENT RPAR EQ INT"
    )
    assert kinds("supervisor S do\n strategy: one\n child c do\n start: f\n end\nend") == (
        "SUPERVISOR IDENT DO STRATEGY COLON IDENT ; CHILD IDENT DO START COLON IDENT END END"
    )
    assert kinds("P { start: 1,\n restart: 2 }") == "IDENT LBRACE IDENT COLON INT , IDENT COLON INT RBRACE"


def test_closure_clauses() -> None:
    assert kinds("fn 0 -> 1\n | n when n > 1 ->\n 2\n | _ do 3 end end") == (
        "FN INT ARROW INT BAR IDENT WHEN IDENT GT INT ARROW INT BAR IDENT DO INT END END"
    )
    assert kinds("fn (0 | 1) -> 2 end") == "FN LPAR INT BAR INT RPAR ARROW INT END"


def test_map_entries_may_stand_on_lines() -> None:
    assert kinds("%{\n a => 1\n b => 2,\n c =>\n 3\n}") == (
        "MAPOPEN IDENT FATARROW INT , IDENT FATARROW INT , IDENT FATARROW INT RBRACE"
    )
    assert kinds("%{a => b\n (1)\n - 2\n}").count(",") == 0
    assert kinds("%{a => f(1\n, 2)}").count(",") == 1


def test_statements_on_one_line_need_no_separator() -> None:
    assert kinds("let a = 1 let b = 2") == "LET IDENT EQ INT ; LET IDENT EQ INT"
    assert kinds("case b do true -> 1 false -> 2 end") == "CASE IDENT DO TRUE ARROW INT ; FALSE ARROW INT END"
    assert kinds("struct S do a :: Int b :: Int end") == "STRUCT IDENT DO IDENT CC IDENT ; IDENT CC IDENT END"
    assert kinds("type T do A B(Int) end").count(";") == 1
    assert kinds("f(a)(b) - c") == "IDENT LPAR IDENT RPAR LPAR IDENT RPAR MINUS IDENT"
    assert kinds("interface I do fn a(self) fn b(self) end").count("; FN_DEF") == 1


# ---- repairs -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "repaired", "message"),
    [
        ("fn f() do\n 1", "FN_DEF IDENT LPAR RPAR DO INT END", "expected `end`, found the end of the file"),
        ("f(a, b", "IDENT LPAR IDENT , IDENT RPAR", "expected `)`, found the end of the file"),
        ("f(a\nlet b = 1", "IDENT LPAR IDENT RPAR ; LET IDENT EQ INT", "expected `)`, found `let`"),
        ("f(a\nfn g() = 1", "IDENT LPAR IDENT RPAR ; FN_DEF IDENT LPAR RPAR EQ INT", "expected `)`, found `fn`"),
        ("f(fn x -> x)", "IDENT LPAR FN IDENT ARROW IDENT END RPAR", "expected `end`, found `)`"),
        ("if f(a do 1 end", "IF IDENT LPAR IDENT RPAR DO INT END", "expected `)`, found `do`"),
        ("[a, b)", "LSQB IDENT , IDENT RSQB", "expected `]`, found `)`"),
        ("a)", "IDENT", "unexpected `)`: nothing is open here that it closes"),
        ("a\nend\nb", "IDENT ; IDENT", "found `end`, but no block is open here"),
        ("if a\n 1\nend", "IF IDENT DO INT END", "expected `do`, found the end of the line"),
        ("if a 1 else 2 end", "IF IDENT DO INT ELSE INT END", "expected `do`, found `1`"),
        ("fn f(x)\ndo\n 1\nend", "FN_DEF IDENT LPAR IDENT RPAR DO INT END",
         "expected `do` or `=`, found the end of the line"),
        ("fn f() {\n 1\n}", "FN_DEF IDENT LPAR RPAR DO INT END", "expected `do`, found `{`"),
        ("if a {\n 1\n} else {\n 2\n}\nb", "IF IDENT DO INT ELSE INT END ; IDENT", "expected `do`, found `{`"),
        ("if a do 1\nelif b do 2 end", "IF IDENT DO INT ELSE_IF IDENT DO INT END", "expected `else if`, found `elif`"),
        ("(a; b)", "LPAR IDENT IDENT RPAR",
         "unexpected `;`: found between brackets, where elements are separated by `,`"),
    ],
)  # fmt: skip
def test_repairs(text: str, repaired: str, message: str) -> None:
    assert laid(text) == (repaired, [message])


def test_struct_literals_in_headers_are_no_brace_blocks() -> None:
    assert kinds("if p == P { x: 1 } do 1 end").count("LBRACE") == 1
    assert kinds("for {k, v} in m do 1 end").count("LBRACE") == 1
    assert kinds("while e == E {} do 1 end").count("LBRACE") == 1


def test_methods_without_a_body_are_no_missing_do() -> None:
    assert kinds("interface I do\n fn a(self)\n fn b(self) -> Int\nend").count("FN_DEF") == 2
    assert kinds("interface I do fn a(self) end") == "INTERFACE IDENT DO FN_DEF IDENT LPAR SELF RPAR END"


def test_an_unclosed_block_names_its_opener_and_the_likely_culprit() -> None:
    text = "fn f() do\n  while a do\n    1\nend\nfn g() do\n  2\nend\n"
    found: list[Diagnostic] = []
    lay_out(text, lex(text, 0, found.append).tokens, 0, found.append)
    opener, culprit = found[0].secondary()
    assert (opener.text, text.count("\n", 0, opener.span.start)) == ("`do` opened here", 0)
    assert text[culprit.span.start - 8 : culprit.span.end] == "while a do"
